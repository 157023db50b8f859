"""Many facts at once: exports taken in, files followed, all of it counted or deleted."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NoReturn

from headroom_memory.database import Rows
from headroom_memory.errors import FactMissing
from headroom_memory.facts import Facts, hash_of, normalised
from headroom_memory.types import Draft, Fact, Source, Stats

_ALIKE = 0.5
"""Share of a line from which on a line in its place is the same one, edited."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What a file changed.

    Attributes:
        added: Facts that are new.
        kept: That it says again.
        replaced: That took the place of others.
        ended: That it says no more.
        refused: Lines that were not taken, and why.
    """

    added: int = 0
    kept: int = 0
    replaced: int = 0
    ended: int = 0
    refused: tuple[tuple[int, str], ...] = ()


def sync(
    facts: Facts,
    drafts: Sequence[Draft],
    path: str,
    agent: str,
    refused: tuple[tuple[int, str], ...],
) -> Synced:
    """Brings what is known from a file up to what it says now."""
    known = facts.said_in(path, agent)
    now = {hash_of(draft.text): draft for draft in reversed(drafts)}
    drafts = [draft for draft in drafts if now[hash_of(draft.text)] is draft]
    before = {hash_of(text) for _, text in known}
    edited = _edited([text for _, text in known], [draft.text for draft in drafts])
    for (id, _), draft in ((known[old], drafts[new]) for old, new in edited.items()):
        if facts.unsay(id, path, agent):
            facts.took_place(id, facts.save(draft).id)
        else:
            facts.save(draft)
    gone = [
        id for n, (id, text) in enumerate(known) if n not in edited and hash_of(text) not in now
    ]
    ended = sum(facts.unsay(id, path, agent) for id in gone)
    fresh = set(range(len(drafts))) - set(edited.values())
    added = 0
    for n in sorted(fresh):
        new = facts.holding(drafts[n].text) is None
        facts.save(drafts[n])
        added += new and hash_of(drafts[n].text) not in before
    kept = sum(hash_of(draft.text) in before for draft in drafts)
    return Synced(added, kept, len(edited), ended, refused)


def _edited(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """Returns which of the new texts stand where old ones stood, and are like them."""
    before, after = [normalised(t) for t in old], [normalised(t) for t in new]
    left, come = set(before) - set(after), set(after) - set(before)
    pairs: dict[int, int] = {}
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "replace":
            continue
        free = [n for n in range(c, d) if after[n] in come]
        for n in range(a, b):
            if before[n] not in left:
                continue
            alike = [(difflib.SequenceMatcher(None, before[n], after[m]).ratio(), -m) for m in free]
            share, m = max(alike, default=(0.0, 0))
            if share >= _ALIKE:
                pairs[n] = -m
                free.remove(-m)
    return pairs


def merge(facts: Facts, others: Sequence[Fact]) -> int:
    """Takes facts of another memory; returns how many are new. What is here already gets sources."""
    names: dict[str, str] = {}
    fresh: list[Fact] = []
    for fact in others:
        own = _own(facts, fact)
        if own is None:
            facts.insert(fact)
            fresh.append(fact)
            continue
        number, names[fact.id] = own
        for source in fact.sources:
            facts.add(number, Draft(fact.text, source, fact.category, fact.tags))
    facts.check_room()
    for fact in fresh:
        by = names.get(fact.superseded_by, fact.superseded_by)
        if by != fact.superseded_by or (by and facts.number_of(by) is None):
            facts.took_place(fact.id, by if facts.number_of(by) is not None else "")
    return len(fresh)


def _own(facts: Facts, fact: Fact) -> tuple[int, str] | None:
    """Returns number and id of what is here of a fact of another memory.

    What ended here does not begin again because it had not ended there.
    """
    holding = facts.holding(fact.text) if fact.holds else None
    if holding is None and (number := facts.number_of(fact.id)) is not None:
        return number, fact.id
    return holding


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    """Returns facts as an export has them, so that it does not matter in which order they came."""
    return [
        replace(fact, sources=tuple(sorted(fact.sources, key=_by_time)))
        for fact in sorted(facts, key=lambda fact: (fact.valid_from, fact.id))
    ]


def _by_time(source: Source) -> tuple[datetime, str, str, str]:
    return source.at, source.agent, source.session, source.path


def purge(facts: Facts) -> int:
    """Deletes everything; returns how many facts there were."""
    found = facts.rows.execute("SELECT number FROM facts").fetchall()
    facts.drop([row[0] for row in found])
    for table in ("shared", "originals"):
        facts.rows.execute(f"DELETE FROM {table}")
    return len(found)


def stats(rows: Rows, size: int) -> Stats:
    """Returns how much there is."""

    def count(what: str) -> int:
        return int(rows.execute(f"SELECT count(*) FROM {what}").fetchone()[0])

    agents = rows.execute(
        "SELECT agent, count(DISTINCT fact) FROM sources GROUP BY agent ORDER BY agent"
    ).fetchall()
    holding = count("facts WHERE valid_until IS NULL")
    ended = count("facts") - holding
    return Stats(holding, ended, count("shared"), count("originals"), size, dict(agents))


def missing(id: str) -> NoReturn:
    """Raises what says that there is no such fact."""
    raise FactMissing(f"no fact has an id that begins with {id[:40]!r} in this project")
