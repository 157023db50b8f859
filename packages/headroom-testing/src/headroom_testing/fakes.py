"""Stand-ins for what surrounds Headroom: a store that fails, a strict provider, an observer."""

from __future__ import annotations

import json
from collections.abc import Container, Sequence

from headroom.ccr.memory import MemoryStore
from headroom.errors import StoreError
from headroom.events import PipelineEvent, Stage
from headroom.formats import apply_edits, read
from headroom.protocols import Store
from headroom.types import JSON, Edit, Entry


class FailingStore:
    """A store that fails when it is told to, and otherwise does what the inner one does.

    Args:
        inner: The store that keeps the originals; default: one in memory.
        puts: Which calls that write (`put`, `record`) fail, from 1; `range(1, 10**9)` for all.
        gets: Which calls that read (`get`, `original`, `sent`, `source`, `recall`) fail, from 1.
        error: What they raise.

    Example:
        >>> FailingStore(puts=[1]).put([])
        Traceback (most recent call last):
            ...
        headroom.errors.StoreError: the disk is full
    """

    def __init__(
        self,
        inner: Store | None = None,
        *,
        puts: Container[int] = (),
        gets: Container[int] = (),
        error: Exception | None = None,
    ) -> None:
        self.inner: Store = inner or MemoryStore()
        self.put_calls = 0
        self.get_calls = 0
        self._puts = puts
        self._gets = gets
        self._error = error or StoreError("the disk is full")

    def put(self, entries: Sequence[Entry]) -> None:
        """Keeps the originals, or fails and keeps nothing."""
        self.put_calls += 1
        if self.put_calls in self._puts:
            raise self._error
        self.inner.put(entries)

    def get(self, ref: str) -> str | None:
        """Returns the original behind a reference, or fails."""
        return self._reading().get(ref)

    def original(self, replacement: str, context: bytes) -> str | None:
        """Returns what a text was put in place of, or fails."""
        return self._reading().original(replacement, context)

    def sent(self, texts: Sequence[str]) -> list[bool]:
        """Returns for each text whether it was put in place of an original, or fails."""
        return self._reading().sent(texts)

    def source(self, ref: str) -> str:
        """Returns what produced an original, or fails."""
        return self._reading().source(ref)

    def record(self, records: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """Keeps records, or fails and keeps nothing; a call of `put`, as far as failures go."""
        self.put_calls += 1
        if self.put_calls in self._puts:
            raise self._error
        return self.inner.record(records)

    def recall(self, keys: Sequence[bytes]) -> list[bytes]:
        """Returns records, or fails."""
        return self._reading().recall(keys)

    def _reading(self) -> Store:
        self.get_calls += 1
        if self.get_calls in self._gets:
            raise self._error
        return self.inner


class PrefixChanged(AssertionError):
    """A request does not start with the messages that were sent before.

    Attributes:
        index: The first message that differs.
    """

    def __init__(self, index: int, before: str, now: str) -> None:
        super().__init__(f"messages[{index}] was sent as {before}, and now as {now}")
        self.index = index


class PrefixProvider:
    """A provider that refuses what would miss its prompt cache.

    Give it the messages of each request of one session, in order, and how many epochs there were:
    with a new epoch, and only then, results and pasted data may read otherwise than before. Not
    even then where a message carries thinking that is bound to what precedes it.

    Example:
        >>> provider = PrefixProvider()
        >>> provider.send([{"role": "user", "content": "a"}])
        >>> provider.send([{"role": "user", "content": "b"}])
        Traceback (most recent call last):
            ...
        headroom_testing.fakes.PrefixChanged: messages[0] was sent as …, and now as …
    """

    def __init__(self) -> None:
        self._sent: list[str] = []
        self._epochs = 0

    def send(self, messages: Sequence[JSON], *, epochs: int = 0) -> None:
        """Takes the next request.

        Args:
            messages: What is sent.
            epochs: How many epochs there were so far, as the receipt says.

        Raises:
            PrefixChanged: A message that was sent before is gone, or has other bytes.
        """
        now = [json.dumps(message) for message in messages]
        bound = any(message.bound for message in read(messages).messages)
        if epochs > self._epochs and not bound:
            self._epochs = epochs
            self._sent = _folded(self._sent, now)
        for index, before in enumerate(self._sent):
            if now[index : index + 1] != [before]:
                raise PrefixChanged(index, before, "".join(now[index : index + 1]) or "nothing")
        self._sent = now


def _folded(sent: list[str], now: list[str]) -> list[str]:
    """Returns what was sent, as it reads now where an epoch may have changed it."""
    frames = zip(sent, now, _frames(sent), _frames(now), strict=False)
    same = [after if frame == other else before for before, after, frame, other in frames]
    return same + sent[len(same) :]


def _frames(messages: list[str]) -> list[JSON]:
    """Returns messages without the texts that an epoch may fold."""
    parsed = [json.loads(message) for message in messages]
    blocks = (block for message in read(parsed).messages for block in message.blocks)
    edits = [Edit(b.path, "") for b in blocks if b.kind in ("tool_result", "user_text")]
    return apply_edits(parsed, edits)


class Recorder:
    """An observer that remembers what it was told.

    Attributes:
        events: All events, in order.

    Args:
        error: What it raises after each event, as careless observers do.
    """

    def __init__(self, *, error: Exception | None = None) -> None:
        self.events: list[PipelineEvent] = []
        self._error = error

    @property
    def stages(self) -> list[Stage]:
        """The stages of all events, in order."""
        return [event.stage for event in self.events]

    def on_pipeline_event(self, event: PipelineEvent) -> None:
        """Takes one event."""
        self.events.append(event)
        if self._error is not None:
            raise self._error
