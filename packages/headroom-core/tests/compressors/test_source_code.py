"""Listings of code: fewer numbers, the same text, and every number follows from those shown."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from headroom import Headroom
from headroom.compressors._listing import NOTE, number_again, thin

CODE = [f"    total_{n} = add(total_{n - 1}, {n})" if n % 7 else "" for n in range(1, 200)]


def cat_n(lines: list[str], first: int = 1, separator: str = "\t") -> str:
    return "".join(f"{n:6}{separator}{line}\n" for n, line in enumerate(lines, start=first))


def read(text: str) -> str:
    messages = [{"role": "tool", "tool_call_id": "1", "content": text}]
    headroom = Headroom()
    result = headroom.compress(messages)
    assert headroom.restore(result) == messages
    return str(result[0]["content"])


def test_every_tenth_number_stays_and_all_code() -> None:
    text = read(cat_n(CODE[:60], first=166))
    assert text.startswith(NOTE.decode() + "166\t    total_1 = add(total_0, 1)\n\t    total_2")
    assert "\n170\t    total_5 = add(total_4, 5)\n" in text
    assert all(line in text for line in CODE[:60])


def test_a_jump_shows_its_number() -> None:
    text = read(cat_n(CODE[:20]) + cat_n(CODE[100:120], first=301))
    assert "\n301\t" in text


def test_code_without_numbers_is_left_alone() -> None:
    code = "\n".join(f"def f_{n}(x):\n    return x * {n}\n" for n in range(300))
    assert read(code) == code


LINE = st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=12)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 40), st.lists(LINE, min_size=1, max_size=15)), max_size=4),
    st.sampled_from(["\t", "→", "|"]),
)
def test_numbers_come_back(parts: list[tuple[int, list[str]]], separator: str) -> None:
    text = "".join(cat_n(lines, first, separator) for first, lines in parts).encode()
    thinned = thin(text.splitlines(keepends=True))
    if thinned is not None:
        shown = b"".join(line or b"" for line in thinned)
        assert number_again(shown) == re.sub(rb"(?m)^ +(?=\d+(?:\t|\xe2\x86\x92|\|))", b"", text)
