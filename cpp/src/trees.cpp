#include "headroom/trees.hpp"

#include <bit>
#include <cmath>

namespace headroom {
namespace {

// Reads little-endian numbers; what is not there reads as 0 and leaves `ok` false.
class Reader {
 public:
  explicit Reader(std::string_view data) : data_(data) {}

  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::int16_t i16() { return static_cast<std::int16_t>(u16()); }
  float f32() { return std::bit_cast<float>(number(4)); }
  bool starts_with(std::string_view magic) {
    if (!data_.starts_with(magic)) return ok = false;
    data_.remove_prefix(magic.size());
    return true;
  }
  bool at_end() const { return data_.empty(); }

  bool ok = true;

 private:
  std::uint32_t number(std::size_t bytes) {
    if (data_.size() < bytes) {
      ok = false;
      return 0;
    }
    std::uint32_t value = 0;
    for (std::size_t i = bytes; i-- > 0;) value = value << 8 | static_cast<std::uint8_t>(data_[i]);
    data_.remove_prefix(bytes);
    return value;
  }

  std::string_view data_;
};

// A later split of the same tree, or one of its leaves: a walk always ends.
bool is_child(int child, int split, int splits) {
  return child >= 0 ? child > split && child < splits : -1 - child <= splits;
}

}  // namespace

std::optional<Trees> Trees::parse(std::string_view file) {
  Reader in(file);
  if (!in.starts_with("HRT1")) return std::nullopt;
  Trees trees;
  trees.columns_ = in.u16();
  const int count = in.u16();
  for (int t = 0; t < count && in.ok; ++t) {
    const int splits = in.u16();
    trees.trees_.push_back({trees.splits_.size(), trees.leaves_.size(), splits == 0});
    for (int s = 0; s < splits && in.ok; ++s) {
      const std::uint16_t column = in.u16();
      const float threshold = in.f32();
      const std::int16_t left = in.i16();
      const std::int16_t right = in.i16();
      in.ok = in.ok && column < trees.columns_ && is_child(left, s, splits) && is_child(right, s, splits);
      trees.splits_.push_back({column, left, right, threshold});
    }
    for (int n = 0; n <= splits && in.ok; ++n) trees.leaves_.push_back(in.f32());
  }
  if (!in.ok || !in.at_end() || trees.columns_ == 0) return std::nullopt;
  for (const float leaf : trees.leaves_) {
    if (!std::isfinite(leaf)) return std::nullopt;
  }
  return trees;
}

std::vector<float> Trees::predict(std::span<const float> rows) const {
  const std::size_t count = rows.size() / columns_;
  std::vector<float> sums(count, 0.0f);
  for (const Tree& tree : trees_) {  // tree by tree: its splits stay in the nearest cache
    const Split* splits = splits_.data() + tree.first_split;
    const float* leaves = leaves_.data() + tree.first_leaf;
    for (std::size_t i = 0; i < count; ++i) {
      const float* row = rows.data() + i * columns_;
      int at = tree.is_leaf ? -1 : 0;
      while (at >= 0) at = row[splits[at].column] <= splits[at].threshold ? splits[at].left : splits[at].right;
      sums[i] += leaves[-1 - at];
    }
  }
  return sums;
}

}  // namespace headroom
