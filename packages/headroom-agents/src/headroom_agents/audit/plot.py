"""An audit as a picture: SVG, drawn here; PNG with the extra `png`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape
from pathlib import Path

from headroom_agents.audit.figures import MODES, Mode, Printed
from headroom_agents.audit.report import Report, assumptions, by_worth
from headroom_agents.audit.show import difference, dollars

_WIDTH, _MARGIN, _GAP = 980, 36, 30
_COLUMN = (_WIDTH - 2 * _MARGIN - _GAP) // 2
_INK, _SOFT, _LINE = "#1f2933", "#66727f", "#dde3e9"
_COLOURS: dict[Mode, str] = {"lossless": "#7fb6ad", "on": "#177e75"}
_BEFORE, _WORSE = "#c9d1d9", "#c2542d"
_TOOLS = 8


class NoRenderer(RuntimeError):
    """What draws PNG is not installed."""


def save(report: Report, file: Path) -> None:
    """Writes the picture of a report.

    Args:
        report: Of an audit.
        file: Its name ends in .svg or .png.

    Raises:
        NoRenderer: PNG was asked for, and the extra `png` is not installed.
        OSError: The file cannot be written.
    """
    picture = draw(report)
    if _is_png(file):
        file.write_bytes(_renderer()(picture))
    else:
        file.write_text(picture, "utf-8")


def check(file: Path) -> None:
    """Returns if a picture can be drawn for a file of this name.

    Raises:
        NoRenderer: PNG was asked for, and the extra `png` is not installed.
    """
    if _is_png(file):
        _renderer()


def _is_png(file: Path) -> bool:
    return file.suffix.lower() == ".png"


def _renderer() -> Callable[[str], bytes]:
    try:
        from resvg_py import svg_to_bytes  # noqa: PLC0415 - an extra, for this alone
    except ImportError as error:
        raise NoRenderer(
            "--plot: a PNG takes one more package; pip install 'headroom-agents[png]', or name an .svg"
        ) from error
    return lambda picture: bytes(svg_to_bytes(svg_string=picture, zoom=2))


def draw(report: Report) -> str:
    """Returns the picture as SVG."""
    tools = [item for item in by_worth(report, "on") if item[1].before][:_TOOLS]
    notes = assumptions(report)
    bottom = 214 + max(230, 44 * len(tools) + 20)
    height = bottom + 40 + 17 * sum(len(_wrapped(note)) for note in notes)
    parts = [*_title(report), *_sums(report)]
    parts += _sessions(report, _MARGIN, 214, bottom - 270)
    parts += _by_tool(tools, _MARGIN + _COLUMN + _GAP, 214)
    parts += _notes(notes, bottom + 34)
    font = "font-family=\"-apple-system, 'Segoe UI', 'DejaVu Sans', Helvetica, Arial, sans-serif\""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" {font}>\n'
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _title(report: Report) -> Iterator[str]:
    requests = sum(one.requests for one in report.sessions)
    yield _text(
        _MARGIN, 46, "What these sessions cost, with and without Headroom", size=21, bold=True
    )
    counted = f"{len(report.sessions):,} recorded sessions, {requests:,} requests, replayed offline"
    yield _text(_MARGIN, 68, counted, fill=_SOFT)


def _sums(report: Report) -> Iterator[str]:
    """Draws one bar for each way of sending them."""
    most = max(
        (side.dollars or 0.0 for side in (report.without, *report.sides.values())), default=0
    )
    rows = [("without", report.without, _BEFORE, "")]
    for mode in MODES:
        side = report.sides[mode]
        rows.append((mode, side, _COLOURS[mode], difference(side.share_of(report.without))))
    for n, (name, side, colour, change) in enumerate(rows):
        y = 92 + 28 * n
        width = 620 * (side.dollars or 0.0) / most if most else 0
        yield _text(_MARGIN + 70, y + 14, name, anchor="end")
        yield _rect(_MARGIN + 80, y, width, 19, colour)
        label = f"{dollars(side.dollars)}   {change}".rstrip()
        yield _text(_MARGIN + 88 + width, y + 14, label, bold=n > 0)


def _sessions(report: Report, x: int, y: int, room: int) -> Iterator[str]:
    """Draws what mode on saves of each session's bill, the most first; dearer ones go down."""
    yield _text(x, y, "Net saving of each session, mode on", bold=True)
    shares = [-(one.sides["on"].share_of(one.without) or 0.0) for one in report.priced]
    shares.sort(reverse=True)
    if not shares:
        yield _text(x, y + 40, "No session has a known price.", fill=_SOFT)
        return
    high, low = max(0.1, *shares), min(0.0, *shares)
    top = y + 18
    zero = top + room * high / (high - low)
    step = max(0.1, round(high / 4, 1))
    for n in range(int(high / step) + 1):
        line = zero - room * n * step / (high - low)
        yield f'<line x1="{x + 38}" x2="{x + _COLUMN}" y1="{line:.1f}" y2="{line:.1f}" stroke="{_LINE}"/>'
        yield _text(x + 32, line + 4, f"{n * step:.0%}", anchor="end", fill=_SOFT, size=11)
    width = (_COLUMN - 38) / len(shares)
    for n, share in enumerate(shares):
        size = room * abs(share) / (high - low)
        colour = _COLOURS["on"] if share >= 0 else _WORSE
        bar = width * 0.8 if len(shares) < 400 else width
        yield _rect(
            x + 38 + n * width, zero - size if share >= 0 else zero, bar, size, colour, round_=0
        )
    yield f'<line x1="{x + 38}" x2="{x + _COLUMN}" y1="{zero:.1f}" y2="{zero:.1f}" stroke="{_SOFT}"/>'
    worse, most = report.dearer("on"), -min(0.0, *shares)
    told = f"Dearer than without: {worse:,}, by at most {most:.1%}; in mode lossless: {report.dearer('lossless'):,}"
    yield _text(x + 38, top + room + 20, told, fill=_SOFT, size=12)


