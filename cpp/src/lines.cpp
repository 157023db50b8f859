#include "headroom/lines.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <stdexcept>

#include "headroom/bytes.hpp"

namespace headroom {
namespace {

constexpr size_t kQuoteReach = 256;  // a longer quoted string is text, not a value
constexpr size_t kLongWord = 40;     // a longer word is a token, digest or base64

// --- words that say what a line is ---------------------------------------------------------

enum Meaning : uint8_t {
  kNothing = 0,
  kSaysError = 1,
  kSaysWarning = 2,
  kSaysSummary = 4,
  kCounted = 8,    // a summary when a number stands before it: "3 passed"
  kCode = 16,      // "code", "status": a summary after "exit"
  kExit = 32,
  kNegates = 64,   // "no errors"
};

struct Entry {
  std::string_view word;
  uint8_t meaning;
};

constexpr Entry kWords[] = {
    {"error", kSaysError | kCounted}, {"errors", kSaysError | kCounted}, {"err", kSaysError},
    {"fatal", kSaysError}, {"fail", kSaysError}, {"failed", kSaysError | kCounted},
    {"fails", kSaysError}, {"failing", kSaysError | kCounted}, {"failure", kSaysError | kCounted},
    {"failures", kSaysError | kCounted}, {"exception", kSaysError}, {"exceptions", kSaysError},
    {"denied", kSaysError}, {"panic", kSaysError}, {"panicked", kSaysError},
    {"traceback", kSaysError}, {"critical", kSaysError}, {"crit", kSaysError},
    {"emerg", kSaysError}, {"emergency", kSaysError}, {"alert", kSaysError},
    {"abort", kSaysError}, {"aborted", kSaysError}, {"aborting", kSaysError},
    {"segfault", kSaysError}, {"segmentation", kSaysError}, {"refused", kSaysError},
    {"unable", kSaysError}, {"cannot", kSaysError}, {"uncaught", kSaysError},
    {"unhandled", kSaysError}, {"killed", kSaysError}, {"oom", kSaysError},
    {"corrupt", kSaysError}, {"corrupted", kSaysError}, {"corruption", kSaysError},
    {"unreachable", kSaysError}, {"crash", kSaysError}, {"crashed", kSaysError},
    {"rejected", kSaysError}, {"invalid", kSaysError}, {"timed", kSaysError},
    {"mismatch", kSaysError}, {"violation", kSaysError}, {"undefined", kSaysError},
    {"unresolved", kSaysError}, {"unauthorized", kSaysError}, {"forbidden", kSaysError},
    {"overflow", kSaysError}, {"deadlock", kSaysError}, {"severe", kSaysError},
    {"warn", kSaysWarning}, {"warning", kSaysWarning | kCounted},
    {"warnings", kSaysWarning | kCounted}, {"deprecated", kSaysWarning},
    {"deprecation", kSaysWarning}, {"total", kSaysSummary}, {"totals", kSaysSummary},
    {"summary", kSaysSummary}, {"passed", kCounted}, {"passing", kCounted},
    {"skipped", kCounted}, {"tests", kCounted}, {"specs", kCounted}, {"suites", kCounted},
    {"problems", kCounted}, {"xfailed", kCounted}, {"xpassed", kCounted},
    {"deselected", kCounted}, {"assertions", kCounted}, {"examples", kCounted},
    {"code", kCode}, {"status", kCode}, {"exit", kExit}, {"exited", kExit},
    {"no", kNegates}, {"zero", kNegates}, {"without", kNegates}, {"not", kNegates},
};

constexpr size_t kSlots = 1024;
constexpr size_t kLongestWord = 12;

constexpr size_t slot_of(const char* word, size_t size) {
  return (size * 131 + static_cast<uint8_t>(word[0]) * 31 + static_cast<uint8_t>(word[1]) * 7 +
          static_cast<uint8_t>(word[size - 1]) * 17) % kSlots;
}

constexpr std::array<uint8_t, kSlots> make_slots() {
  std::array<uint8_t, kSlots> slots{};
  for (size_t i = 0; i < std::size(kWords); ++i) {
    size_t slot = slot_of(kWords[i].word.data(), kWords[i].word.size());
    while (slots[slot] != 0) slot = (slot + 1) % kSlots;
    slots[slot] = static_cast<uint8_t>(i + 1);
  }
  return slots;
}

constexpr auto kSlotTable = make_slots();

uint8_t meaning_of(const char* word, size_t size) {
  if (size < 2 || size > kLongestWord) return kNothing;
  char lower[kLongestWord];
  for (size_t i = 0; i < size; ++i) lower[i] = to_lower(word[i]);
  for (size_t slot = slot_of(lower, size); kSlotTable[slot] != 0; slot = (slot + 1) % kSlots) {
    const Entry& entry = kWords[kSlotTable[slot] - 1];
    if (entry.word.size() == size && std::memcmp(entry.word.data(), lower, size) == 0) {
      return entry.meaning;
    }
  }
  return kNothing;
}

bool is(std::string_view word, std::string_view lower) {
  if (word.size() != lower.size()) return false;
  for (size_t i = 0; i < word.size(); ++i) {
    if (to_lower(word[i]) != lower[i]) return false;
  }
  return true;
}

// ValueError, NullPointerException, DeprecationWarning, disk_error: a name says what it is.
uint8_t meaning_of_name(std::string_view word) {
  if (word.ends_with("Error") || word.ends_with("Exception") || word.ends_with("Failure")) {
    return kSaysError;
  }
  if (word.ends_with("Warning")) return kSaysWarning;
  const size_t cut = word.rfind('_');
  if (cut == std::string_view::npos) return kNothing;
  return meaning_of(word.data() + cut + 1, word.size() - cut - 1) & (kSaysError | kSaysWarning);
}

// --- one unit --------------------------------------------------------------------------------

class Unit {
 public:
  Unit(const char* begin, const char* end) : begin_(begin), p_(begin), end_(end) {}

