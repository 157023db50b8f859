"""What a page is made of while it is read: open elements, and the blocks that come of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Literal

from headroom.compressors._page_tags import Tag

Kind = Literal["text", "heading", "item", "row", "code"]


@dataclass(slots=True)
class Block:
    """A paragraph, heading, list item, table row or preformatted text.

    Attributes:
        start: Where it starts in the page.
        end: Where it ends.
        text: What a reader sees, as Markdown, without a line end.
        kind: What it is.
        aside: Whether it is not what the page is about.
    """

    start: int
    end: int
    text: bytes
    kind: Kind
    aside: bool = False


@dataclass(slots=True)
class Open:
    """An open element, and what was there when it started.

    Attributes:
        name: In lower case.
        kind: What it does.
        mark: Pieces of the line.
        blocks: Blocks of the page.
        size: Their length.
        links: How much of it was in links.
        anchors: How much of it was in links to places in the page.
        href: Where the link leads, if it is one.
        aside: Whether it says that it is not what the page is about.
        hidden: Whether no reader sees it.
    """

    name: bytes
    kind: Tag
    mark: int
    blocks: int
    size: int
    links: int
    anchors: int
    href: bytes = b""
    aside: bool = False
    hidden: bool = False


@lru_cache(maxsize=64)
def tags_of(name: bytes) -> re.Pattern[bytes]:
    """Returns a pattern of the start and end tags of a name, but for those that close themselves."""
    return re.compile(rb"<(/)?%s(?=[\s/>])(?![^<>]*/>)" % re.escape(name), re.I)


def within(ranges: Iterable[tuple[int, int]], count: int) -> Iterator[bool]:
    """Yields for each number below `count` whether it is in one of some half-open ranges."""
    change = [0] * (count + 1)
    for start, end in ranges:
        change[start] += 1
        change[end] -= 1
    return (depth > 0 for depth in accumulate(change[:count]))
