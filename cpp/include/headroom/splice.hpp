// Edits into JSON bytes: everything outside the edited strings stays as it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headroom {

// Put `text` in place of the string token [start, end), quotes included; with start == end, insert
// `text` there as it is, as raw JSON.
struct Splice {
  std::int64_t start;
  std::int64_t end;
  std::string_view text;
};

// Appends a JSON string token: only what must be escaped is, all else is UTF-8 as it came.
void append_json_string(std::string& out, std::string_view text);

// The body with the splices applied. Nothing if they are not ordered and disjoint, reach outside the
// body, or a replaced range is no string token.
std::optional<std::string> splice(std::string_view body, const std::vector<Splice>& splices);

}  // namespace headroom
