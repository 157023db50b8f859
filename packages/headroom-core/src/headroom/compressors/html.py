"""HTML pages: what a reader sees, as Markdown. The markup is left out, and what nobody asked for.

    […1-812 of HTML, shown as text: markup left out; source intact: headroom_retrieve("k3f…", lines="1-812")]
    # Mozilla
    […40-96 navigation]
    Mozilla is a [free-software](/wiki/Free_software) community, created in 1998.

Parts of the source that were asked for, in a script or an attribute, stand below the text that they
belong to, verbatim. Without leave to omit nothing is done: white space may count in a page.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from itertools import compress

from headroom.compressors._keep import must_keep
from headroom.compressors._page import Page
from headroom.compressors._page_elements import Block, within
from headroom.compressors._page_tags import PAGE, PREFIX, page_start
from headroom.compressors._page_write import Part, write
from headroom.compressors._select import Units, asked_for
from headroom.protocols import Context
from headroom.types import Compressed, Segment

_TAG = re.compile(rb"</?[a-zA-Z][^<>]*>")
_TEMPLATE = re.compile(rb"\{%|<\?php|<%[ =@-]")
_HEAD = 20_000

_FEWEST_TAGS = 8
_WORTH = 0.9
"""Share of a page from which its text is not worth the markup."""

_LONGEST_DESCRIPTION = 500
_SUFFIX = 1_000
"""Bytes that may stand after a page: comments, what a tool says of it."""


_FILE = re.compile(
    r"\.(?:x?html?|xhtml|vue|svelte|jinja2?|j2|hbs|mustache|erb|ejs|php|[jt]sx)\b", re.I
)
_URL = re.compile(r"\bhttps?:|\bwww\.|\blocalhost\b|\b(?:curl|wget)\b")

_ORIGIN = re.compile(r"\bhttps?://[\w.:-]+")

_SMALL = 6_000
"""Bytes of text up to which all of it stays; about 1,500 tokens."""

_SHARE = 3
"""Of what there is above that, one part in so many stays: the start of each section."""

_PIECE = re.compile(rb"[^\n]{0,400}[\x80-\xbf]*[^\n<>;,\s]{0,100}[\x80-\xbf]*\n?")
_MOST_PIECES = 16
_WORD = re.compile(rb"[A-Za-z_\x80-\xff]{3,}|\d+(?:[.,]\d+)*")
_MAIN = 0.3
"""Share of the text that must be in what calls itself the main content."""


class Html:
    """Shows a page as its reader sees it."""

    name = "html"

    def priority(self, segment: Segment) -> float:
        """Returns 0.95 for a page, 0.86 for a part of one; negative for templates."""
        start = _start_of(segment.data)
        if start < 0 or len(_TAG.findall(segment.data, start, start + _HEAD)) < _FEWEST_TAGS:
            return -1.0
        return 0.95 if PAGE.search(segment.data, start, start + PREFIX) else 0.86

    def compress(self, segment: Segment, context: Context) -> Compressed | None:
        """Returns the text of the page, without what nobody asked for where that is much."""
        data = segment.data
        start = _start_of(data)
        if not context.omit or start < 0 or _is_source(data, context):
            return None
        page = Page(data, start, _origin(context))
        if not page.blocks:
            return None
        keep = _chosen(page, context)
        parts = [
            Part(b.start, b.end, b.text if keep[n] else b"", len(b.text))
            for n, b in enumerate(page.blocks)
        ]
        parts += _asked_source(segment, start, page.blocks, keep, context)
        written = write(data, start, _head(page), parts)
        return written if len(written.data) <= _WORTH * len(data) else None


def _start_of(data: bytes) -> int:
    """Returns where a page starts that the text ends with; -1 if there is none."""
    end = max(data.rfind(b"</html>"), data.rfind(b"</HTML>"))
    if 0 <= end < len(data) - _SUFFIX:
        return -1
    return page_start(data)


def _is_source(data: bytes, context: Context) -> bool:
    """Returns whether this is a file that someone may edit, and no page that was fetched."""
    call = context.tool.arguments if context.tool else ""
    if _URL.search(call):
        return False
    return _FILE.search(call) is not None or _TEMPLATE.search(data, 0, _HEAD) is not None


def _origin(context: Context) -> bytes:
    """Returns where the page was fetched from, if the call names one place only."""
    found = set(_ORIGIN.findall(context.tool.arguments if context.tool else ""))
    return found.pop().encode("utf-8", "replace") if len(found) == 1 else b""


def _head(page: Page) -> bytes:
    """Returns what a page says of itself."""
    head = b"Title: %s\n" % page.title if page.title else b""
    if page.description and len(page.description) <= _LONGEST_DESCRIPTION:
        head += b"Description: %s\n" % page.description
    return head


def _chosen(page: Page, context: Context) -> bytearray:
    """Returns one byte a block: 1 to show it."""
    blocks = page.blocks
    starts = array("i", [0])
    for block in blocks:
        starts.append(starts[-1] + len(block.text) + 1)
    units = Units(b"".join(b.text + b"\n" for b in blocks), starts.tobytes())
    _leave_main_only(page)
    keep = bytearray(not b.aside for b in blocks)
    if sum(len(b.text) for b in blocks if not b.aside) > _SMALL:
        _trim(blocks, keep)
    for n in must_keep(units.flags, units.groups, units.starts):
        keep[n] |= not blocks[n].aside
    headings = {b.text.lstrip(b"# ") for b in blocks if b.kind == "heading"}
    for n in asked_for(units, context):
        contents = blocks[n].aside and blocks[n].text.lstrip(b"-0123456789. ") in headings
        keep[n] |= not contents
    return keep


def _leave_main_only(page: Page) -> None:
    """Marks what stands outside the main content, if a page says where that is."""
    ranges = [(a, b) for a, b, sure in page.main if sure] or [(a, b) for a, b, _ in page.main]
    inside = list(within(ranges, len(page.blocks)))
    sizes = [0 if b.aside else len(b.text) for b in page.blocks]
    if sum(compress(sizes, inside)) >= _MAIN * sum(sizes) > 0:
        for block, is_in in zip(page.blocks, inside, strict=True):
            block.aside |= not is_in


def _trim(blocks: Sequence[Block], keep: bytearray) -> None:
    """Keeps of each section its heading and its start, by its share of what may stay."""
    sections: list[list[int]] = [[]]
    for n, block in enumerate(blocks):
        if not keep[n]:
            continue
        if block.kind == "heading":
            sections.append([])
        else:
            sections[-1].append(n)
    size = sum(len(blocks[n].text) for section in sections for n in section)
    allowed = min(1.0, (_SMALL + max(size - _SMALL, 0) / _SHARE) / max(size, 1))
    for section in sections:
        share = allowed * sum(len(blocks[n].text) for n in section)
        used = 0
        for n in section:
            ends_table = n == section[-1] and blocks[n].kind == "row"
            keep[n] = used < share or n == section[0] or ends_table
            used += len(blocks[n].text)


def _asked_source(
    segment: Segment, start: int, blocks: Sequence[Block], keep: bytearray, context: Context
) -> list[Part]:
    """Returns pieces of the source that were asked for, and that no text above shows."""
    data = segment.data
    cuts = array("i", [0, *(m.end() for m in _PIECE.finditer(data) if m.end() > m.start())])
    units = Units(data, cuts.tobytes())
    intent = _words(context.intent.text.encode("utf-8", "replace"))
    shown: set[bytes] = set().union(
        *(_words(b.text) for b, k in zip(blocks, keep, strict=True) if k)
    )
    found: list[tuple[int, int]] = []
    for n in asked_for(units, context, segment.line):
        wanted = (intent & _words(units.text(n))) - shown
        if wanted and units.starts[n] >= start:
            found.append((-len(wanted), n))
    best = {n for _, n in sorted(found)[:_MOST_PIECES]}
    around = {m for n in best for m in _with_neighbours(units, n) if units.starts[m] >= start}
    parts = []
    for n in sorted(around):
        span = units.span(n)
        parts.append(Part(span.start, span.end, b" ".join(units.text(n).split()), source=True))
    return [part for part in parts if part.text]


def _words(text: bytes) -> set[bytes]:
    """Returns the words and numbers of a text."""
    return set(_WORD.findall(text))


def _with_neighbours(units: Units, n: int) -> Iterator[int]:
    """Yields a piece, and those beside it on the same line: a cut says nothing."""
    if n and not units.text(n - 1).endswith(b"\n"):
        yield n - 1
    yield n
    if n + 1 < len(units) and not units.text(n).endswith(b"\n"):
        yield n + 1
