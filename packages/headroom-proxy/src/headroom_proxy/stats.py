"""The books as JSON: what `/stats`, the dashboard and `headroom perf` show."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from headroom.types import JSON
from headroom_proxy.books import SLOT, Figures, Label
from headroom_proxy.entries import BEYOND, BOUNDS, Entered
from headroom_proxy.recorder import Recorder
from headroom_proxy.trials import Trial, compared

DAY = 86_400
POINTS = 96
"""How many points of the course of time are shown."""

KINDS = ("model", "tool", "content", "provider", "mode", "observed")
SHARES = (0.5, 0.95, 0.99)
_WAITS = ("edit", "first_byte")


def summary(labels: Mapping[Label, Figures], trials: Iterable[Trial] = ()) -> JSON:
    """Returns all figures that have a name, and what came of asking models for less."""
    return {
        "total": figures_json(labels.get(("total", ""), Figures())),
        **{f"by_{kind}": _named(labels, kind) for kind in KINDS},
        "statuses": {name: f.requests for (k, name), f in sorted(labels.items()) if k == "status"},
        "waits": {wait: percentiles(classes(labels, wait)) for wait in _WAITS},
        "output": compared(trials),
    }


def of(recorder: Recorder, days: float, now: float | None = None) -> JSON:
    """Returns what `/stats` says.

    Args:
        recorder: Keeps the books.
        days: How much of the course of time is shown.
        now: Seconds since the epoch.
    """
    now = time.time() if now is None else now
    step = max(math.ceil(days * DAY / SLOT / POINTS), 1)
    end = now // SLOT // step * step
    slots = recorder.slots(int(end) - step * (POINTS - 1), step)
    return {
        "now": now,
        **summary(recorder.labels(), recorder.trials()),
        "step_seconds": step * SLOT,
        "course": [{"at": slot * SLOT, **figures_json(f)} for slot, f in sorted(slots.items())],
        "last": [entered_json(entered) for entered in recorder.last()],
        "books": recorder.trouble,
    }


def figures_json(f: Figures) -> JSON:
    """Returns figures with what follows from them; `null` where nothing is known."""
    prompt = f.read + f.written + f.fresh
    return {
        **asdict(f),
        "tokens_saved": f.tokens_before - f.tokens_after,
        "savings": _share(f.tokens_before - f.tokens_after, f.tokens_before),
        "dollars_saved": f.without - f.dollars if f.priced else None,
        "cache_hits": _share(f.read, prompt),
    }


def entered_json(entered: Entered) -> JSON:
    """Returns an exchange without its texts."""
    exchange, bill, usage = entered.exchange, entered.bill, entered.usage
    return {
        "number": entered.number,
        "at": exchange.at,
        "provider": exchange.provider,
        "path": exchange.path,
        "wire": exchange.wire,
        "mode": exchange.mode,
        "model": exchange.model,
        "status": exchange.status,
        "tokens_before": entered.figures.tokens_before,
        "tokens_after": entered.figures.tokens_after,
        "usage": asdict(usage) if usage else None,
        "dollars": bill.actual if bill else None,
        "dollars_saved": bill.without - bill.actual if bill else None,
        "edit_ms": 1000 * exchange.edit_seconds,
        "first_byte_ms": 1000 * exchange.first_byte,
        "ms": 1000 * exchange.seconds,
        "messages_before": entered.seen.messages,
        "texts": len(entered.views),
    }


def views_json(entered: Entered) -> JSON:
    """Returns an exchange with its texts."""
    return {**entered_json(entered), "views": [asdict(view) for view in entered.views]}


def classes(labels: Mapping[Label, Figures], wait: str) -> list[tuple[float, int]]:
    """Returns upper bounds in seconds, and how many waited that long or less, each class for itself."""
    names = [*(f"{bound:g}" for bound in BOUNDS), BEYOND]
    return [(float(name), labels.get((wait, name), Figures()).requests) for name in names]


def percentiles(counts: Sequence[tuple[float, int]]) -> JSON:
    """Returns the upper bounds, in milliseconds, within which half, 95 % and 99 % waited."""
    whole = sum(count for _, count in counts)
    if not whole:
        return None
    found: dict[str, JSON] = {"count": whole}
    for share in SHARES:
        below = 0
        for bound, count in counts:
            below += count
            if below >= share * whole:
                found[f"p{100 * share:.0f}_ms"] = None if bound == float(BEYOND) else 1000 * bound
                break
    return found


def _named(labels: Mapping[Label, Figures], kind: str) -> list[JSON]:
    found = [{"name": name, **figures_json(f)} for (k, name), f in labels.items() if k == kind]
    return sorted(found, key=lambda entry: (-entry["tokens_saved"], -entry["requests"]))


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
