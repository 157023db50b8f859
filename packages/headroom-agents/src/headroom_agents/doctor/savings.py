"""Whether anything is saved, and whether the provider's cache still hits."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from headroom.home import home
from headroom_agents.doctor._finding import Finding
from headroom_proxy.books import Books, trouble_with
from headroom_proxy.perf import FILE
from headroom_proxy.stats import summary

_ENOUGH = 20
"""Requests after which a share says something."""

_FEW_HITS = 0.3


def check() -> Iterator[Finding]:
    """Yields what is to be said of what was saved."""
    file = home() / FILE
    if not file.exists():
        yield Finding("savings", "note", "nothing passed a gateway yet")
        return
    try:
        total = summary(Books(file).labels())["total"]
    except sqlite3.Error as error:
        yield Finding("savings", "broken", trouble_with(file, error))
        return
    requests, saved = total["requests"], total["tokens_saved"]
    if requests >= _ENOUGH and not saved:
        said = f"{requests:,} requests passed, and nothing was saved: is the gateway's mode off?"
        yield Finding("savings", "warning", said)
    else:
        share = f" ({100 * total['savings']:.0f} % of new texts)" if total["savings"] else ""
        yield Finding("savings", "well", f"{saved:,} tokens{share} in {requests:,} requests")
    hits = total["cache_hits"]
    if hits is not None:
        is_low = requests >= _ENOUGH and hits < _FEW_HITS
        said = f"{100 * hits:.0f} % of the prompts were read from the provider's cache"
        more = ": `headroom lint` names what keeps it from working" if is_low else ""
        yield Finding("prompt cache", "warning" if is_low else "well", said + more)
