"""An HTML page as the blocks that a reader sees, each with the place where it stands.

One pass over the tags with a stack of open elements, nothing recursive: unclosed and misnested tags
end where what they are in ends. Says of each block whether it is hidden or beside the content.
"""

from __future__ import annotations

from headroom.compressors._page_elements import Block, Kind, Open, tags_of, within
from headroom.compressors._page_tags import (
    EMPTY,
    FLOWING,
    KINDS,
    TAG,
    Tag,
    attributes_of,
    flat,
    is_beside,
    is_hidden,
    plain,
)

_IMPLIED = {
    Tag.ITEM: (frozenset({Tag.ITEM}), frozenset({Tag.LIST})),
    Tag.ROW: (frozenset({Tag.ROW}), frozenset({Tag.TABLE})),
    Tag.CELL: (frozenset({Tag.CELL}), frozenset({Tag.ROW, Tag.TABLE})),
}
"""What a start tag ends, and where to stop looking for it."""

_OWN_LINE = frozenset({Tag.TABLE, Tag.ROW, Tag.PRE, Tag.HEADING})
"""What stands on lines of its own also within a cell of a table."""

_NEVER_GONE = frozenset({b"html", b"body", b"p", b"li", b"td", b"th", b"tr", b"dt", b"dd"})
"""Elements that hold the whole page, or whose end tag may be left out."""

_WHOLE = frozenset({b"html", b"body"})
_ANCHORS = frozenset({b"#", b"\xc2\xb6", b"\xc2\xa7", b"&para;", b"&#182;", b"&#x00B6;"})
_NOWHERE = (b"#", b"javascript:", b"data:")
_MOST_NEVER_CLOSED = 32
_LOOK_BACK = 64
_DEEPEST_LIST = 6
_FEWEST_CONTENTS = 3
_CONTENTS = 0.7
"""Share of a list that leads to places in the page from which it is a table of contents."""

_MOST_LINKS = 0.5
"""Share of text in links up to which a part that calls itself a menu is content after all."""


