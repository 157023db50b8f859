#include "headroom/lines.hpp"

#include "bindings.hpp"
#include "headroom/rank.hpp"

namespace headroom::bindings {
namespace {

Starts checked(std::string_view data, const Ints& starts) {
  if (!is_partition(data, starts.view())) {
    throw nb::value_error("starts do not cut the text into units");
  }
  return starts.view();
}

Shapes shapes_of(nb::handle data, nb::handle starts) {
  Text text(data);
  Ints ints(starts);
  const Starts units = checked(text.view(), ints);
  return without_gil(text.view(), [&] { return unit_shapes(text.view(), units); });
}

}  // namespace

void bind_lines(nb::module_& m) {
  m.def("line_starts", [](nb::handle data) {
    Text text(data);
    return packed(without_gil(text.view(), [&] { return line_starts(text.view()); }));
  }, nb::arg("data"));

  m.def("unit_shapes", [](nb::handle data, nb::handle starts) {
    const Shapes shapes = shapes_of(data, starts);
    return nb::make_tuple(packed(shapes.templates), packed(shapes.flags));
  }, nb::arg("data"), nb::arg("starts"));

  m.def("unit_templates", [](nb::handle data, nb::handle starts) {
    return packed(shapes_of(data, starts).templates);
  }, nb::arg("data"), nb::arg("starts"));

  m.def("unit_flags", [](nb::handle data, nb::handle starts) {
    return packed(shapes_of(data, starts).flags);
  }, nb::arg("data"), nb::arg("starts"));

  m.def("relevance", [](nb::handle data, nb::handle starts, nb::handle intent) {
    Text text(data);
    Text wanted(intent);
    Ints ints(starts);
    const Starts units = checked(text.view(), ints);
    return packed(without_gil(text.view(), [&] {
      return relevance(text.view(), units, wanted.view());
    }));
  }, nb::arg("data"), nb::arg("starts"), nb::arg("intent"));
}

}  // namespace headroom::bindings
