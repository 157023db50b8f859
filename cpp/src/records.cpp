#include "headroom/records.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <unordered_map>

namespace headroom {
namespace {

constexpr std::int32_t kFewRows = 8;       // below this nothing stands out
constexpr double kFar = 8.0;               // distances from the median, in typical ones, of an outlier
constexpr std::int32_t kMostOutliers = 3;  // a column
constexpr std::int32_t kRare = 2;          // occurrences of a rare value

using Counts = std::unordered_map<std::string_view, std::int32_t>;

Counts count_values(const Cells& cells, std::int32_t column) {
  Counts counts;
  for (std::int32_t row = 0; row < cells.rows; ++row) {
    ++counts[cells.at(row, column)];
    if (counts.size() > kManyValues) break;
  }
  return counts;
}

// The few rows whose number is far from the median, measured by the median distance from it.
void score_outliers(const std::vector<double>& numbers, std::vector<float>& scores) {
  std::vector<double> known;
  for (const double n : numbers)
    if (!std::isnan(n)) known.push_back(n);
  if (known.size() < kFewRows || known.size() * 2 < numbers.size()) return;
  const auto middle = [](std::vector<double>& values) {
    std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
    return values[values.size() / 2];
  };
  const double median = middle(known);
  for (double& n : known) n = std::fabs(n - median);
  const double usual = std::max(middle(known), std::fabs(median) * 0.05 + 1e-12);
  std::vector<std::pair<double, std::int32_t>> far;
  for (std::size_t row = 0; row < numbers.size(); ++row) {
    const double distance = std::isnan(numbers[row]) ? 0 : std::fabs(numbers[row] - median);
    if (distance > kFar * usual) far.emplace_back(-distance, static_cast<std::int32_t>(row));
  }
  std::sort(far.begin(), far.end());
  if (far.size() > kMostOutliers) far.resize(kMostOutliers);
  for (const auto& [distance, row] : far) scores[row] += 1.0f;
}

// Whether a column has few values. Beyond kManyValues not all of them were counted.
bool is_categorical(const Counts& counts, std::int32_t most) {
  return counts.size() > 1 && counts.size() <= static_cast<std::size_t>(std::min(kManyValues, most));
}

void score_rare(const Cells& cells, std::int32_t column, const Counts& counts, std::vector<float>& scores) {
  if (!is_categorical(counts, std::max(4, cells.rows / 8))) return;
  for (std::int32_t row = 0; row < cells.rows; ++row)
    if (counts.at(cells.at(row, column)) <= kRare) scores[row] += 0.8f;
}

// Both sides of a change, where changes are few for so many rows.
void score_changes(const Cells& cells, std::int32_t column, std::vector<float>& scores) {
  std::vector<std::int32_t> changes;
  for (std::int32_t row = 1; row < cells.rows; ++row)
    if (cells.at(row, column) != cells.at(row - 1, column)) changes.push_back(row);
  if (static_cast<std::int32_t>(changes.size()) > cells.rows / 40) return;
  for (const std::int32_t row : changes) scores[row] += 0.3f;
}

}  // namespace

double number_in(std::string_view cell) {
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  if (cell.size() >= 2 && cell.front() == '"' && cell.back() == '"') cell = cell.substr(1, cell.size() - 2);
  if (!cell.empty() && cell.front() == '$') cell.remove_prefix(1);
  if (!cell.empty() && cell.front() == '+') cell.remove_prefix(1);
  if (cell.empty() || cell.size() > 40) return none;
  char digits[40];
  std::size_t size = 0;
  for (const char c : cell)
    if (c != ',') digits[size++] = c;
  double value = 0;
  const auto [end, error] = std::from_chars(digits, digits + size, value);
  if (error != std::errc() || !std::isfinite(value)) return none;
  const std::string_view unit(end, static_cast<std::size_t>(digits + size - end));
  if (unit.empty() || unit == "%" || unit == "s" || unit == "ms" || unit == "B") return value;
  const std::size_t rest = unit.size() > 1 && (unit.substr(1) == "B" || unit.substr(1) == "i" || unit.substr(1) == "iB") ? 1 : unit.size();
  if (rest != 1) return none;
  switch (unit[0]) {
    case 'k':
    case 'K': return value * 1e3;
    case 'M': return value * 1e6;
    case 'G': return value * 1e9;
    case 'T': return value * 1e12;
    default: return none;
  }
}

std::vector<float> row_scores(const Cells& cells) {
  std::vector<float> scores(cells.rows, 0.0f);
  if (cells.rows < kFewRows) return scores;
  std::vector<double> numbers(cells.rows);
  for (std::int32_t column = 0; column < cells.columns; ++column) {
    std::int32_t known = 0;
    for (std::int32_t row = 0; row < cells.rows; ++row) {
      numbers[row] = number_in(cells.at(row, column));
      known += !std::isnan(numbers[row]);
    }
    const Counts counts = count_values(cells, column);
    if (known * 2 > cells.rows) {
      score_outliers(numbers, scores);
    } else {
      score_rare(cells, column, counts, scores);
    }
    if (is_categorical(counts, cells.rows / 8)) score_changes(cells, column, scores);
  }
  return scores;
}

std::vector<ColumnStats> column_stats(const Cells& cells) {
  std::vector<ColumnStats> all;
  for (std::int32_t column = 0; column < cells.columns; ++column) {
    ColumnStats stats{static_cast<std::int32_t>(count_values(cells, column).size()), 0, 0, -1, -1};
    double lowest = 0, highest = 0;
    for (std::int32_t row = 0; row < cells.rows; ++row) {
      const std::string_view cell = cells.at(row, column);
      stats.missing += cell.empty();
      const double n = number_in(cell);
      if (std::isnan(n)) continue;
      ++stats.numbers;
      if (stats.lowest < 0 || n < lowest) lowest = n, stats.lowest = row;
      if (stats.highest < 0 || n > highest) highest = n, stats.highest = row;
    }
    all.push_back(stats);
  }
  return all;
}

}  // namespace headroom
