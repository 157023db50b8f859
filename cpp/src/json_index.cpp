#include "headroom/json_index.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace headroom {
namespace {

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out.push_back(static_cast<char>(0xC0 | code >> 6));
    out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
  } else if (code < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | code >> 12));
    out.push_back(static_cast<char>(0x80 | (code >> 6 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
  } else {
    out.push_back(static_cast<char>(0xF0 | code >> 18));
    out.push_back(static_cast<char>(0x80 | (code >> 12 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (code >> 6 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
  }
}

// The four hex digits at i, or -1.
std::int32_t hex4(std::string_view text, std::size_t i) {
  if (i + 4 > text.size()) return -1;
  std::int32_t code = 0;
  for (std::size_t n = 0; n < 4; ++n) {
    const int value = hex_value(text[i + n]);
    if (value < 0) return -1;
    code = code << 4 | value;
  }
  return code;
}

}  // namespace

bool utf8_valid(std::string_view text) {
  std::size_t i = 0;
  const auto tail = [&](std::size_t at) {
    return at < text.size() && (static_cast<std::uint8_t>(text[at]) & 0xC0) == 0x80;
  };
  while (i < text.size()) {
    std::uint64_t word = 0x8080808080808080ull;
    if (i + 8 <= text.size()) std::memcpy(&word, text.data() + i, 8);
    if (!(word & 0x8080808080808080ull)) {
      i += 8;
      continue;
    }
    const auto a = static_cast<std::uint8_t>(text[i]);
    const auto b = static_cast<std::uint8_t>(i + 1 < text.size() ? text[i + 1] : 0);
    if (a < 0x80) {
      i += 1;
    } else if (a >= 0xC2 && a <= 0xDF && tail(i + 1)) {
      i += 2;
    } else if ((a & 0xF0) == 0xE0 && tail(i + 1) && tail(i + 2) && !(a == 0xE0 && b < 0xA0) &&
               !(a == 0xED && b > 0x9F)) {
      i += 3;
    } else if (a >= 0xF0 && a <= 0xF4 && tail(i + 1) && tail(i + 2) && tail(i + 3) &&
               !(a == 0xF0 && b < 0x90) && !(a == 0xF4 && b > 0x8F)) {
      i += 4;
    } else {
      return false;
    }
  }
  return true;
}

// A parser without recursion: open containers are on a stack of node numbers.
class JsonParser {
 public:
  explicit JsonParser(std::string_view text) : index_(text), text_(text) {}

  bool value_at_cursor() {
    const std::size_t depth = open_.size();
    if (!begin_value()) return false;
    while (open_.size() > depth)
      if (!step()) return false;
    return true;
  }

  void skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }

  bool at_end() const { return at_ == text_.size(); }
  bool take_newline() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r')) ++at_;
    if (at_ == text_.size() || text_[at_] != '\n') return at_ == text_.size();
    skip_space();
    return true;
  }

  void open_root() { open(JsonKind::kArray); }
  void close_root() { close(text_.size()); }
  JsonIndex take() { return std::move(index_); }

 private:
  JsonNode& node(std::int32_t n) { return index_.nodes_[n]; }

  void open(JsonKind kind) {
    open_.push_back(add(kind, at_));
  }

  std::int32_t add(JsonKind kind, std::size_t start) {
    index_.nodes_.push_back({static_cast<std::int32_t>(start), 0, 0, 0, key_start_, key_end_, kind});
    key_start_ = key_end_ = 0;
    if (!open_.empty()) ++node(open_.back()).count;
    return static_cast<std::int32_t>(index_.nodes_.size()) - 1;
  }

  void close(std::size_t end) {
    JsonNode& container = node(open_.back());
    container.end = static_cast<std::int32_t>(end);
    container.next = static_cast<std::int32_t>(index_.nodes_.size());
    open_.pop_back();
  }

  bool leaf(JsonKind kind, std::size_t start) {
    const std::int32_t n = add(kind, start);
    node(n).end = static_cast<std::int32_t>(at_);
    node(n).next = n + 1;
    return true;
  }

  // What comes after a value or an opening bracket inside the innermost container.
  bool step() {
    skip_space();
    if (at_ == text_.size()) return false;
    const bool object = node(open_.back()).kind == JsonKind::kObject;
    const bool first = node(open_.back()).count == 0;
    if (text_[at_] == (object ? '}' : ']')) {
      ++at_;
      close(at_);
      return true;
    }
    if (!first) {
      if (text_[at_] != ',') return false;
      ++at_;
      skip_space();
    }
    return object ? member() : begin_value();
  }

  bool member() {
    const std::size_t start = at_;
    if (at_ == text_.size() || text_[at_] != '"' || !string()) return false;
    const std::size_t end = at_;
    skip_space();
    if (at_ == text_.size() || text_[at_] != ':') return false;
    ++at_;
    skip_space();
    key_start_ = static_cast<std::int32_t>(start);
    key_end_ = static_cast<std::int32_t>(end);
    return begin_value();
  }

  bool begin_value() {
    if (at_ == text_.size()) return false;
    const std::size_t start = at_;
    switch (text_[at_]) {
      case '{':
      case '[':
        if (open_.size() >= JsonIndex::kMaxDepth) return false;
        open(text_[at_] == '{' ? JsonKind::kObject : JsonKind::kArray);
        ++at_;
        return true;
      case '"':
        return string() && leaf(JsonKind::kString, start);
      case 't':
        return word("true") && leaf(JsonKind::kTrue, start);
      case 'f':
        return word("false") && leaf(JsonKind::kFalse, start);
      case 'n':
        return word("null") && leaf(JsonKind::kNull, start);
      default:
        return number() && leaf(JsonKind::kNumber, start);
    }
  }

  bool word(std::string_view expected) {
    if (text_.substr(at_, expected.size()) != expected) return false;
    at_ += expected.size();
    return true;
  }

  bool digits() {
    const std::size_t start = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return at_ > start;
  }

  bool number() {
    if (text_[at_] == '-') ++at_;
    if (at_ < text_.size() && text_[at_] == '0') ++at_;
    else if (!digits()) return false;
    if (at_ < text_.size() && text_[at_] == '.') {
      ++at_;
      if (!digits()) return false;
    }
    if (at_ < text_.size() && (text_[at_] | 0x20) == 'e') {
      ++at_;
      if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
      return digits();
    }
    return true;
  }

  // Moves the cursor over ordinary text in a string, eight bytes at a time.
  void skip_plain() {
    constexpr std::uint64_t kOnes = 0x0101010101010101ull, kHigh = 0x8080808080808080ull;
    const auto zeros = [](std::uint64_t word) { return (word - kOnes) & ~word & kHigh; };
    if constexpr (std::endian::native != std::endian::little) return;
    for (; at_ + 8 <= text_.size(); at_ += 8) {
      std::uint64_t word;
      std::memcpy(&word, text_.data() + at_, 8);
      const std::uint64_t control = (word - kOnes * 0x20) & ~word & kHigh;
      const std::uint64_t found = control | zeros(word ^ kOnes * '"') | zeros(word ^ kOnes * '\\');
      if (found) {
        at_ += static_cast<std::size_t>(std::countr_zero(found)) / 8;
        return;
      }
    }
  }

  bool string() {
    for (++at_; at_ < text_.size(); ++at_) {
      skip_plain();
      if (at_ == text_.size()) return false;
      const auto c = static_cast<std::uint8_t>(text_[at_]);
      if (c == '"') {
        ++at_;
        return true;
      }
      if (c < 0x20) return false;
      if (c == '\\' && !escape()) return false;
    }
    return false;
  }

  // At a backslash; leaves the cursor on the last character of the escape.
  bool escape() {
    if (++at_ == text_.size()) return false;
    if (text_[at_] != 'u') return std::strchr("\"\\/bfnrt", text_[at_]) != nullptr && text_[at_] != 0;
    if (hex4(text_, at_ + 1) < 0) return false;
    at_ += 4;
    return true;
  }

  JsonIndex index_;
  std::string_view text_;
  std::size_t at_ = 0;
  std::int32_t key_start_ = 0, key_end_ = 0;
  std::vector<std::int32_t> open_;
};

std::optional<JsonIndex> JsonIndex::parse(std::string_view text) {
  if (text.size() > 0x7FFFFFF0 || !utf8_valid(text)) return std::nullopt;
  JsonParser parser(text);
  parser.skip_space();
  if (!parser.value_at_cursor()) return std::nullopt;
  parser.skip_space();
  if (!parser.at_end()) return std::nullopt;
  return parser.take();
}

std::optional<JsonIndex> JsonIndex::parse_lines(std::string_view text) {
  if (text.size() > 0x7FFFFFF0 || !utf8_valid(text)) return std::nullopt;
  JsonParser parser(text);
  parser.open_root();
  parser.skip_space();
  while (!parser.at_end())
    if (!parser.value_at_cursor() || !parser.take_newline()) return std::nullopt;
  parser.close_root();
  JsonIndex index = parser.take();
  if (index.nodes_[0].count < 2) return std::nullopt;
  return index;
}

std::int32_t JsonIndex::member(std::int32_t object, std::string_view wanted) const {
  std::int32_t found = -1;
  for (std::int32_t child = object + 1; child < nodes_[object].next; child = nodes_[child].next) {
    const std::string_view token = key(child);
    const bool plain = token.find('\\') == std::string_view::npos;
    const bool same = plain ? token.substr(1, token.size() - 2) == wanted
                            : json_unescape(token, LoneSurrogates::kKeep) == wanted;
    if (same) found = child;
  }
  return found;
}

std::int32_t JsonIndex::element(std::int32_t array, std::int64_t index, Children& known) const {
  if (index < 0 || index >= nodes_[array].count) return -1;
  std::vector<std::int32_t>& elements = known[array];
  if (elements.empty())
    for (std::int32_t child = array + 1; child < nodes_[array].next; child = nodes_[child].next)
      elements.push_back(child);
  return elements[static_cast<std::size_t>(index)];
}

std::int32_t JsonIndex::locate(const std::vector<JsonStep>& path, Children* known) const {
  Children own;
  if (known == nullptr) known = &own;
  std::int32_t at = 0;
  for (const JsonStep& step : path) {
    const auto* wanted = std::get_if<std::string>(&step);
    if (nodes_[at].kind != (wanted ? JsonKind::kObject : JsonKind::kArray)) return -1;
    at = wanted ? member(at, *wanted) : element(at, std::get<std::int64_t>(step), *known);
    if (at < 0) return -1;
  }
  return at;
}

bool json_valid(std::string_view text) { return JsonIndex::parse(text).has_value(); }

std::string json_unescape(std::string_view token, LoneSurrogates lone) {
  if (token.size() < 2) return {};
  token = token.substr(1, token.size() - 2);
  std::string out;
  out.reserve(token.size());
  for (std::size_t i = 0; i < token.size(); ++i) {
    const std::size_t plain = std::min(token.find('\\', i), token.size());
    out.append(token.substr(i, plain - i));
    i = plain + 1;
    if (i >= token.size()) break;
    const char c = token[i];
    if (c != 'u') {
      const char* const from = "bfnrt";
      const char* const found = std::strchr(from, c);
      out.push_back(found && c ? "\b\f\n\r\t"[found - from] : c);
      continue;
    }
    std::int32_t code = hex4(token, i + 1);
    i += 4;
    if (code >= 0xD800 && code < 0xDC00 && i + 2 < token.size() && token[i + 1] == '\\' &&
        token[i + 2] == 'u') {
      const std::int32_t low = hex4(token, i + 3);
      if (low >= 0xDC00 && low < 0xE000) {
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        i += 6;
      }
    }
    const bool is_lone = code >= 0xD800 && code < 0xE000;
    append_utf8(out, code < 0 || (is_lone && lone == LoneSurrogates::kReplace) ? 0xFFFD : code);
  }
  return out;
}

}  // namespace headroom
