#include "bindings.hpp"

namespace headroom::bindings {

Text::Text(nb::handle value) {
  if (PyBytes_Check(value.ptr())) {
    char* data = nullptr;
    Py_ssize_t size = 0;
    if (PyBytes_AsStringAndSize(value.ptr(), &data, &size) != 0) throw nb::python_error();
    view_ = {data, static_cast<size_t>(size)};
    return;
  }
  if (PyUnicode_Check(value.ptr())) {
    Py_ssize_t size = 0;
    const char* data = PyUnicode_AsUTF8AndSize(value.ptr(), &size);
    if (data == nullptr) throw nb::python_error();  // a lone surrogate: UnicodeEncodeError
    view_ = {data, static_cast<size_t>(size)};
    return;
  }
  throw nb::type_error("expected str or bytes");
}

Ints::Ints(nb::handle value) {
  if (PyObject_GetBuffer(value.ptr(), &buffer_, PyBUF_SIMPLE) != 0) throw nb::python_error();
  const bool aligned = reinterpret_cast<uintptr_t>(buffer_.buf) % alignof(int32_t) == 0;
  if (!aligned || static_cast<size_t>(buffer_.len) % sizeof(int32_t) != 0) {
    PyBuffer_Release(&buffer_);
    throw nb::value_error("expected int32 values");
  }
}

}  // namespace headroom::bindings
