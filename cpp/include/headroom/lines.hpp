// Lines and other units of a text: where they start, which have the same shape, what they are.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace headroom {

using Starts = std::span<const int32_t>;

// Bits of a unit's flags.
enum UnitFlag : uint8_t {
  kError = 1,     // error, fatal, failed, exception, denied, panic, non-zero exit, HTTP 5xx ...
  kWarning = 2,   // warning, deprecated, HTTP 4xx ...
  kFrame = 4,     // a line of a stack trace
  kBlank = 8,     // only white space
  kSummary = 16,  // totals, counts of results, exit codes
};

// What `unit_shapes` found: one number and one set of flags for each unit.
struct Shapes {
  std::vector<int32_t> templates;
  std::vector<uint8_t> flags;
};

// Offsets at which lines start, and the text's length: line i is [starts[i], starts[i+1]),
// its newline included. A text without lines has none: {0}.
std::vector<int32_t> line_starts(std::string_view data);

// Whether `starts` cuts `data` into consecutive units: from 0 to its length, never backwards.
bool is_partition(std::string_view data, Starts starts);

// Units that differ only in what varies (numbers, hexadecimal, UUIDs, IPs, paths, quoted text)
// share a template number, dense by first occurrence. An error never shares one with a non-error.
Shapes unit_shapes(std::string_view data, Starts starts);

}  // namespace headroom