  void scan() {
    while (p_ < end_) step();
  }
  uint64_t hash() const { return hash_; }
  uint8_t flags() const { return flags_; }
  bool blank() const { return !seen_; }

 private:
  void step() {
    const char c = *p_;
    if (is_space(c)) {
      gap_ = true;
      fresh_ = true;
      ++p_;
      return;
    }
    if (fresh_) begin_token();
    if (is_word(c)) return word();
    if (c == '\x1b') return escape();
    seen_ = true;
    if ((c == '"' || c == '\'' || c == '`') && quoted(c)) return;
    if ((c == '/' || c == '\\') && p_ + 1 < end_ && continues_path(p_[1])) return path();
    punctuation(c);
  }

  void begin_token() {
    token_ = {hash_, hash_at_mask_, masked_, gap_};
    masks_ = 0;
    fresh_ = false;
  }

  // A colour or cursor code: it says nothing.
  void escape() {
    ++p_;
    if (p_ == end_ || *p_ != '[') return;
    ++p_;
    while (p_ < end_ && (*p_ < '@' || *p_ > '~')) ++p_;
    if (p_ < end_) ++p_;
  }

  bool quoted(char quote) {
    if (p_ > begin_ && is_word(p_[-1])) return false;
    const size_t reach = std::min<size_t>(kQuoteReach, static_cast<size_t>(end_ - p_ - 1));
    const auto* close = static_cast<const char*>(std::memchr(p_ + 1, quote, reach));
    if (close == nullptr || (close + 1 < end_ && is_word(close[1]))) return false;
    words_between(p_ + 1, close);
    mask();
    fresh_ = true;
    p_ = close + 1;
    if (quote == '"') http_status();
    return true;
  }

  // Inside quotes only the meaning counts: status="failed".
  void words_between(const char* p, const char* end) {
    while (p < end) {
      const char* start = p;
      while (p < end && is_word(*p) && static_cast<uint8_t>(*p) < 0x80) ++p;
      if (p > start) flags_ |= said(meaning_of(start, static_cast<size_t>(p - start)));
      if (p < end) ++p;
    }
  }

  // "GET / HTTP/1.1" 503 is how access logs report a failed request.
  void http_status() {
    if (end_ - p_ < 4 || p_[0] != ' ' || (p_[1] != '4' && p_[1] != '5')) return;
    if (!is_digit(p_[2]) || !is_digit(p_[3]) || (p_ + 4 < end_ && !is_space(p_[4]))) return;
    flags_ |= p_[1] == '5' ? kError : kWarning;
  }

  static bool continues_path(char c) {
    return is_word(c) || c == '.' || c == '/' || c == '\\' || c == '-' || c == '~' || c == '*';
  }

