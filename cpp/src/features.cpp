#include "headroom/features.hpp"

#include <algorithm>
#include <cstring>

#include "headroom/bytes.hpp"
#include "headroom/hash.hpp"

namespace headroom {
namespace {

// Never 0, which marks a free slot.
std::uint64_t hash_word(std::string_view word) { return hash_bytes(word) | 1; }

template <typename F>
void for_each_word(std::string_view text, F&& use) {
  for (std::size_t i = 0; i < text.size();) {
    if (!is_word(text[i])) {
      ++i;
      continue;
    }
    const std::size_t start = i;
    while (i < text.size() && is_word(text[i])) ++i;
    if (i - start >= 2) use(text.substr(start, i - start));
  }
}

std::string_view trimmed(std::string_view line) {
  while (!line.empty() && is_space(line.back())) line.remove_suffix(1);
  return line;
}

// Bytes of the number that a listing prints in front of a line: spaces, digits, then a tab, an
// arrow, a colon, a bar, a dash or two spaces; 0 where there is none.
std::size_t number_before(std::string_view line) {
  std::size_t i = 0;
  while (i < line.size() && line[i] == ' ') ++i;
  const std::size_t digits = i;
  while (i < line.size() && is_digit(line[i])) ++i;
  if (i == digits || i == line.size()) return 0;
  if (std::string_view("\t:|-").find(line[i]) != std::string_view::npos) return i + 1;
  if (line.substr(i, 3) == "\xE2\x86\x92") return i + 3;
  return line.substr(i, 2) == "  " ? i + 2 : 0;
}

bool is_numbered(std::string_view data, Starts starts) {
  std::size_t lines = 0, with_number = 0;
  for (std::size_t i = 0; i + 1 < starts.size(); ++i) {
    const auto line = data.substr(static_cast<std::size_t>(starts[i]),
                                  static_cast<std::size_t>(starts[i + 1] - starts[i]));
    if (trimmed(line).empty()) continue;
    ++lines;
    with_number += number_before(line) > 0;
  }
  return lines > 0 && 10 * with_number >= 8 * lines;
}

// The words of one text, each with the number of lines that hold it.
class WordTable {
 public:
  struct Word {
    std::uint64_t hash;
    std::int32_t lines;
    std::int32_t last_line;
    bool is_new;
    bool is_short;
  };

  explicit WordTable(const Vocabulary& met) : met_(met), slots_(1024, -1) {}

  std::int32_t add(std::string_view text, std::int32_t line) {
    const std::uint64_t hash = hash_word(text);
    const std::int32_t id = find(hash, text);
    Word& word = words_[static_cast<std::size_t>(id)];
    if (word.last_line != line) ++word.lines;
    word.last_line = line;
    return id;
  }

  const Word& operator[](std::int32_t id) const { return words_[static_cast<std::size_t>(id)]; }

 private:
  std::int32_t find(std::uint64_t hash, std::string_view text) {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = hash & mask;
    for (; slots_[at] >= 0; at = (at + 1) & mask) {
      if (words_[static_cast<std::size_t>(slots_[at])].hash == hash) return slots_[at];
    }
    slots_[at] = static_cast<std::int32_t>(words_.size());
    words_.push_back({hash, 0, -1, !met_.holds(hash), text.size() < 3});
    const std::int32_t id = slots_[at];
    if (words_.size() * 2 > slots_.size()) grow();
    return id;
  }

  void grow() {
    slots_.assign(slots_.size() * 2, -1);
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t id = 0; id < words_.size(); ++id) {
      std::size_t at = words_[id].hash & mask;
      while (slots_[at] >= 0) at = (at + 1) & mask;
      slots_[at] = static_cast<std::int32_t>(id);
    }
  }

