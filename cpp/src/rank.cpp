#include "headroom/rank.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <cmath>
#include <memory>
#include <string>

#include "headroom/bytes.hpp"

namespace headroom {
namespace {

// Weights of the kinds of terms. An exact text counts most, a part of a name least.
constexpr double kExact = 1.2;
constexpr double kName = 1.0;  // holds a digit, an underscore or an inner capital
constexpr double kFile = 0.8;  // the last part of a path
constexpr double kWord = 0.6;
constexpr double kPart = 0.25;
constexpr double kSeenInPart = 0.4;  // the term is only a part of a name in the text

constexpr size_t kFewUnits = 5;     // a term that hits no more than this is as rare as can be
constexpr size_t kShortIntent = 24;  // words; a longer intent speaks of many things
constexpr size_t kMostTerms = 1024;
constexpr size_t kMostExact = 64;
constexpr size_t kLongestExact = 200;

constexpr std::string_view kStopWords[] = {
    "a", "about", "above", "after", "again", "all", "also", "am", "an", "and", "any", "are", "around",
    "as", "at", "be", "because", "been", "before", "being", "below", "between", "both", "but", "by",
    "can", "cmd", "command", "could", "did", "do", "does", "doing", "done", "down", "each", "few",
    "find", "for", "from", "further", "get", "give", "had", "has", "have", "having", "he", "help",
    "her", "here", "hers", "him", "his", "how", "if", "in", "into", "is", "it", "its", "just", "let",
    "line", "lines", "look", "make", "matter", "matters", "may", "me", "more", "most", "my", "need",
    "no", "nor", "not", "now", "of", "off", "on", "once", "only", "or", "other", "our", "out",
    "output", "over", "own", "please", "quote", "same", "say", "says", "see", "she", "should",
    "show", "so", "some", "such", "tell", "than", "that", "the", "their", "them", "then", "there",
    "these", "they", "this", "those", "through", "to", "too", "under", "until", "up", "us", "use",
    "very", "want", "was", "we", "were", "what", "when", "where", "which", "while", "who", "why",
    "will", "with", "would", "you", "your",
};

uint64_t hash_lower(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) {
    hash = (hash ^ static_cast<uint8_t>(to_lower(c))) * 0x100000001b3ULL;
  }
  return hash;
}

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = to_lower(c);
  return out;
}

bool is_stop_word(std::string_view word) {
  return std::binary_search(std::begin(kStopWords), std::end(kStopWords), lowered(word));
}

bool all_digits(std::string_view word) {
  return std::all_of(word.begin(), word.end(), [](char c) { return is_digit(c); });
}

bool turns_upper(std::string_view word, size_t i) {
  return i > 0 && is_upper(word[i]) && !is_upper(word[i - 1]) && word[i - 1] != '_';
}

// retry_count -> retry, count; readFile -> read, File. A word of one part has none.
template <typename F>
void for_each_part(std::string_view word, F&& take) {
  size_t start = 0;
  for (size_t i = 0; i <= word.size(); ++i) {
    const bool ends = i == word.size() || word[i] == '_' || turns_upper(word, i);
    if (!ends) continue;
    if (i - start >= 3 && i - start < word.size()) take(word.substr(start, i - start));
    start = i < word.size() && word[i] == '_' ? i + 1 : i;
  }
}

template <typename F>
void for_each_word(std::string_view text, F&& take) {
  for (size_t i = 0; i < text.size();) {
    if (!is_word(text[i])) {
      ++i;
      continue;
    }
    const size_t start = i;
    while (i < text.size() && is_word(text[i])) ++i;
    take(text.substr(start, i - start), start);
  }
}

// --- scripts beyond ASCII ---------------------------------------------------------------------

bool is_ascii(std::string_view word) {
  return std::none_of(word.begin(), word.end(), [](char c) { return static_cast<uint8_t>(c) >= 0x80; });
}

struct Character {
  uint32_t code;
  size_t size;
};

