#include "headroom/aligned.hpp"

#include "bindings.hpp"

namespace headroom::bindings {

void bind_aligned(nb::module_& m) {
  m.def("split_aligned", [](nb::handle data) -> nb::object {
    const Text text(data);
    const auto table = without_gil(text.view(), [&] { return split_aligned(text.view()); });
    if (!table) return nb::none();
    return nb::make_tuple(table->columns, packed(table->cells), table->filled, table->plain);
  }, nb::arg("data"));
}

}  // namespace headroom::bindings
