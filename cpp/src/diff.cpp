#include "headroom/diff.hpp"

#include <algorithm>

#include "headroom/hash.hpp"

namespace headroom {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct Printed {
  std::size_t content;  // offset of the text after the number
  std::int32_t number;  // -1: none
};

// The number that listings print in front of a line: spaces, up to seven digits, then a tab, an
// arrow, a bar, or a colon.
Printed printed_number(std::string_view line) {
  std::size_t i = 0;
  while (i < line.size() && line[i] == ' ') ++i;
  const std::size_t digits = i;
  std::int32_t number = 0;
  while (i < line.size() && is_digit(line[i]) && i - digits < 7) number = number * 10 + (line[i++] - '0');
  if (i == digits || i == line.size() || is_digit(line[i])) return {0, -1};
  if (line[i] == '\t' || line[i] == '|' || line[i] == ':') return {i + 1, number};
  if (line.substr(i, 3) == "\xE2\x86\x92") return {i + 3, number};
  return {0, -1};
}

}  // namespace

std::vector<SeenLines::Line> SeenLines::split(std::string_view text, std::size_t base) {
  std::vector<Line> lines;
  for (std::size_t start = 0; start < text.size();) {
    const void* newline = std::memchr(text.data() + start, '\n', text.size() - start);
    const std::size_t end =
        newline ? static_cast<std::size_t>(static_cast<const char*>(newline) - text.data()) : text.size();
    const std::string_view line = text.substr(start, end - start);
    const Printed printed = printed_number(line);
    lines.push_back({static_cast<std::uint32_t>(base + start),
                     static_cast<std::uint32_t>(base + start + printed.content),
                     static_cast<std::uint32_t>(base + end), printed.number,
                     hash_bytes(line.substr(printed.content))});
    start = end + 1;
  }
  return lines;
}

// The key of the lines from `at` on: of one long line, else of three; 0 where there are not enough.
std::uint64_t SeenLines::shingle(const std::vector<Line>& lines, std::size_t at, std::size_t end) {
  if (lines[at].end - lines[at].content >= kLong) return mix(lines[at].hash, 1) | 1;
  if (at + kShingle > end) return 0;
  std::uint64_t key = 3;
  for (std::size_t i = at; i < at + kShingle; ++i) key = mix(key, lines[i].hash);
  return key | 1;
}

void SeenLines::remember(std::uint64_t key, std::int32_t line) {
  if (key == 0) return;
  const auto [entry, fresh] = newest_.try_emplace(key, -1);
  places_.push_back({line, entry->second});
  entry->second = static_cast<std::int32_t>(places_.size()) - 1;
}

std::int32_t SeenLines::find(std::uint64_t key) const {
  if (key == 0) return -1;
  const auto entry = newest_.find(key);
  return entry == newest_.end() ? -1 : entry->second;
}

std::int32_t SeenLines::add(std::string_view text) {
  if (text_.size() + text.size() > 0x7FFFFFFF) return -1;
  const std::size_t base = text_.size();
  text_.append(text);
  const std::size_t begin = lines_.size();
  const std::vector<Line> lines = split(text, base);
  lines_.insert(lines_.end(), lines.begin(), lines.end());
  first_line_.push_back(static_cast<std::int32_t>(begin));
  std::uint64_t previous = 0;
  for (std::size_t i = begin; i < lines_.size(); ++i) {
    const std::uint64_t key = shingle(lines_, i, lines_.size());
    if (key != previous) remember(key, static_cast<std::int32_t>(i));  // the first of equal lines
    previous = key;
  }
  return sources() - 1;
}

std::int32_t SeenLines::source_of(std::int32_t line) const {
  const auto next = std::upper_bound(first_line_.begin(), first_line_.end(), line);
  return static_cast<std::int32_t>(next - first_line_.begin()) - 1;
}

// How many lines from `at` on are the same as the lines from `line` on, within one source.
std::int32_t SeenLines::extend(std::string_view text, const std::vector<Line>& lines, std::size_t at,
                               std::int32_t line) const {
  const std::int32_t source = source_of(line);
  const std::size_t stop =
      source + 1 < sources() ? static_cast<std::size_t>(first_line_[source + 1]) : lines_.size();
  bool renumbered = false;
  std::size_t n = 0;
  while (at + n < lines.size() && line + n < stop) {
    const Line& here = lines[at + n];
    const Line& there = lines_[line + n];
    if (here.hash != there.hash) break;
    const std::string_view ours = text.substr(here.content, here.end - here.content);
    if (ours != std::string_view(text_).substr(there.content, there.end - there.content)) break;
    if (here.number != there.number) {
      if (here.number >= 0 && n > 0 && !renumbered) break;  // the numbers of one run differ throughout
      renumbered = renumbered || here.number >= 0;
    } else if (renumbered) {
      break;
    }
    if (renumbered && n > 0 && here.number != lines[at + n - 1].number + 1) break;
    ++n;
  }
  return static_cast<std::int32_t>(n);
}

std::vector<Run> SeenLines::match(std::string_view text, std::size_t min_bytes) const {
  std::vector<Run> runs;
  if (text.size() > 0x7FFFFFFF) return runs;
  const std::vector<Line> lines = split(text, 0);
  for (std::size_t at = 0; at < lines.size();) {
    std::int32_t best = 0, best_line = -1;
    int tried = 0;
    for (std::int32_t place = find(shingle(lines, at, lines.size()));
         place >= 0 && tried < kCandidates; place = places_[place].previous, ++tried) {
      const std::int32_t length = extend(text, lines, at, places_[place].line);
      if (length > best) best = length, best_line = places_[place].line;
    }
    const bool renumbered =
        best > 0 && lines[at].number >= 0 && lines[at].number != lines_[best_line].number;
    if (best < (renumbered ? kShingle : 1) || lines[at + best - 1].end - lines[at].start < min_bytes) {
      ++at;
      continue;
    }
    const std::int32_t source = source_of(best_line);
    runs.push_back({static_cast<std::int32_t>(at) + 1, static_cast<std::int32_t>(at) + best, source,
                    best_line - first_line_[source] + 1, renumbered ? lines[at].number : -1});
    at += best;
  }
  return runs;
}

}  // namespace headroom
