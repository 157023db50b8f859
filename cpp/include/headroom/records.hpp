// Which rows of a table stand out, column by column.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace headroom {

// A table over a text: cells are half-open spans, row by row; an empty span is a missing cell.
struct Cells {
  std::string_view text;
  const std::int32_t* spans;  // 2 * rows * columns
  std::int32_t rows;
  std::int32_t columns;

  std::string_view at(std::int32_t row, std::int32_t column) const {
    const std::int32_t* const span = spans + 2 * (static_cast<std::int64_t>(row) * columns + column);
    return text.substr(span[0], span[1] - span[0]);
  }
};

struct ColumnStats {
  std::int32_t distinct;  // values, a missing cell counted as one; at most kManyValues
  std::int32_t missing;
  std::int32_t numbers;  // cells that are numbers
  std::int32_t lowest;   // the row of the smallest number, or -1
  std::int32_t highest;
};
constexpr std::int32_t kManyValues = 4096;

// For each row how much it stands out: the sum over columns of numeric outliers, values that are
// rare in a column of few values, and changes in a column that is constant over long runs. 0: it
// does not.
std::vector<float> row_scores(const Cells& cells);

std::vector<ColumnStats> column_stats(const Cells& cells);

// A number as tables print them: 12, -3.5, 1,234, 12k, 3.4%, $5, "7", 0:02.17 is none. NaN if it is none.
double number_in(std::string_view cell);

}  // namespace headroom
