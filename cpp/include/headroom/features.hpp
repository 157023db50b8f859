// What a line is like, in numbers: how much of it is new to a reader, and how it stands in its text.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "headroom/lines.hpp"

namespace headroom {

// The words that a reader has met, by their hashes. A word is a run of letters, digits, underscores
// and bytes above ASCII, two bytes or longer; case counts.
class Vocabulary {
 public:
  Vocabulary();
  void add(std::string_view text);
  bool holds(std::uint64_t hash) const;
  std::size_t size() const { return size_; }

 private:
  void insert(std::uint64_t hash);
  void grow();
  std::vector<std::uint64_t> slots_;  // open addressing; 0 is free
  std::size_t size_ = 0;
};

// The columns of `line_features`. White space around a line never counts; in a numbered listing
// neither do the numbers.
enum Feature : std::uint8_t {
  kLength,        // bytes
  kIndent,        // bytes of white space in front
  kIndentChange,  // against the line before
  kPlace,         // 0 for the first line, towards 1 for the last
  kLines,         // lines of the text
  kBytes,         // bytes of all lines
  kDigits,        // digits per byte
  kLetters,       // ASCII letters per byte
  kWords,         // words
  kRarest,        // lines that hold the word which the fewest lines hold
  kOnce,          // words that no other line holds
  kSeldom,        // words that at most kFew lines hold
  kAlike,         // lines of the same template, at most kMostAlike
  kNew,           // words that the reader has not met before this text
  kNewAround,     // the same, for the lines within kAround
  kNewSeldom,     // new words of three bytes or more that at most kFew lines hold
  kNewInText,     // new words of the whole text
  kNumbered,      // 1 in a listing with line numbers
  kTurn,          // texts of this kind that the reader has met, this one included
  kFeatures,
};

inline constexpr std::int32_t kFew = 3;
inline constexpr std::int32_t kMostAlike = 50;
inline constexpr std::int32_t kAround = 2;

using Row = std::array<float, kFeatures>;

// One row a line. `templates` are those of `unit_shapes` for the same lines.
std::vector<Row> line_features(std::string_view data, Starts starts,
                               std::span<const std::int32_t> templates, const Vocabulary& met,
                               std::int32_t turn);

}  // namespace headroom