class Page:
    """What a page shows.

    Args:
        data: A text that ends with the page.
        start: Where the page starts in it.
        origin: Where the page comes from: `https://example.org`. Links there are shown relative.

    Attributes:
        blocks: In the order of the page.
        title: Of the page, one line.
        description: What the page says of itself.
        main: Ranges of blocks in elements that say that they are the main content, and whether they
            say so of the page, as no article does.
    """

    def __init__(self, data: bytes, start: int = 0, origin: bytes = b"") -> None:
        self.blocks: list[Block] = []
        self.title = b""
        self.description = b""
        self.main: list[tuple[int, int, bool]] = []
        self._data = data
        self._open: list[Open] = []
        self._count: dict[bytes, int] = {}
        self._line: list[bytes] = []
        self._start = start
        self._origin = origin
        self._cells: list[bytes] | None = None
        self._heads = False
        self._lists: list[int] = []
        self._asides: list[tuple[int, int]] = []
        self._bullet = b""
        self._pre = 0
        self._quotes = 0
        self._level = 0
        self._size = 0
        self._links = 0
        self._anchors = 0
        self._never_closed: set[bytes] = set()
        self._read(start)

    def _read(self, position: int) -> None:
        data, line, skip = self._data, self._line, 0
        for match in TAG.finditer(data, position):
            start = match.start()
            if start < skip:
                position = max(position, match.end())
                continue
            if start > position:
                line.append(data[position:start])
            position = match.end()
            name = match["name"]
            if name is None:
                continue
            name = name.lower()
            kind = KINDS.get(name, Tag.INLINE)
            if match["close"]:
                self._end(name, kind, start, position)
            elif kind in EMPTY:
                self._empty(kind, match["attributes"])
            else:
                skip = self._begin(name, kind, match["attributes"], start, position)
                position = max(position, skip)
        if position < len(data):
            line.append(data[position:])
        while self._open:
            self._close(len(data))
        self._flush(len(data))
        for block, aside in zip(self.blocks, within(self._asides, len(self.blocks)), strict=True):
            block.aside = aside

    def _begin(self, name: bytes, kind: Tag, text: bytes, start: int, end: int) -> int:
        """Opens an element; returns the end of one that shows nothing, else 0."""
        may_hide = b"hidden" in text or b"none" in text
        telling = may_hide or (b"=" in text and (kind is Tag.LINK or kind not in FLOWING))
        attributes = attributes_of(text) if telling else {}
        hidden = bool(attributes) and is_hidden(attributes)
        if kind is Tag.GONE or (hidden and name not in _NEVER_GONE):
            if gone := self._end_of(name, end):
                return gone
            kind = Tag.INLINE if kind is Tag.GONE else kind
        if kind in _IMPLIED:
            self._end_implied(kind, start)
        if kind in FLOWING and self._count.get(name):
            kind = self._again(name, kind, start)
        if kind not in FLOWING:
            self._break(kind, start)
        mark, blocks = len(self._line), len(self.blocks)
        element = Open(name, kind, mark, blocks, self._size, self._links, self._anchors)
        if kind is Tag.LINK:
            element.href = attributes.get(b"href", b"")
        elif kind not in FLOWING:
            element.hidden = hidden and kind is not Tag.CELL and name not in _WHOLE
            element.aside = element.hidden or kind is Tag.BESIDE or is_beside(attributes)
            if attributes.get(b"role") == b"main":
                element.kind = Tag.MAIN
        self._open.append(element)
        self._count[name] = self._count.get(name, 0) + 1
        self._enter(element)
        return 0

    def _again(self, name: bytes, kind: Tag, start: int) -> Tag:
        """Ends a link where the next one starts; code in code is code already."""
        if kind is Tag.LINK:
            self._end(name, kind, start, start)
        return Tag.INLINE if kind is Tag.CODE else kind

    def _end_of(self, name: bytes, position: int) -> int:
        """Returns where an element ends whose start tag ends at `position`; 0 if nowhere."""
        if name in self._never_closed or len(self._never_closed) >= _MOST_NEVER_CLOSED:
            return 0
        depth = 1
        for match in tags_of(name).finditer(self._data, position):
            depth += -1 if match[1] else 1
            if not depth:
                return match.end()
        self._never_closed.add(name)
        return 0

    def _break(self, kind: Tag, start: int) -> None:
        """Ends the line before a block; in a cell, but for tables and headings, it goes on."""
        if self._open and self._open[-1].name == b"p":
            self._close(start)
        if self._cells is None or kind in _OWN_LINE:
            self._flush(start)
        else:
            self._line.append(b" ")

    def _enter(self, element: Open) -> None:
        match element.kind:
            case Tag.LIST:
                self._lists.append(1 if element.name == b"ol" else 0)
            case Tag.ITEM:
                self._bullet = self._next_bullet()
            case Tag.ROW:
                self._cells, self._heads = [], False
            case Tag.CELL:
                self._line.clear()
                self._heads |= element.name == b"th"
                element.mark = 0
            case Tag.PRE:
                self._pre += 1
            case Tag.CODE if not self._pre:
                self._line.append(b"`")
            case Tag.QUOTE:
                self._quotes += 1
            case Tag.HEADING:
                self._level = int(element.name[1:])
            case _:
                pass

    def _next_bullet(self) -> bytes:
        if not self._lists:
            return b"- "
        number = self._lists[-1]
        if number:
            self._lists[-1] += 1
        return b"%d. " % number if number else b"- "

    def _empty(self, kind: Tag, text: bytes) -> None:
        match kind:
            case Tag.BREAK:
                self._line.append(b"\n" if self._pre else b" ")
            case Tag.IMAGE:
                attributes = attributes_of(text)
                alt = flat(attributes.get(b"alt", b""))
                if alt and not is_hidden(attributes):
                    self._line.append(b"![%s]" % alt)
            case Tag.META:
                attributes = attributes_of(text)
                names = attributes.get(b"name"), attributes.get(b"property")
                if b"description" in names or (b"og:description" in names and not self.description):
                    self.description = flat(attributes.get(b"content", b""))
            case _:
                self._line.append(b" ")

    def _end(self, name: bytes, kind: Tag, start: int, end: int) -> None:
        if not self._count.get(name):
            return
        if kind in FLOWING:
            for n in range(len(self._open) - 1, max(len(self._open) - _LOOK_BACK, 0) - 1, -1):
                if self._open[n].name == name:
                    break
                if self._open[n].kind not in FLOWING:
                    return
            else:
                return
        while self._open[-1].name != name:
            self._close(start)
        self._close(end)

    def _end_implied(self, kind: Tag, start: int) -> None:
        ended, stop = _IMPLIED[kind]
        for n in range(len(self._open) - 1, max(len(self._open) - _LOOK_BACK, 0) - 1, -1):
            if self._open[n].kind in ended:
                while len(self._open) > n:
                    self._close(start)
                return
            if self._open[n].kind in stop:
                return

    def _close(self, end: int) -> None:
        element = self._open.pop()
        self._count[element.name] -= 1
        kind = element.kind
        if kind in FLOWING:
            self._end_flowing(element)
        elif kind is Tag.CELL:
            if self._cells is not None:
                self._cells.append(self._text())
            self._line.clear()
        elif kind is Tag.TITLE:
            self.title = self.title or self._text()
            self._line.clear()
        elif self._cells is None or kind in _OWN_LINE:
            self._flush(end)
        else:
            self._line.append(b" ")
        self._leave(element)

    def _end_flowing(self, element: Open) -> None:
        line = self._line
        mark = min(element.mark, len(line))
        if element.kind is Tag.CODE and not self._pre:
            code = b" ".join(b"".join(line[mark:])[1:].split())
            line[mark:] = [b"`%s`" % code] if code else []
        elif element.kind is Tag.LINK and not self._pre:
            self._end_link(element, mark)

    def _end_link(self, element: Open, mark: int) -> None:
        text = b" ".join(b"".join(self._line[mark:]).split())
        size = len(text)
        if element.href[:1] == b"#":
            self._anchors += len(text)
        if not text or text in _ANCHORS:
            del self._line[mark:]
        elif (href := self._target(element.href)) and not (self._level and mark):
            self._line[mark:] = [b"[%s](%s)" % (text, href)]
            size += len(href) + 4
        self._links += size

    def _target(self, href: bytes) -> bytes:
        """Returns what to show of where a link leads, nothing if that is no other page."""
        href = href.strip()
        if href.startswith(_NOWHERE):
            return b""
        if self._origin and href.startswith(self._origin + b"/"):
            href = href[len(self._origin) :]
        return href

    def _leave(self, element: Open) -> None:
        match element.kind:
            case Tag.LIST:
                self._lists.pop()
                self._bullet = b""
            case Tag.ITEM:
                self._bullet = b""
            case Tag.ROW | Tag.TABLE:
                self._cells = None
            case Tag.PRE:
                self._pre -= 1
            case Tag.QUOTE:
                self._quotes -= 1
            case Tag.HEADING:
                self._level = 0
            case Tag.MAIN:
                self.main.append((element.blocks, len(self.blocks), element.name != b"article"))
            case _:
                pass
        if (element.aside and self._is_aside(element)) or self._is_contents(element):
            self._asides.append((element.blocks, len(self.blocks)))

    def _is_aside(self, element: Open) -> bool:
        """Returns whether an element is left out; what only calls itself a menu may be text."""
        if element.hidden or element.kind is Tag.BESIDE:
            return True
        return self._links - element.links >= _MOST_LINKS * (self._size - element.size)

    def _is_contents(self, element: Open) -> bool:
        """Returns whether a list only says which headings follow."""
        if element.kind is not Tag.LIST or len(self.blocks) - element.blocks < _FEWEST_CONTENTS:
            return False
        size = self._size - element.size
        return self._anchors - element.anchors >= _CONTENTS * size

    def _text(self) -> bytes:
        return flat(b"".join(self._line))

    def _flush(self, end: int) -> None:
        """Ends the block that stands before `end`."""
        cells, self._cells = self._cells, None
        if cells:
            self._row(cells, end)
        elif self._line:
            self._block(end)
        self._line.clear()
        self._start = end

    def _row(self, cells: list[bytes], end: int) -> None:
        filled = [cell for cell in cells if cell]
        if len(cells) == 1 or (len(filled) == 1 and not cells[0]):
            text = b" ".join(filled)
        else:
            text = b"| %s |" % b" | ".join(cell.replace(b"|", b"\\|") for cell in cells)
            if self._heads and all(filled) and len(cells) > 1 and not self._after_row():
                text += b"\n|" + b"---|" * len(cells)
        if filled:
            self._add(text, "row", end)

    def _after_row(self) -> bool:
        return bool(self.blocks) and self.blocks[-1].kind == "row"

    def _block(self, end: int) -> None:
        raw = b"".join(self._line)
        if not raw.strip():
            return
        if self._pre:
            code = plain(raw).strip(b"\r\n").rstrip()
            self._add(b"```\n%s\n```" % code, "code", end)
            return
        text = self._linked(flat(raw))
        if self._level:
            self._add(b"#" * self._level + b" " + text, "heading", end)
            self._level = 0
            return
        kind: Kind = "text"
        if self._lists or self._bullet:
            indent = b"  " * (min(len(self._lists), _DEEPEST_LIST) - 1)
            text = indent + (self._bullet or b"  ") + text
            self._bullet = b""
            kind = "item"
        self._add(b"> " * min(self._quotes, 3) + text, kind, end)

    def _linked(self, text: bytes) -> bytes:
        """Returns the first line of a link that has several as the link."""
        if not self._count.get(b"a"):
            return text
        for element in reversed(self._open[-_LOOK_BACK:]):
            if element.kind is Tag.LINK:
                href, element.href, element.mark = self._target(element.href), b"", 0
                return b"[%s](%s)" % (text, plain(href)) if href and b"](" not in text else text
        return text

    def _add(self, text: bytes, kind: Kind, end: int) -> None:
        self._size += len(text)
        self.blocks.append(Block(self._start, end, text, kind))
