#include "headroom/records.hpp"

#include "bindings.hpp"

namespace headroom::bindings {
namespace {

// Checks once what the kernel relies on: whole rows, and spans inside the text.
Cells cells_of(const Text& text, const nb::bytes& spans, std::int32_t columns) {
  const std::size_t count = spans.size() / sizeof(std::int32_t);
  if (columns <= 0 || count % (2 * static_cast<std::size_t>(columns)) != 0)
    throw nb::value_error("cells: expected two int32 for each column of each row");
  const auto* const data = static_cast<const std::int32_t*>(spans.data());
  for (std::size_t i = 0; i < count; i += 2)
    if (data[i] < 0 || data[i] > data[i + 1] || static_cast<std::size_t>(data[i + 1]) > text.view().size())
      throw nb::value_error("cells: a span is outside the text");
  return {text.view(), data, static_cast<std::int32_t>(count / 2 / columns), columns};
}

}  // namespace

void bind_records(nb::module_& m) {
  m.def("row_scores", [](nb::handle data, const nb::bytes& cells, std::int32_t columns) {
    const Text text(data);
    const Cells table = cells_of(text, cells, columns);
    return packed(without_gil(text.view(), [&] { return row_scores(table); }));
  }, nb::arg("data"), nb::arg("cells"), nb::arg("columns"));
  m.def("column_stats", [](nb::handle data, const nb::bytes& cells, std::int32_t columns) {
    const Text text(data);
    const Cells table = cells_of(text, cells, columns);
    return packed(without_gil(text.view(), [&] { return column_stats(table); }));
  }, nb::arg("data"), nb::arg("cells"), nb::arg("columns"));
}

}  // namespace headroom::bindings
