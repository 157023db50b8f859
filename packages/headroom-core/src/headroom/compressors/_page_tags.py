"""The tags of an HTML page: a scanner that knows where everything stands, and what each element is.

A tolerant reader, not a parser: what is no tag is text, as browsers have it.
"""

from __future__ import annotations

import re
from enum import IntEnum, auto
from functools import lru_cache
from html import unescape

TAG = re.compile(
    rb"<(?:!--(?:[^-]++|-(?!->))*+(?:-->)?|!\[CDATA\[(?:[^\]]++|\](?!\]>))*+(?:\]\]>)?"
    rb"|[!?][^<>]*+>"
    rb"|(?i:script|style)\b(?P<raw>[^<>]*+)>"
    rb"(?:[^<]++|<(?!/(?i:script|style)\b))*+(?:</\w++[^<>]*+>)?"
    rb"|(?P<close>/)?(?P<name>[A-Za-z][\w:-]*+)"
    rb"(?P<attributes>(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+)>)"
)
"""A tag, a comment, or a script with all that is in it. Where it never ends, the text does."""

_ATTRIBUTE = re.compile(
    rb"([^\s=\"'/]++)\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>]++))|([^\s=\"'/]++)"
)
_INVISIBLE = re.compile(rb"(?:display\s*:\s*none|visibility\s*:\s*hidden)")
_WORD = re.compile(rb"[a-z\d]+(?:[-_]+[a-z\d]+)*+", re.I)
_BESIDE = frozenset(
    b"nav navbar navbox navigation menu sidebar breadcrumb breadcrumbs footer cookie cookies consent"
    b" ad ads advert advertisement social share sharing newsletter toolbar pagination".split()
)
_PARTS = frozenset(
    b"bar list links link menu container wrapper banner box content inner section panel items item"
    b" notice popup modal buttons button top bottom left right main primary".split()
)
_NOT = frozenset(b"has with no without is".split())

_NO_BREAK = b"\xc2\xa0"
_ROLES = frozenset(
    b"navigation banner contentinfo search complementary menu menubar dialog".split()
)


class Tag(IntEnum):
    """What an element does to the text around it."""

    INLINE = auto()
    BLOCK = auto()
    HEADING = auto()
    LIST = auto()
    ITEM = auto()
    TABLE = auto()
    ROW = auto()
    CELL = auto()
    PRE = auto()
    CODE = auto()
    LINK = auto()
    QUOTE = auto()
    TITLE = auto()
    MAIN = auto()
    BESIDE = auto()  # navigation and the like
    GONE = auto()  # holds nothing to read
    BREAK = auto()
    IMAGE = auto()
    META = auto()
    RULE = auto()
    VOID = auto()  # no content, no effect


def _kinds() -> dict[bytes, Tag]:
    names = {
        Tag.BLOCK: "html body div p section header figure figcaption address fieldset form details"
        " summary dl dt dd center tbody thead tfoot caption hgroup legend head",
        Tag.HEADING: "h1 h2 h3 h4 h5 h6",
        Tag.LIST: "ul ol",
        Tag.ITEM: "li",
        Tag.TABLE: "table",
        Tag.ROW: "tr",
        Tag.CELL: "td th",
        Tag.PRE: "pre textarea listing xmp",
        Tag.CODE: "code kbd samp tt",
        Tag.LINK: "a",
        Tag.QUOTE: "blockquote",
        Tag.TITLE: "title",
        Tag.MAIN: "main article",
        Tag.BESIDE: "nav footer aside menu",
        Tag.GONE: "svg template iframe object video audio canvas select datalist math map"
        " noscript dialog button",
        Tag.BREAK: "br wbr",
        Tag.IMAGE: "img",
        Tag.META: "meta base link",
        Tag.RULE: "hr",
        Tag.VOID: "input col area embed param source track",
    }
    return {name.encode(): kind for kind, words in names.items() for name in words.split()}


KINDS = _kinds()
"""What each element is; one that is not here is inline."""

FLOWING = frozenset({Tag.INLINE, Tag.CODE, Tag.LINK})
"""Elements that stand in a line of text."""

EMPTY = frozenset({Tag.BREAK, Tag.IMAGE, Tag.META, Tag.RULE, Tag.VOID})
"""Elements that have no end tag."""

