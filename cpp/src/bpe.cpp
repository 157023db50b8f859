#include "headroom/bpe.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <memory>
#include <queue>

namespace headroom {
namespace {

constexpr std::uint64_t kPrime = 0x9E3779B97F4A7C15ull;
constexpr char kMagic[8] = {'h', 'r', 'b', 'p', 'e', '0', '0', '2'};
constexpr std::size_t kSmall = 48;  // bytes up to which scanning for the best pair beats a heap

std::uint64_t scramble(std::uint64_t value) {
  value *= kPrime;
  return value ^ (value >> 32);
}

std::uint64_t hash_bytes(std::string_view text) {
  std::uint64_t hash = text.size() * kPrime;
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + i, 8);
    hash = scramble(hash ^ word);
  }
  std::uint64_t rest = 0;
  std::memcpy(&rest, text.data() + i, text.size() - i);
  return scramble(hash ^ rest);
}

// Up to seven bytes as a number that also says how many they are.
std::uint64_t pack(std::string_view token) {
  std::uint64_t key = 0;
  std::memcpy(&key, token.data(), token.size());
  return key | static_cast<std::uint64_t>(token.size()) << 56;
}

bool all_digits(std::string_view text) {
  for (const char c : text)
    if (c < '0' || c > '9') return false;
  return true;
}

std::size_t table_size(std::size_t entries) {
  std::size_t size = 16;
  while (size < entries * 2) size *= 2;
  return size;
}

// What pieces counted before, per thread: a piece's count follows from its bytes alone.
class Remembered {
 public:
  static constexpr std::size_t kMaxPiece = 22;

  struct Slot {
    std::uint64_t owner = 0;
    std::uint8_t size = 0;
    std::uint8_t count = 0;
    char bytes[kMaxPiece];
  };

  Slot& at(std::uint64_t owner, std::string_view piece) {
    const std::uint64_t hash = hash_bytes(piece) ^ scramble(owner);
    Slot* const set = &slots_[(hash & (kSets - 1)) * kWays];
    for (std::size_t way = 0; way < kWays; ++way)
      if (holds(set[way], owner, piece)) return set[way];
    return set[(hash >> 40) % kWays];
  }

  static bool holds(const Slot& slot, std::uint64_t owner, std::string_view piece) {
    return slot.owner == owner && slot.size == piece.size() &&
           std::memcmp(slot.bytes, piece.data(), piece.size()) == 0;
  }

 private:
  static constexpr std::size_t kSets = 1 << 14;
  static constexpr std::size_t kWays = 4;
  std::unique_ptr<Slot[]> slots_ = std::make_unique<Slot[]>(kSets * kWays);
};

thread_local Remembered remembered;

// Reads base64 up to a space. False if it is malformed.
bool decode_base64(std::string_view text, std::string& out) {
  out.clear();
  std::uint32_t bits = 0;
  int have = 0;
  for (const char c : text) {
    int value = -1;
    if (c >= 'A' && c <= 'Z') value = c - 'A';
    else if (c >= 'a' && c <= 'z') value = c - 'a' + 26;
    else if (c >= '0' && c <= '9') value = c - '0' + 52;
    else if (c == '+') value = 62;
    else if (c == '/') value = 63;
    else if (c == '=') break;
    if (value < 0) return false;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    have += 6;
    if (have >= 8) out.push_back(static_cast<char>(bits >> (have -= 8) & 0xFF));
  }
  return !out.empty();
}

struct Entry {
  std::string token;
  std::uint32_t rank;
};

std::optional<Entry> parse_line(std::string_view line) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || space + 1 == line.size()) return std::nullopt;
  Entry entry{{}, 0};
  if (!decode_base64(line.substr(0, space), entry.token)) return std::nullopt;
  for (const char c : line.substr(space + 1)) {
    if (c < '0' || c > '9' || entry.rank > 100'000'000) return std::nullopt;
    entry.rank = entry.rank * 10 + static_cast<std::uint32_t>(c - '0');
  }
  return entry;
}

template <typename T>
void append(std::string& out, const T* data, std::size_t n) {
  out.append(reinterpret_cast<const char*>(data), n * sizeof(T));
}

struct Header {
  char magic[8];
  std::uint32_t split;
  std::uint32_t unused;
  std::uint64_t shorts, longs, blob;
  std::uint64_t checksum;  // of all that follows
};

}  // namespace

Bpe::Bpe(Split split) : split_(split) {
  static std::atomic<std::uint64_t> created{0};
  id_ = ++created;
}

