#include "headroom/json_index.hpp"

#include "check.hpp"

int main() {
  CHECK(headroom::json_valid("{}"));
  CHECK(!headroom::json_valid(""));
  return report();
}
