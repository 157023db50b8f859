#include "headroom/fold.hpp"

#include "bindings.hpp"

namespace headroom::bindings {
namespace {

// The items of a list of bytes and None, as lines; `verbatim` holds one byte an item.
Lines lines_of(const nb::list& items, std::string_view verbatim) {
  if (!verbatim.empty() && verbatim.size() != items.size()) throw nb::value_error("verbatim: expected one byte an item");
  Lines lines;
  lines.reserve(items.size());
  for (const nb::handle item : items) {
    const auto n = static_cast<int32_t>(lines.size());
    const bool plain = !verbatim.empty() && verbatim[lines.size()] != 0;
    if (item.is_none()) lines.push_back({{}, n, true, plain});
    else lines.push_back({Text(item).view(), n, false, plain});
  }
  return lines;
}

nb::list items_of(const Lines& lines, const nb::list& items) {
  nb::list out;
  for (const Line& line : lines) {
    if (line.source >= 0) out.append(items[static_cast<size_t>(line.source)]);
    else out.append(nb::bytes(line.text.data(), line.text.size()));
  }
  return out;
}

template <typename Fold>
nb::list folded(const nb::list& items, std::string_view verbatim, Fold&& fold) {
  Written written;
  Lines lines = lines_of(items, verbatim);
  size_t size = 0;
  for (const Line& line : lines) size += line.text.size();
  lines = without_gil(size, [&] { return fold(std::move(lines), written); });
  return items_of(lines, items);
}

}  // namespace

void bind_fold(nb::module_& m) {
  m.def("fold_lines", [](const nb::list& items, nb::handle verbatim) {
    return folded(items, Text(verbatim).view(), [](Lines lines, Written& written) { return fold_lines(std::move(lines), written); });
  }, nb::arg("items"), nb::arg("verbatim"));
  m.def("fold_repeats", [](const nb::list& items, size_t least) {
    return folded(items, {}, [&](const Lines& lines, Written& written) { return fold_repeats(lines, least, written); });
  }, nb::arg("items"), nb::arg("least"));
  m.def("fold_folder", [](const nb::list& items, nb::handle verbatim) {
    return folded(items, Text(verbatim).view(), [](const Lines& lines, Written& written) { return fold_folder(lines, written); });
  }, nb::arg("items"), nb::arg("verbatim"));
}

}  // namespace headroom::bindings
