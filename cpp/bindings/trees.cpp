#include "headroom/trees.hpp"

#include <cstring>

#include "bindings.hpp"
#include "headroom/features.hpp"

namespace headroom::bindings {
namespace {

// The lines of a text and their templates, or a ValueError.
void check(std::string_view data, Starts starts, std::span<const std::int32_t> templates) {
  if (!is_partition(data, starts)) throw nb::value_error("starts do not cut the text into units");
  bool dense = templates.size() + 1 == starts.size();
  for (const std::int32_t t : templates) {
    dense = dense && t >= 0 && static_cast<std::size_t>(t) < templates.size();
  }
  if (!dense) throw nb::value_error("templates are not those of the units");
}

nb::bytes features(nb::handle data, nb::handle starts, nb::handle templates, const Vocabulary& met,
                   std::int32_t turn) {
  const Text text(data);
  const Ints lines(starts);
  const Ints shapes(templates);
  check(text.view(), lines.view(), shapes.view());
  // The GIL stays: another thread might add to the vocabulary.
  return packed(line_features(text.view(), lines.view(), shapes.view(), met, turn));
}

nb::bytes predict(const Trees& trees, nb::bytes rows) {
  const std::size_t width = trees.columns() * sizeof(float);
  if (rows.size() % width != 0) throw nb::value_error("rows do not have the trees' columns");
  std::vector<float> values(rows.size() / sizeof(float));
  std::memcpy(values.data(), rows.c_str(), rows.size());
  return packed(without_gil({rows.c_str(), rows.size()}, [&] { return trees.predict(values); }));
}

}  // namespace

void bind_trees(nb::module_& m) {
  nb::class_<Vocabulary>(m, "Vocabulary")
      .def(nb::init<>())
      .def("add", [](Vocabulary& self, nb::handle text) { self.add(Text(text).view()); },
           nb::arg("text"))
      .def("__len__", &Vocabulary::size);

  m.def("line_features", &features, nb::arg("data"), nb::arg("starts"), nb::arg("templates"),
        nb::arg("met"), nb::arg("turn"));

  nb::class_<Trees>(m, "Trees")
      .def_static("parse",
                  [](nb::handle file) -> nb::object {
                    auto trees = Trees::parse(Text(file).view());
                    return trees ? nb::cast(std::move(*trees), nb::rv_policy::move) : nb::none();
                  },
                  nb::arg("file"))
      .def("predict", &predict, nb::arg("rows"))
      .def_prop_ro("columns", &Trees::columns);
}

}  // namespace headroom::bindings
