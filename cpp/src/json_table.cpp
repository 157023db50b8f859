#include "headroom/json_table.hpp"

#include <algorithm>
#include <unordered_map>

#include "headroom/json_index.hpp"
#include "headroom/records.hpp"

namespace headroom {
namespace {

constexpr std::int32_t kFewest = 2;        // records that make a table
constexpr std::int32_t kListed = 12;       // other values from which a long array has a line for each
constexpr std::size_t kLongList = 600;     // bytes of such an array
constexpr std::size_t kWideRecord = 1500;  // bytes of a record from which its own arrays get lines
constexpr std::int32_t kFewWide = 10;      // such records at the most
constexpr double kFilled = 0.5;            // share of cells that must be there
constexpr std::size_t kMostColumns = 200;

// A key of the records, or a key of an object inside them.
struct Column {
  std::string name;                    // as in the head: "at"."x"
  std::string dotted;                  // at.x
  std::vector<std::int32_t> nodes;     // one a record, -1: missing
};

class Renderer {
 public:
  explicit Renderer(const JsonIndex& index) : index_(index), nodes_(index.nodes()) {}

  RenderedJson run(bool lines) {
    if (lines) array_lines(0, "$", true);
    else block(0, "$");
    return std::move(out_);
  }

 private:
  std::string& text() { return out_.text; }

  std::vector<std::int32_t> children(std::int32_t node) const {
    std::vector<std::int32_t> all;
    all.reserve(nodes_[node].count);
    for (std::int32_t n = node + 1; n < nodes_[node].next; n = nodes_[n].next) all.push_back(n);
    return all;
  }

  std::size_t size_of(std::int32_t node) const { return nodes_[node].end - nodes_[node].start; }
  bool is(std::int32_t node, JsonKind kind) const { return nodes_[node].kind == kind; }

  // A value where line breaks may stand.
  void block(std::int32_t node, const std::string& path) {
    if (is(node, JsonKind::kObject)) return object_block(node, path);
    if (is(node, JsonKind::kArray)) return array_block(node, path);
    text().append(index_.value(node));
  }

  void object_block(std::int32_t node, const std::string& path) {
    text().push_back('{');
    bool first = true;
    for (const std::int32_t child : children(node)) {
      if (!first) text().push_back(',');
      first = false;
      text().append(index_.key(child));
      text().push_back(':');
      block(child, path + "." + json_unescape(index_.key(child)));
    }
    text().push_back('}');
  }

  void array_block(std::int32_t node, const std::string& path) {
    const std::vector<std::int32_t> all = children(node);
    const bool wide = nodes_[node].count <= kFewWide && size_of(node) > kWideRecord * all.size();
    if (wide && std::any_of(all.begin(), all.end(), [&](std::int32_t n) { return holds_records(n); })) {
      text().push_back('[');
      for (std::size_t i = 0; i < all.size(); ++i) {
        if (i) text().push_back(',');
        block(all[i], path + "[" + std::to_string(i) + "]");
      }
      text().push_back(']');
      return;
    }
    array_lines(node, path, false);
  }

  // Whether an array of several objects is inside.
  bool holds_records(std::int32_t node) const {
    for (std::int32_t n = node; n < nodes_[node].next; ++n)
      if (is(n, JsonKind::kArray) && nodes_[n].count >= 2 * kFewest && is(n + 1, JsonKind::kObject)) return true;
    return false;
  }

  // An array with a line for each element, if that is worth it.
  void array_lines(std::int32_t node, const std::string& path, bool bare) {
    const std::vector<std::int32_t> rows = children(node);
    std::vector<Column> columns;
    const std::vector<bool> fits = columns_of(rows, columns);
    const bool table = !columns.empty();
    if (!table && !bare && (nodes_[node].count < kListed || size_of(node) < kLongList)) return inline_value(node);
    std::vector<const Column*> varying;
    if (!bare) text().push_back('[');
    if (table) head(columns, fits, varying);
    if (table || !bare) text().push_back('\n');
    JsonTable out{path, {}, {}, {}, {}, {}};
    for (const Column* column : varying) out.columns.push_back(column->dotted);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      out.starts.push_back(static_cast<std::int32_t>(text().size()));
      out.sources.push_back(nodes_[rows[i]].start);
      out.sources.push_back(nodes_[rows[i]].end);
      if (table) row(rows[i], i, fits[i], varying);
      else inline_value(rows[i]);
      text().push_back('\n');
    }
    out.starts.push_back(static_cast<std::int32_t>(text().size()));
    if (!bare) text().push_back(']');
    score(rows.size(), varying, out);
    out_.tables.push_back(std::move(out));
  }

