#include "headroom/json_index.hpp"

#include "bindings.hpp"

namespace headroom::bindings {
namespace {

std::vector<JsonStep> path_of(nb::handle steps) {
  std::vector<JsonStep> path;
  for (nb::handle step : steps) {
    if (PyLong_Check(step.ptr())) path.emplace_back(nb::cast<std::int64_t>(step));
    else path.emplace_back(std::string(Text(step).view()));
  }
  return path;
}

}  // namespace

void bind_json_index(nb::module_& m) {
  m.def("json_valid", [](nb::handle data) {
    const Text text(data);
    return without_gil(text.view(), [&] { return json_valid(text.view()); });
  }, nb::arg("data"));
  m.def("json_locate", [](nb::handle data, nb::handle paths) -> nb::object {
    const Text text(data);
    const auto index = without_gil(text.view(), [&] { return JsonIndex::parse(text.view()); });
    if (!index) return nb::none();
    std::vector<std::int32_t> spans;
    for (nb::handle path : paths) {
      const std::int32_t node = index->locate(path_of(path));
      spans.push_back(node < 0 ? -1 : index->nodes()[node].start);
      spans.push_back(node < 0 ? -1 : index->nodes()[node].end);
    }
    return packed(spans);
  }, nb::arg("data"), nb::arg("paths"));
}

}  // namespace headroom::bindings
