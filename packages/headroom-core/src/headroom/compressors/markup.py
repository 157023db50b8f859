"""XML and YAML: records that tell nothing new go whole, what they are in stays named.

Without omission only the indentation between XML elements goes; text, attributes, comments and
order stay as they are.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator

from headroom.compressors._keep import must_keep, spread
from headroom.compressors._select import (
    RARE,
    Units,
    choose,
    lines_of,
    omissions_of,
    settle,
    written,
)
from headroom.compressors._tree import Node, heads_of, records, xml_nodes, yaml_nodes
from headroom.kernels import line_starts
from headroom.protocols import Context
from headroom.types import Compressed, Segment

_XML = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml\b|<!--|<!DOCTYPE (?!html)|<[A-Za-z_][\w:.-]*(?=[\s/>]))"
)
_HTML = re.compile(
    rb"\s*(?:<!doctype html|<html\b|<(?:div|p|span|body|head|script|table|ul)\b)", re.I
)
_YAML_LINE = re.compile(rb" *(?:- +)*(?:[\w./$-]+|'[^']*'|\"[^\"]*\"): ?|#|---| *- ")
_KEY = re.compile(rb" *(?:- +)*[\w./$-]+: |[ \t]*<[\w:.-]+>")
"""What stands before a value of its own line."""

_FEW_VALUES = 0.125
"""Different values of a key, by the lines that hold it, up to which a rare one tells something."""

_USUAL = 2
"""Times the mean size of a record up to which one is of usual size."""

_BETWEEN = re.compile(rb"(?<=>)\n[ \t]+(?=<)")
_SAMPLE = 6_000
_LINES = 60


class Markup:
    """Drops indentation between elements, and records that repeat what others say."""

    name = "markup"

    def priority(self, segment: Segment) -> float:
        """Returns 0.85 for what starts as XML, 0.65 for lines of keys below each other."""
        head = segment.data[:_SAMPLE]
        if _XML.match(head) and segment.data.rstrip().endswith(b">"):
            return -1.0 if _HTML.match(head) or b"<html" in head.lower() else 0.85
        lines = [line for line in head.splitlines()[:_LINES] if line.strip()]
        if len(lines) < 8:
            return -1.0
        nested = sum(line[:1] == b" " for line in lines)
        if nested < 0.4 * len(lines) or lines[0].lstrip()[:1] in (b"{", b"[", b"<"):
            return -1.0
        keyed = sum(map(bool, map(_YAML_LINE.match, lines)))
        return 0.65 if keyed >= 0.6 * len(lines) else -1.0

    def compress(self, segment: Segment, context: Context) -> Compressed | None:
        """Returns the text without indentation between elements; with `omit`, with fewer records."""
        data = segment.data
        xml = _XML.match(data) is not None
        units = lines_of(data)
        keep = bytearray(b"\1") * len(units)
        if context.omit:
            nodes = xml_nodes(data) if xml else yaml_nodes(data)
            if nodes is not None:
                keep = _kept(units, nodes, context, segment.line, errors=xml)
        if all(keep):
            text = _BETWEEN.sub(b"\n", data) if xml else data
            return Compressed(text) if text != data else None
        return written(_items(units, keep, xml=xml), omissions_of(units, keep))


def _items(units: Units, keep: bytearray, *, xml: bool) -> list[bytes | None]:
    """Returns runs of kept lines, those of XML without indentation, and None for each gap."""
    items: list[bytes | None] = []
    at = 0
    while at < len(keep):
        end = keep.find(1 - keep[at], at)
        end = len(keep) if end < 0 else end
        if keep[at]:
            start = units.starts[at]
            text = units.data[start : units.starts[end]]
            items.append(_unindented(text, units.data[max(start - 2, 0) : start]) if xml else text)
        else:
            items.append(None)
        at = end
    return items


def _unindented(text: bytes, before: bytes) -> bytes:
    """Returns XML without the white space between its elements but for line ends."""
    if before[-2:] in (b">\n", b"") and text.lstrip(b" \t").startswith(b"<"):
        text = text.lstrip(b" \t")
    return _BETWEEN.sub(b"\n", text)


def _kept(
    units: Units, nodes: list[Node], context: Context, line: int, *, errors: bool
) -> bytearray:
    """Chooses among the records; keeps what leads to those that stay.

    Of the keys of a mapping all stay named. In a configuration that word is no error: `errors`.
    """
    found = records(nodes, units.starts)
    if not found:
        return bytearray(b"\1") * len(units)
    bounds = memoryview(line_starts(units.data)).cast("i").tolist()
    cut = _record_units(units, found, bounds)
    ends = (1, 2 * len(found) - 1)
    pinned = (*ends, *(2 * n + 1 for n in _odd(units, found)))
    chosen = choose(cut, context, pinned=pinned, line=line, kind="rows" if errors else "settings")
    keep = bytearray(len(units))
    named = len({node.kind for node in found}) > 1
    for n, node in enumerate(found):
        if named:
            keep[node.first : node.head + 1] = b"\1" * (node.head + 1 - node.first)
        if chosen[2 * n + 1]:
            keep[node.first : node.last + 1] = b"\1" * (node.last + 1 - node.first)
            for head in heads_of(node, nodes):
                keep[head] = 1
    _outside(units, nodes, found, keep)
    for n in _reports(units, found) if errors else ():
        keep[n] = 1
    settle(units, keep)
    return keep


def _odd(units: Units, found: list[Node]) -> Iterator[int]:
    """Yields the records that hold a rare value of a key which has few: `severity: page`.

    The key stands in about every record once, and the record is of usual size: what is several
    times as large differs in more than this value.
    """
    usual = _USUAL * sum(node.last + 1 - node.first for node in found) / len(found)
    values: dict[bytes, list[list[int]]] = defaultdict(list)
    for group in units.groups.values():
        if key := _KEY.match(units.text(group[0])):
            values[key[0].lstrip(b" -")].append(group)
    first = [node.first for node in found]
    for groups in values.values():
        lines = sum(map(len, groups))
        if len(found) <= 2 * lines <= 4 * len(found) and len(groups) <= lines * _FEW_VALUES:
            for line in (n for group in groups if len(group) <= RARE for n in group):
                n = bisect_right(first, line) - 1
                if n >= 0 and line <= found[n].last < found[n].first + usual:
                    yield n


def _reports(units: Units, found: list[Node]) -> Iterator[int]:
    """Returns the errors that stand between records."""
    flags = bytearray(units.flags)
    for node in found:
        flags[node.first : node.last + 1] = bytes(node.last + 1 - node.first)
    return must_keep(flags, units.groups, units.starts)


def _record_units(units: Units, found: list[Node], bounds: list[int]) -> Units:
    """Returns the text cut into records and what lies between them: odd units are records."""
    starts = [0]
    for node in found:
        starts += [bounds[node.first], bounds[node.last + 1]]
    starts.append(len(units.data))
    view = memoryview(bytearray(4 * len(starts))).cast("i")
    for n, start in enumerate(starts):
        view[n] = start
    return Units(units.data, view.tobytes())


def _outside(units: Units, nodes: list[Node], found: list[Node], keep: bytearray) -> None:
    """Keeps lines before and after all records, and some of the heads that have none left."""
    keep[: found[0].first] = b"\1" * found[0].first
    keep[found[-1].last + 1 :] = b"\1" * (len(units) - found[-1].last - 1)
    parents = sorted({node.parent for node in found if node.parent >= 0})
    for parent in spread(parents, 12):
        node = nodes[parent]
        keep[node.first : node.head + 1] = b"\1" * (node.head + 1 - node.first)
