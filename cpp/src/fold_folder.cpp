#include <array>
#include <unordered_map>

#include "headroom/bytes.hpp"
#include "headroom/fold.hpp"

namespace headroom {
namespace {

constexpr std::string_view kShort = ".../";
constexpr long kLeast = 60;         // bytes that saying a folder once must save
constexpr size_t kLongest = 300;    // of a folder
constexpr size_t kFewSlashes = 6;   // of a text below which no folder can save that

enum Kind : uint8_t { kOther = 0, kSeparator = 1, kBeforePath = 2, kName = 4, kSlash = 8 };

constexpr std::array<uint8_t, 256> make_kinds() {
  std::array<uint8_t, 256> kinds{};
  for (int c = 0; c < 256; ++c) {
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) kinds[static_cast<size_t>(c)] = kName;
  }
  for (const char c : std::string_view("_.@+:-")) kinds[static_cast<uint8_t>(c)] |= kName;
  for (const char c : std::string_view(" \t\n\v\f\r;,=()[]\"'`<>|")) kinds[static_cast<uint8_t>(c)] |= kSeparator | kBeforePath;
  kinds[':'] |= kBeforePath;
  kinds['/'] |= kSlash;
  kinds['\\'] |= kSlash;
  return kinds;
}

constexpr auto kKinds = make_kinds();

bool is(char c, uint8_t kinds) { return (kKinds[static_cast<uint8_t>(c)] & kinds) != 0; }

using Counts = std::unordered_map<std::string_view, long>;

// Adds the folders that the words of a text are in.
void count_folders(std::string_view text, Counts& counts) {
  size_t start = 0, folder_end = 0;
  for (size_t n = 0; n <= text.size(); ++n) {
    if (n < text.size() && !is(text[n], kSeparator)) {
      if (is(text[n], kSlash)) folder_end = n + 1;
      continue;
    }
    if (folder_end > start) ++counts[text.substr(start, folder_end - start)];
    start = n + 1;
  }
}

// Where the second of the folder's parts ends, 0 if it is none: of names, with slashes between.
size_t second_part(std::string_view folder) {
  size_t n = 0, parts = 0, first = 0;
  while (n < folder.size()) {
    const size_t name = n;
    while (n < folder.size() && is(folder[n], kName)) ++n;
    if (n == folder.size() || !is(folder[n], kSlash) || (parts > 0 && n == name)) return 0;
    while (n < folder.size() && is(folder[n], kSlash)) ++n;
    if (++parts == 1) first = n;
  }
  return parts < 2 ? 0 : folder.find_first_of("/\\", first) + 1;
}

long saving(std::string_view folder, long count) {
  const long size = static_cast<long>(folder.size());
  return count * (size - static_cast<long>(kShort.size())) - size - 12;
}

// The folder that saves most when it is said once, if that is enough.
std::string worth_most(const Lines& lines) {
  size_t slashes = 0;
  for (const Line& line : lines) {
    if (!line.verbatim) for (const char c : line.text) slashes += is(c, kSlash);
  }
  if (slashes < kFewSlashes) return {};
  Counts folders, counts;
  for (const Line& line : lines) {
    if (!line.verbatim) count_folders(line.text, folders);
  }
  for (const auto& [folder, times] : folders) {
    const size_t second = folder.size() <= kLongest ? second_part(folder) : 0;
    for (size_t end = second; end != 0 && end <= folder.size(); ++end) {
      if (is(folder[end - 1], kSlash)) counts[folder.substr(0, end)] += times;
    }
  }
  std::string_view best;
  long most = 0;
  for (const auto& [folder, count] : counts) {
    const long found = saving(folder, count);
    if (found < kLeast || found < most || (found == most && folder < best)) continue;
    best = folder, most = found;
  }
  return std::string(best);
}

// The text with the folder's short form where a path begins with it; empty: none does.
std::string shortened(std::string_view text, std::string_view folder) {
  std::string out;
  size_t done = 0;
  for (size_t n = text.find(folder); n != text.npos;) {
    if (n > 0 && !is(text[n - 1], kBeforePath)) {
      n = text.find(folder, n + 1);
      continue;
    }
    out.append(text, done, n - done).append(kShort);
    done = n + folder.size();
    n = text.find(folder, done);
  }
  return done == 0 ? std::string() : out.append(text, done);
}

}  // namespace

Lines fold_folder(const Lines& lines, Written& written) {
  for (const Line& line : lines) {
    if (line.text.find(kShort) != line.text.npos) return lines;
  }
  const std::string folder = worth_most(lines);
  if (folder.empty()) return lines;
  written.push_back("[.../ = " + folder + "]\n");
  Lines out{{written.back()}};
  out.reserve(lines.size() + 1);
  for (const Line& line : lines) {
    out.push_back(line);
    if (line.verbatim) continue;
    if (std::string brief = shortened(line.text, folder); !brief.empty()) {
      written.push_back(std::move(brief));
      out.back() = {written.back()};
    }
  }
  return out;
}

}  // namespace headroom
