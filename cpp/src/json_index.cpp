#include "headroom/json_index.hpp"

namespace headroom {

bool json_valid(std::string_view text) { return !text.empty(); }

}  // namespace headroom
