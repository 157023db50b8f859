#include "headroom/trees.hpp"

#include <string>

#include "check.hpp"
#include "headroom/features.hpp"

using namespace headroom;

int main() {
  // One split: column 0 <= 1 gives 2, else 3.
  const std::string file("HRT1\1\0\1\0\1\0" "\0\0" "\0\0\x80\x3f" "\xff\xff" "\xfe\xff" "\0\0\0\x40" "\0\0\x40\x40", 28);
  const auto trees = Trees::parse(file);
  CHECK(trees && trees->columns() == 1);
  const float rows[] = {0.5f, 1.0f, 1.5f};
  const auto sums = trees->predict(rows);
  CHECK(sums.size() == 3 && sums[0] == 2.0f && sums[1] == 2.0f && sums[2] == 3.0f);
  for (std::size_t cut = 0; cut < file.size(); ++cut) CHECK(!Trees::parse(file.substr(0, cut)));

  Vocabulary met;
  met.add("alpha beta");
  const std::string_view text = "alpha gamma\n\n  beta\n";
  const auto starts = line_starts(text);
  const auto found = line_features(text, starts, unit_shapes(text, starts).templates, met, 4);
  CHECK(found.size() == 3);
  CHECK(found[0][kNew] == 1 && found[2][kNew] == 0 && found[2][kIndent] == 2);
  CHECK(found[1][kWords] == 0 && found[0][kTurn] == 4);
  CHECK(line_features("", {}, {}, met, 0).empty());
  return report();
}
