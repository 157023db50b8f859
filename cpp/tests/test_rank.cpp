#include "headroom/rank.hpp"

#include <string>

#include "check.hpp"

namespace {

std::vector<float> scores(const std::string& text, const std::string& intent) {
  return headroom::relevance(text, headroom::line_starts(text), intent);
}

}  // namespace

int main() {
  std::string log;
  for (int i = 0; i < 100; ++i) {
    log += "request " + std::to_string(1000 + i) + " from 10.0.0." + std::to_string(i) + " ok\n";
  }
  log += "checkout failed for src/cart/total.py after retry_count\n";
  const auto by_number = scores(log, "what happened to request 1042?");
  CHECK(by_number[42] >= 0.9F && by_number[41] == 0.0F);
  const auto by_ip = scores(log, "look at 10.0.0.1 please");
  CHECK(by_ip[1] > 1.0F && by_ip[10] < 0.6F);
  CHECK(scores(log, "why did the checkout fail?")[100] > 0.55F);
  CHECK(scores(log, "in cart/total.py")[100] > 1.0F);
  CHECK(scores(log, "retries and retry")[100] > 0.0F);
  CHECK(scores(log, "the of and")[100] == 0.0F);
  CHECK(scores("", "x").empty());
  return report();
}
