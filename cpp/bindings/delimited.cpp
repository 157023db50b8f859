#include "headroom/delimited.hpp"

#include "bindings.hpp"

namespace headroom::bindings {

void bind_delimited(nb::module_& m) {
  m.def("split_delimited", [](nb::handle data, nb::handle delimiter) -> nb::object {
    const Text text(data), mark(delimiter);
    if (mark.view().size() != 1) throw nb::value_error("delimiter: expected one byte");
    const auto split = without_gil(text.view(), [&] { return split_delimited(text.view(), mark.view()[0]); });
    if (!split) return nb::none();
    return nb::make_tuple(split->columns, packed(split->starts), packed(split->cells));
  }, nb::arg("data"), nb::arg("delimiter"));
}

}  // namespace headroom::bindings