  const Vocabulary& met_;
  std::vector<Word> words_;
  std::vector<std::int32_t> slots_;
};

float share(std::size_t part, std::size_t whole) {
  return static_cast<float>(static_cast<double>(part) / static_cast<double>(whole));
}

// What a line says of itself: its size, its indentation, what its bytes are.
void describe(Row& row, std::string_view body) {
  std::size_t indent = 0, digits = 0, letters = 0;
  while (indent < body.size() && is_space(body[indent])) ++indent;
  body.remove_prefix(indent);
  for (const char c : body) {
    digits += is_digit(c);
    letters += (c | 32) >= 'a' && (c | 32) <= 'z';
  }
  row[kLength] = static_cast<float>(body.size());
  row[kIndent] = static_cast<float>(indent);
  row[kDigits] = share(digits, body.size() + 1);
  row[kLetters] = share(letters, body.size() + 1);
}

void count_words(Row& row, const WordTable& table, std::span<const std::int32_t> ids) {
  std::int32_t rarest = 0, once = 0, seldom = 0, fresh = 0, fresh_seldom = 0;
  for (const std::int32_t id : ids) {
    const auto& word = table[id];
    rarest = rarest == 0 ? word.lines : std::min(rarest, word.lines);
    once += word.lines == 1;
    seldom += word.lines <= kFew;
    fresh += word.is_new;
    fresh_seldom += word.is_new && word.lines <= kFew && !word.is_short;
  }
  row[kWords] = static_cast<float>(ids.size());
  row[kRarest] = static_cast<float>(rarest);
  row[kOnce] = static_cast<float>(once);
  row[kSeldom] = static_cast<float>(seldom);
  row[kNew] = static_cast<float>(fresh);
  row[kNewSeldom] = static_cast<float>(fresh_seldom);
}

// What the lines around and all lines together add to each.
void relate(std::vector<Row>& rows, std::span<const std::int32_t> templates, bool numbered,
            std::int32_t turn) {
  const auto count = static_cast<std::int32_t>(rows.size());
  std::int32_t most = -1;
  for (const std::int32_t t : templates) most = std::max(most, t);
  std::vector<std::int32_t> alike(static_cast<std::size_t>(most + 1), 0);
  for (const std::int32_t t : templates) ++alike[static_cast<std::size_t>(t)];
  double bytes = 0, fresh = 0;
  for (const Row& row : rows) {
    bytes += row[kLength];
    fresh += row[kNew];
  }
  for (std::int32_t i = 0; i < count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    Row& row = rows[at];
    row[kIndentChange] = i > 0 ? row[kIndent] - rows[at - 1][kIndent] : 0.0f;
    row[kPlace] = share(at, rows.size());
    row[kLines] = static_cast<float>(count);
    row[kBytes] = static_cast<float>(bytes);
    row[kAlike] = static_cast<float>(std::min(alike[static_cast<std::size_t>(templates[at])], kMostAlike));
    float around = 0;
    for (std::int32_t j = std::max(0, i - kAround); j <= std::min(count - 1, i + kAround); ++j) {
      around += rows[static_cast<std::size_t>(j)][kNew];
    }
    row[kNewAround] = around;
    row[kNewInText] = static_cast<float>(fresh);
    row[kNumbered] = numbered ? 1.0f : 0.0f;
    row[kTurn] = static_cast<float>(turn);
  }
}

}  // namespace

Vocabulary::Vocabulary() : slots_(256, 0) {}

void Vocabulary::add(std::string_view text) {
  for_each_word(text, [&](std::string_view word) { insert(hash_word(word)); });
}

bool Vocabulary::holds(std::uint64_t hash) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash & mask; slots_[at] != 0; at = (at + 1) & mask) {
    if (slots_[at] == hash) return true;
  }
  return false;
}

void Vocabulary::insert(std::uint64_t hash) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  for (; slots_[at] != 0; at = (at + 1) & mask) {
    if (slots_[at] == hash) return;
  }
  slots_[at] = hash;
  if (++size_ * 2 > slots_.size()) grow();
}

void Vocabulary::grow() {
  std::vector<std::uint64_t> old(slots_.size() * 2, 0);
  old.swap(slots_);
  const std::size_t mask = slots_.size() - 1;
  for (const std::uint64_t hash : old) {
    if (hash == 0) continue;
    std::size_t at = hash & mask;
    while (slots_[at] != 0) at = (at + 1) & mask;
    slots_[at] = hash;
  }
}

std::vector<Row> line_features(std::string_view data, Starts starts,
                               std::span<const std::int32_t> templates, const Vocabulary& met,
                               std::int32_t turn) {
  const std::size_t count = starts.empty() ? 0 : starts.size() - 1;
  const bool numbered = is_numbered(data, starts);
  std::vector<Row> rows(count, Row{});
  WordTable table(met);
  std::vector<std::int32_t> ids;
  std::vector<std::size_t> ends;
  ends.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    auto body = data.substr(static_cast<std::size_t>(starts[i]),
                            static_cast<std::size_t>(starts[i + 1] - starts[i]));
    if (numbered) body.remove_prefix(number_before(body));
    body = trimmed(body);
    describe(rows[i], body);
    for_each_word(body, [&](std::string_view word) {
      ids.push_back(table.add(word, static_cast<std::int32_t>(i)));
    });
    ends.push_back(ids.size());
  }
  for (std::size_t i = 0, begin = 0; i < count; begin = ends[i++]) {
    count_words(rows[i], table, std::span(ids).subspan(begin, ends[i] - begin));
  }
  relate(rows, templates, numbered, turn);
  return rows;
}

}  // namespace headroom
