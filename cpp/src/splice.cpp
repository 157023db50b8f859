#include "headroom/splice.hpp"

#include <cstring>

namespace headroom {
namespace {

// Whether a range is one JSON string token: quotes at both ends and none bare between.
bool is_string_token(std::string_view token) {
  if (token.size() < 2 || token.front() != '"' || token.back() != '"') return false;
  for (std::size_t i = 1; i + 1 < token.size(); ++i) {
    if (token[i] == '"') return false;
    if (token[i] == '\\' && ++i + 1 >= token.size()) return false;
  }
  return true;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  static const char* const hex = "0123456789abcdef";
  out.push_back('"');
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (byte >= 0x20) {
      out.push_back(c);
    } else if (const char* const found = std::strchr("\b\f\n\r\t", c); found && c) {
      out.push_back('\\');
      out.push_back("bfnrt"[found - "\b\f\n\r\t"]);
    }
    else {
      out.append("\\u00");
      out.push_back(hex[byte >> 4]);
      out.push_back(hex[byte & 15]);
    }
  }
  out.push_back('"');
}

std::optional<std::string> splice(std::string_view body, const std::vector<Splice>& splices) {
  std::string out;
  std::size_t size = body.size();
  for (const Splice& s : splices) size += s.text.size() + 16;
  out.reserve(size);
  std::int64_t at = 0;
  for (const Splice& s : splices) {
    if (s.start < at || s.end < s.start || s.end > static_cast<std::int64_t>(body.size())) return std::nullopt;
    out.append(body.substr(at, s.start - at));
    if (s.start == s.end) {
      out.append(s.text);
    } else {
      if (!is_string_token(body.substr(s.start, s.end - s.start))) return std::nullopt;
      append_json_string(out, s.text);
    }
    at = s.end;
  }
  out.append(body.substr(at));
  return out;
}

}  // namespace headroom