def _by_tool(tools: Sequence[tuple[str, Printed]], x: int, y: int) -> Iterator[str]:
    """Draws what each tool printed, and what goes out of it."""
    yield _text(x, y, "Tokens of what tools printed, and what goes out in mode on", bold=True)
    most = max((row.before for _, row in tools), default=1)
    for n, (tool, row) in enumerate(tools):
        top = y + 20 + 44 * n
        name = (tool or "pasted by the user")[:40]
        yield _text(x, top + 11, name, size=12)
        share = difference(row.after / row.before - 1)
        label = f"{row.before:,} → {row.after:,}   {share}"
        yield _text(x + _COLUMN, top + 11, label, anchor="end", fill=_SOFT, size=12)
        yield _rect(x, top + 16, _COLUMN * row.before / most, 13, _BEFORE)
        yield _rect(x, top + 16, _COLUMN * row.after / most, 13, _COLOURS["on"])


def _notes(notes: Sequence[str], y: int) -> Iterator[str]:
    for line in (line for note in notes for line in _wrapped(note)):
        yield _text(_MARGIN, y, line, fill=_SOFT, size=11)
        y += 17


def _wrapped(text: str, width: int = 150) -> list[str]:
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _text(  # noqa: PLR0913 - a shape has so many sides
    x: float, y: float, text: str, *,
    size: int = 13, fill: str = _INK, anchor: str = "start", bold: bool = False,
) -> str:  # fmt: skip
    weight = ' font-weight="600"' if bold else ""
    plain = "".join(c if c.isprintable() else "?" for c in text)
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{fill}" '
        f'text-anchor="{anchor}"{weight} xml:space="preserve">{escape(plain)}</text>'
    )


def _rect(x: float, y: float, width: float, height: float, fill: str, *, round_: int = 2) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}" height="{max(height, 0.5):.1f}" '
        f'rx="{round_}" fill="{fill}"/>'
    )
