#include "headroom/records.hpp"

#include <cmath>
#include <string>
#include <vector>

#include "check.hpp"

int main() {
  using headroom::number_in;
  CHECK(number_in("12") == 12 && number_in("-3.5") == -3.5 && number_in("1,234") == 1234);
  CHECK(number_in("12k") == 12e3 && number_in("3.4%") == 3.4 && number_in("\"7\"") == 7);
  CHECK(number_in("1.5MiB") == 1.5e6 && number_in("$5") == 5);
  CHECK(std::isnan(number_in("")) && std::isnan(number_in("0:02.17")) && std::isnan(number_in("v1.2")));
  CHECK(std::isnan(number_in("inf")) && std::isnan(number_in("nan")) && std::isnan(number_in("1e999")));

  std::string text;
  std::vector<std::int32_t> spans;
  for (int row = 0; row < 100; ++row) {
    for (const std::string& cell : {row == 40 ? std::string("9999") : std::to_string(row % 7), std::string(row == 70 ? "down" : "up")}) {
      spans.push_back(static_cast<std::int32_t>(text.size()));
      text += cell;
      spans.push_back(static_cast<std::int32_t>(text.size()));
    }
  }
  const headroom::Cells cells{text, spans.data(), 100, 2};
  const auto scores = headroom::row_scores(cells);
  CHECK(scores[40] > 0 && scores[70] > 0 && scores[10] == 0);
  const auto stats = headroom::column_stats(cells);
  CHECK(stats[0].highest == 40 && stats[0].numbers == 100 && stats[1].distinct == 2);

  // A column of more values than are counted is not one of few values, however many rows there are.
  std::string names;
  std::vector<std::int32_t> places;
  const std::int32_t many = 8 * (headroom::kManyValues + 8);
  for (std::int32_t row = 0; row < many; ++row) {
    places.push_back(static_cast<std::int32_t>(names.size()));
    names += "w" + std::to_string(row) + "x";
    places.push_back(static_cast<std::int32_t>(names.size()));
  }
  for (const float score : headroom::row_scores({names, places.data(), many, 1})) CHECK(score == 0);
  return report();
}