// What is no UTF-8 counts byte by byte, as letters.
Character character_at(std::string_view text, size_t i) {
  const auto byte = [&](size_t n) -> uint32_t {
    return i + n < text.size() ? static_cast<uint8_t>(text[i + n]) : 0U;
  };
  const uint32_t lead = byte(0);
  const size_t size = lead < 0xC2 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 1;
  if (size == 1) return {lead < 0x80 ? lead : 0xFFFD, 1};
  uint32_t code = lead & (0x7FU >> size);
  for (size_t n = 1; n < size; ++n) {
    if ((byte(n) & 0xC0U) != 0x80) return {0xFFFD, 1};
    code = code << 6 | (byte(n) & 0x3FU);
  }
  constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  return code < kLeast[size] ? Character{0xFFFD, 1} : Character{code, size};
}

struct Range {
  uint32_t first, last;
};

// Scripts that put no spaces between words, or glue endings to them: Thai to Burmese, Khmer,
// Japanese, Chinese, Korean.
constexpr Range kDense[] = {{0xE00, 0xEFF},   {0x1000, 0x109F}, {0x1780, 0x17FF},  {0x3041, 0x30FA},
                            {0x30FC, 0x30FF}, {0x3400, 0x4DBF}, {0x4E00, 0x9FFF},  {0xAC00, 0xD7A3},
                            {0xF900, 0xFAFF}, {0x20000, 0x3FFFF}};

// Punctuation: Latin-1, Arabic, Devanagari, general, Chinese and Japanese, full-width.
constexpr Range kMarks[] = {{0xA0, 0xA9},     {0xAB, 0xB4},     {0xB6, 0xB9},     {0xBB, 0xBF},
                            {0x60C, 0x60C},   {0x61B, 0x61B},   {0x61F, 0x61F},   {0x6D4, 0x6D4},
                            {0x964, 0x965},   {0x2000, 0x206F}, {0x3000, 0x3004}, {0x3008, 0x3020},
                            {0x30FB, 0x30FB}, {0xFF00, 0xFF0F}, {0xFF1A, 0xFF20}, {0xFF3B, 0xFF40},
                            {0xFF5B, 0xFF65}};

template <size_t N>
bool in_any(uint32_t code, const Range (&ranges)[N]) {
  return std::any_of(std::begin(ranges), std::end(ranges),
                     [code](Range r) { return r.first <= code && code <= r.last; });
}

// Splits a run of word bytes at punctuation, and where a dense script begins or ends; of dense
// scripts every two neighbours are a word: `take(word, dense)`.
template <typename F>
void for_each_script_word(std::string_view run, F&& take) {
  size_t start = 0;   // of the word in other scripts, or of the dense run
  size_t before = 0;  // the last dense character
  bool dense = false;
  const auto end_word = [&](size_t end) {
    if (dense && before == start && end > start) take(run.substr(start, end - start), true);
    if (!dense && end > start) take(run.substr(start, end - start), false);
  };
  for (size_t i = 0; i < run.size();) {
    const Character c = character_at(run, i);
    const bool mark = in_any(c.code, kMarks);
    const bool now = !mark && in_any(c.code, kDense);
    if (mark || now != dense) {
      end_word(i);
      start = mark ? i + c.size : i;
      dense = now;
    } else if (now) {
      take(run.substr(before, i + c.size - before), true);
    }
    before = i;
    i += c.size;
  }
  end_word(run.size());
}

// An exact text: it stands in a unit where its first word does.
struct Exact {
  std::string text;
  size_t offset;  // of its first word
  int32_t next;   // another with the same first word
  int32_t term;
};

class Terms {
 public:
  explicit Terms(std::string_view intent) {
    words_of(intent);
    exact_texts_of(intent);
    const auto plain = static_cast<double>(plain_);
    scale_ = plain_ > kShortIntent ? std::sqrt(kShortIntent / plain) : 1.0;
  }

  struct Slot {
    uint64_t hash = 0;
    int32_t term = -1;   // of the whole word
    int32_t exact = -1;  // first exact text that begins with this word
  };

  const Slot* find(uint64_t hash) const {
    if (!known_[hash % kFilter]) return nullptr;
    for (size_t i = hash % slots_.size(); used(slots_[i]); i = (i + 1) % slots_.size()) {
      if (slots_[i].hash == hash) return &slots_[i];
    }
    return nullptr;
  }

  const Exact& exact(int32_t i) const { return exact_[static_cast<size_t>(i)]; }
  size_t size() const { return weights_.size(); }

  double weight(size_t term) const {
    const double weight = weights_[term];
    return weight == kWord || weight == kPart ? weight * scale_ : weight;
  }