  // A path is a value; only its last part may say something: /var/crash/error.log.
  void path() {
    mask();
    const char* last = p_;
    for (; p_ < end_ && !ends_path(*p_); ++p_) {
      if (*p_ == '/' || *p_ == '\\') last = p_;
    }
    words_between(last, p_);
    fresh_ = true;
    previous_ = {};
  }

  void punctuation(char c) {
    const bool sign = (c == '-' || c == '+') && p_ + 1 < end_ && is_digit(p_[1]);
    fresh_ = !joins(c);
    if (fresh_) masks_ = 0;
    if (!sign && masks_ < 2 && !(c == last_ && !gap_)) {
      flush_gap();
      mix(c);
      last_ = c;
    }
    ++p_;
  }

  // What ids are joined with: R23-M0-NE-C:J05-U01, worker_3.example.7.
  static bool joins(char c) {
    return c == '-' || c == ':' || c == '.' || c == '@' || c == '+' || c == '~';
  }

  void word() {
    seen_ = true;
    const char* start = p_;
    size_t digits = 0, hex = 0, turns = 0;
    bool digit = false;
    for (; p_ < end_ && is_word(*p_); ++p_) {
      const bool now = is_digit(*p_);
      turns += p_ > start && now != digit;
      digit = now;
      digits += now;
      hex += is_hex(*p_);
    }
    const auto size = static_cast<size_t>(p_ - start);
    const std::string_view text(start, size);
    if (digits == size) {
      number(text);
    } else if (varies(text, digits, hex, turns)) {
      mask();
    } else if (digits > 0) {
      letters_and_digits(text);
      if (start == begin_) kernel_level(text);
    } else {
      letters(text);
      name(text);
    }
    previous_ = text;
  }

  bool varies(std::string_view word, size_t digits, size_t hex, size_t turns) const {
    if (word.size() > kLongWord || turns >= 3) return true;
    if (word[0] == '0' && (word[1] == 'x' || word[1] == 'X')) return true;
    if (hex != word.size()) return false;
    if (word.size() >= 8 || (digits > 0 && word.size() >= 6)) return true;
    return word.size() >= 4 && masked_ && word.data() > begin_ && word.data()[-1] == '-';
  }

  void letters_and_digits(std::string_view word) {
    size_t i = 0;
    while (i < word.size()) {
      const size_t start = i;
      const bool digit = is_digit(word[i]);
      while (i < word.size() && is_digit(word[i]) == digit) ++i;
      if (digit) {
        mask();
      } else {
        letters(word.substr(start, i - start));
      }
    }
  }

  void letters(std::string_view text) {
    if (masks_ >= 2) return;
    flush_gap();
    for (const char c : text) mix(c);
    masked_ = false;
    last_ = 0;
  }

  void number(std::string_view text) {
    mask();
    if (is(previous_, "ran")) flags_ |= kSummary;
    if (after_exit_) {
      flags_ |= kSummary;
      if (text.find_first_not_of('0') != std::string_view::npos) flags_ |= kError;
      after_exit_ = false;
    }
  }

  // E0923 12:00:01 is klog's way to write the level.
  void kernel_level(std::string_view text) {
    if (text.size() != 5 || !is_digit(text[1]) || p_ == end_ || *p_ != ' ') return;
    if (text[0] == 'E' || text[0] == 'F') flags_ |= kError;
    if (text[0] == 'W') flags_ |= kWarning;
  }

  // 1702 2395 E Tag: is logcat's; "E   assert" pytest's.
  void letter_level(char c) {
    const char* start = p_ - 1;
    if (p_ == end_ || (*p_ != ' ' && *p_ != '/')) return;
    const bool after_number = !previous_.empty() && is_digit(previous_.front()) &&
                              start > begin_ && start[-1] == ' ';
    const bool at_margin = c == 'E' && start == begin_ && end_ - p_ > 2 && p_[1] == ' ';
    if (!after_number && !at_margin) return;
    if (c == 'E' || c == 'F') flags_ |= kError;
    if (c == 'W') flags_ |= kWarning;
  }

