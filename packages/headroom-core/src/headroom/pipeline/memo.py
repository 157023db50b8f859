"""The memo: what was decided for a message after a given prefix. A cache, never a source of truth.

It makes the work of a turn proportional to what the turn adds.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

from headroom.ccr.keys import digest_of
from headroom.pipeline.history import History
from headroom.policy import Policy
from headroom.types import Decision, Entry, Message, Path, Replacement, Sent, Span

_SHORT = 256
"""Characters from which a text's own hash stands for it: other rooms need that hash anyway."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What becomes of a block. With an entry it is edited: the edit hides some of the original.

    `above` is where the texts stand that the edit points at.
    """

    decision: Decision
    entry: Entry | None = None
    hidden: tuple[Span, ...] = ()
    above: tuple[Path, ...] = ()

    @property
    def replacement(self) -> Replacement | None:
        """What goes out in place of the block, or None."""
        made, entry = self.decision, self.entry
        if entry is None:
            return None
        return Replacement(
            entry.replacement,
            entry.ref,
            made.outcome,
            made.tokens_before,
            made.tokens_after,
            told=made.ref is not None,
            exact=made.exact,
            bytes_saved=made.bytes_saved,
            hidden=self.hidden,
        )


@dataclass(frozen=True, slots=True)
class Epoch:
    """How messages go out once some of them are folded; `name` is a hash of their texts."""

    name: bytes
    settled: tuple[Settled, ...]


@dataclass(frozen=True, slots=True)
class Settled:
    """What was decided for one message, block by block.

    `epoch`: with this message the texts outgrew the budget, and from here on it and all messages
    before it go out in that form.
    """

    blocks: tuple[Decided, ...]
    epoch: Epoch | None = None

    @property
    def sent(self) -> Sent:
        """How the message goes out, epochs aside."""
        return tuple(decided.replacement for decided in self.blocks)

    @property
    def size(self) -> int:
        """Characters of the texts that it holds on to, and as many for what is around them."""
        originals = sum(len(d.entry.original) for d in self.blocks if d.entry)
        folded = self.epoch.settled if self.epoch else ()  # whose originals others hold already
        return originals + sum(settled._own_size for settled in (self, *folded))

    @property
    def _own_size(self) -> int:
        return 500 + sum(len(d.entry.replacement) for d in self.blocks if d.entry)


class Memo:
    """Bounded and thread-safe: settled messages by prefix hash, and the histories of the latest.

    Args:
        size: Characters of texts to hold on to.
        histories: Conversations whose history is kept.
    """

    def __init__(self, size: int = 8 << 20, histories: int = 16) -> None:
        self._lock = Lock()
        self._most = size
        self._size = 0
        self._settled: OrderedDict[bytes, Settled] = OrderedDict()
        self._kept = histories
        self._histories: OrderedDict[bytes, History] = OrderedDict()

    def get(self, key: bytes) -> Settled | None:
        """Returns what was decided for the message that ends the prefix `key`, or None."""
        with self._lock:
            if (settled := self._settled.get(key)) is not None:
                self._settled.move_to_end(key)
            return settled

    def put(self, key: bytes, settled: Settled) -> None:
        """Keeps a decision; the one not used for the longest time goes first."""
        with self._lock:
            if (known := self._settled.pop(key, None)) is not None:
                self._size -= known.size
            self._settled[key] = settled
            self._size += settled.size
            while self._size > self._most and len(self._settled) > 1:
                self._size -= self._settled.popitem(last=False)[1].size

    def take_history(self, keys: list[bytes]) -> tuple[int, History]:
        """Returns the history of the longest kept prefix, and how many of `keys` it covers.

        The history belongs to the caller, who extends it and gives it back under a new key; two
        threads never share one.
        """
        with self._lock:
            for n in range(len(keys), 0, -1):
                if (history := self._histories.pop(keys[n - 1], None)) is not None:
                    return n, history
        return 0, History()

    def keep_history(self, key: bytes, history: History) -> None:
        """Keeps a history for the next turn of the same conversation."""
        with self._lock:
            self._histories[key] = history
            if len(self._histories) > self._kept:
                self._histories.popitem(last=False)


@lru_cache(maxsize=64)
def first_key(policy: Policy, *names: str) -> bytes:
    """Returns the key of the empty prefix under a policy, tokenizer and set of compressors."""
    return _digest(b"", (repr(policy), *names))


def next_key(key: bytes, said: bytes, sent: Sent | None) -> bytes:
    """Returns the rolling hash of a prefix and the message after it.

    Args:
        key: Of the prefix.
        said: The hash of the message.
        sent: How it goes out; None: that is to be decided.
    """
    texts = [(n, digest_of(one.text)) for n, one in enumerate(sent or ()) if one]
    return _digest(key + said, (sent is None, *texts))


def hash_of(message: Message) -> bytes:
    """Returns the hash of a message."""
    parts: list[object] = [message.role, message.bound]
    for block in message.blocks:
        tool = block.tool
        parts += (block.kind, _short(block.text), block.path, block.detail)
        if tool:
            parts += (tool.id, tool.name, _short(tool.arguments))
    return _digest(b"", tuple(parts))


def _short(text: str) -> str | bytes:
    return digest_of(text) if len(text) > _SHORT else text


def _digest(key: bytes, parts: tuple[object, ...]) -> bytes:
    return hashlib.blake2b(key + repr(parts).encode(), digest_size=16).digest()
