"""A store in Redis or Valkey, for several machines: each call is one round trip, and atomic.

Everything lapses some days after a session last touched it. What has to survive a server that is
killed needs its append-only file, and no eviction: see docs/fleet.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, TypeAlias

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from headroom.ccr import _redis_scripts as scripts
from headroom.ccr._outage import PATIENCE, Outage
from headroom.ccr.keys import digest_of
from headroom.ccr.stored import DAY, Saving, by_size, pack, read, unpack, written
from headroom.errors import Ambiguous, KeyCollision
from headroom.types import Entry

_LONGER = 4
"""How many times longer it stays known what produced an original, and what stood for it."""

Answer: TypeAlias = Any
"""What the client returns; its types also speak of one that awaits."""


class RedisStore:
    """Keeps originals in Redis, compressed, shared by content.

    Args:
        url: As the client takes it: `redis://`, `rediss://` (TLS), `unix://`.
        place: The same without secrets, for errors.
        tenant: Whose originals these are; those of others are not seen.
        days: For which everything is kept after a session last touched it.
    """

    def __init__(self, url: str, *, place: str, tenant: str = "", days: int = 30) -> None:
        self._client = redis.Redis.from_url(
            url,
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            # A connection may be closed since it was used. Who waited once does not wait again.
            retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
        )
        self._prefix = f"headroom:{tenant}:".encode()
        self._seconds = days * DAY
        self._outage = Outage(f"the store {place}")
        self._put = self._client.register_script(scripts.PUT)
        self._record = self._client.register_script(scripts.RECORD)
        self._recall = self._client.register_script(scripts.RECALL)

    def put(self, entries: Sequence[Entry]) -> None:
        """Keeps the originals, all or none.

        Raises:
            KeyCollision: A key is taken by another original.
            Ambiguous: A replacement stands for another original already, in the same context.
            StoreError: The store could not be written; nothing was kept.
        """
        if not entries:
            return
        keys = [key for entry in entries for key in self._keys(entry)]
        values: list[bytes | int] = [self._seconds, _LONGER * self._seconds]
        for entry in entries:
            values += _values(entry)
        with self._noted():
            refused: Answer = self._put(keys=[*keys, self._key(b"savings")], args=values)
        if refused:
            reason, ref = refused[0], read(refused[1])
            if reason == scripts.AMBIGUOUS:
                raise Ambiguous(ref)
            raise KeyCollision(f"reference {ref} is taken by another original")

    def get(self, ref: str) -> str | None:
        """Returns the original behind a reference, or None."""
        key = self._key(b"original", written(ref))
        with self._noted(), self._client.pipeline(transaction=False) as pipeline:
            pipeline.hget(key, "data")
            pipeline.expire(key, self._seconds)
            data: Answer = pipeline.execute()[0]
        return None if data is None else unpack(data)

    def original(self, replacement: str, context: bytes) -> str | None:
        """Returns what `replacement` was put in place of in a context, or the only one ever."""
        key = self._key(b"replaced", digest_of(replacement))
        with self._noted():
            found: Answer = self._client.hgetall(key)
        refs = {found[context]} if context in found else set(found.values())
        return self.get(read(refs.pop())) if len(refs) == 1 else None

    def sent(self, texts: Sequence[str]) -> list[bool]:
        """Returns for each text whether it was ever put in place of an original."""
        with self._noted(), self._client.pipeline(transaction=False) as pipeline:
            for text in texts:
                pipeline.exists(self._key(b"replaced", digest_of(text)))
            return [bool(found) for found in pipeline.execute()]

    def source(self, ref: str) -> str:
        """Returns what produced an original, or an empty string."""
        with self._noted():
            found: Answer = self._client.get(self._key(b"source", written(ref)))
        return read(found or b"")

    def record(self, records: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """Keeps records where there are none yet, and returns what is kept, one by one.

        Raises:
            StoreError: The store could not be written; nothing was kept.
        """
        if not records:
            return []
        keys = [self._key(b"record", key) for key, _ in records]
        with self._noted():
            kept: Answer = self._record(
                keys=keys, args=[self._seconds, *(data for _, data in records)]
            )
        return list(kept)

    def recall(self, keys: Sequence[bytes]) -> list[bytes]:
        """Returns the records of the first keys, up to the first that has none."""
        names = [self._key(b"record", key) for key in keys]
        with self._noted():
            found: Answer = self._recall(keys=names, args=[self._seconds])
        return list(found)

    def savings(self) -> list[Saving]:
        """Returns what was saved so far, the largest saving first."""
        with self._noted():
            found: Answer = self._client.hgetall(self._key(b"savings"))
        kinds: dict[str, dict[str, int]] = {}
        for name, count in found.items():
            column, _, kind = read(name).partition(" ")
            kinds.setdefault(kind, {})[column] = int(count)
        return by_size(
            [
                Saving(kind, one["blocks"], one["before"], one["after"])
                for kind, one in kinds.items()
            ]
        )

    def close(self) -> None:
        """Closes all connections."""
        self._client.close()

    def _noted(self) -> AbstractContextManager[None]:
        return self._outage.noted(redis.RedisError, OSError)

    def _key(self, kind: bytes, name: bytes = b"") -> bytes:
        return self._prefix + kind + b":" + name

    def _keys(self, entry: Entry) -> tuple[bytes, bytes, bytes]:
        ref = written(entry.ref)
        replaced = self._key(b"replaced", digest_of(entry.replacement))
        return self._key(b"original", ref), self._key(b"source", ref), replaced


def _values(entry: Entry) -> tuple[bytes | int, ...]:
    return (
        written(entry.ref),
        digest_of(entry.original),
        pack(entry.original),
        written(entry.source),
        entry.context,
        written(entry.content_type),
        entry.tokens_before,
        entry.tokens_after,
    )