 private:
  static constexpr size_t kFilter = 1 << 13;

  static bool used(const Slot& slot) { return slot.term >= 0 || slot.exact >= 0; }

  Slot* place(uint64_t hash) {
    size_t i = hash % slots_.size();
    while (used(slots_[i]) && slots_[i].hash != hash) i = (i + 1) % slots_.size();
    slots_[i].hash = hash;
    known_[hash % kFilter] = true;
    return &slots_[i];
  }

  void add(std::string_view word, double weight) {
    if (weights_.size() >= kMostTerms) return;
    Slot* slot = place(hash_lower(word));
    if (slot->term >= 0) {
      double& known = weights_[static_cast<size_t>(slot->term)];
      known = std::max(known, weight);
      return;
    }
    slot->term = static_cast<int32_t>(weights_.size());
    weights_.push_back(weight);
    plain_ += weight == kWord || weight == kPart;
  }

  void words_of(std::string_view intent) {
    for_each_word(intent, [&](std::string_view run, size_t) {
      for_each_script_word(run, [&](std::string_view word, bool dense) {
        if (word.size() < 2 || is_stop_word(word)) return;
        add(word, dense ? kPart : is_name(word) ? kName : kWord);
        for_each_part(word, [&](std::string_view part) {
          if (!is_stop_word(part) && !all_digits(part)) add(part, kPart);
        });
      });
    });
  }

  static bool is_name(std::string_view word) {
    for (size_t i = 0; i < word.size(); ++i) {
      if (is_digit(word[i]) || word[i] == '_' || turns_upper(word, i)) return true;
    }
    return false;
  }

  void exact_texts_of(std::string_view intent) {
    for (size_t i = 0; i < intent.size(); ++i) {
      const char c = intent[i];
      if ((c != '"' && c != '\'' && c != '`') || (i > 0 && is_word(intent[i - 1]))) continue;
      const std::string_view reach = intent.substr(i + 1, kLongestExact + 1);
      const size_t size = reach.find(c);
      if (size == std::string_view::npos) continue;
      if (size + 1 < reach.size() && is_word(reach[size + 1])) continue;
      add_exact(reach.substr(0, size), kExact, 2);
    }
    for (size_t i = 0; i < intent.size();) {
      if (is_space(intent[i])) {
        ++i;
        continue;
      }
      const size_t start = i;
      while (i < intent.size() && !is_space(intent[i])) ++i;
      add_token(intent.substr(start, i - start));
    }
  }

  // A token such as src/app.py, 10.0.0.7, foo-bar or a.b.c is looked for as it stands.
  void add_token(std::string_view token) {
    constexpr std::string_view kBefore = "\"'`()[]{}<>,;:!?=*";
    constexpr std::string_view kAfter = "\"'`()[]{}<>,;:!?=*.";
    const size_t first = token.find_first_not_of(kBefore);
    if (first == std::string_view::npos) return;
    token = token.substr(first, token.find_last_not_of(kAfter) + 1 - first);
    if (std::all_of(token.begin(), token.end(), [](char c) { return is_word(c); })) return;
    add_exact(token, kExact, 4);
    const size_t slash = token.rfind('/');
    if (slash != std::string_view::npos) add_exact(token.substr(slash + 1), kFile, 4);
  }

  void add_exact(std::string_view text, double weight, size_t shortest) {
    if (text.size() < shortest || text.size() > kLongestExact) return;
    if (exact_.size() >= kMostExact || weights_.size() >= kMostTerms) return;
    size_t start = 0;
    while (start < text.size() && !is_word(text[start])) ++start;
    size_t end = start;
    while (end < text.size() && is_word(text[end])) ++end;
    if (start == end) return;
    std::string lower = lowered(text);
    for (const Exact& known : exact_) {
      if (known.text == lower) return;
    }
    Slot* slot = place(hash_lower(text.substr(start, end - start)));
    exact_.push_back({std::move(lower), start, slot->exact, static_cast<int32_t>(weights_.size())});
    slot->exact = static_cast<int32_t>(exact_.size() - 1);
    weights_.push_back(weight);
  }

  std::array<Slot, 4 * kMostTerms> slots_{};
  std::bitset<kFilter> known_;
  std::vector<double> weights_;
  std::vector<Exact> exact_;
  size_t plain_ = 0;
  double scale_ = 1.0;
};

