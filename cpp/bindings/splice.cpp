#include "headroom/splice.hpp"

#include "bindings.hpp"

namespace headroom::bindings {

void bind_splice(nb::module_& m) {
  m.def("splice", [](nb::handle body, nb::handle splices) -> nb::object {
    const Text text(body);
    std::vector<Splice> all;
    std::vector<nb::object> kept;  // the views live as long as their owners
    for (nb::handle item : splices) {
      nb::object replacement = nb::borrow(item[nb::int_(2)]);
      all.push_back({nb::cast<std::int64_t>(item[nb::int_(0)]), nb::cast<std::int64_t>(item[nb::int_(1)]),
                     Text(replacement).view()});
      kept.push_back(std::move(replacement));
    }
    const auto out = without_gil(text.view(), [&] { return splice(text.view(), all); });
    if (!out) return nb::none();
    return nb::bytes(out->data(), out->size());
  }, nb::arg("body"), nb::arg("splices"));
}

}  // namespace headroom::bindings
