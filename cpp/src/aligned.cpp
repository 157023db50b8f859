#include "headroom/aligned.hpp"

#include <algorithm>
#include <utility>

namespace headroom {
namespace {

constexpr std::size_t kFewestRows = 4;
constexpr std::size_t kFewestColumns = 3;

struct Range {
  std::int32_t start, end;
};

bool is_blank(char c) { return c == ' ' || c == '\r'; }

// Calls `see(byte, place)` for every byte of a line that is not blank.
template <typename F>
void each_filled(std::string_view text, Range line, F&& see) {
  std::int32_t place = -1;
  for (std::int32_t i = line.start; i < line.end; ++i) {
    if ((text[i] & 0xC0) != 0x80) ++place;
    if (!is_blank(text[i])) see(i, std::max(place, 0));
  }
}

std::vector<Range> lines_of(std::string_view text) {
  std::vector<Range> lines;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = std::min(text.find('\n', i), text.size());
    lines.push_back({static_cast<std::int32_t>(i), static_cast<std::int32_t>(end)});
    i = end + 1;
  }
  return lines;
}

// How many lines fill each place; the head fills its places for all.
struct Places {
  std::vector<std::int32_t> filled;
  std::vector<char> head;
};

Places places_of(std::string_view text, const std::vector<Range>& lines) {
  Places out;
  for (const Range line : lines) {
    std::int32_t last = -1;
    each_filled(text, line, [&](std::int32_t, std::int32_t place) {
      if (place == last) return;
      last = place;
      if (out.filled.size() <= static_cast<std::size_t>(place)) out.filled.resize(place + 1);
      ++out.filled[place];
    });
  }
  out.head.resize(out.filled.size());
  each_filled(text, lines[0], [&](std::int32_t, std::int32_t place) { out.head[place] = 1; });
  return out;
}

// The places of each column, where up to `allowed` lines may fill a place between columns.
std::vector<Range> columns_of(const Places& places, std::int32_t allowed) {
  std::vector<Range> columns;
  const auto width = static_cast<std::int32_t>(places.filled.size());
  for (std::int32_t at = 0; at < width;) {
    const std::int32_t start = at;
    bool named = false, used = false;
    for (; at < width && (places.head[at] || places.filled[at] > allowed); ++at) {
      named |= places.head[at];
      used |= places.filled[at] - places.head[at] > allowed;
    }
    const bool goes_on = !named || (!used && !columns.empty() && columns.back().end + 1 == start);
    if (at == start) ++at;
    else if (goes_on && !columns.empty()) columns.back().end = at;
    else columns.push_back({start, at});
  }
  if (!columns.empty()) columns.back().end = width;
  return columns;
}

enum class Fit { kYes, kShifted, kNo };

// Sets the cells of a line by place. Something may stand between columns: the line is shifted if that
// begins with the n-th word, and the n-th column is where that word starts.
Fit fill(std::string_view text, Range line, const std::vector<Range>& columns, std::int32_t* cells) {
  for (std::size_t n = 0; n < 2 * columns.size(); ++n) cells[n] = line.start;
  Fit fit = Fit::kYes;
  std::size_t at = 0, words = 0, word_at = 0;
  std::int32_t last = -1;
  each_filled(text, line, [&](std::int32_t i, std::int32_t place) {
    while (at < columns.size() && columns[at].end <= place) ++at;
    if (words == 0 || i != last + 1) {
      ++words;
      word_at = at;
    }
    last = i;
    if (at == columns.size() || columns[at].start > place) {
      if (fit == Fit::kYes) fit = word_at + 1 == words && word_at < columns.size() ? Fit::kShifted : Fit::kNo;
      return;
    }
    if (cells[2 * at] == cells[2 * at + 1]) cells[2 * at] = i;
    cells[2 * at + 1] = i + 1;
  });
  return fit;
}

// Sets the cells of a line to its words, the last to all that are left; false if they are too few.
bool fill_by_words(std::string_view text, Range line, std::size_t columns, std::int32_t* cells) {
  std::int32_t end = line.end;
  while (end > line.start && is_blank(text[end - 1])) --end;
  std::int32_t at = line.start;
  for (std::size_t n = 0; n < columns; ++n) {
    while (at < end && is_blank(text[at])) ++at;
    if (at == end) return false;
    cells[2 * n] = at;
    while (at < end && (n + 1 == columns || !is_blank(text[at]))) ++at;
    cells[2 * n + 1] = at;
  }
  return true;
}

// Notes how many cells of a row are filled, and whether a space can stand between them.
void look_at(std::string_view text, const std::int32_t* cells, Aligned& out) {
  bool empty = false;
  for (std::int32_t n = 0; n < out.columns; ++n) {
    const auto cell = text.substr(cells[2 * n], cells[2 * n + 1] - cells[2 * n]);
    out.filled += !cell.empty();
    out.plain &= cell.empty() || !empty;
    out.plain &= n + 1 == out.columns || std::none_of(cell.begin(), cell.end(), is_blank);
    empty |= cell.empty();
  }
}

// The table with these columns; nothing if a line neither fits nor is shifted.
std::optional<Aligned> table_of(std::string_view text, const std::vector<Range>& lines,
                                const std::vector<Range>& columns) {
  if (columns.size() < kFewestColumns) return std::nullopt;
  Aligned out;
  out.columns = static_cast<std::int32_t>(columns.size());
  out.plain = true;
  out.cells.resize(2 * columns.size() * lines.size());
  std::int32_t* cells = out.cells.data();
  for (const Range line : lines) {
    const Fit fit = fill(text, line, columns, cells);
    if (fit == Fit::kNo) return std::nullopt;
    if (fit == Fit::kShifted && !fill_by_words(text, line, columns.size(), cells)) return std::nullopt;
    look_at(text, cells, out);
    cells += 2 * columns.size();
  }
  return out;
}

}  // namespace

std::optional<Aligned> split_aligned(std::string_view text) {
  if (text.size() > 0x7FFFFFF0 || text.find('\t') != std::string_view::npos) return std::nullopt;
  const auto lines = lines_of(text);
  if (lines.size() < kFewestRows) return std::nullopt;
  const Places places = places_of(text, lines);
  const auto strict = columns_of(places, 0);
  auto table = table_of(text, lines, strict);
  for (std::size_t thirds = 1; thirds <= 2; ++thirds) {
    const auto loose = columns_of(places, static_cast<std::int32_t>(lines.size() * thirds / 3));
    if (table && table->plain && loose.size() <= static_cast<std::size_t>(table->columns)) continue;
    auto shifted = table_of(text, lines, loose);
    if (shifted && shifted->plain) table = std::move(shifted);
  }
  return table;
}

}  // namespace headroom