// Which term stands in which unit: term 2t as a word, 2t + 1 as a part of one.
class Hits {
 public:
  explicit Hits(size_t terms) : last_(terms * 2, -1), count_(terms * 2, 0) {}

  void add(int32_t term, bool part, int32_t unit) {
    const auto key = static_cast<size_t>(term) * 2 + part;
    if (last_[key] == unit) return;
    last_[key] = unit;
    ++count_[key];
    hits_.push_back({static_cast<int32_t>(key), unit});
  }

  std::vector<float> scores(const Terms& terms, size_t units) const {
    std::vector<int64_t> points(last_.size());
    for (size_t key = 0; key < points.size(); ++key) {
      const double weight = terms.weight(key / 2) * (key % 2 == 0 ? 1.0 : kSeenInPart);
      points[key] = std::llround(1024.0 * weight * rarity(count_[key], units));
    }
    std::vector<int64_t> sums(units);
    for (const Hit& hit : hits_) sums[static_cast<size_t>(hit.unit)] += points[static_cast<size_t>(hit.key)];
    std::vector<float> out(units);
    for (size_t i = 0; i < units; ++i) out[i] = static_cast<float>(sums[i]) / 1024.0F;
    return out;
  }

 private:
  struct Hit {
    int32_t key;
    int32_t unit;
  };

  // 1 for a term that hits few units, 0 for one that hits half of them or more.
  static double rarity(size_t hits, size_t units) {
    if (hits == 0 || hits * 2 > units) return 0.0;
    if (hits <= kFewUnits) return 1.0;
    const auto few = static_cast<double>(kFewUnits);
    return std::max(0.0, 1.0 - std::log(static_cast<double>(hits) / few) /
                                   std::log(static_cast<double>(units) / (2 * few)));
  }

  std::vector<int32_t> last_;
  std::vector<size_t> count_;
  std::vector<Hit> hits_;
};

bool stands_at(std::string_view unit, size_t at, const Exact& exact) {
  if (at < exact.offset) return false;
  const size_t start = at - exact.offset;
  const size_t end = start + exact.text.size();
  if (end > unit.size()) return false;
  for (size_t i = 0; i < exact.text.size(); ++i) {
    if (to_lower(unit[start + i]) != exact.text[i]) return false;
  }
  return end == unit.size() || !is_word(unit[end]) || !is_word(unit[end - 1]);
}

void look_up_word(std::string_view word, int32_t number, const Terms& terms, Hits& hits) {
  const Terms::Slot* slot = terms.find(hash_lower(word));
  if (slot != nullptr && slot->term >= 0) hits.add(slot->term, false, number);
  for_each_part(word, [&](std::string_view part) {
    const Terms::Slot* found = terms.find(hash_lower(part));
    if (found != nullptr && found->term >= 0) hits.add(found->term, true, number);
  });
}

void look_up(std::string_view unit, std::string_view run, size_t at, int32_t number,
             const Terms& terms, Hits& hits) {
  if (const Terms::Slot* slot = terms.find(hash_lower(run))) {
    for (int32_t i = slot->exact; i >= 0; i = terms.exact(i).next) {
      if (stands_at(unit, at, terms.exact(i))) hits.add(terms.exact(i).term, false, number);
    }
  }
  if (is_ascii(run)) {
    look_up_word(run, number, terms, hits);
    return;
  }
  for_each_script_word(run, [&](std::string_view word, bool) {
    look_up_word(word, number, terms, hits);
  });
}

}  // namespace

std::vector<float> relevance(std::string_view data, Starts starts, std::string_view intent) {
  const size_t units = starts.size() - 1;
  const auto terms = std::make_unique<Terms>(intent);
  if (terms->size() == 0 || units == 0) return std::vector<float>(units);
  Hits hits(terms->size());
  for (size_t i = 0; i < units; ++i) {
    const std::string_view unit = data.substr(static_cast<size_t>(starts[i]),
                                              static_cast<size_t>(starts[i + 1] - starts[i]));
    for_each_word(unit, [&](std::string_view word, size_t at) {
      look_up(unit, word, at, static_cast<int32_t>(i), *terms, hits);
    });
  }
  return hits.scores(*terms, units);
}

}  // namespace headroom
