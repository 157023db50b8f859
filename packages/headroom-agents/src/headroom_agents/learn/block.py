"""One marked block in a file of somebody else's: put in, replaced, taken out without a trace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from headroom.errors import ConfigError
from headroom_agents.learn import quote
from headroom_agents.learn.findings import Finding

START = "<!-- headroom:learn:start -->"
END = "<!-- headroom:learn:end -->"

_HEADING = "## What recorded sessions show"
_MOST = 20
_ORIGIN = "Found by `headroom learn`; `headroom learn --remove` takes this block out."


@dataclass(frozen=True, slots=True)
class _Place:
    start: int
    end: int


def lines_of(findings: Sequence[Finding], worded: Sequence[str] = ()) -> list[str]:
    """Returns the lines of a block.

    Args:
        findings: The most wasteful first; only the first twenty go in.
        worded: The advice in other words, one for each of the first findings.
    """
    lines = [START, _HEADING, ""]
    for number, one in enumerate(findings[:_MOST]):
        said = worded[number] if number < len(worded) else ""
        lines.append(f"- {said} ({one.advice})" if said else f"- {one.advice}")
    sessions = len({e.session for one in findings[:_MOST] for e in one.evidence})
    times = sum(one.times for one in findings[:_MOST])
    lines += ["", f"{_ORIGIN} Evidence: {times:,} calls in {quote.sessions(sessions)}.", END]
    return lines


def put_in(text: bytes | None, lines: Sequence[str]) -> bytes:
    """Returns a file with the block: in the place of the one that is there, else at the end.

    Args:
        text: The file; None: there is none.
        lines: Of the block.

    Raises:
        ConfigError: The file is no text, or has marks that do not belong together.
    """
    place = _place(text) if text is not None else None
    if text is not None and place is not None:
        block = _newline(text[place.start :]).join(line.encode() for line in lines)
        return text[: place.start] + block + text[place.end :]
    newline = b"\r\n" if text is not None and b"\r\n" in text else b"\n"
    block = newline.join(line.encode() for line in lines) + newline
    return block if text is None else text + newline * (2 if text else 1) + block


def take_out(text: bytes) -> bytes | None:
    """Returns a file without the block, as it was before; None: the block was all there was.

    Raises:
        ConfigError: The file is no text, or has marks that do not belong together.
    """
    place = _place(text)
    if place is None:
        return text
    before, after = text[: place.start], text[place.end :]
    newline = _newline(text[place.start :])
    if not before and after == newline:
        return None
    before = b"" if before == newline else before.removesuffix(newline * 2)
    return before + after.removeprefix(newline)


def _newline(block: bytes) -> bytes:
    """Returns how lines end in a block that is there."""
    return b"\r\n" if block.startswith(START.encode() + b"\r\n") else b"\n"


def _place(text: bytes) -> _Place | None:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"expected UTF-8, got byte {text[error.start]:#04x}", line) from error
    start, end = START.encode(), END.encode()
    counts = text.count(start), text.count(end)
    if counts == (0, 0):
        return None
    if counts != (1, 1) or text.index(start) > text.index(end):
        first = min(at for at in (text.find(start), text.find(end)) if at >= 0)
        raise ConfigError(
            f"expected {START} and {END} once each, in this order; found {counts[0]} and {counts[1]}. "
            "Delete what is left of them, then run this again.",
            text.count(b"\n", 0, first) + 1,
        )
    return _Place(text.index(start), text.index(end) + len(end))
