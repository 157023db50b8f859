// Which lines of a text were seen before, in texts that a reader still has.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace headroom {

// Lines first..last of a text (from 1, inclusive) stand in `source` from line source_first on.
// `numbered` is the number printed on the first line where the text is a numbered listing whose
// numbers differ from the source's (then they count up by one), else -1.
struct Run {
  std::int32_t first;
  std::int32_t last;
  std::int32_t source;
  std::int32_t source_first;
  std::int32_t numbered;
};

// An append-only index over the lines of texts ("sources", numbered from 0). Two lines are the same
// if their bytes are the same, or if they are so without the numbers that `cat -n`, `nl` or an
// editor view print in front. Runs are found by three lines in a row, or one long line; equality is
// always checked on the bytes, so a hash collision cannot make up a repeat.
class SeenLines {
 public:
  static constexpr int kShingle = 3;         // lines that must agree before a run is looked at
  static constexpr std::size_t kLong = 160;  // bytes from which a single line is enough
  static constexpr int kCandidates = 8;      // earlier places tried for each line, newest first

  // Adds a text and returns its number. Texts beyond 2 GiB in all are ignored: returns -1.
  std::int32_t add(std::string_view text);

  // Returns the runs of at least `min_bytes` bytes, left to right, not overlapping. Each is the
  // longest of the candidates at its first line.
  std::vector<Run> match(std::string_view text, std::size_t min_bytes) const;

  std::int32_t sources() const { return static_cast<std::int32_t>(first_line_.size()); }

 private:
  struct Line {
    std::uint32_t start;    // the whole line, without its newline
    std::uint32_t content;  // where the text after a printed number starts
    std::uint32_t end;
    std::int32_t number;  // the printed number, or -1
    std::uint64_t hash;   // of the text after the number
  };
  struct Place {
    std::int32_t line;
    std::int32_t previous;  // the place before with the same key, or -1
  };

  static std::vector<Line> split(std::string_view text, std::size_t base);
  static std::uint64_t shingle(const std::vector<Line>& lines, std::size_t at, std::size_t end);
  void remember(std::uint64_t key, std::int32_t line);
  std::int32_t find(std::uint64_t key) const;
  std::int32_t extend(std::string_view text, const std::vector<Line>& lines, std::size_t at,
                      std::int32_t line) const;
  std::int32_t source_of(std::int32_t line) const;

  std::string text_;
  std::vector<Line> lines_;
  std::vector<std::int32_t> first_line_;  // of each source; a source ends where the next begins
  std::vector<Place> places_;
  std::unordered_map<std::uint64_t, std::int32_t> newest_;
};

}  // namespace headroom
