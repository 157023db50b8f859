"""The part of an original that was asked for: by lines, rows, path or query.

Without a selector the original comes back byte for byte.
"""

from __future__ import annotations

import json
import re
from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate, pairwise

from headroom.ccr.json_path import describe, follow
from headroom.compressors._page_tags import PREFIX, by_rows, page_rows, page_start
from headroom.detect.numbers import printed_numbers
from headroom.errors import SelectorError
from headroom.kernels import relevance
from headroom.protocols import Tokenizer
from headroom.types import JSON

_AROUND = 2
_BEST = 12
"""Lines that a query returns at the most, with their neighbours."""

_LABEL = re.compile(r"[\w ]{1,40}: (?=[\[{])")
_RANGE = re.compile(r"(\d+)(?:\s*(?:-|\.\.|–|:)\s*(\d+))?$|-(\d+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """What of an original is wanted; the parts narrow each other in this order.

    With `lines`, `path` and `rows` are those of the JSON or the page that stands in these lines.

    Attributes:
        lines: Lines from 1, or by the numbers that they print: "120-180", "5", "-20" for the last
            twenty, several with commas.
        path: JSON pointer (/items/3/name) or JSONPath ($.items[1:5].name).
        rows: Rows of the array at `path`, else of the largest array; or data rows of a table; or the
            blocks of an HTML page, each from one paragraph, row or other start tag to the next.
        query: Words; the lines that match best, with their neighbours and numbers.
    """

    lines: str | None = None
    path: str | None = None
    rows: str | None = None
    query: str | None = None


def select(original: str, selector: Selector) -> str:
    """Returns the part of an original that a selector names.

    Raises:
        SelectorError: The selector is malformed or names nothing; says what there is.
    """
    text = original
    if selector.lines is not None:
        text = _lines(text, selector.lines)
    if selector.path is not None or selector.rows is not None:
        text = _from_json(text, selector)
    if selector.query:
        text = _matching(text, selector.query)
    return text


def cut(text: str, max_tokens: int, tokenizer: Tokenizer) -> str:
    """Returns the lines of a text that fit, and says what is left.

    Raises:
        SelectorError: `max_tokens` is not positive.
    """
    if max_tokens <= 0:
        raise SelectorError(f"max_tokens: expected a positive number, got {max_tokens}")
    if tokenizer.count(text) <= max_tokens:
        return text
    lines = _split(text)
    low, high = 0, len(lines)
    while low < high:
        middle = (low + high + 1) // 2
        if tokenizer.count("".join(lines[:middle])) <= max_tokens:
            low = middle
        else:
            high = middle - 1
    kept = "".join(lines[:low])
    return f"{kept}[cut at {max_tokens} tokens: {low} of {len(lines)} lines shown; ask for fewer lines]"


def _from_json(original: str, selector: Selector) -> str:
    try:
        document: JSON = json.loads(original)
    except (ValueError, RecursionError):
        document = _json_lines(original)
    if document is None and selector.lines is not None:
        document = _labelled_json(original)
    if document is None:
        return _from_text(original, selector)
    found = follow(document, selector.path) if selector.path is not None else document
    if selector.rows is not None:
        found = _rows_of(found, selector.rows)
    return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False, indent=1)


def _from_text(original: str, selector: Selector) -> str:
    if selector.path is None and selector.rows is not None:
        if _is_page(original):
            return _page_rows(original, selector.rows)
        if selector.lines is None:
            return _table_rows(original, selector.rows)
    if selector.lines is None:
        raise SelectorError(f"path: the original is no JSON; {_what(original)}")
    unit = "rows" if selector.path is None else "path"
    raise SelectorError(
        f"{unit}: lines {selector.lines} by themselves are no JSON; pass {unit} alone or lines alone"
    )


def _labelled_json(text: str) -> JSON:
    """Returns the JSON that starts behind a label on the first line, as in "Output: ["; else None."""
    label = _LABEL.match(text)
    if label is None:
        return None
    try:
        return json.loads(text[label.end() :])
    except (ValueError, RecursionError):
        return None


def _json_lines(original: str) -> list[JSON] | None:
    try:
        return [json.loads(line) for line in original.split("\n") if line.strip()]
    except (ValueError, RecursionError):
        return None


def _rows_of(found: JSON, rows: str) -> list[JSON]:
    array = found if isinstance(found, list) else _largest_array(found)
    if array is None:
        raise SelectorError(f"rows: there is no array here; there is {describe(found)}")
    return [row for start, end in _ranges(rows, len(array), "rows") for row in array[start:end]]


def _largest_array(value: JSON) -> list[JSON] | None:
    best: list[JSON] | None = None
    stack = [value]
    while stack:
        node = stack.pop()
        if isinstance(node, list) and (best is None or len(node) > len(best)):
            best = node
        if isinstance(node, dict | list):
            stack.extend(reversed(list(node.values()) if isinstance(node, dict) else node))
    return best


def _table_rows(original: str, rows: str) -> str:
    lines = _split(original)
    chosen = [lines[0]] if lines else []
    for start, end in _ranges(rows, len(lines) - 1, "rows"):
        chosen += lines[1:][start:end]
    return "".join(chosen)


def _page_rows(original: str, rows: str) -> str:
    every = _cut_at_rows(original)
    return "".join("".join(every[first:end]) for first, end in _ranges(rows, len(every), "rows"))


def _rows_of_long_lines(text: str) -> list[str]:
    """Returns the rows of a page whose lines are too long to name a part by; else nothing."""
    if not _is_page(text):
        return []
    rows = _cut_at_rows(text)
    return rows if by_rows(len(rows), text.count("\n") + 1) else []


def _cut_at_rows(page: str) -> list[str]:
    data = page.encode("utf-8", "replace")
    ends = [*page_rows(data), len(data)]
    return [data[a:b].decode("utf-8", "replace") for a, b in pairwise(ends)]


def _is_page(text: str) -> bool:
    return page_start(text[: 2 * PREFIX].encode("utf-8", "replace")) >= 0


def _lines(text: str, lines: str) -> str:
    every = _split(text)
    numbers = printed_numbers(every) or range(1, len(every) + 1)
    chosen = []
    least = min(numbers[0], 1) if every else 1
    for start, end in _ranges(lines, numbers[-1] if every else 0, "lines", least):
        chosen += every[bisect_left(numbers, start + 1) : bisect_right(numbers, end)]
    if not chosen:
        raise SelectorError(f"lines: {lines} is outside; the lines print {numbers[0]} and more")
    return "".join(chosen)


def _ranges(text: str, count: int, unit: str, least: int = 1) -> list[tuple[int, int]]:
    ranges = []
    for part in text.split(","):
        match = _RANGE.match(part.strip())
        if not match:
            raise SelectorError(f'{unit}: expected "12-99", "5" or "-20", got {part.strip()!r}')
        if match[3]:
            ranges.append((max(count - int(match[3]), 0), count))
            continue
        first, last = int(match[1]), int(match[2] or match[1])
        if first < least or last < first or first > count:
            raise SelectorError(
                f"{unit}: {part.strip()} is outside; the original has {count} {unit}"
            )
        ranges.append((first - 1, min(last, count)))
    return ranges


def _matching(text: str, query: str) -> str:
    lines = _rows_of_long_lines(text) or _split(text)
    pieces = [line.encode("utf-8", "replace") for line in lines]
    data = b"".join(pieces)
    starts = array("i", accumulate(map(len, pieces), initial=0)).tobytes()
    scores = (
        memoryview(relevance(data, starts, query.encode("utf-8", "replace"))).cast("f").tolist()
    )
    best = sorted(
        (n for n, s in enumerate(scores[: len(lines)]) if s > 0), key=lambda n: (-scores[n], n)
    )
    shown = {
        m for n in best[:_BEST] for m in range(n - _AROUND, n + _AROUND + 1) if 0 <= m < len(lines)
    }
    if not shown:
        raise SelectorError(f"query: no line matches {query!r}; {_what(text)}")
    out = []
    previous = -1
    for n in sorted(shown):
        if n > previous + 1:
            out.append("…\n")
        out.append(f"{n + 1}: {lines[n].rstrip(chr(10))}\n")
        previous = n
    return "".join(out)


def _split(text: str) -> list[str]:
    """Returns the lines as markers count them: they end at a newline, and at nothing else."""
    lines = text.split("\n")
    return [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _what(text: str) -> str:
    return f"the original has {len(_split(text))} lines"
