// Lines that repeat, said once. What is folded stands in full just above; nothing is lost.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace headroom {

// A line with its newline, or a gap, where lines are left out.
struct Line {
  std::string_view text;
  int32_t source = -1;    // which of the lines given this is, unchanged; -1: it was written here
  bool gap = false;
  bool verbatim = false;  // its text stays

  bool operator==(const Line& other) const { return gap == other.gap && text == other.text; }
};

using Lines = std::vector<Line>;

// Owns the lines that are written here; views of them stay valid while it lives.
using Written = std::deque<std::string>;

// The lines with frames of stack traces written briefly, and dates, runs of lines that stood
// above, equal lines in a row, paths, and the folder that is worth most, each said once.
Lines fold_lines(Lines lines, Written& written);

// The lines with pointers to those above in place of runs of at least so many bytes.
Lines fold_repeats(const Lines& lines, size_t least, Written& written);

// The lines with what they share with the path and the text before said once; after those that
// are `unclear`, the first path is said in full.
Lines fold_paths(const Lines& lines, const std::vector<bool>& unclear, Written& written);

// Whether a line names a place in a file.
bool has_path(std::string_view line);

// The lines with the folder that is worth most said once, above them.
Lines fold_folder(const Lines& lines, Written& written);

}  // namespace headroom
