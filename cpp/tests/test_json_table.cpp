#include "headroom/json_table.hpp"

#include "check.hpp"

static std::string rendered(std::string_view text) {
  const auto out = headroom::render_json(text);
  return out ? out->text : "invalid";
}

int main() {
  CHECK(rendered("  { \"a\" : [ 1 , 2 ] }  ") == "{\"a\":[1,2]}");
  CHECK(rendered("[{\"a\":1,\"b\":{\"x\":2}},{\"a\":3,\"b\":{\"x\":2}}]") == "[{\"a\",\"b\".\"x\"=2}\n1\n3\n]");
  CHECK(rendered("[{\"a\":1},{\"a\":1}]") == "[{\"a\"=1}\n\n\n]");
  CHECK(rendered("[{\"a\":1,\"b\":2},{\"b\":1,\"a\":2}]") == "[{\"a\":1,\"b\":2},{\"b\":1,\"a\":2}]");
  CHECK(rendered("{\"a\":1}\n{\"a\":2}\n") == "{\"a\"}\n1\n2\n");
  CHECK(rendered("{\"a\":1") == "invalid");
  CHECK(rendered("") == "invalid");
  return report();
}
