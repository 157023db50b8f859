#include "headroom/json_index.hpp"

#include <unordered_map>

#include "bindings.hpp"

namespace headroom::bindings {
namespace {

nb::object take(PyObject* made) {
  if (made == nullptr) throw nb::python_error();
  return nb::steal(made);
}

// Keys may hold lone surrogates, as those of `json.loads` do.
std::vector<JsonStep> path_of(nb::handle steps) {
  std::vector<JsonStep> path;
  for (nb::handle step : steps) {
    if (PyLong_Check(step.ptr())) path.emplace_back(nb::cast<std::int64_t>(step));
    else path.emplace_back(std::string(Text(take(PyUnicode_AsEncodedString(step.ptr(), "utf-8", "surrogatepass"))).view()));
  }
  return path;
}

nb::object string_object(std::string_view token) {
  if (token.find('\\') == std::string_view::npos)
    return take(PyUnicode_DecodeUTF8(token.data() + 1, static_cast<Py_ssize_t>(token.size()) - 2, nullptr));
  const std::string text = json_unescape(token, LoneSurrogates::kKeep);
  return take(PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "surrogatepass"));
}

nb::object number_object(std::string_view token) {
  if (token.find_first_of(".eE") != std::string_view::npos)
    return take(PyFloat_FromString(take(PyUnicode_FromStringAndSize(token.data(), token.size())).ptr()));
  return take(PyLong_FromString(std::string(token).c_str(), nullptr, 10));
}

// Builds Python objects from nodes, without recursion; keys that occur again are the same object.
class Builder {
 public:
  explicit Builder(const JsonIndex& index) : index_(index) {}

  nb::object build(std::int32_t root) {
    nb::object result;
    const auto& nodes = index_.nodes();
    for (std::int32_t n = root; n < nodes[root].next; ++n) {
      while (!open_.empty() && n >= open_.back().end) open_.pop_back();
      nb::object value = leaf(n);
      if (open_.empty()) result = value;
      else attach(n, value);
      if (nodes[n].kind == JsonKind::kObject || nodes[n].kind == JsonKind::kArray)
        open_.push_back({value, nodes[n].next, nodes[n].kind == JsonKind::kObject});
    }
    return result;
  }

 private:
  struct Open {
    nb::object container;
    std::int32_t end;
    bool object;
  };

  nb::object leaf(std::int32_t n) {
    switch (index_.nodes()[n].kind) {
      case JsonKind::kObject: return nb::dict();
      case JsonKind::kArray: return nb::list();
      case JsonKind::kString: return string_object(index_.value(n));
      case JsonKind::kNumber: return number_object(index_.value(n));
      case JsonKind::kTrue: return nb::borrow(Py_True);
      case JsonKind::kFalse: return nb::borrow(Py_False);
      case JsonKind::kNull: break;
    }
    return nb::none();
  }

  void attach(std::int32_t n, const nb::object& value) {
    const Open& parent = open_.back();
    const int failed = parent.object ? PyDict_SetItem(parent.container.ptr(), key(n).ptr(), value.ptr())
                                     : PyList_Append(parent.container.ptr(), value.ptr());
    if (failed) throw nb::python_error();
  }

  nb::object key(std::int32_t n) {
    const auto [at, fresh] = keys_.try_emplace(index_.key(n));
    if (fresh) at->second = string_object(index_.key(n));
    return at->second;
  }

  const JsonIndex& index_;
  std::vector<Open> open_;
  std::unordered_map<std::string_view, nb::object> keys_;
};

// A JSON text that was read once, and the bytes that its index looks into.
class Document {
 public:
  Document(nb::object data, JsonIndex index) : data_(std::move(data)), index_(std::move(index)) {}

  nb::object value(nb::handle path) const {
    const std::int32_t node = index_.locate(path_of(path));
    return node < 0 ? nb::none() : Builder(index_).build(node);
  }

  nb::bytes locate(nb::handle paths) const {
    std::vector<std::int32_t> spans;
    JsonIndex::Children children;
    for (nb::handle path : paths) {
      const std::int32_t node = index_.locate(path_of(path), &children);
      spans.push_back(node < 0 ? -1 : index_.nodes()[node].start);
      spans.push_back(node < 0 ? -1 : index_.nodes()[node].end);
    }
    return packed(spans);
  }

 private:
  nb::object data_;
  JsonIndex index_;
};

}  // namespace

void bind_json_index(nb::module_& m) {
  m.def("json_valid", [](nb::handle data) {
    const Text text(data);
    return without_gil(text.view(), [&] { return json_valid(text.view()); });
  }, nb::arg("data"));
  nb::class_<Document>(m, "JsonDocument")
      .def_static("parse", [](nb::object data) -> nb::object {
        const Text text(data);
        auto index = without_gil(text.view(), [&] { return JsonIndex::parse(text.view()); });
        if (!index) return nb::none();
        return nb::cast(Document(std::move(data), std::move(*index)));
      }, nb::arg("data"))
      .def("value", &Document::value, nb::arg("path"))
      .def("locate", &Document::locate, nb::arg("paths"));
}

}  // namespace headroom::bindings
