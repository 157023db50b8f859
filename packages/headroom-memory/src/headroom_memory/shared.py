"""Texts that agents hand on to each other: kept whole, shown short."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from headroom import Headroom
from headroom.api import default
from headroom.ccr.keys import digest_of
from headroom.ccr.stored import pack, unpack
from headroom.policy import DEFAULT_MODEL
from headroom_memory.admission import labelled, moment_of
from headroom_memory.database import Row, Rows
from headroom_memory.errors import Refused
from headroom_memory.opening import Place, open_place
from headroom_memory.project import ProjectLike, introduce, project_of
from headroom_memory.types import Limits, from_micros, to_micros

_KEY = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a value.

    Attributes:
        key: Under which it is.
        agent: Who put it there.
        session: In which session.
        at: When.
    """

    key: str
    agent: str
    session: str
    at: datetime


class SharedContext:
    """Texts by key, for all agents of a project, durable. Equal texts are kept once.

    Args:
        store: Where they are kept, as for `Memory`.
        project: Whose they are, as for `Memory`.
        headroom: Shows them short; default: the one behind `headroom.compress`.
        limits: How much is kept.
        clock: Seconds since the epoch.

    Raises:
        ProjectUnknown: Nothing says which project it is.

    Example:
        >>> shared = SharedContext(project="example")
        >>> shared.put("plan", "1. measure\\n2. change\\n", agent="planner").agent
        'planner'
        >>> shared.get("plan")
        '1. measure\\n2. change\\n'
    """

    def __init__(
        self,
        store: Place | str | None = None,
        *,
        project: ProjectLike = None,
        headroom: Headroom | None = None,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.project = project_of(project)
        self.limits = limits or Limits()
        self._headroom = headroom
        self._clock = clock
        place = open_place(store) if isinstance(store, str) or store is None else store
        self._database = place.of(self.project)

    def put(self, key: str, value: str, *, agent: str = "", session: str = "") -> Entry:
        """Keeps a text under a key, in place of what was there; it is on the disk when this returns.

        Raises:
            Refused: The text is too long, the key is none, or there is no room.
        """
        entry = Entry(_checked(key), labelled(agent), labelled(session), moment_of(self._clock))
        size = len(value.encode("utf-8", "surrogatepass"))
        if size > self.limits.value_bytes:
            raise Refused(f"a value has at most {self.limits.value_bytes:,} bytes, got {size:,}")
        digest, data = digest_of(value), pack(value)

        def work(rows: Rows) -> None:
            introduce(rows, self.project)
            rows.execute(
                "INSERT INTO originals VALUES (?, ?) ON CONFLICT (digest) DO NOTHING",
                (digest, data),
            )
            rows.execute(
                "INSERT INTO shared (key, digest, at, agent, session) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (key) DO UPDATE SET digest = excluded.digest, at = excluded.at, "
                "agent = excluded.agent, session = excluded.session",
                (key, digest, to_micros(entry.at), entry.agent, entry.session),
            )
            _drop_unused(rows)
            self._check_room(rows)

        self._database.write(work)
        return entry

    def get(self, key: str) -> str | None:
        """Returns the text under a key, as it was put there, or None."""

        def work(rows: Rows) -> str | None:
            row = rows.execute(
                "SELECT o.data FROM shared s JOIN originals o ON o.digest = s.digest WHERE s.key = ?",
                (key,),
            ).fetchone()
            return None if row is None else unpack(bytes(row[0]))

        return self._database.read(work) if _is_key(key) else None

    def view(self, key: str, *, query: str | None = None, model: str = DEFAULT_MODEL) -> str | None:
        """Returns the text under a key in fewer tokens, for a model, or None.

        What was left out has a reference, which `headroom.retrieve` and the retrieve tool bring back.

        Args:
            key: Under which it is.
            query: What the model wants to know.
            model: Whose tokenizer counts.
        """
        value = self.get(key)
        if value is None:
            return None
        messages = [{"role": "tool", "tool_call_id": "1", "content": value}]
        headroom = self._headroom or default()
        text: str = headroom.compress(messages, model=model, query=query)[0]["content"]
        return text

    def entry(self, key: str) -> Entry | None:
        """Returns who put a text under a key, and when, or None."""
        return next((entry for entry in self.entries() if entry.key == key), None)

    def entries(self) -> list[Entry]:
        """Returns what is known of all values, by key."""

        def work(rows: Rows) -> list[Entry]:
            found: list[Row] = rows.execute("SELECT key, agent, session, at FROM shared").fetchall()
            return sorted(
                (Entry(row[0], row[1], row[2], from_micros(row[3])) for row in found), key=_by_key
            )

        return self._database.read(work) or []

    def keys(self) -> list[str]:
        """Returns all keys, sorted."""
        return [entry.key for entry in self.entries()]

    def delete(self, key: str) -> bool:
        """Deletes what is under a key, for good; returns whether there was something."""
        if not _is_key(key):
            return False
        return self._delete("DELETE FROM shared WHERE key = ?", (key,)) > 0

    def clear(self) -> int:
        """Deletes all values of the project, for good; returns how many there were."""
        return self._delete("DELETE FROM shared", ())

    def close(self) -> None:
        """Closes connections that nobody uses."""
        self._database.close()

    def _delete(self, statement: str, parameters: tuple[str, ...]) -> int:
        def work(rows: Rows) -> int:
            gone = rows.execute(statement, parameters).rowcount
            _drop_unused(rows)
            return gone

        gone = self._database.write(work)
        if gone:
            self._database.shred()
        return gone

    def _check_room(self, rows: Rows) -> None:
        """Raises if there is more than there may be; then the transaction ends without a trace."""
        count = rows.execute("SELECT count(*) FROM shared").fetchone()[0]
        size = rows.execute("SELECT coalesce(sum(length(data)), 0) FROM originals").fetchone()[0]
        if count > self.limits.values or size > self.limits.values_bytes:
            raise Refused(
                f"no room in project {self.project.name}: {self.limits.values:,} values and "
                f"{self.limits.values_bytes:,} bytes are the most; delete some"
            )


def _drop_unused(rows: Rows) -> None:
    rows.execute("DELETE FROM originals WHERE digest NOT IN (SELECT digest FROM shared)")


def _checked(key: str) -> str:
    if not _is_key(key):
        raise Refused(f"expected a key of 1 to {_KEY} characters without NUL, got {key[:40]!r}")
    return key


def _is_key(key: str) -> bool:
    try:
        key.encode()
    except UnicodeEncodeError:
        return False
    return 0 < len(key) <= _KEY and "\0" not in key


def _by_key(entry: Entry) -> str:
    return entry.key
