#include "headroom/aligned.hpp"

#include <string>

#include "check.hpp"

using headroom::split_aligned;

namespace {

std::string cell(const std::string& text, const headroom::Aligned& table, int row, int column) {
  const auto* at = table.cells.data() + 2 * (row * table.columns + column);
  return text.substr(at[0], at[1] - at[0]);
}

}  // namespace

int main() {
  const std::string pods =
      "NAME    READY  AGE\n"
      "web\xE2\x80\xA6    1/1    3d\n"
      "db      0/1     \n"
      "cache   1/1   12d\n";
  const auto table = split_aligned(pods);
  CHECK(table && table->columns == 3 && table->filled == 11 && table->plain);
  CHECK(cell(pods, *table, 1, 1) == "1/1" && cell(pods, *table, 2, 2).empty());

  std::string modules = "Module    Size  Used by\n";
  for (int n = 0; n < 20; ++n) modules += n % 2 ? "dm_mod   17048  2\n" : "dm_mod   17048  2 loop,  raid\n";
  modules += "dm_mod   17048  2 loop,  raid and what is longer than all others\n";
  modules += "nf_conntrack_netlink  57344  0\n";
  const auto shifted = split_aligned(modules);
  CHECK(shifted && shifted->columns == 3 && shifted->plain);
  CHECK(cell(modules, *shifted, 22, 1) == "57344" && cell(modules, *shifted, 1, 2) == "2 loop,  raid");

  std::string pairs = "NAME  TRIES         AGE\n";
  for (int n = 0; n < 20; ++n) pairs += "web   1             3d\n";
  pairs += "web   2 (4d ago)    3d\n";
  const auto words = split_aligned(pairs);
  CHECK(words && words->columns == 3 && !words->plain && cell(pairs, *words, 21, 1) == "2 (4d ago)");

  const auto unused = split_aligned("A  B  Used by\n1  2     3\n1  2     4\n1  2     5\n");
  CHECK(unused && unused->columns == 3);

  const std::string untitled = "USER  PID  COMMAND\nroot    1  sh  -c  x\nroot    2  sh  -c  y\nada    31  vi     a\n";
  const auto joined = split_aligned(untitled);
  CHECK(joined && joined->columns == 3 && cell(untitled, *joined, 1, 2) == "sh  -c  x");

  CHECK(!split_aligned("") && !split_aligned("a b c\na b c\na b c\n"));
  CHECK(!split_aligned("a\tb c\na b c\na b c\na b c\n"));
  CHECK(!split_aligned("ab\nab\nab\nab\n"));
  CHECK(!split_aligned(std::string(100, '\n')) && !split_aligned("\x80 \x80\n\n\x80\n\n\n"));
  return report();
}
