#include "headroom/fold.hpp"

#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "headroom/bytes.hpp"
#include "scan.hpp"

namespace headroom {
namespace {

constexpr size_t kLeastAbove = 40;  // bytes that a pointer to lines above must replace; it costs about 20
constexpr size_t kLeastTimes = 8;   // bytes of equal lines that a count must replace
constexpr size_t kLeastAnchor = 10; // of a line that can stand for those after it; a brace says too little

Line made(std::string text, Written& written) {
  written.push_back(std::move(text));
  return {written.back()};
}

// --- frames --------------------------------------------------------------------------------

// `  File "/srv/cart.py", line 12, in total` as `/srv/cart.py:12 in total`, if it is one.
std::optional<std::string> brief_frame(std::string_view line) {
  Scan scan(line);
  if (!scan.take("  File \"")) return std::nullopt;
  const auto path = scan.take_while([](char c) { return c != '"' && c != '<' && c != '>' && c != ':' && !is_space(c); });
  if (path.find_first_of("./") == path.npos || !scan.take("\", line ")) return std::nullopt;
  const auto number = scan.take_while(is_digit);
  if (number.empty() || !scan.take(", in ")) return std::nullopt;
  const auto name = scan.take_while([](char c) { return !is_space(c); });
  if (name.empty() || scan.rest() != "\n") return std::nullopt;
  return std::string(path) + ':' + std::string(number) + " in " + std::string(name) + '\n';
}

void fold_frames(Lines& lines, Written& written) {
  for (Line& line : lines) {
    if (line.gap || line.verbatim) continue;
    if (auto brief = brief_frame(line.text)) line = made(std::move(*brief), written);
  }
}

// --- dates ---------------------------------------------------------------------------------

bool says_time(std::string_view text) {
  return text.size() >= 8 && is_digit(text[0]) && is_digit(text[1]) && text[2] == ':' && is_digit(text[3]) &&
         is_digit(text[4]) && text[5] == ':' && is_digit(text[6]) && is_digit(text[7]);
}

// Bytes of digits (`d`), of date separators (`-`), and of other bytes as they are.
bool looks_like(std::string_view text, std::string_view pattern) {
  if (text.size() < pattern.size()) return false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = text[i];
    switch (pattern[i]) {
      case 'd': if (!is_digit(c)) return false; break;
      case '-': if (c != '-' && c != '/' && c != '.') return false; break;
      case 'U': if (!is_upper(c)) return false; break;
      case 'l': if (c < 'a' || c > 'z') return false; break;
      case '_': if (c != ' ' && !is_digit(c)) return false; break;
      default: if (c != pattern[i]) return false;
    }
  }
  return true;
}

// How many bytes a line starts with that say a date before a time, what separates the two included.
size_t date_of(std::string_view line) {
  const size_t bracket = line.starts_with('[') ? 1 : 0;
  const std::string_view text = line.substr(bracket);
  for (const std::string_view pattern : {"dddd-dd-dd", "dd-dd-dddd", "dd-dd", "Ull _d"}) {
    if (!looks_like(text, pattern) || text.size() == pattern.size()) continue;
    const char separator = text[pattern.size()];
    if (separator != ' ' && separator != 'T') continue;
    if (says_time(text.substr(pattern.size() + 1))) return bracket + pattern.size() + 1;
  }
  return 0;
}

Lines fold_dates(Lines lines, Written& written) {
  std::vector<size_t> sizes;
  std::unordered_set<std::string_view> dates;
  size_t dated = 0;
  bool timed = false;  // a time without a date would be taken for one of those below
  sizes.reserve(lines.size());
  for (const Line& line : lines) {
    sizes.push_back(line.gap ? 0 : date_of(line.text));
    if (sizes.back() != 0) dates.insert(line.text.substr(0, sizes.back())), ++dated;
    timed = timed || says_time(line.text);
  }
  if (dated == 0 || dates.size() * 4 > dated || timed) return lines;
  Lines out;
  out.reserve(lines.size() + dates.size());
  std::string_view current;
  for (size_t n = 0; n < lines.size(); ++n) {
    const Line& line = lines[n];
    if (sizes[n] == 0 || line.verbatim) {
      out.push_back(line);
      continue;
    }
    const std::string_view date = line.text.substr(0, sizes[n]);
    if (date != current) {
      current = date;
      const auto end = date.find_last_not_of(' ') + 1;
      out.push_back(made("[date " + std::string(date.substr(0, end)) + "]\n", written));
    }
    out.push_back({line.text.substr(sizes[n])});
  }
  return out;
}

// --- repeats -------------------------------------------------------------------------------

// A line to write, and for a pointer, how many lines from where on it stands for.
struct Repeat {
  Line line;
  size_t first = 0, count = 0;
};

size_t stripped_size(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text.size();
}

Line with_times(const Line& line, size_t times, Written& written) {
  const size_t end = line.text.find_last_not_of("\r\n") + 1;
  std::string text(line.text.substr(0, end));
  text += " [x" + std::to_string(times) + ']';
  text += line.text.substr(end);
  Line counted = made(std::move(text), written);
  counted.verbatim = line.verbatim;
  return counted;
}

Line pointer(size_t count, Written& written) {
  return made("[+" + std::to_string(count) + (count > 1 ? " lines" : " line") + " as above]\n", written);
}

// How many lines from `at` on repeat those from `source` on, and their bytes.
std::pair<size_t, size_t> as_above(const Lines& lines, size_t source, size_t at) {
  size_t length = 0, size = 0;
  while (at + length < lines.size() && source + length < at) {
    const Line& line = lines[at + length];
    if (line.gap || !line.text.ends_with('\n') || !(line == lines[source + length])) break;
    size += line.text.size();
    ++length;
  }
  return {length, size};
}

std::vector<Repeat> repeats_of(const Lines& lines, size_t least, bool count, Written& written) {
  std::vector<Repeat> out;
  out.reserve(lines.size());
  std::unordered_map<std::string_view, size_t> seen;
  seen.reserve(lines.size());
  for (size_t at = 0; at < lines.size();) {
    const Line& line = lines[at];
    if (line.gap) {
      out.push_back({line});
      ++at;
      continue;
    }
    size_t times = 1;
    while (count && at + times < lines.size() && lines[at + times] == line) ++times;
    const auto [known, is_new] = seen.try_emplace(line.text, 0);
    const size_t source = known->second;
    known->second = at + times - 1;
    at += times;
    const size_t said = stripped_size(line.text);
    if (times > 1 && said * (times - 1) >= kLeastTimes) {
      out.push_back({with_times(line, times, written)});
    } else {
      for (size_t n = at - times; n < at; ++n) out.push_back({lines[n]});
    }
    if (is_new || times > 1 || said < kLeastAnchor) continue;
    const auto [above, size] = as_above(lines, source + 1, at);
    if (above == 0 || size < least) continue;
    out.push_back({pointer(above, written), at, above});
    for (size_t n = at; n < at + above; ++n) seen[lines[n].text] = n;
    at += above;
  }
  return out;
}

Lines lines_of(const std::vector<Repeat>& repeats) {
  Lines out;
  out.reserve(repeats.size());
  for (const Repeat& repeat : repeats) out.push_back(repeat.line);
  return out;
}

}  // namespace

Lines fold_repeats(const Lines& lines, size_t least, Written& written) {
  return lines_of(repeats_of(lines, least, false, written));
}

Lines fold_lines(Lines lines, Written& written) {
  fold_frames(lines, written);
  lines = fold_dates(std::move(lines), written);
  const auto repeats = repeats_of(lines, kLeastAbove, true, written);
  // Where a pointer stands for lines with paths, it is unclear which path is the one above.
  std::vector<bool> unclear(repeats.size());
  for (size_t n = 0; n < repeats.size(); ++n) {
    const auto [line, first, count] = repeats[n];
    for (size_t k = first; k < first + count && !unclear[n]; ++k) unclear[n] = has_path(lines[k].text);
  }
  return fold_folder(fold_paths(lines_of(repeats), unclear, written), written);
}

}  // namespace headroom