  void name(std::string_view word) {
    if (word.size() == 1) return letter_level(word[0]);
    uint8_t meaning = meaning_of(word.data(), word.size());
    if (meaning == kNothing) meaning = meaning_of_name(word);
    if (is(previous_, "not") && is(word, "found")) flags_ |= kError;
    if (is(previous_, "no") && is(word, "such")) flags_ |= kError;
    if (is(previous_, "could") && is(word, "not")) flags_ |= kError;
    if (is(previous_, "build") && word.size() >= 7 && is(word.substr(0, 7), "success")) {
      flags_ |= kSummary;
    }
    if ((meaning & kExit) != 0) exit_ = true;
    if (((meaning & kCode) != 0 && exit_) || (meaning & kExit) != 0) after_exit_ = true;
    if ((meaning & kSaysSummary) != 0) flags_ |= kSummary;
    if ((meaning & kCounted) != 0 && !previous_.empty() && all_digits(previous_)) {
      flags_ |= kSummary;
    }
    if (!negated()) flags_ |= said(meaning);
  }

  static bool all_digits(std::string_view word) {
    for (const char c : word) {
      if (!is_digit(c)) return false;
    }
    return true;
  }

  // "no errors", "0 failed", "errors: 0", "failures=0".
  bool negated() const {
    if (previous_ == "0" || is(previous_, "no") || is(previous_, "zero") ||
        is(previous_, "without")) {
      return true;
    }
    const char* p = p_;
    while (p < end_ && p - p_ < 2 && (*p == ':' || *p == '=' || *p == ' ')) ++p;
    if (p == p_ || p == end_ || *p != '0') return false;
    return p + 1 == end_ || (!is_word(p[1]) && p[1] != '.');
  }

  static uint8_t said(uint8_t meaning) {
    return static_cast<uint8_t>(((meaning & kSaysError) != 0 ? kError : 0) |
                                ((meaning & kSaysWarning) != 0 ? kWarning : 0));
  }

  // A value: several with only punctuation between them are one, however many there are. A token
  // of several values with letters between them, such as R23-M0-NE-C:J05-U01, is one value too.
  void mask() {
    if (masks_ >= 2) return;
    if (!masked_ || masks_ == 0) ++masks_;
    if (masks_ == 2) {
      hash_ = token_.hash;
      hash_at_mask_ = token_.hash_at_mask;
      masked_ = token_.masked;
      gap_ = token_.gap;
    }
    if (masked_) {
      hash_ = hash_at_mask_;
    } else {
      flush_gap();
      mix('\0');
      hash_at_mask_ = hash_;
      masked_ = true;
    }
    gap_ = false;
    last_ = 0;
  }

  void flush_gap() {
    if (gap_) mix(' ');
    gap_ = false;
  }

  void mix(char c) { hash_ = (hash_ ^ static_cast<uint8_t>(c)) * 0x100000001b3ULL; }

  // What there was before the token, to go back to.
  struct Token {
    uint64_t hash = 0;
    uint64_t hash_at_mask = 0;
    bool masked = false;
    bool gap = false;
  };

  const char* begin_;
  const char* p_;
  const char* end_;
  Token token_;
  int masks_ = 0;
  bool fresh_ = true;
  uint64_t hash_ = 0xcbf29ce484222325ULL;
  uint64_t hash_at_mask_ = 0;
  std::string_view previous_;
  uint8_t flags_ = 0;
  char last_ = 0;
  bool masked_ = false;
  bool gap_ = false;
  bool seen_ = false;
  bool exit_ = false;
  bool after_exit_ = false;
};

// --- stack traces ----------------------------------------------------------------------------

std::string_view trimmed(std::string_view line) {
  size_t first = 0, last = line.size();
  while (first < last && is_space(line[first])) ++first;
  while (last > first && is_space(line[last - 1])) --last;
  return line.substr(first, last - first);
}

size_t digits_at(std::string_view line, size_t i) {
  const size_t start = i;
  while (i < line.size() && is_digit(line[i])) ++i;
  return i - start;
}

bool colon_digit(std::string_view line) {
  for (size_t i = 1; i < line.size(); ++i) {
    if (line[i - 1] == ':' && is_digit(line[i])) return true;
  }
  return false;
}

bool python_frame(std::string_view line) {
  return line.starts_with("File \"") && line.find("\", line ") != std::string_view::npos;
}

// Java, JavaScript, .NET, gdb, Go and Rust, as their runtimes print them.
bool other_frame(std::string_view line) {
  switch (line.empty() ? '\0' : line[0]) {
    case 'a':
      return line.starts_with("at ") &&
             (line.find('(') != std::string_view::npos || colon_digit(line));
    case 'C':
      return line.starts_with("Caused by: ");
    case 'T':
      return line.starts_with("Traceback (most recent call last)") ||
             line.starts_with("The above exception was");
    case 'D':
      return line.starts_with("During handling of the above exception");
    case '.':
      return line.starts_with("... ") && digits_at(line, 4) > 0 && line.ends_with(" more");
    case 'g':
      return line.starts_with("goroutine ") && digits_at(line, 10) > 0;
    case '#': {
      const size_t digits = digits_at(line, 1);
      return digits > 0 && 1 + digits < line.size() && line[1 + digits] == ' ' &&
             line.find(" in ") != std::string_view::npos;
    }
    default:
      break;
  }
  const size_t digits = digits_at(line, 0);
  if (digits > 0) {
    return line.substr(digits).starts_with(": ") && line.find("::") != std::string_view::npos;
  }
  return line.find(".go:") != std::string_view::npos && line.find(" +0x") != std::string_view::npos;
}

// Whether each unit belongs to a stack trace; below a Python frame its source line does too.
class Frames {
 public:
  bool next(std::string_view unit) {
    const std::string_view line = trimmed(unit);
    const bool indented = !unit.empty() && (unit[0] == ' ' || unit[0] == '\t');
    const bool carets = line.find_first_not_of("^~") == std::string_view::npos && !line.empty();
    if (python_frame(line)) {
      below_ = kFile;
    } else if (below_ == kFile && indented && !line.empty()) {
      below_ = kSource;
    } else if (below_ == kSource && indented && carets) {
      below_ = kOutside;
    } else {
      below_ = kOutside;
      return other_frame(line);
    }
    return true;
  }

