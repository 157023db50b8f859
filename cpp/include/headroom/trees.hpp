// Evaluates gradient-boosted regression trees: the sum of one leaf of each.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace headroom {

// A file of trees, little-endian:
//   "HRT1", u16 columns, u16 trees, then for each tree
//   u16 splits, splits x (u16 column, f32 threshold, i16 left, i16 right), (splits + 1) x f32 leaf.
// A row goes left where its column is <= the threshold. A child >= 0 is a split, always a later one;
// -1 - n is leaf n.
class Trees {
 public:
  // Returns nothing where the file is damaged.
  static std::optional<Trees> parse(std::string_view file);

  // One number a row; `rows` holds them one after the other, `columns()` floats each. Leaves are
  // added up in the order of the file, so every machine gets the same sums.
  std::vector<float> predict(std::span<const float> rows) const;

  std::size_t columns() const { return columns_; }

 private:
  struct Split {
    std::uint16_t column;
    std::int16_t left;
    std::int16_t right;
    float threshold;
  };
  struct Tree {
    std::size_t first_split;
    std::size_t first_leaf;
    bool is_leaf;
  };

  std::size_t columns_ = 0;
  std::vector<Tree> trees_;
  std::vector<Split> splits_;
  std::vector<float> leaves_;
};

}  // namespace headroom