void Bpe::reserve(std::size_t shorts, std::size_t longs) {
  shorts_.assign(table_size(shorts), Short{0, 0, 0});
  longs_.assign(table_size(longs), Long{0, 0, 0, 0});
}

void Bpe::insert(std::string_view token, std::uint32_t rank) {
  if (token.size() <= 7) {
    const std::uint64_t key = pack(token);
    std::size_t at = scramble(key) & (shorts_.size() - 1);
    while (shorts_[at].key != 0) at = (at + 1) & (shorts_.size() - 1);
    shorts_[at] = {key, rank, 0};
    return;
  }
  const std::uint64_t hash = hash_bytes(token);
  std::size_t at = hash & (longs_.size() - 1);
  while (longs_[at].size != 0) at = (at + 1) & (longs_.size() - 1);
  longs_[at] = {static_cast<std::uint32_t>(blob_.size()), static_cast<std::uint32_t>(token.size()),
                rank, static_cast<std::uint32_t>(hash >> 32)};
  blob_.append(token);
}

// Whether every run of one to three digits is a token, so that none has to be looked up.
void Bpe::learn_numbers() {
  numbers_whole_ = true;
  for (int n = 0; n < 1000 && numbers_whole_; ++n) {
    const char digits[] = {static_cast<char>('0' + n / 100), static_cast<char>('0' + n / 10 % 10),
                           static_cast<char>('0' + n % 10)};
    for (std::size_t size = 1; size <= 3; ++size)
      if (rank({digits + 3 - size, size}) == kNoRank) numbers_whole_ = false;
  }
}

std::optional<Bpe> Bpe::parse(std::string_view file, Split split) {
  std::vector<Entry> entries;
  std::size_t shorts = 0;
  while (!file.empty()) {
    const std::size_t end = std::min(file.find('\n'), file.size());
    if (end > 0) {
      std::optional<Entry> entry = parse_line(file.substr(0, end));
      if (!entry) return std::nullopt;
      shorts += entry->token.size() <= 7;
      entries.push_back(std::move(*entry));
    }
    file.remove_prefix(std::min(end + 1, file.size()));
  }
  if (entries.size() < 256) return std::nullopt;
  Bpe bpe(split);
  bpe.reserve(shorts, entries.size() - shorts);
  for (const Entry& entry : entries) bpe.insert(entry.token, entry.rank);
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    if (bpe.rank({&c, 1}) == kNoRank) return std::nullopt;
  }
  bpe.learn_numbers();
  return bpe;
}

std::string Bpe::dump() const {
  std::string body;
  append(body, shorts_.data(), shorts_.size());
  append(body, longs_.data(), longs_.size());
  body += blob_;
  Header header{{}, static_cast<std::uint32_t>(split_), 0, shorts_.size(), longs_.size(), blob_.size(),
                hash_bytes(body)};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  std::string out;
  append(out, &header, 1);
  return out + body;
}

std::optional<Bpe> Bpe::load(std::string_view dumped) {
  Header header;
  if (dumped.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, dumped.data(), sizeof header);
  const std::string_view body = dumped.substr(sizeof header);
  const auto power_of_two = [](std::uint64_t n) { return n >= 16 && (n & (n - 1)) == 0; };
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0) return std::nullopt;
  if (header.split != 1 && header.split != 2) return std::nullopt;
  if (!power_of_two(header.shorts) || !power_of_two(header.longs)) return std::nullopt;
  if (header.shorts > 1u << 24 || header.longs > 1u << 24 || header.blob > 1u << 28) return std::nullopt;
  const std::size_t shorts = header.shorts * sizeof(Short), longs = header.longs * sizeof(Long);
  if (body.size() != shorts + longs + header.blob) return std::nullopt;
  if (hash_bytes(body) != header.checksum) return std::nullopt;
  Bpe bpe(static_cast<Split>(header.split));
  bpe.shorts_.resize(header.shorts);
  bpe.longs_.resize(header.longs);
  std::memcpy(bpe.shorts_.data(), body.data(), shorts);
  std::memcpy(bpe.longs_.data(), body.data() + shorts, longs);
  bpe.blob_ = body.substr(shorts + longs);
  bpe.learn_numbers();
  return bpe;
}

