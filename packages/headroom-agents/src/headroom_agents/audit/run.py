"""Audits many transcripts, in several processes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed

from headroom_agents.audit.figures import Assumptions, Audited
from headroom_agents.audit.replay import audit_session
from headroom_agents.transcripts import Found, families, sessions

_WORTH = 4 << 20
"""Bytes of transcripts from which starting processes pays."""


def audit_all(
    found: Sequence[Found], assumed: Assumptions, *, since: float | None = None, jobs: int = 1
) -> Iterator[tuple[list[Found], list[Audited]]]:
    """Yields transcripts with their sessions, as they are done.

    Args:
        found: The transcripts.
        assumed: What they do not say.
        since: Sessions that ended before do not count, in seconds since the epoch.
        jobs: Processes at the most.
    """
    largest_first = sorted(families(found), key=_size, reverse=True)
    jobs = min(jobs, len(largest_first))
    if jobs < 2 or _size(found) < _WORTH:
        for family in largest_first:
            yield family, _audit(family, assumed, since)
        return
    context = multiprocessing.get_context("spawn")  # a forked copy of threads would be undefined
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        waiting = {pool.submit(_audit, one, assumed, since): one for one in largest_first}
        for done in as_completed(waiting):
            yield waiting[done], done.result()


def _size(found: Sequence[Found]) -> int:
    return sum(one.size for one in found)


def _audit(family: Sequence[Found], assumed: Assumptions, since: float | None) -> list[Audited]:
    return [
        audit_session(session, assumed)
        for session in sessions(family)
        if since is None or session.last is None or session.last >= since
    ]
