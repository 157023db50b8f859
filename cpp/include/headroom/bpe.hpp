// Exact token counts of the o200k_base and cl100k_base encodings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headroom {

// How an encoding splits text before it merges bytes.
enum class Split : std::uint32_t { kO200k = 1, kCl100k = 2 };

// The length in bytes of the piece that starts `text`, which is not empty. Bytes that are no valid
// UTF-8 count as a symbol each.
std::size_t next_piece(std::string_view text, Split split);

// Byte-pair ranks and the counts that follow from them. Immutable, so it may be shared by threads.
class Bpe {
 public:
  // Parses a .tiktoken file: lines of base64 token, space, rank. Nothing if it is malformed.
  static std::optional<Bpe> parse(std::string_view file, Split split);

  // Reads what `dump` wrote. Nothing if it is of another version or damaged.
  static std::optional<Bpe> load(std::string_view dumped);
  std::string dump() const;

  // The number of tokens; text that looks like a special token counts as plain text.
  std::int64_t count(std::string_view text) const;

 private:
  struct Short {
    std::uint64_t key;  // up to seven bytes and their number in the last; 0: free
    std::uint32_t rank;
    std::uint32_t unused;
  };
  struct Long {
    std::uint32_t start;  // in blob_
    std::uint32_t size;   // 0: free
    std::uint32_t rank;
    std::uint32_t tag;
  };
  static constexpr std::uint32_t kNoRank = 0xFFFFFFFF;

  explicit Bpe(Split split);
  void reserve(std::size_t shorts, std::size_t longs);
  void insert(std::string_view token, std::uint32_t rank);
  void learn_numbers();
  std::uint32_t rank(std::string_view piece) const;
  std::uint32_t count_piece(std::string_view piece) const;
  std::uint32_t merge_small(std::string_view piece) const;
  std::uint32_t merge_large(std::string_view piece) const;

  Split split_;
  std::uint64_t id_;  // of these ranks, in this process
  std::vector<Short> shorts_;
  std::vector<Long> longs_;
  std::string blob_;
  bool numbers_whole_ = false;
};

}  // namespace headroom
