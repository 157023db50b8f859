// Rows and cells of tables whose columns stand below each other.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace headroom {

struct Aligned {
  std::int32_t columns = 0;
  std::vector<std::int32_t> cells;  // start and end of each cell, row by row; start = end: empty
  std::int32_t filled = 0;          // cells that are not empty
  bool plain = false;               // only last cells hold spaces, and nothing stands after an empty one
};

// A column ends where all lines are blank. What has no head belongs to the column on its left, as
// does what is only the next word of a head: `Used by`. Where two rows in three at the most are
// shifted by a cell that is too wide, but have enough words, those are their cells.
// A place is a code point. Nothing for text with tabs, fewer than four lines or three columns.
std::optional<Aligned> split_aligned(std::string_view text);

}  // namespace headroom
