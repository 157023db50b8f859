#include "headroom/diff.hpp"

#include <string>

#include "check.hpp"

using headroom::SeenLines;

int main() {
  SeenLines seen;
  CHECK(seen.add("one\ntwo\nthree\nfour\n") == 0);
  CHECK(seen.match("zero\ntwo\nthree\nfour\n", 0).size() == 1);
  const auto run = seen.match("zero\ntwo\nthree\nfour\n", 0).at(0);
  CHECK(run.first == 2 && run.last == 4 && run.source == 0 && run.source_first == 2);
  CHECK(seen.match("two\nthree\n", 0).empty());   // too few lines to be sure
  CHECK(seen.match("", 0).empty());
  CHECK(seen.add("") == 1);

  // All lines alike: still linear, and one run.
  std::string same;
  for (int i = 0; i < 20'000; ++i) same += "}\n";
  CHECK(seen.add(same) == 2);
  CHECK(seen.match(same, 100).size() == 1);
  return report();
}
