// How well each unit of a text answers what was asked.
#pragma once

#include <string_view>
#include <vector>

#include "headroom/lines.hpp"

namespace headroom {

// A score for each unit, in the manner of BM25: the sum over the terms of `intent` that occur in
// the unit, each weighed by its kind and by how few units it hits. 0: shares no informative term.
// From about 0.55 on the unit was asked for: it holds a name, id, number, path or quoted string of
// the intent that few other units hold. Multiples of 1/1024, so that every machine agrees.
std::vector<float> relevance(std::string_view data, Starts starts, std::string_view intent);

}  // namespace headroom
