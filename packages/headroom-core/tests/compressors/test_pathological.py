"""Odd text of 200 KB: every compressor answers in linear time, whether it is its own or not.

Nothing here looks at a clock: what is quadratic takes minutes and shows.
"""

from __future__ import annotations

import pytest

from headroom.compressors import BUILTIN
from headroom.protocols import Compressor, Context
from headroom.tokenizers import for_model
from headroom.types import Detection, Intent, Segment

SIZE = 200_000


def filled(piece: bytes) -> bytes:
    return piece * (SIZE // len(piece))


TEXTS = {
    "blank lines": filled(b"\n"),
    "spaces": filled(b" "),
    "lines of spaces": filled(b" " * 999 + b"\n"),
    "tabs": filled(b"\t"),
    "lines of tabs": filled(b"\t\n"),
    "one character": filled(b"a"),
    "one digit": filled(b"7"),
    "one long line": filled(b"12 words, and some more; "),
    "one path": filled(b"a/"),
    "one dotted name": filled(b"a."),
    "dots": filled(b"."),
    "dashed numbers": b"a.c:1:x\n" + filled(b"-1"),
    "numbered dashes": b"a" * 4_000 + b".c:1:x\n" + filled(b"-1-"),
    "angles": filled(b"<"),
    "open tags": filled(b"<a>"),
    "open tags in lines": filled(b"<a>\n"),
    "unfinished tags": filled(b"<a b='"),
    "comments": filled(b"<!--"),
    "sections": filled(b"<![CDATA["),
    "instructions": filled(b"<?"),
    "nested XML": filled(b"<a>\n")[: SIZE // 2] + filled(b"</a>\n")[: SIZE // 2],
    "nested elements of a page": filled(b"<div>"),
    "nested menus": filled(b"<nav><p>a"),
    "hidden elements": filled(b"<div hidden>"),
    "hidden elements of any name": b"<div>" + b"".join(b"<x%d hidden>" % n for n in range(15_000)),
    "nested tables": filled(b"<table><tr><td>"),
    "items without an end": filled(b"<ul><li>a"),
    "links in links": filled(b"<p><a href=b>c"),
    "links and blocks": filled(b"<a href=b><div>c"),
    "code in code": b"<div>" + filled(b"<code>a<kbd>"),
    "ends of nothing": b"<div>" + filled(b"<b>a</i>"),
    "scripts without an end": b"<div>" + filled(b"<script>"),
    "a long attribute": b"<div>" * 9 + b"<p title='" + filled(b"a <b> ") + b"'>b</p>",
    "long numbers of characters": b"<div>" * 9 + b"&#" + filled(b"9") + b";",
    "bars": filled(b"|"),
    "rows of bars": filled(b"| a | b |\n"),
    "dashes": filled(b"- "),
    "lines of dashes": filled(b"- \n"),
    "drawn rules": filled(b"+--+\n"),
    "heads with rules": filled(b"|a|\n|--|\n"),
    "rules": filled(b"--\n"),
    "braces": filled(b"{"),
    "brackets": filled(b"["),
    "quotes": filled(b'"'),
    "commas": filled(b","),
    "keys on one line": filled(b"a: "),
    "nested YAML": b"".join(b" " * n + b"a:\n" for n in range(600)),
    "equal keys": filled(b"a: 1\n"),
    "line ends in turn": filled(b"a\r\nb\n"),
    "carriage returns": filled(b"a\r"),
    "columns": filled(b"a  b  c\n"),
    "columns and blank lines": filled(b"a  b  c\n\n"),
    "one wide line": b"a  b  c\n" * 20_000 + b"a" * 20_000 + b"  b  c\n",
    "modes": filled(b"-rw-r--r-- "),
    "hunks": filled(b"@@ -1,1 +1,1 @@\n"),
    "a diff of blank lines": b"diff --git a/x b/x\n@@ -1 +1 @@\n" + filled(b"\n"),
    "a diff of one line": b"diff --git a/x b/x\n@@ -1 +1 @@\n" + filled(b"+export "),
    "a commit without an end": b"commit 1f51fe4\n" + filled(b"    a\n"),
    "commits": filled(b"commit 1f51fe4\n x | 3\n"),
    "a failure without an end": b"=== FAILURES ===\n> a\n" + filled(b"    a\n"),
    "tracebacks": filled(b"Traceback (most recent call last):\n"),
    "frames": filled(b'  File "a/b.py", line 1, in c\n'),
    "findings": filled(b"a/b.c:1:2: "),
    "folders": filled(b"../"),
    "colours": filled(b"\x1b["),
    "stamps": filled(b"2026-11-21 10:00:00 "),
    "escapes": filled(b"\\"),
    "bytes of one letter": filled("é".encode()),
}  # fmt: skip


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
@pytest.mark.parametrize("compressor", BUILTIN, ids=lambda c: c.name)
def test_odd_text_takes_linear_time(compressor: Compressor, text: bytes) -> None:
    part = Segment(text, Detection("text", 0.0))
    compressor.priority(part)
    for omit in (True, False):
        context = Context(Intent("What is in zone = eu?"), for_model("gpt-4o"), omit)
        compressed = compressor.compress(part, context)
        assert compressed is None or len(compressed.data) <= len(text) + 200
