#include "headroom/json_table.hpp"

#include "bindings.hpp"

namespace headroom::bindings {

void bind_json_table(nb::module_& m) {
  m.def("render_json", [](nb::handle data) -> nb::object {
    const Text text(data);
    const auto rendered = without_gil(text.view(), [&] { return render_json(text.view()); });
    if (!rendered) return nb::none();
    nb::list tables;
    for (const JsonTable& table : rendered->tables) {
      nb::list columns;
      for (const std::string& name : table.columns) columns.append(nb::str(name.data(), name.size()));
      tables.append(nb::make_tuple(nb::str(table.path.data(), table.path.size()), columns, packed(table.starts),
                                   packed(table.sources), packed(table.scores), packed(table.extremes)));
    }
    return nb::make_tuple(nb::bytes(rendered->text.data(), rendered->text.size()), tables);
  }, nb::arg("data"));
}

}  // namespace headroom::bindings
