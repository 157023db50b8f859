// A validating index over JSON text: byte spans, nothing converted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

namespace headroom {

enum class JsonKind : std::uint8_t { kObject, kArray, kString, kNumber, kTrue, kFalse, kNull };

// One value. Nodes are in reading order, so the children of a node follow it; `next` is the node
// after its whole subtree. Spans include the quotes of strings.
struct JsonNode {
  std::int32_t start;
  std::int32_t end;
  std::int32_t next;
  std::int32_t count;      // members or elements
  std::int32_t key_start;  // the span of its key in an object, quotes included; else key_end is 0
  std::int32_t key_end;
  JsonKind kind;
};

using JsonStep = std::variant<std::string, std::int64_t>;

// A JSON text as RFC 8259 defines it, with its nodes. Numbers keep their spelling, duplicate keys
// and key order survive.
class JsonIndex {
 public:
  static constexpr int kMaxDepth = 1000;

  // Nothing if the text is not one valid JSON value of valid UTF-8, nests deeper than kMaxDepth, or
  // is beyond 2 GiB.
  static std::optional<JsonIndex> parse(std::string_view text);

  // The same for newline-delimited JSON: at least two values, each on a line of its own, as the
  // elements of an array that node 0 stands for.
  static std::optional<JsonIndex> parse_lines(std::string_view text);

  // The elements of arrays that were looked into, so that many paths through them cost no walks.
  using Children = std::unordered_map<std::int32_t, std::vector<std::int32_t>>;

  // The node at a path of keys and indices; of duplicate keys the last, as parsers take it. -1: none.
  std::int32_t locate(const std::vector<JsonStep>& path, Children* known = nullptr) const;

  std::string_view text() const { return text_; }
  const std::vector<JsonNode>& nodes() const { return nodes_; }
  std::string_view value(std::int32_t node) const {
    return text_.substr(nodes_[node].start, nodes_[node].end - nodes_[node].start);
  }
  std::string_view key(std::int32_t node) const {
    return text_.substr(nodes_[node].key_start, nodes_[node].key_end - nodes_[node].key_start);
  }

 private:
  explicit JsonIndex(std::string_view text) : text_(text) {}
  friend class JsonParser;

  std::int32_t member(std::int32_t object, std::string_view wanted) const;
  std::int32_t element(std::int32_t array, std::int64_t index, Children& known) const;

  std::string_view text_;
  std::vector<JsonNode> nodes_;
};

// Whether `text` is one JSON value as RFC 8259 defines it.
bool json_valid(std::string_view text);

// What becomes of an escaped surrogate without its partner: U+FFFD, or the three bytes that UTF-8
// would have for it, which Python reads with "surrogatepass".
enum class LoneSurrogates : std::uint8_t { kReplace, kKeep };

// The text of a JSON string token, quotes included, with its escapes resolved.
std::string json_unescape(std::string_view token, LoneSurrogates lone = LoneSurrogates::kReplace);

bool utf8_valid(std::string_view text);

}  // namespace headroom
