#include "headroom/delimited.hpp"

#include <string>

#include "check.hpp"

using headroom::split_delimited;

int main() {
  const auto plain = split_delimited("a,b\n1,2\n\n", ',');
  CHECK(plain && plain->columns == 2 && plain->starts.size() == 3 && plain->cells.size() == 8);
  const auto quoted = split_delimited("\"x,\n\"\"y\"\"\",2\r\n3,4", ',');
  CHECK(quoted && quoted->columns == 2 && quoted->starts.size() == 3);
  CHECK(quoted && quoted->cells[1] == 10 && quoted->cells[3] == 12);
  CHECK(!split_delimited("a,b\n1\n", ',') && !split_delimited("", ','));
  CHECK(split_delimited("\"open", ',').has_value());
  std::string rows = "a,b,c\n1,2\n1,2,3,4\n";
  for (int n = 0; n < 60; ++n) rows += "1,2,3\n";
  const auto odd = split_delimited(rows, ',');
  CHECK(odd && odd->cells.size() == 6 * 63 && odd->cells[17] == 17);
  return report();
}
