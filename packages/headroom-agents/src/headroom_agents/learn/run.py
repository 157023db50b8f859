"""All finders over the sessions of each project."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import TypeAlias

from headroom.local import tokenizers
from headroom.policy import DEFAULT_MODEL
from headroom_agents.learn.absent import absent
from headroom_agents.learn.cut_off import cut_off
from headroom_agents.learn.findings import Finding
from headroom_agents.learn.misplaced import misplaced
from headroom_agents.learn.raised import raised
from headroom_agents.learn.refused import refused
from headroom_agents.learn.repeated import in_a_row, read_again
from headroom_agents.learn.tests_run import tests_run
from headroom_agents.learn.too_large import too_large
from headroom_agents.learn.trace import Trace, trace
from headroom_agents.transcripts import Found, families, sessions

Finder: TypeAlias = Callable[[Sequence[Trace]], Iterable[Finding]]

FINDERS: tuple[Finder, ...] = (
    absent,
    refused,
    raised,
    misplaced,
    too_large,
    in_a_row,
    read_again,
    tests_run,
    cut_off,
)

_WORTH = 16 << 20
"""Bytes of transcripts from which starting processes pays."""


def learn(traces: Sequence[Trace]) -> list[Finding]:
    """Returns what the sessions of one project show, what wasted most first."""
    found = [one for finder in FINDERS for one in finder(traces)]
    return sorted(found, key=lambda one: (-one.wasted, one.kind, one.advice))


def traces_of(found: Sequence[Found], jobs: int = 1) -> Iterator[tuple[list[Found], list[Trace]]]:
    """Yields transcripts with what is kept of their sessions, as they are done."""
    together = families(found)
    jobs = min(jobs, len(together))
    if jobs < 2 or sum(one.size for one in found) < _WORTH:
        for family in together:
            yield family, _traces(family)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        waiting = {pool.submit(_traces, family): family for family in together}
        for done in as_completed(waiting):
            yield waiting[done], done.result()


def by_project(traces: Iterable[Trace]) -> dict[str, list[Trace]]:
    """Returns sessions by the folder that they worked in, in an order that does not change."""
    projects: dict[str, list[Trace]] = {}
    for one in sorted(traces, key=lambda t: (t.project, str(t.file), t.session)):
        projects.setdefault(one.project, []).append(one)
    return projects


def _traces(family: Sequence[Found]) -> list[Trace]:
    count = tokenizers()(DEFAULT_MODEL).count
    return [trace(session, count) for session in sessions(family)]