_ROW_START = re.compile(
    rb"<(?:p|div|section|article|main|header|footer|nav|aside|h[1-6]|ul|ol|li|dl|dt|dd|table|tr|pre"
    rb"|blockquote|figure|form|script|style|svg|head|body|template|noscript)\b",
    re.I,
)

_ROWS_PER_LINE = 4


def page_rows(data: bytes) -> list[int]:
    """Returns where the rows of a page start: at its start and at tags that start a block.

    Rows are what parts of a page are named by whose lines are too long for it.
    """
    starts = [match.start() for match in _ROW_START.finditer(data)]
    return starts if starts[:1] == [0] else [0, *starts]


def by_rows(rows: int, lines: int) -> bool:
    """Returns whether the lines of a page are too long to name a part of it by."""
    return rows > _ROWS_PER_LINE * lines


PAGE = re.compile(rb"<!doctype html\b|<html\b", re.I)
FRAGMENT = re.compile(
    rb"\s*+(?:<!--[^>]*-->\s*+|<\?xml[^>]*>\s*+)?<(?:!doctype|html|div|p|span|body|head|title|meta|script|table|ul|ol|section|article"
    rb"|main|h[1-6])\b",
    re.I,
)
PREFIX = 4_000
"""Bytes that may stand before a page: headers of the answer, progress."""


_BEFORE = re.compile(rb"\s*\Z|HTTP/\d|[\w-]+: ?|[<>*{}] |  ?%| +\d|--|<[!?]|\d+\Z")
"""What may stand on a line before a page: headers of the answer, or what `curl -v` says of them."""

_OTHER_LINES = 2


def page_start(data: bytes) -> int:
    """Returns where a page, or a part of one, starts in a text; -1 if the text is no page.

    Output of a program that quotes a page is none.
    """
    match = PAGE.search(data, 0, PREFIX)
    if match is None:
        return 0 if FRAGMENT.match(data) else -1
    start = data.rfind(b"\n", 0, match.start()) + 1
    others = [line for line in data[:start].split(b"\n") if not _BEFORE.match(line)]
    if data[start : match.start()].strip() and not FRAGMENT.match(data, start):
        return -1
    return start if len(others) <= _OTHER_LINES else -1


def attributes_of(text: bytes) -> dict[bytes, bytes]:
    """Returns the attributes of a start tag by their lower-case names; the first of a name counts."""
    found: dict[bytes, bytes] = {}
    for name, double, single, bare, alone in _ATTRIBUTE.findall(text):
        found.setdefault((name or alone).lower(), double or single or bare)
    return found


def is_hidden(attributes: dict[bytes, bytes]) -> bool:
    """Returns whether a reader of the page would not see an element."""
    if b"hidden" in attributes or attributes.get(b"aria-hidden") == b"true":
        return attributes.get(b"hidden") != b"until-found"
    style = attributes.get(b"style")
    return style is not None and _INVISIBLE.search(style) is not None


def is_beside(attributes: dict[bytes, bytes]) -> bool:
    """Returns whether an element says that it is not what the page is about."""
    if attributes.get(b"role") in _ROLES:
        return True
    return _says_beside(attributes.get(b"class", b"")[:400]) or _says_beside(
        attributes.get(b"id", b"")[:100]
    )


@lru_cache(maxsize=1024)
def _says_beside(names: bytes) -> bool:
    """Returns whether a class or id is one of things that stand beside the content: `site-nav`."""
    for word in _WORD.findall(names.lower()):
        parts = word.replace(b"_", b"-").split(b"-")
        while len(parts) > 1 and (parts[-1] in _PARTS or parts[-1].isdigit()):
            parts.pop()
        if parts[-1] in _BESIDE and parts[0] not in _NOT:
            return True
    return False


def plain(text: bytes) -> bytes:
    """Returns text with its character references resolved."""
    if b"&" not in text:
        return text
    try:
        return unescape(text.decode("utf-8", "replace")).encode("utf-8", "replace")
    except ValueError:  # a number of thousands of digits
        return text


def flat(text: bytes) -> bytes:
    """Returns text as one line, with its character references resolved."""
    return b" ".join(plain(text).replace(_NO_BREAK, b" ").split())
