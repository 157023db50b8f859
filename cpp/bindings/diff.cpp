#include "headroom/diff.hpp"

#include "bindings.hpp"

namespace headroom::bindings {

void bind_diff(nb::module_& m) {
  nb::class_<SeenLines>(m, "SeenLines")
      .def(nb::init<>())
      .def("add", [](SeenLines& self, nb::handle text) { return self.add(Text(text).view()); },
           nb::arg("text"))
      .def("match",
           [](const SeenLines& self, nb::handle text, std::size_t min_bytes) {
             return packed(self.match(Text(text).view(), min_bytes));
           },
           nb::arg("text"), nb::arg("min_bytes"))
      .def_prop_ro("sources", &SeenLines::sources);
}

}  // namespace headroom::bindings
