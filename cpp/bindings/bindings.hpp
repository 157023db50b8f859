// One function per kernel; module.cpp calls them all.
#pragma once

#include <nanobind/nanobind.h>

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace headroom::bindings {

namespace nb = nanobind;

// A borrowed UTF-8 view of a Python str or bytes, valid while the argument lives.
class Text {
 public:
  explicit Text(nb::handle value);
  std::string_view view() const { return view_; }

 private:
  std::string_view view_;
};

// A borrowed view of int32 values, as `packed` writes them, in bytes or in a contiguous buffer such
// as a memoryview. Valid while this object lives.
class Ints {
 public:
  explicit Ints(nb::handle value);
  ~Ints() { PyBuffer_Release(&buffer_); }
  Ints(const Ints&) = delete;
  Ints& operator=(const Ints&) = delete;
  std::span<const int32_t> view() const {
    return {static_cast<const int32_t*>(buffer_.buf),
            static_cast<size_t>(buffer_.len) / sizeof(int32_t)};
  }

 private:
  Py_buffer buffer_{};
};

// Releases the GIL where the work is worth the ~50 ns that it costs.
template <typename F>
auto without_gil(size_t bytes, F&& work) {
  if (bytes < 10'000) return work();
  nb::gil_scoped_release release;
  return work();
}

template <typename F>
auto without_gil(std::string_view text, F&& work) {
  return without_gil(text.size(), std::forward<F>(work));
}

// A bytes object that holds a copy of a vector of plain integers or floats, in native byte order.
template <typename Vector>
nb::bytes packed(const Vector& values) {
  return nb::bytes(reinterpret_cast<const char*>(values.data()),
                   values.size() * sizeof(typename Vector::value_type));
}

void bind_aligned(nb::module_& m);
void bind_bpe(nb::module_& m);
void bind_delimited(nb::module_& m);
void bind_diff(nb::module_& m);
void bind_json_index(nb::module_& m);
void bind_json_table(nb::module_& m);
void bind_records(nb::module_& m);
void bind_splice(nb::module_& m);
void bind_lines(nb::module_& m);
void bind_fold(nb::module_& m);
void bind_trees(nb::module_& m);

}  // namespace headroom::bindings
