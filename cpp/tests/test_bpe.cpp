#include "headroom/bpe.hpp"

#include <string>

#include "check.hpp"

using headroom::next_piece;
using headroom::Split;

static std::string pieces(std::string_view text, Split split) {
  std::string out;
  while (!text.empty()) {
    const std::size_t size = next_piece(text, split);
    out.append(text.substr(0, size)).push_back('~');
    text.remove_prefix(size);
  }
  return out;
}

int main() {
  CHECK(pieces("don't STOP now", Split::kO200k) == "don't~ STOP~ now~");
  CHECK(pieces("don't STOP now", Split::kCl100k) == "don~'t~ STOP~ now~");
  CHECK(pieces("HTTPServer", Split::kO200k) == "HTTPServer~");
  CHECK(pieces("a  b\n\n  c", Split::kO200k) == "a~ ~ b~\n\n~ ~ c~");
  CHECK(pieces("12345", Split::kO200k) == "123~45~");
  CHECK(pieces("x://\n/y", Split::kO200k) == "x~://\n/~y~");
  CHECK(pieces("\xCC\x81's", Split::kO200k) == "\xCC\x81's~");  // a mark alone is a word
  CHECK(pieces("\xFF\xFE", Split::kO200k) == "\xFF\xFE~");
  CHECK(pieces("tail  ", Split::kCl100k) == "tail~  ~");

  CHECK(!headroom::Bpe::parse("", Split::kO200k));
  CHECK(!headroom::Bpe::load("junk"));
  std::string file;  // the 256 bytes, and "aa"
  const char* alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (int byte = 0; byte < 256; ++byte)
    file += std::string{alphabet[byte >> 2], alphabet[(byte & 3) << 4]} + "== " + std::to_string(byte) + "\n";
  const auto bytes_only = headroom::Bpe::parse(file, Split::kO200k);
  CHECK(bytes_only && bytes_only->count("aaaa") == 4);
  const auto pairs = headroom::Bpe::parse(file + "YWE= 256\n", Split::kO200k);
  CHECK(pairs && pairs->count("aaaa") == 2 && pairs->count("aaaaa") == 3);
  CHECK(pairs && pairs->count(std::string(100'001, 'a')) == 50'001);
  CHECK(pairs && headroom::Bpe::load(pairs->dump())->count("aaaa") == 2);
  return report();
}
