#include "bindings.hpp"

NB_MODULE(_native, m) {
  using namespace headroom::bindings;
  m.doc() = "Headroom's kernels. Text is UTF-8; offsets are bytes.";
  bind_aligned(m);
  bind_bpe(m);
  bind_delimited(m);
  bind_diff(m);
  bind_json_index(m);
  bind_json_table(m);
  bind_records(m);
  bind_splice(m);
  bind_lines(m);
  bind_fold(m);
  bind_trees(m);
}
