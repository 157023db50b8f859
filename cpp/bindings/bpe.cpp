#include "headroom/bpe.hpp"

#include "bindings.hpp"

namespace headroom::bindings {
namespace {

nb::object wrap(std::optional<Bpe> bpe) {
  return bpe ? nb::cast(std::move(*bpe), nb::rv_policy::move) : nb::none();
}

}  // namespace

void bind_bpe(nb::module_& m) {
  nb::class_<Bpe>(m, "Bpe")
      .def_static("parse",
                  [](nb::handle file, bool o200k) {
                    return wrap(Bpe::parse(Text(file).view(), o200k ? Split::kO200k : Split::kCl100k));
                  },
                  nb::arg("file"), nb::kw_only(), nb::arg("o200k"))
      .def_static("load", [](nb::handle dumped) { return wrap(Bpe::load(Text(dumped).view())); },
                  nb::arg("dumped"))
      .def("dump",
           [](const Bpe& self) {
             const std::string out = self.dump();
             return nb::bytes(out.data(), out.size());
           })
      .def("count",
           [](const Bpe& self, nb::handle text) {
             const Text view(text);
             return without_gil(view.view(), [&] { return self.count(view.view()); });
           },
           nb::arg("text"));
}

}  // namespace headroom::bindings
