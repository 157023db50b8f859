// JSON with the keys of records written once.
//
//     [{"id":1,"at":{"x":2,"y":3}},{"id":4,"at":{"x":5,"y":6}}]
//
// becomes a table: the columns once, then one row of JSON values per record.
//
//     [{"id","at"."x","at"."y"}
//     1,2,3
//     4,5,6
//     ]
//
// A column with one value for all rows is stated in the head: {"id","ok"=true}. An empty place
// between commas is a missing key. A record that does not fit is written whole, after a `+`.
// Everything else is the JSON itself without white space. Inside a row, tables are written the same
// way with `;` for line breaks. Numbers, strings and the order of keys stay as they were spelled.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headroom {

struct JsonTable {
  std::string path;                     // of the array, as JSONPath: $.items
  std::vector<std::string> columns;     // names, dotted; empty for a list of other values
  std::vector<std::int32_t> starts;     // of each row in the rendered text, and the end of the last
  std::vector<std::int32_t> sources;    // start and end of each record in the JSON text
  std::vector<float> scores;            // of each row; see records.hpp
  std::vector<std::int32_t> extremes;   // for each column the rows of its lowest and highest number, or -1
};

struct RenderedJson {
  std::string text;
  std::vector<JsonTable> tables;  // those with a row a line, in order
};

// Nothing if the text is no JSON.
std::optional<RenderedJson> render_json(std::string_view text);

}  // namespace headroom
