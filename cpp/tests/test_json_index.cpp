#include "headroom/json_index.hpp"

#include <string>

#include "check.hpp"

using headroom::json_unescape;
using headroom::json_valid;
using headroom::JsonIndex;

int main() {
  CHECK(json_valid("{}") && json_valid(" [1, -0.5e+3, \"\\u00e9\", null] "));
  CHECK(!json_valid("") && !json_valid("[1,]") && !json_valid("01") && !json_valid("\"\n\""));
  CHECK(!json_valid("\"\xC0\x80\"") && !json_valid("{\"a\" 1}") && !json_valid("\"\\x\""));
  CHECK(!json_valid(std::string(200'000, '[')));

  const auto index = JsonIndex::parse("{\"a\": {\"b\": [10, 20]}, \"a\": {\"b\": [30, 40.0]}}");
  CHECK(index.has_value());
  const auto node = index->locate({"a", "b", std::int64_t{1}});
  CHECK(node > 0 && index->value(node) == "40.0");
  CHECK(index->locate({"a", "c"}) == -1 && index->locate({std::int64_t{0}}) == -1);

  CHECK(json_unescape("\"\\ud83d\\ude00\\n\\\"\"") == "\xF0\x9F\x98\x80\n\"");
  CHECK(json_unescape("\"\\ud83d!\"") == "\xEF\xBF\xBD!");
  return report();
}
