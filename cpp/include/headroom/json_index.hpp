// A validating index over JSON text: byte spans, nothing converted.
#pragma once

#include <string_view>

namespace headroom {

// Whether `text` is one JSON value as RFC 8259 defines it.
bool json_valid(std::string_view text);

}  // namespace headroom
