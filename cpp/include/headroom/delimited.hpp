// Rows and cells of delimiter-separated text.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace headroom {

struct Delimited {
  std::int32_t columns = 0;
  std::vector<std::int32_t> starts;  // of each row, and the length of the text
  std::vector<std::int32_t> cells;   // start and end of each cell, row by row, quotes included
};

// Splits as RFC 4180 says: a cell in double quotes may hold delimiters and line ends. Rows have as
// many cells as the first; of the odd ones (one in twenty at the most, else the answer is nothing)
// missing cells are empty and the last takes the rest. Blank lines at the end are allowed.
std::optional<Delimited> split_delimited(std::string_view text, char delimiter);

}  // namespace headroom
