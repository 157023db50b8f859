// Reads a line from left to right.
#pragma once

#include <string_view>

namespace headroom {

class Scan {
 public:
  explicit Scan(std::string_view text, size_t at = 0) : text_(text), at_(at) {}

  size_t at() const { return at_; }
  std::string_view rest() const { return text_.substr(at_); }

  // Whether the text goes on like this; then it is behind.
  bool take(std::string_view expected) {
    if (!rest().starts_with(expected)) return false;
    at_ += expected.size();
    return true;
  }

  // The bytes from here on that are of a kind.
  template <typename Kind>
  std::string_view take_while(Kind&& is_kind) {
    const size_t start = at_;
    while (at_ < text_.size() && is_kind(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }

 private:
  std::string_view text_;
  size_t at_;
};

}  // namespace headroom
