#include "headroom/fold.hpp"

#include <string>
#include <vector>

#include "check.hpp"

namespace {

std::vector<std::string> folded(const std::vector<std::string>& texts) {
  headroom::Lines lines;
  for (const std::string& text : texts) lines.push_back({text, static_cast<int32_t>(lines.size()), text.empty(), false});
  headroom::Written written;
  std::vector<std::string> out;
  for (const headroom::Line& line : headroom::fold_lines(lines, written)) out.emplace_back(line.text);
  return out;
}

}  // namespace

int main() {
  using Texts = std::vector<std::string>;
  CHECK(folded({}) == Texts{});
  CHECK(folded({"waiting for the lock\n", "waiting for the lock\n", "waiting for the lock\n"}) == Texts{"waiting for the lock [x3]\n"});

  const std::string a = "a line of some length, once more\n", b = "and another line after it, quite long\n";
  CHECK((folded({a, b, "x\n", a, b}) == Texts{a, b, "x\n", a, b}));  // a pointer would save too little
  CHECK((folded({a, b, b.substr(1), "x\n", a, b, b.substr(1)}) == Texts{a, b, b.substr(1), "x\n", a, "[+2 lines as above]\n"}));
  CHECK((folded({a, "", b, a, b}) == Texts{a, "", b, a, b}));  // an empty text is a gap here: nothing points across it

  CHECK((folded({"  File \"/srv/main.py\", line 12, in run\n"}) == Texts{"/srv/main.py:12 in run\n"}));
  Texts dated, warned;
  for (int n = 0; n < 8; ++n) {
    dated.push_back("2026-11-21 10:00:0" + std::to_string(n) + " step " + std::to_string(n) + "\n");
    warned.push_back("src/long/path.c:" + std::to_string(n) + ":3: warning: unused variable x\n");
  }
  CHECK(folded(dated).front() == "[date 2026-11-21]\n" && folded(dated)[1] == "10:00:00 step 0\n");
  CHECK(folded(warned)[0] == "[… = the path above]\n" && folded(warned)[2] == "…:1:3: [same text]\n");

  CHECK(headroom::has_path("C:\\work\\a b\\main.cs(3,1) x") && headroom::has_path("3. WARNING in ./x.js:7"));
  CHECK(!headroom::has_path("main.c:12: error") && !headroom::has_path("src/a.c: errors") && !headroom::has_path(""));
  return report();
}