  void inline_value(std::int32_t node) {
    if (is(node, JsonKind::kObject)) return inline_object(node);
    if (is(node, JsonKind::kArray)) return inline_array(node);
    text().append(index_.value(node));
  }

  void inline_object(std::int32_t node) {
    text().push_back('{');
    bool first = true;
    for (const std::int32_t child : children(node)) {
      if (!first) text().push_back(',');
      first = false;
      text().append(index_.key(child));
      text().push_back(':');
      inline_value(child);
    }
    text().push_back('}');
  }

  void inline_array(std::int32_t node) {
    const std::vector<std::int32_t> rows = children(node);
    std::vector<Column> columns;
    const std::vector<bool> fits = columns_of(rows, columns);
    text().push_back('[');
    if (columns.empty()) {
      for (std::size_t i = 0; i < rows.size(); ++i) {
        if (i) text().push_back(',');
        inline_value(rows[i]);
      }
    } else {
      std::vector<const Column*> varying;
      head(columns, fits, varying);
      for (std::size_t i = 0; i < rows.size(); ++i) {
        text().push_back(';');
        row(rows[i], i, fits[i], varying);
      }
    }
    text().push_back(']');
  }

  // The columns of an array of objects, none if it is no table, and which of the records fit.
  std::vector<bool> columns_of(const std::vector<std::int32_t>& rows, std::vector<Column>& columns) const {
    std::vector<bool> fits(rows.size(), false);
    if (rows.size() < kFewest) return fits;
    std::vector<std::int32_t> records(rows.size(), -1);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      fits[i] = is(rows[i], JsonKind::kObject) && nodes_[rows[i]].count > 0;
      if (fits[i]) records[i] = rows[i];
    }
    if (std::count(fits.begin(), fits.end(), true) * 4 < static_cast<std::ptrdiff_t>(rows.size()) * 3) return fits;
    flatten(records, "", "", columns, &fits);
    if (columns.size() > kMostColumns) columns.clear();
    std::size_t filled = 0, odd = 0;
    for (const Column& column : columns)
      for (const std::int32_t n : column.nodes) filled += n >= 0;
    for (const bool fit : fits) odd += !fit;
    if (odd * 4 > rows.size() || filled < kFilled * columns.size() * (rows.size() - odd)) columns.clear();
    return fits;
  }

  // Adds the keys of the records, those of inner objects in place of the object where all have one.
  void flatten(const std::vector<std::int32_t>& records, const std::string& prefix, const std::string& dotted,
               std::vector<Column>& columns, std::vector<bool>* fits) const {
    std::vector<std::string_view> order;
    std::unordered_map<std::string_view, std::vector<std::int32_t>> cells;
    if (!merge_keys(records, order, cells, fits)) {
      columns.push_back({prefix, dotted, records});
      return;
    }
    for (const std::string_view key : order) {
      std::vector<std::int32_t>& nodes = cells[key];
      const std::string name = prefix.empty() ? std::string(key) : prefix + "." + std::string(key);
      const std::string plain = json_unescape(key);
      const std::string path = dotted.empty() ? plain : dotted + "." + plain;
      const bool objects = std::all_of(nodes.begin(), nodes.end(), [&](std::int32_t n) {
        return n < 0 || (is(n, JsonKind::kObject) && nodes_[n].count > 0);
      });
      if (objects && columns.size() < kMostColumns) flatten(nodes, name, path, columns, nullptr);
      else columns.push_back({name, path, nodes});
    }
  }

  // The keys of the records in an order that all of them follow. Records that do not are taken out
  // of `fits`; where that is not possible, the answer is false.
  bool merge_keys(const std::vector<std::int32_t>& records, std::vector<std::string_view>& order,
                  std::unordered_map<std::string_view, std::vector<std::int32_t>>& cells,
                  std::vector<bool>* fits) const {
    for (std::size_t i = 0; i < records.size(); ++i) {
      if (records[i] < 0) continue;
      if (add_record(records[i], order)) continue;
      if (fits == nullptr) return false;
      (*fits)[i] = false;
    }
    std::vector<std::vector<std::int32_t>*> columns;
    for (const std::string_view key : order) {
      cells[key].assign(records.size(), -1);
      columns.push_back(&cells[key]);
    }
    for (std::size_t i = 0; i < records.size(); ++i) {
      if (records[i] < 0 || (fits != nullptr && !(*fits)[i])) continue;
      std::size_t at = 0;  // the keys of a record come in the order, with some left out
      for (std::int32_t n = records[i] + 1; n < nodes_[records[i]].next; n = nodes_[n].next) {
        while (order[at] != index_.key(n)) ++at;
        (*columns[at])[i] = n;
      }
    }
    return order.size() <= kMostColumns;
  }

