#include <array>

#include "headroom/bytes.hpp"
#include "headroom/fold.hpp"
#include "scan.hpp"

namespace headroom {
namespace {

constexpr std::string_view kDitto = "…";
constexpr std::string_view kSameText = "[same text]";
constexpr std::string_view kLegend = "[… = the path above]\n";
constexpr size_t kShortest = 12;  // bytes of a path from which a word for it is shorter
constexpr size_t kLong = 24;      // of a text

// A line about a place in a file: `src/a.c:12:3: warning: unused`, `  File "a.py", line 3, in f`.
struct Place {
  std::string_view lead;  // what a list puts before it: "3. WARNING in "
  std::string_view path;  // with what stands before it in the line
  std::string_view at;    // ":12:3: ", "\", line 3, "
  std::string_view said;  // what is said about it, without the newline
};

bool is_letter(char c) { return is_upper(c) || (c >= 'a' && c <= 'z'); }
bool is_name(char c) { return is_letter(c) || is_digit(c) || c == '_'; }

constexpr std::array<bool, 256> make_path_bytes() {
  std::array<bool, 256> bytes{};
  for (auto& is_one : bytes) is_one = true;
  for (const char c : std::string_view(" \t\n\v\f\r:()[]\"'<>|=")) bytes[static_cast<uint8_t>(c)] = false;
  return bytes;
}

constexpr auto kPathBytes = make_path_bytes();

// Whether what follows a path says that it is one.
bool ends_path_here(std::string_view rest) {
  const auto digit = [&](size_t n) { return n < rest.size() && is_digit(rest[n]); };
  if (rest.starts_with(':')) {
    if (digit(1) || (rest.starts_with(":[") && digit(2))) return true;
    if (rest.starts_with("::") && rest.size() > 2 && (is_letter(rest[2]) || rest[2] == '_')) return true;
  }
  if (rest.starts_with('(')) {
    size_t n = 1;
    while (digit(n)) ++n;
    return n > 1 && n < rest.size() && (rest[n] == ',' || rest[n] == ')');
  }
  if (rest.starts_with("\", line ")) return digit(8);
  if (rest.starts_with(" (at line ")) return true;
  Scan scan(rest);
  scan.take(" ");
  if (!scan.take(": ")) return false;
  for (const std::string_view word : {"error", "warning", "note"}) {
    if (scan.take(word)) return scan.rest().empty() || !is_name(scan.rest()[0]);
  }
  return false;
}

// Moves behind a path; false: there is none.
bool take_path(std::string_view line, size_t& at) {
  if (at + 2 < line.size() && is_letter(line[at]) && line[at + 1] == ':' && (line[at + 2] == '/' || line[at + 2] == '\\')) {
    for (size_t end = at + 3;; ++end) {
      if (ends_path_here(line.substr(end))) return at = end, true;
      if (end >= line.size() || std::string_view(":\"<>|*?\n").find(line[end]) != std::string_view::npos) break;
    }
  }
  bool has_slash = false;
  size_t end = at;
  for (; end < line.size() && kPathBytes[static_cast<uint8_t>(line[end])]; ++end) has_slash |= line[end] == '/' || line[end] == '\\';
  if (!has_slash || !ends_path_here(line.substr(end))) return false;
  at = end;
  return true;
}

// "3. WARNING in ", or nothing.
size_t lead_of(std::string_view line) {
  Scan scan(line);
  if (scan.take_while(is_digit).empty() || !scan.take(". ")) return 0;
  if (scan.take_while(is_upper).empty() || !scan.take(" in ")) return 0;
  return scan.at();
}

// Where a path ends that starts at `from`, with what may stand before it; 0: there is none.
size_t path_end(std::string_view line, size_t from) {
  Scan scan(line, from);
  scan.take_while(is_space);
  Scan badge = scan;  // "[ERROR] " or "- "
  if (badge.take("[") && !badge.take_while(is_name).empty() && badge.take("] ")) scan = badge;
  else scan.take("- ");
  scan.take("File \"");
  scan.take("[");
  size_t at = scan.at();
  return take_path(line, at) ? at : 0;
}

bool has_space(std::string_view line, size_t at) { return at < line.size() && line[at] == ' '; }

// What ends a place: a colon and a space, and no more spaces: those would be the line's own.
size_t after_place(std::string_view line, size_t at) {
  if (at < line.size() && line[at] == ':') ++at;
  if (has_space(line, at)) ++at;
  return has_space(line, at) ? 0 : at;
}

// Where a place ends that starts at `from`; `from`: there is none.
size_t place_end(std::string_view line, size_t from) {
  const auto counted = [](char c) { return is_digit(c) || std::string_view(":([,])").find(c) != std::string_view::npos; };
  Scan scan(line, from);
  size_t end = 0;
  if (!scan.take_while(counted).empty()) {
    Scan times = scan;  // " (x2):"
    if (times.take(" (x") && !times.take_while(is_digit).empty() && times.take("):")) scan = times;
    end = after_place(line, scan.at());
  } else if (scan.take("\", line ") && !scan.take_while(is_digit).empty()) {
    scan.take(",");
    end = after_place(line, scan.at());
  } else if (has_space(line, from)) {
    scan = Scan(line, from);
    if (scan.take(" (at line ") && !scan.take_while(is_digit).empty() && scan.take(")")) end = after_place(line, scan.at());
    if (end == 0) end = after_place(line, from + 1);
  }
  return end == 0 ? from : end;
}

Place place_in(std::string_view line) {
  size_t lead = lead_of(line);
  size_t end = path_end(line, lead);
  if (end == 0 && lead > 0) end = path_end(line, lead = 0);
  if (end == 0) return {};
  const size_t said = place_end(line, end);
  const std::string_view rest = line.substr(said);
  return {line.substr(0, lead), line.substr(lead, end - lead), line.substr(end, said - end), rest.substr(0, rest.find_first_of("\r\n"))};
}

// A line without what equals the path and the text before; empty: nothing does.
std::string shortened(std::string_view line, const Place& place, std::string_view path, std::string_view text) {
  const bool same_text = !place.at.empty() && place.said == text && text.size() >= kLong;
  const bool same_path = !place.at.empty() && place.path == path && path.size() >= kShortest;
  if (!same_text && !same_path) return {};
  std::string out(place.lead);
  out += same_path ? kDitto : place.path;
  out += place.at;
  std::string_view rest = line.substr(place.lead.size() + place.path.size() + place.at.size());
  if (same_text) out += kSameText, rest.remove_prefix(text.size());
  out += rest;
  return out;
}

}  // namespace

bool has_path(std::string_view line) { return !place_in(line).path.empty(); }

Lines fold_paths(const Lines& lines, const std::vector<bool>& unclear, Written& written) {
  Lines out;
  out.reserve(lines.size() + 1);
  out.push_back({kLegend});
  std::string_view path, text;  // of the last line that had one
  size_t saved = 0;
  for (size_t n = 0; n < lines.size(); ++n) {
    const Line& line = lines[n];
    out.push_back(line);
    if (line.gap || unclear[n]) path = text = {};  // nothing refers to what is before a gap or a pointer
    if (line.gap || unclear[n] || line.text.find_first_of("/\\") == line.text.npos) continue;
    const Place place = place_in(line.text);
    if (place.path.empty()) continue;
    if (std::string brief; !line.verbatim && !(brief = shortened(line.text, place, path, text)).empty()) {
      saved += line.text.size() - brief.size();
      written.push_back(std::move(brief));
      out.back() = {written.back()};
    }
    path = place.path;
    if (place.said.size() >= kLong) text = place.said;
  }
  return saved > 2 * kLegend.size() ? out : lines;
}

}  // namespace headroom
