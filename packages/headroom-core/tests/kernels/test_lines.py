"""The kernel `lines` and its twin agree, on anything."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from headroom.kernels import line_starts, unit_flags, unit_shapes, unit_templates
from headroom.kernels.reference import lines as twin

WORDS = st.sampled_from(
    [b"error", b"Failed", b"0", b"no", b"exited", b"code", b"status", b"12", b"3.5", b"ValueError",
     b"disk_error", b"deadbeef", b"0x1f", b"a1b2c3", b"x86_64", b"E0923", b"E", b"W", b"passed",
     b"'it'", b'"GET / HTTP/1.1" 500', b"/usr/lib/x.so", b"a/b", b"C:\\x", b"\x1b[31m", b"=====",
     b"-5", b"File \"a.py\", line 3, in f", b"at a.b(C.java:3)", b"^^^^", b"#3 0x1 in main", b"R2-M0-NE:J5", b"/x/error",
     b"3: a::b", b"main.go:3 +0x1f", b"not found", b"Ran", b"caf\xc3\xa9", b"errors=0", b"warn: 0"]
)  # fmt: skip
GLUE = st.sampled_from([b" ", b"\n", b"  ", b": ", b"=", b"-", b"", b",", b"\t", b"\r\n"])
TEXTS = st.lists(st.tuples(WORDS, GLUE)).map(lambda pairs: b"".join(w + g for w, g in pairs))


def ints(packed: bytes) -> list[int]:
    return list(memoryview(packed).cast("i"))


@given(st.binary() | TEXTS)
@example(b"")
@example(b"\n")
@example(b"a\n\nb")
def test_line_starts_agree(data: bytes) -> None:
    assert ints(line_starts(data)) == twin.line_starts(data)


@given(st.binary() | TEXTS)
@example(b"a 550e8400-e29b-41d4-a716-446655440000")
@example(b"'" + b"x" * 300 + b"'")
def test_shapes_agree(data: bytes) -> None:
    starts = line_starts(data)
    templates, flags = unit_shapes(data, starts)
    assert (ints(templates), list(flags)) == twin.unit_shapes(data, ints(starts))
    assert unit_templates(data, starts) == templates
    assert unit_flags(data, memoryview(starts).cast("i")) == flags


def test_starts_must_cut_the_text() -> None:
    with pytest.raises(ValueError, match="units"):
        unit_flags(b"abc", line_starts(b"abcd"))
    with pytest.raises(ValueError, match="int32"):
        unit_flags(b"abc", b"123")


def test_lines_that_differ_only_in_values_share_a_template() -> None:
    data = b"GET /a/1 took 12ms\nGET /b took 3.5ms\nGET failed after 3 tries\n"
    assert ints(unit_templates(data, line_starts(data))) == [0, 0, 1]
