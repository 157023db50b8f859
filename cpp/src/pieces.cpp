// The pre-tokenizers of o200k_base and cl100k_base, by hand.
// Source: the `pat_str` of tiktoken_ext/openai_public.py in https://github.com/openai/tiktoken
#include <cstdint>
#include <string_view>

#include "headroom/bpe.hpp"

namespace headroom {
namespace {

#include "unicode_classes.inc"

enum Class : std::uint8_t { kOther, kUpper, kLower, kCaseless, kMark, kNumber, kSpace, kNewline };

constexpr unsigned bit(Class c) { return 1u << c; }
constexpr unsigned kLetters = bit(kUpper) | bit(kLower) | bit(kCaseless);
constexpr unsigned kHead = bit(kUpper) | bit(kCaseless) | bit(kMark);   // [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]
constexpr unsigned kTail = bit(kLower) | bit(kCaseless) | bit(kMark);   // [\p{Ll}\p{Lm}\p{Lo}\p{M}]
constexpr unsigned kPrefix = bit(kOther) | bit(kMark) | bit(kSpace);    // [^\r\n\p{L}\p{N}]
constexpr unsigned kSymbol = bit(kOther) | bit(kMark);                  // [^\s\p{L}\p{N}]
constexpr unsigned kWhite = bit(kSpace) | bit(kNewline);                // \s

struct Char {
  unsigned mask;  // bit of its class; 0 at the end of the text
  std::uint32_t size;
};

Class class_of(std::uint32_t code) {
  const std::uint8_t pair = kBlocks[kBlockOf[code >> 8]][(code & 0xFF) >> 1];
  return static_cast<Class>(code & 1 ? pair >> 4 : pair & 0xF);
}

struct AsciiTable {
  std::uint8_t mask[128];
  constexpr AsciiTable() : mask{} {
    for (int c = 0; c < 128; ++c) {
      Class k = kOther;
      if (c == '\r' || c == '\n') k = kNewline;
      else if (c == ' ' || (c >= 9 && c <= 13)) k = kSpace;
      else if (c >= '0' && c <= '9') k = kNumber;
      else if (c >= 'a' && c <= 'z') k = kLower;
      else if (c >= 'A' && c <= 'Z') k = kUpper;
      mask[c] = static_cast<std::uint8_t>(1u << k);
    }
  }
};
constexpr AsciiTable kAscii;

// A sequence of UTF-8 that cannot be decoded counts as one symbol of one byte.
Char wide_char_at(std::string_view text, std::size_t i) {
  const auto byte = [&](std::size_t n) { return static_cast<std::uint8_t>(text[i + n]); };
  const std::uint8_t lead = byte(0);
  const std::uint32_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || i + size > text.size()) return {bit(kOther), 1};
  std::uint32_t code = lead & (0xFFu >> (size + 1));
  for (std::uint32_t n = 1; n < size; ++n) {
    if ((byte(n) & 0xC0) != 0x80) return {bit(kOther), 1};
    code = code << 6 | (byte(n) & 0x3F);
  }
  if (code > 0x10FFFF) return {bit(kOther), 1};
  return {bit(class_of(code)), size};
}

Char char_at(std::string_view text, std::size_t i) {
  if (i >= text.size()) return {0, 0};
  const auto c = static_cast<std::uint8_t>(text[i]);
  return c < 128 ? Char{kAscii.mask[c], 1} : wide_char_at(text, i);
}

std::size_t skip(std::string_view text, std::size_t i, unsigned mask) {
  for (Char c = char_at(text, i); c.mask & mask; c = char_at(text, i)) i += c.size;
  return i;
}

// The length of (?i:'s|'t|'re|'ve|'m|'ll|'d) at i, or 0. Case folding takes U+017F for an s.
std::size_t contraction(std::string_view text, std::size_t i) {
  if (i + 1 >= text.size() || text[i] != '\'') return 0;
  const char a = static_cast<char>(text[i + 1] | 0x20);
  if (text[i + 1] & 0x80) return text.substr(i + 1, 2) == "\xC5\xBF" ? 3 : 0;
  if (a == 's' || a == 't' || a == 'm' || a == 'd') return 2;
  if (i + 2 >= text.size()) return 0;
  const char b = static_cast<char>(text[i + 2] | 0x20);
  if (text[i + 2] & 0x80) return 0;
  return (a == 'r' && b == 'e') || (a == 'v' && b == 'e') || (a == 'l' && b == 'l') ? 3 : 0;
}

// [head]*[tail]+ from i: the end of the match, or i. The greedy head gives back what the tail needs.
std::size_t capitals_then_small(std::string_view text, std::size_t i) {
  std::size_t last_tail = i, at = i;
  for (Char c = char_at(text, at); c.mask & kHead; c = char_at(text, at)) {
    at += c.size;
    if (c.mask & kTail) last_tail = at;
  }
  const std::size_t end = skip(text, at, kTail);
  return end > at ? end : last_tail;
}

std::size_t word_o200k(std::string_view text, Char first) {
  const std::size_t after = first.mask & kPrefix ? first.size : 0;
  std::size_t end = capitals_then_small(text, after);
  if (end == after && after != 0 && first.mask & bit(kMark)) {  // the mark as part of the word
    end = capitals_then_small(text, 0);
    return end == 0 ? 0 : end + contraction(text, end);
  }
  if (end == after) end = skip(text, after, kHead);  // capitals only
  return end == after ? 0 : end + contraction(text, end);
}

std::size_t word_cl100k(std::string_view text, Char first) {
  if (const std::size_t size = contraction(text, 0)) return size;
  const std::size_t after = first.mask & kPrefix ? first.size : 0;
  const std::size_t end = skip(text, after, kLetters);
  return end == after ? 0 : end;
}

std::size_t number(std::string_view text) {
  std::size_t i = 0;
  for (int n = 0; n < 3; ++n) {
    const Char c = char_at(text, i);
    if (!(c.mask & bit(kNumber))) break;
    i += c.size;
  }
  return i;
}

//  ?[^\s\p{L}\p{N}]+ and the line ends after it; o200k takes slashes there too.
std::size_t symbols(std::string_view text, Split split) {
  const std::size_t after = text[0] == ' ' ? 1 : 0;
  std::size_t i = skip(text, after, kSymbol);
  if (i == after) return 0;
  while (i < text.size() &&
         (text[i] == '\r' || text[i] == '\n' || (split == Split::kO200k && text[i] == '/')))
    ++i;
  return i;
}

// Up to the last line end of a run of white space; else all of it at the end of the text; else all
// but its last character, which belongs to what follows.
std::size_t white(std::string_view text, Split split) {
  std::size_t i = 0, newline = 0, previous = 0;
  for (Char c = char_at(text, 0); c.mask & kWhite; c = char_at(text, i)) {
    previous = i;
    i += c.size;
    if (c.mask & bit(kNewline)) newline = i;
  }
  if (split == Split::kCl100k && i == text.size()) return i;  // \s++$ comes first there
  if (newline) return newline;
  if (i == text.size() || previous == 0) return i;
  return previous;
}

}  // namespace

std::size_t next_piece(std::string_view text, Split split) {
  const Char first = char_at(text, 0);
  if (const std::size_t n = split == Split::kO200k ? word_o200k(text, first) : word_cl100k(text, first))
    return n;
  if (first.mask & bit(kNumber)) return number(text);
  if (const std::size_t n = symbols(text, split)) return n;
  return white(text, split);
}

}  // namespace headroom
