"""The sums over all sessions of an audit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field

from headroom.pricing import price_of
from headroom.types import JSON
from headroom_agents.audit.figures import MODES, Assumptions, Audited, Mode, Printed, Side

DEARER = 0.005
"""A session counts as dearer from this share on."""


@dataclass(slots=True)
class Report:
    """All sessions, those of unknown price apart.

    Attributes:
        priced: Sessions whose model has a known price.
        unpriced: The others; only their tokens are known.
        assumed: What transcripts do not say.
        without: Of the priced ones, as they came.
        sides: Of the priced ones, by mode.
        tools: Of all, by mode and tool.
    """

    priced: list[Audited]
    unpriced: list[Audited]
    assumed: Assumptions
    without: Side = field(default_factory=Side)
    sides: dict[Mode, Side] = field(default_factory=dict)
    tools: dict[Mode, dict[str, Printed]] = field(default_factory=dict)

    @property
    def sessions(self) -> list[Audited]:
        """All sessions."""
        return [*self.priced, *self.unpriced]

    def dearer(self, mode: Mode) -> int:
        """Returns how many sessions cost more than without."""
        shares = (one.sides[mode].share_of(one.without) for one in self.priced)
        return sum(share is not None and share > DEARER for share in shares)

    @property
    def billed(self) -> tuple[float, float, int] | None:
        """What providers billed at the time, at today's prices, what we work out for the same
        sessions, and how many those are; None: nothing is recorded.
        """
        known = [one for one in self.priced if one.billed]
        if not known:
            return None
        worked_out = sum(one.without.dollars or 0.0 for one in known)
        return sum(one.billed or 0.0 for one in known), worked_out, len(known)


def report_of(sessions: Iterable[Audited], assumed: Assumptions) -> Report:
    """Returns the sums; sessions are in the order of their dollars."""
    found = sorted(sessions, key=lambda one: (-(one.without.dollars or 0), one.project, one.id))
    priced = [one for one in found if one.without.dollars is not None]
    report = Report(priced, [one for one in found if one.without.dollars is None], assumed)
    for one in priced:
        report.without.add(one.without.tokens, one.without.dollars)
    for mode in MODES:
        side = report.sides[mode] = Side()
        tools = report.tools[mode] = {}
        for one in priced:
            side.add(one.sides[mode].tokens, one.sides[mode].dollars)
        for one in found:
            for tool, row in one.tools[mode].items():
                tools.setdefault(tool, Printed()).add(row)
    return report


def assumptions(report: Report) -> list[str]:
    """Returns what the figures rest on, as sentences."""
    models = sorted({one.model for one in report.priced})
    prices = [price for model in models if (price := price_of(model)) is not None]
    dates = sorted({price.date for price in prices})
    sentences = [
        "Both sides go through the same prompt cache as the provider describes it. Entries lapse by "
        "the times in the transcripts; where there are none, nothing lapses between turns.",
        f"Mode on: the model asks for {report.assumed.asks:.0%} of the texts in which something is "
        "left out, once each, and gets all of it.",
    ]
    if dates:
        sentences.insert(0, f"Prices of {', '.join(dates)}: {', '.join(models)}.")
    if not all(one.exact for one in report.sessions):
        sentences.append("Tokens of models without a public tokenizer are estimates.")
    if report.billed is None:
        sentences.append(
            f"System prompts and tools are not in these transcripts; {report.assumed.front:,} tokens "
            "are taken for them (--front)."
        )
    else:
        billed, worked_out, count = report.billed
        sentences.append(
            f"Check: {count:,} sessions state their usage, ${billed:,.2f} at these prices; played "
            f"through the cache they come to ${worked_out:,.2f}."
        )
    if report.unpriced:
        named = ", ".join(sorted({one.model or "not named" for one in report.unpriced}))
        sentences.append(f"No price is known for {len(report.unpriced):,} sessions ({named}).")
    if skipped := sum(one.skipped for one in report.sessions):
        sentences.append(f"{skipped:,} records could not be read.")
    return sentences


def as_json(report: Report) -> JSON:
    """Returns the report for programs; dollars that are not known are null."""
    return {
        "sessions": len(report.sessions),
        "requests": sum(one.requests for one in report.sessions),
        "unpriced": len(report.unpriced),
        "without": asdict(report.without),
        **{
            mode: asdict(side) | {"dearer": report.dearer(mode)}
            for mode, side in report.sides.items()
        },
        "tools": {
            mode: {tool or "(user)": asdict(row) for tool, row in _by_worth(rows)}
            for mode, rows in report.tools.items()
        },
        "by_session": [_session(one) for one in report.sessions],
        "assumptions": assumptions(report),
    }


def _session(one: Audited) -> JSON:
    fields = (
        "agent",
        "project",
        "id",
        "model",
        "requests",
        "billed",
        "left_out",
        "exact",
        "skipped",
    )
    return {
        **{field: getattr(one, field) for field in fields},
        "without": asdict(one.without),
        **{mode: asdict(side) for mode, side in one.sides.items()},
    }


def _by_worth(rows: dict[str, Printed]) -> Sequence[tuple[str, Printed]]:
    return sorted(rows.items(), key=lambda item: (item[1].after - item[1].before, item[0]))


def by_worth(report: Report, mode: Mode) -> Sequence[tuple[str, Printed]]:
    """Returns the tools, those with most tokens saved first."""
    return _by_worth(report.tools[mode])