 private:
  enum Below : uint8_t { kOutside, kFile, kSource } below_ = kOutside;
};

// --- numbering -------------------------------------------------------------------------------

// Numbers hashes by first occurrence: open addressing, grown by doubling.
class Numbering {
 public:
  int32_t number(uint64_t hash) {
    if ((count_ + 1) * 2 > slots_.size()) grow();
    Slot& slot = find(hash);
    if (slot.number < 0) slot = {hash, static_cast<int32_t>(count_++)};
    return slot.number;
  }

 private:
  struct Slot {
    uint64_t hash = 0;
    int32_t number = -1;
  };

  Slot& find(uint64_t hash) {
    size_t i = (hash * 0x9e3779b97f4a7c15ULL) >> shift_;
    while (slots_[i].number >= 0 && slots_[i].hash != hash) i = (i + 1) & (slots_.size() - 1);
    return slots_[i];
  }

  void grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    --shift_;
    for (const Slot& slot : old) {
      if (slot.number >= 0) find(slot.hash) = slot;
    }
  }

  std::vector<Slot> slots_ = std::vector<Slot>(256);
  int shift_ = 64 - 8;
  size_t count_ = 0;
};

}  // namespace

std::vector<int32_t> line_starts(std::string_view data) {
  if (data.size() > static_cast<size_t>(std::numeric_limits<int32_t>::max())) {
    throw std::length_error("text is larger than 2 GiB");
  }
  std::vector<int32_t> starts;
  starts.reserve(data.size() / 32 + 2);
  starts.push_back(0);
  const char* const begin = data.data();
  const char* p = begin;
  const char* const end = begin + data.size();
  while (p < end) {
    const auto* newline =
        static_cast<const char*>(std::memchr(p, '\n', static_cast<size_t>(end - p)));
    p = newline == nullptr ? end : newline + 1;
    starts.push_back(static_cast<int32_t>(p - begin));
  }
  return starts;
}

bool is_partition(std::string_view data, Starts starts) {
  return !starts.empty() && starts.front() == 0 &&
         static_cast<size_t>(starts.back()) == data.size() &&
         std::is_sorted(starts.begin(), starts.end());
}

Shapes unit_shapes(std::string_view data, Starts starts) {
  const size_t count = starts.size() - 1;
  Shapes shapes{std::vector<int32_t>(count), std::vector<uint8_t>(count)};
  Frames frames;
  Numbering numbering;
  for (size_t i = 0; i < count; ++i) {
    const char* const begin = data.data() + starts[i];
    const char* const end = data.data() + starts[i + 1];
    Unit unit(begin, end);
    unit.scan();
    uint8_t flags = unit.flags();
    if (unit.blank()) flags |= kBlank;
    if (frames.next({begin, static_cast<size_t>(end - begin)})) flags |= kFrame;
    shapes.flags[i] = flags;
    shapes.templates[i] = numbering.number(unit.hash() * 2 + (flags & kError));
  }
  return shapes;
}

}  // namespace headroom
