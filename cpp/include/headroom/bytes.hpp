// What a byte of UTF-8 text is, by ASCII rules and without a locale.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace headroom {

enum ByteClass : uint8_t { kWordByte = 1, kDigitByte = 2, kHexByte = 4, kSpaceByte = 8, kUpperByte = 16, kPathEnd = 32 };

constexpr std::array<uint8_t, 256> make_byte_classes() {
  std::array<uint8_t, 256> classes{};
  for (int c = 0; c < 256; ++c) {
    uint8_t bits = 0;
    const bool digit = c >= '0' && c <= '9';
    const bool upper = c >= 'A' && c <= 'Z';
    const bool lower = c >= 'a' && c <= 'z';
    if (digit || upper || lower || c == '_' || c >= 0x80) bits |= kWordByte;
    if (digit) bits |= kDigitByte;
    if (digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) bits |= kHexByte;
    if (c == ' ' || (c >= '\t' && c <= '\r')) bits |= kSpaceByte | kPathEnd;
    if (upper) bits |= kUpperByte;
    for (const char end : {'"', '\'', '`', '(', ')', '[', ']', '{', '}', '<', '>', ',', ';', ':',
                           '=', '|', '&', '?', '#', '\x1b'}) {
      if (c == end) bits |= kPathEnd;
    }
    classes[static_cast<size_t>(c)] = bits;
  }
  return classes;
}

inline constexpr auto kByteClasses = make_byte_classes();

constexpr bool has_class(char c, uint8_t bits) {
  return (kByteClasses[static_cast<uint8_t>(c)] & bits) != 0;
}
constexpr bool is_word(char c) { return has_class(c, kWordByte); }
constexpr bool is_digit(char c) { return has_class(c, kDigitByte); }
constexpr bool is_hex(char c) { return has_class(c, kHexByte); }
constexpr bool is_space(char c) { return has_class(c, kSpaceByte); }
constexpr bool is_upper(char c) { return has_class(c, kUpperByte); }
constexpr bool ends_path(char c) { return has_class(c, kPathEnd); }
constexpr char to_lower(char c) { return is_upper(c) ? static_cast<char>(c + 32) : c; }

}  // namespace headroom
