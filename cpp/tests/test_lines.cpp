#include "headroom/lines.hpp"

#include <string>

#include "check.hpp"

using headroom::line_starts;
using headroom::unit_shapes;

namespace {

headroom::Shapes shapes(const std::string& text) { return unit_shapes(text, line_starts(text)); }

uint8_t flags(const std::string& line) { return shapes(line).flags[0]; }

bool alike(const std::string& a, const std::string& b) {
  return shapes(a + "\n" + b + "\n").templates[1] == 0;
}

}  // namespace

int main() {
  CHECK(line_starts("") == std::vector<int32_t>({0}));
  CHECK(line_starts("a\n\nb") == std::vector<int32_t>({0, 2, 3, 4}));
  CHECK(!headroom::is_partition("ab", std::vector<int32_t>{0, 3}));
  CHECK(!headroom::is_partition("ab", std::vector<int32_t>{0, 2, 1, 2}));

  CHECK(alike("took 12 ms", "took 3.5 ms"));
  CHECK(alike("at 10.0.0.1:80", "at 192.168.1.20:8080"));
  CHECK(alike("id 550e8400-e29b-41d4-a716-446655440000", "id 0ffe8400-abcd-41d4-a716-446655440fff"));
  CHECK(alike("open '/etc/a' now", "open 'b c' now"));
  CHECK(alike("read /etc/passwd: ok", "read /usr/share/x.y: ok"));
  CHECK(alike("values 1, 2, 3", "values 4"));
  CHECK(alike("node R23-M0-NE-C:J05-U01 up", "node R02-M1-N0-I:J12-U11 up"));
  CHECK(!alike("error E501 here", "error W501 here"));
  CHECK(!alike("worker started", "worker stopped"));
  CHECK(!alike("status 'ok'", "status 'failed'"));

  CHECK(flags("error: no space left") == headroom::kError);
  CHECK(flags("java.lang.NullPointerException") == headroom::kError);
  CHECK(flags("0 errors, 3 passed") == headroom::kSummary);
  CHECK(flags("failures=0") == 0);
  CHECK(flags("8 /usr/share/perl5/Error") == headroom::kError);
  CHECK(flags("8 /usr/error/x") == 0);
  CHECK(flags("process exited with code 2") == (headroom::kError | headroom::kSummary));
  CHECK(flags("process exited with code 0") == headroom::kSummary);
  CHECK(flags("1.2.3.4 - - \"GET / HTTP/1.1\" 503 12") == headroom::kError);
  CHECK(flags("  at com.example.App.main(App.java:3)") == headroom::kFrame);
  CHECK(flags("DeprecationWarning: old") == headroom::kWarning);
  CHECK(flags(" \t\n") == headroom::kBlank);
  const auto python = shapes("  File \"a.py\", line 3, in f\n    g()\n    ^^^\nnext\n").flags;
  CHECK(python[0] == headroom::kFrame && python[1] == headroom::kFrame);
  CHECK(python[2] == headroom::kFrame && python[3] == 0);
  return report();
}
