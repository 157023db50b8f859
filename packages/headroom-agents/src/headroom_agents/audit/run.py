"""Audits many transcripts, in several processes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed

from headroom_agents.audit.figures import Assumptions, Audited
from headroom_agents.audit.replay import audit_session
from headroom_agents.transcripts import Found

_WORTH = 4 << 20
"""Bytes of transcripts from which starting processes pays."""


def audit_all(
    found: Sequence[Found], assumed: Assumptions, *, since: float | None = None, jobs: int = 1
) -> Iterator[tuple[Found, list[Audited]]]:
    """Yields each transcript with its sessions, as they are done.

    Args:
        found: The transcripts.
        assumed: What they do not say.
        since: Sessions that ended before do not count, in seconds since the epoch.
        jobs: Processes at the most.
    """
    jobs = min(jobs, len(found))
    if jobs < 2 or sum(one.size for one in found) < _WORTH:
        for one in found:
            yield one, _audit(one, assumed, since)
        return
    largest_first = sorted(found, key=lambda one: one.size, reverse=True)
    context = multiprocessing.get_context("spawn")  # a forked copy of threads would be undefined
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        waiting = {pool.submit(_audit, one, assumed, since): one for one in largest_first}
        for done in as_completed(waiting):
            yield waiting[done], done.result()


def _audit(found: Found, assumed: Assumptions, since: float | None) -> list[Audited]:
    return [
        audit_session(session, assumed)
        for session in found.sessions()
        if since is None or session.last is None or session.last >= since
    ]
