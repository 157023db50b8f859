"""What agents learned about a project: saved by one, found by all."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeAlias, TypeVar

from headroom_memory import merging
from headroom_memory.admission import admitted, labelled, moment_of
from headroom_memory.database import Rows
from headroom_memory.embeddings import Embedder, Vectors
from headroom_memory.errors import Refused
from headroom_memory.facts import Facts
from headroom_memory.finding import Finder
from headroom_memory.opening import Place, open_place
from headroom_memory.project import ProjectLike, introduce, project_of
from headroom_memory.records import facts_of, lines_of
from headroom_memory.types import Draft, Fact, Limits, Match, Source, Stats, Which, to_micros

T = TypeVar("T")

_List: TypeAlias = list[Fact]
_Matches: TypeAlias = list[Match]
"""By other names, as one of the methods is called `list`."""

_EVERY = 1 << 40
"""As many as there are."""


class Memory:
    """The facts of one project. Safe to share between threads and processes.

    Args:
        project: A folder, or a name; default: the project around the working directory. `USER` is
            for what concerns no project.
        store: Where it is kept, or its URL: `sqlite:///path/to/folder`,
            `postgresql://user@host/database`. Default: $HEADROOM_MEMORY, or a folder in the user's
            data directory.
        embedder: Also finds what is worded differently; its vectors are made when it searches.
        limits: How much is kept.
        allow_secrets: Whether texts with what looks like a credential are kept.
        clock: Seconds since the epoch.

    Raises:
        ProjectUnknown: Nothing says which project it is.

    Example:
        >>> memory = Memory("example")
        >>> memory.save("Tests run with `make test`", agent="claude-code").text
        'Tests run with `make test`'
        >>> [match.fact.text for match in memory.search("how do I test this?")]
        ['Tests run with `make test`']
    """

    def __init__(
        self,
        project: ProjectLike = None,
        *,
        store: Place | str | None = None,
        embedder: Embedder | None = None,
        limits: Limits | None = None,
        allow_secrets: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.project = project_of(project)
        self.limits = limits or Limits()
        self._allow_secrets = allow_secrets
        self._clock = clock
        place = open_place(store) if isinstance(store, str) or store is None else store
        self._database = place.of(self.project)
        self._finder = Finder(self._database, Vectors(embedder) if embedder else None)

    def save(
        self,
        text: str,
        *,
        agent: str = "",
        session: str = "",
        category: str = "",
        tags: Sequence[str] = (),
        replaces: str = "",
    ) -> Fact:
        """Keeps a fact; it is on the disk when this returns. A text that holds already is one fact.

        Args:
            text: One thing that is worth knowing, in a few sentences.
            agent: Who says it.
            session: In which session.
            category: What kind of thing it is, in your own words.
            tags: The same, several.
            replaces: The id of a fact that holds no longer because of this one.

        Raises:
            Refused: The text is empty, too long, or has a credential in it; or there is no room.
            FactMissing: There is nothing to be replaced.
            FactEnded: What is to be replaced holds no longer already.
        """
        draft = self._draft(text, self.source(agent, session), category, tags)
        return self._save(draft, replaces)

    def edit(
        self,
        id: str,
        text: str | None = None,
        *,
        agent: str = "",
        category: str | None = None,
        tags: Sequence[str] | None = None,
    ) -> Fact:
        """Returns the fact that takes another one's place: what it said before stays in its history.

        A new category or new tags alone make no new fact.

        Raises:
            FactMissing: There is no such fact.
            FactEnded: It holds no longer.
            Refused: As in `save`.
        """
        if text is None:
            category = None if category is None else labelled(category)
            tags = None if tags is None else [labelled(tag) for tag in tags]
            return self._write(lambda facts: facts.describe(id, category, tags))
        old = self.get(id)
        category = old.category if category is None else category
        tags = old.tags if tags is None else tags
        return self._save(self._draft(text, self.source(agent), category, tags), old.id)

    def search(
        self,
        query: str,
        *,
        limit: int = 10,
        category: str = "",
        tag: str = "",
        agent: str = "",
        at: datetime | None = None,
    ) -> _Matches:
        """Returns the facts that answer a query, the best first.

        Args:
            query: Words, parts of words, identifiers, paths; no syntax.
            limit: How many at most.
            category: Only of this category.
            tag: Only with this tag.
            agent: Only said by this agent.
            at: What held at this moment, in place of what holds now.
        """
        return self._finder.search(query, Which(category, tag, agent, at), limit, self._facts)

    def get(self, id: str) -> Fact:
        """Returns a fact, also one that holds no longer, by its id or the beginning of it.

        Raises:
            FactMissing: There is none, or there are several.
        """
        found = self._read(lambda facts: facts.get(id))
        return merging.missing(id) if found is None else found

    def list(self, which: Which | None = None, *, limit: int = 100) -> _List:
        """Returns facts, the newest first."""
        return self._read(lambda facts: facts.find(which or Which(), limit)) or []

    def history(self, id: str) -> _List:
        """Returns all that a fact ever said, the first version first.

        Raises:
            FactMissing: There is no such fact.
        """
        return self._read(lambda facts: facts.history(id)) or merging.missing(id)

    def forget(self, id: str) -> Fact:
        """Returns a fact that holds no longer from now on; it stays in histories.

        Raises:
            FactMissing: There is no such fact.
        """
        return self._write(lambda facts: facts.forget(id))

    def delete(self, id: str) -> int:
        """Deletes a fact with its history, for good; returns how many versions went.

        Raises:
            FactMissing: There is no such fact.
        """
        return self._shredded(lambda facts: facts.delete(id))

    def prune(self, before: datetime) -> int:
        """Deletes, for good, what held no longer before a moment; returns how many facts went."""
        return self._shredded(lambda facts: facts.prune(to_micros(before)))

    def purge(self) -> int:
        """Deletes all of the project, values of `SharedContext` too; returns how many facts went."""
        return self._shredded(merging.purge)

    def export(self) -> str:
        """Returns all facts with their histories, as lines of JSON; the same facts, the same bytes."""
        every = Which(ended=True)
        facts = self._read(lambda facts: facts.find(every, _EVERY)) or []
        return lines_of(merging.in_order(facts))

    def import_(self, lines: str) -> int:
        """Takes what `export` returned, all or nothing; returns how many facts are new.

        Raises:
            Refused: A line is not of that form, or not admitted; says which.
        """
        facts = facts_of(lines)
        for number, fact in enumerate(facts, 2):
            admitted(fact.text, self.limits, allow_secrets=self._allow_secrets, line=number)
        return self._write(lambda own: merging.merge(own, facts))

    def sync(self, drafts: Sequence[Draft], *, path: str, agent: str) -> merging.Synced:
        """Takes what a file says now: new lines are saved, changed ones take the place of what they
        said before, what is gone ends. The same file again changes nothing.

        Args:
            drafts: What it says, in its order; each one's source names the file.
            path: The file.
            agent: Whose file it is.
        """
        refused = []
        kept = []
        for draft in drafts:
            try:
                admitted(draft.text, self.limits, allow_secrets=self._allow_secrets)
            except Refused as error:
                refused.append((draft.source.line, str(error)))
            else:
                kept.append(draft)
        if not kept and not self._read(lambda facts: facts.said_in(path, agent)):
            return merging.Synced(refused=tuple(refused))
        return self._write(lambda facts: merging.sync(facts, kept, path, agent, tuple(refused)))

    def stats(self) -> Stats:
        """Returns how much there is."""
        counted = self._database.read(lambda rows: merging.stats(rows, self._database.size(rows)))
        return counted or Stats()

    def source(self, agent: str = "", session: str = "", path: str = "", line: int = 0) -> Source:
        """Returns who says something now."""
        return Source(moment_of(self._clock), labelled(agent), labelled(session), path, line)

    def allowing_secrets(self) -> Memory:
        """Returns the same memory, which keeps what looks like a credential too."""
        allowing = copy.copy(self)
        allowing._allow_secrets = True
        return allowing

    def close(self) -> None:
        """Closes connections that nobody uses."""
        self._database.close()

    def _draft(self, text: str, source: Source, category: str, tags: Sequence[str]) -> Draft:
        admitted(text, self.limits, allow_secrets=self._allow_secrets)
        return Draft(text, source, labelled(category), tuple(labelled(tag) for tag in tags))

    def _save(self, draft: Draft, replaces: str) -> Fact:
        return self._write(lambda facts: facts.save(draft, replaces=replaces))

    def _facts(self, rows: Rows) -> Facts:
        return Facts(rows, self._database, to_micros(moment_of(self._clock)), self.limits.facts)

    def _read(self, work: Callable[[Facts], T]) -> T | None:
        return self._database.read(lambda rows: work(self._facts(rows)))

    def _write(self, work: Callable[[Facts], T]) -> T:
        def whole(rows: Rows) -> T:
            introduce(rows, self.project)
            return work(self._facts(rows))

        return self._database.write(whole)

    def _shredded(self, work: Callable[[Facts], int]) -> int:
        gone = self._write(work)
        self._database.shred()
        return gone
