"""The memo: what was decided for a message after a given prefix. A cache, never a source of truth."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock
from typing import Generic, TypeVar

from headroom.types import Message

T = TypeVar("T")


class Memo(Generic[T]):
    """A bounded, thread-safe map from prefix hash to a message's outcome."""

    def __init__(self, capacity: int = 20_000) -> None:
        self._capacity = capacity
        self._lock = Lock()
        self._items: OrderedDict[bytes, T] = OrderedDict()

    def get(self, key: bytes) -> T | None:
        """Returns what was kept under the key, or None."""
        with self._lock:
            if (item := self._items.get(key)) is not None:
                self._items.move_to_end(key)
            return item

    def put(self, key: bytes, item: T) -> None:
        """Keeps an item; the one that was not used for the longest time goes first."""
        with self._lock:
            self._items[key] = item
            self._items.move_to_end(key)
            while len(self._items) > self._capacity:
                self._items.popitem(last=False)


def first_key(parts: Iterable[str]) -> bytes:
    """Returns the key of the empty prefix under a policy, tokenizer and set of compressors."""
    return _digest(b"", parts)


def next_key(key: bytes, message: Message, *, frozen: bool) -> bytes:
    """Returns the rolling hash of a prefix and the message after it."""
    parts = [message.role, "frozen" if frozen else ""]
    for block in message.blocks:
        tool = block.tool
        parts += [block.kind, block.text]
        parts += [tool.name, tool.arguments] if tool else ["", ""]
        parts.append("/".join(map(str, block.path)))
    return _digest(key, parts)


def _digest(key: bytes, parts: Iterable[str]) -> bytes:
    digest = hashlib.blake2b(key, digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return digest.digest()
