#include "headroom/json_index.hpp"

#include "bindings.hpp"

namespace headroom::bindings {

void bind_json_index(nb::module_& m) {
  m.def("json_valid", [](nb::handle data) {
    Text text(data);
    return without_gil(text.view(), [&] { return json_valid(text.view()); });
  }, nb::arg("data"));
}

}  // namespace headroom::bindings
