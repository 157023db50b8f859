#include "headroom/splice.hpp"

#include "check.hpp"

using headroom::splice;

int main() {
  CHECK(*splice("{\"a\": \"x\", \"b\":1.0}", {{6, 9, "y\n\"z\""}}) == "{\"a\": \"y\\n\\\"z\\\"\", \"b\":1.0}");
  CHECK(*splice("[1]", {}) == "[1]");
  CHECK(*splice("[1]", {{2, 2, ",{\"t\":2}"}}) == "[1,{\"t\":2}]");
  CHECK(!splice("[1]", {{1, 2, "x"}}));                                     // no string token
  CHECK(!splice("[\"a\",\"b\"]", {{5, 8, "x"}, {1, 4, "y"}}));              // out of order
  CHECK(!splice("[\"a\"]", {{1, 9, "x"}}) && !splice("\"a\"b\"", {{0, 5, "x"}}));
  CHECK(*splice("\"\\\\\"", {{0, 4, std::string("\x01\xC3\xA9", 3)}}) == "\"\\u0001\xC3\xA9\"");
  return report();
}
