#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace headroom {

// A fast hash of bytes, for tables in memory. Not for what is stored or for input that an attacker
// may choose at leisure: a collision must be harmless where it is used.

inline constexpr std::uint64_t kPrime = 0x9E3779B97F4A7C15ull;

inline std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  hash ^= value;
  hash *= kPrime;
  return hash ^ (hash >> 29);
}

inline std::uint64_t hash_bytes(std::string_view text) {
  std::uint64_t hash = mix(kPrime, text.size());
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + i, 8);
    hash = mix(hash, word);
  }
  std::uint64_t rest = 0;
  std::memcpy(&rest, text.data() + i, text.size() - i);
  return mix(hash, rest);
}

}  // namespace headroom