std::uint32_t Bpe::rank(std::string_view piece) const {
  if (piece.size() <= 7) {
    const std::uint64_t key = pack(piece);
    for (std::size_t at = scramble(key) & (shorts_.size() - 1);; at = (at + 1) & (shorts_.size() - 1)) {
      if (shorts_[at].key == key) return shorts_[at].rank;
      if (shorts_[at].key == 0) return kNoRank;
    }
  }
  const std::uint64_t hash = hash_bytes(piece);
  for (std::size_t at = hash & (longs_.size() - 1);; at = (at + 1) & (longs_.size() - 1)) {
    const Long& slot = longs_[at];
    if (slot.size == 0) return kNoRank;
    if (slot.tag == static_cast<std::uint32_t>(hash >> 32) && slot.size == piece.size() &&
        std::memcmp(blob_.data() + slot.start, piece.data(), piece.size()) == 0)
      return slot.rank;
  }
}

std::uint32_t Bpe::merge_small(std::string_view piece) const {
  std::array<std::uint8_t, kSmall + 1> start;
  std::array<std::uint32_t, kSmall + 1> pair;  // rank of part i joined with the one after it
  std::size_t parts = piece.size();
  for (std::size_t i = 0; i <= parts; ++i) start[i] = static_cast<std::uint8_t>(i);
  const auto rank_at = [&](std::size_t i) {
    return i + 2 > parts ? kNoRank : rank(piece.substr(start[i], start[i + 2] - start[i]));
  };
  for (std::size_t i = 0; i < parts; ++i) pair[i] = rank_at(i);
  while (parts > 1) {
    const std::size_t best = std::min_element(pair.begin(), pair.begin() + parts) - pair.begin();
    if (pair[best] == kNoRank) break;
    std::copy(start.begin() + best + 2, start.begin() + parts + 1, start.begin() + best + 1);
    std::copy(pair.begin() + best + 2, pair.begin() + parts, pair.begin() + best + 1);
    --parts;
    pair[best] = rank_at(best);
    if (best > 0) pair[best - 1] = rank_at(best - 1);
  }
  return static_cast<std::uint32_t>(parts);
}

// The same with a heap and a linked list, for runs of thousands of letters.
std::uint32_t Bpe::merge_large(std::string_view piece) const {
  const auto n = static_cast<std::uint32_t>(piece.size());
  std::vector<std::uint32_t> next(n), previous(n), current(n, kNoRank);
  std::vector<bool> gone(n, false);
  using Item = std::pair<std::uint32_t, std::uint32_t>;  // rank, start: the lowest, leftmost first
  std::priority_queue<Item, std::vector<Item>, std::greater<>> heap;
  const auto push = [&](std::uint32_t at) {
    current[at] = kNoRank;
    if (next[at] >= n) return;
    current[at] = rank(piece.substr(at, next[next[at]] - at));
    if (current[at] != kNoRank) heap.emplace(current[at], at);
  };
  for (std::uint32_t i = 0; i < n; ++i) previous[i] = i - 1, next[i] = i + 1;
  next.push_back(n);
  for (std::uint32_t i = 0; i < n; ++i) push(i);
  std::uint32_t parts = n;
  while (!heap.empty()) {
    const auto [rank_then, at] = heap.top();
    heap.pop();
    if (gone[at] || current[at] != rank_then) continue;
    const std::uint32_t merged = next[at];
    gone[merged] = true;
    next[at] = next[merged];
    if (next[at] < n) previous[next[at]] = at;
    --parts;
    push(at);
    if (at > 0) push(previous[at]);
  }
  return parts;
}

std::uint32_t Bpe::count_piece(std::string_view piece) const {
  if (piece.size() == 1) return 1;  // every byte is a token
  if (piece.size() <= 3 && numbers_whole_ && all_digits(piece)) return 1;
  if (piece.size() <= 7 && rank(piece) != kNoRank) return 1;
  if (piece.size() > Remembered::kMaxPiece) {
    if (rank(piece) != kNoRank) return 1;
    return piece.size() <= kSmall ? merge_small(piece) : merge_large(piece);
  }
  Remembered::Slot& slot = remembered.at(id_, piece);
  if (!Remembered::holds(slot, id_, piece)) {
    const std::uint32_t count = rank(piece) != kNoRank ? 1 : merge_small(piece);
    slot.owner = id_;
    slot.size = static_cast<std::uint8_t>(piece.size());
    slot.count = static_cast<std::uint8_t>(count);
    std::memcpy(slot.bytes, piece.data(), piece.size());
  }
  return slot.count;
}

std::int64_t Bpe::count(std::string_view text) const {
  std::int64_t total = 0;
  while (!text.empty()) {
    const std::size_t size = next_piece(text, split_);
    total += count_piece(text.substr(0, size));
    text.remove_prefix(size);
  }
  return total;
}

}  // namespace headroom
