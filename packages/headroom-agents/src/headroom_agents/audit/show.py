"""An audit as tables."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from headroom_agents.audit.figures import MODES, Audited, Mode, Printed, Side
from headroom_agents.audit.report import Report, assumptions, by_worth

_TOOLS, _SESSIONS = 12, 10


def show(report: Report, console: Console) -> None:
    """Prints the sums, tools, the dearest sessions, and what all of it rests on."""
    requests = sum(one.requests for one in report.sessions)
    console.print(f"[bold]sessions: {len(report.sessions):,}, requests: {requests:,}[/bold]\n")
    if report.priced:
        console.print(_sums(report))
    console.print(_tools(report))
    if report.priced:
        console.print(_sessions(report))
    for sentence in assumptions(report):
        console.print(Text(f"- {sentence}"))


def _sums(report: Report) -> Table:
    table = _table("", "tokens sent", "dollars", "difference", "dearer sessions")
    _sum(table, "without Headroom", report.without, report, None)
    for mode in MODES:
        _sum(table, f"mode {mode}", report.sides[mode], report, mode)
    return table


def _sum(table: Table, name: str, side: Side, report: Report, mode: Mode | None) -> None:
    more = (
        (difference(side.share_of(report.without)), str(report.dearer(mode))) if mode else ("", "")
    )
    table.add_row(name, f"{side.tokens:,}", dollars(side.dollars), *more)


def _tools(report: Report) -> Table:
    table = _table("tool", "texts", "tokens", "lossless", "on", "saves", "on")
    rows = by_worth(report, "on")
    for tool, on in rows[:_TOOLS]:
        _tool(table, tool or "(pasted by the user)", report.tools["lossless"][tool], on)
    if rest := rows[_TOOLS:]:
        lossless, on = Printed(), Printed()
        for tool, row in rest:
            on.add(row)
            lossless.add(report.tools["lossless"].get(tool, Printed()))
        _tool(table, f"({len(rest)} others)", lossless, on)
    if report.priced:
        given, asked = overhead(report, "lossless"), overhead(report, "on")
        table.add_row("(to ask for what is left out)", *[""] * 4, dollars(given), dollars(asked))
    return table


def _tool(table: Table, name: str, lossless: Printed, on: Printed) -> None:
    shares = (difference(_share(row)) for row in (lossless, on))
    worth = (dollars(row.dollars) for row in (lossless, on))
    table.add_row(Text(_plain(name)), f"{on.texts:,}", f"{on.before:,}", *shares, *worth)


def _share(row: Printed) -> float | None:
    return row.after / row.before - 1 if row.before else None


def _sessions(report: Report) -> Table:
    table = _table("dearest sessions", "requests", "without", "lossless", "on")
    for one in report.priced[:_SESSIONS]:
        shares = (difference(one.sides[mode].share_of(one.without)) for mode in MODES)
        row = (f"{one.requests:,}", dollars(one.without.dollars), *shares)
        table.add_row(Text(name_of(one)), *row)
    return table


def overhead(report: Report, mode: Mode) -> float:
    """Returns the dollars that are saved beyond what tools printed: negative, what asking costs."""
    saved = (report.without.dollars or 0.0) - (report.sides[mode].dollars or 0.0)
    return saved - sum(row.dollars or 0.0 for row in report.tools[mode].values())


def name_of(one: Audited) -> str:
    """Returns a session's project and id, short."""
    project = one.project.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return _plain(f"{project} {one.id}"[:60])


def dollars(value: float | None) -> str:
    """Returns dollars as people write them."""
    if value is None:
        return "unknown"
    return f"-${-value:,.2f}" if value <= -0.005 else f"${abs(value):,.2f}"


def difference(share: float | None) -> str:
    """Returns a change in percent, with its sign."""
    return "unknown" if share is None else f"{100 * share:+.1f} %"


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column(first, overflow="fold")
    for name in others:
        table.add_column(name, justify="right")
    return table