  // Whether a record has exactly the keys of the order, in order: most do.
  bool follows(std::int32_t record, const std::vector<std::string_view>& order) const {
    if (nodes_[record].count != static_cast<std::int32_t>(order.size())) return false;
    std::size_t at = 0;
    for (std::int32_t n = record + 1; n < nodes_[record].next; n = nodes_[n].next)
      if (index_.key(n) != order[at++]) return false;
    return true;
  }

  // Fits a record's keys into the order, new ones after the key that they follow; false if its keys
  // come in another order or twice.
  bool add_record(std::int32_t record, std::vector<std::string_view>& order) const {
    if (follows(record, order)) return true;
    std::vector<std::string_view> fresh = order;
    std::size_t at = 0;
    for (const std::int32_t n : children(record)) {
      const std::string_view key = index_.key(n);
      if (at < fresh.size() && fresh[at] == key) {
        ++at;
        continue;
      }
      const auto found = std::find(fresh.begin(), fresh.end(), key);
      if (found == fresh.end()) {
        if (fresh.size() > kMostColumns) return false;
        fresh.insert(fresh.begin() + at, key);
      } else if (static_cast<std::size_t>(found - fresh.begin()) < at) {
        return false;
      } else {
        at = found - fresh.begin();
      }
      ++at;
    }
    if (fresh.size() != order.size()) order.swap(fresh);
    return true;
  }

  // {"a","b"=1}: a column that is the same in every fitting record is stated here.
  void head(const std::vector<Column>& columns, const std::vector<bool>& fits, std::vector<const Column*>& varying) {
    text().push_back('{');
    for (const Column& column : columns) {
      if (&column != &columns.front()) text().push_back(',');
      text().append(column.name);
      const std::int32_t constant = constant_of(column, fits);
      if (constant < 0) {
        varying.push_back(&column);
        continue;
      }
      text().push_back('=');
      inline_value(constant);
    }
    text().push_back('}');
  }

  std::int32_t constant_of(const Column& column, const std::vector<bool>& fits) const {
    std::int32_t found = -1;
    for (std::size_t i = 0; i < fits.size(); ++i) {
      if (!fits[i]) continue;
      const std::int32_t n = column.nodes[i];
      if (n < 0 || (found >= 0 && index_.value(n) != index_.value(found))) return -1;
      if (found < 0) found = n;
    }
    return found;
  }

  void row(std::int32_t record, std::size_t i, bool fits, const std::vector<const Column*>& varying) {
    if (!fits) {
      text().push_back('+');
      return inline_value(record);
    }
    for (std::size_t c = 0; c < varying.size(); ++c) {
      if (c) text().push_back(',');
      if (varying[c]->nodes[i] >= 0) inline_value(varying[c]->nodes[i]);
    }
  }

  void score(std::size_t rows, const std::vector<const Column*>& varying, JsonTable& out) const {
    std::vector<std::int32_t> spans;
    spans.reserve(2 * rows * varying.size());
    for (std::size_t i = 0; i < rows; ++i)
      for (const Column* column : varying) {
        const std::int32_t n = column->nodes[i];
        spans.push_back(n < 0 ? 0 : nodes_[n].start);
        spans.push_back(n < 0 ? 0 : nodes_[n].end);
      }
    const Cells cells{index_.text(), spans.data(), static_cast<std::int32_t>(rows),
                      static_cast<std::int32_t>(varying.size())};
    out.scores = row_scores(cells);
    for (const ColumnStats& stats : column_stats(cells)) {
      out.extremes.push_back(stats.lowest);
      out.extremes.push_back(stats.highest);
    }
  }

  const JsonIndex& index_;
  const std::vector<JsonNode>& nodes_;
  RenderedJson out_;
};

}  // namespace

std::optional<RenderedJson> render_json(std::string_view text) {
  if (const auto index = JsonIndex::parse(text)) return Renderer(*index).run(false);
  if (const auto index = JsonIndex::parse_lines(text)) return Renderer(*index).run(true);
  return std::nullopt;
}

}  // namespace headroom
