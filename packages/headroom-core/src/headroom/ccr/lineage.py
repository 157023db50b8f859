"""Lineage: the names of messages in the ledger, each by what it says and all that precedes it.

Marks, ids and signatures do not count, nor do instructions: a client moves its breakpoints along,
drops thoughts that it need not send, and dates its system prompt anew, in one and the same session.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from headroom.ccr.keys import digest_of
from headroom.errors import StoreError
from headroom.types import (
    JSON,
    Block,
    Hidden,
    Message,
    Replacement,
    Round,
    Sent,
    Span,
    Steered,
    Thread,
    ToolCall,
)

_PACKED = b"1"
"""Before records that are packed: all but those of the first versions."""


@dataclass(frozen=True, slots=True)
class Record:
    """What the ledger keeps of a message.

    Attributes:
        sent: How its blocks went out; empty: all as they came.
        hidden: What it held that the client has never seen, if anything.
        steered: What is asked of the model behind it, or that its conversation is held out; None: it
            is neither.
        declares: Whether the conversation declares the retrieve tool (a record of its own says so).
        thread: Where a conversation goes on that its provider keeps (a record of its own as well).
        item: A part of an answer as JSON, that later requests may only refer to (the same).
    """

    sent: Sent = ()
    hidden: Hidden | None = None
    declares: bool = False
    steered: Steered | None = None
    thread: Thread | None = None
    item: str = ""

    @classmethod
    def of(cls, sent: Sent) -> Record:
        """Returns the record of a message that goes out like this."""
        return cls(sent if any(sent) else ())

    @property
    def size(self) -> int:
        """Characters of the texts that it holds, and as many for what is around them."""
        rounds = self.hidden.rounds if self.hidden else ()
        texts = sum(len(one.text) for one in self.sent if one)
        texts += len(self.item) + (len(repr(self.thread)) if self.thread else 0)
        return 200 + texts + sum(len(r.results) + len(repr(r.calls)) for r in rounds)


def lineage(messages: Sequence[Message], key: bytes = b"") -> list[bytes]:
    """Returns a key for each message; empty for those that do not count.

    Messages of the model in a row are one answer, however a client cuts it: the key of each is of the
    answer up to its end.

    Args:
        messages: Of a conversation.
        key: Of what stands before them.

    Example:
        >>> lineage([Message("system", ())])
        [b'']
    """
    keys: list[bytes] = []
    before, said, role = key, list[Block](), ""
    for message in messages:
        blocks = [b for b in message.blocks if b.text or b.kind == "tool_call"]
        if message.role == "system" or not blocks:
            keys.append(b"")
            continue
        if message.role != "assistant" or role != "assistant":
            before, said = key, []
        said, role = [*said, *blocks], message.role
        key = hashlib.blake2b(before + _said(role, said), digest_size=16).digest()
        keys.append(key)
    return keys


def key_of_tools(root: bytes) -> bytes:
    """Returns the key under which a conversation says whether it declares the retrieve tool.

    Args:
        root: The key of its first message.
    """
    return hashlib.blake2b(root + b"tools", digest_size=16).digest()


def key_of_answer(name: str) -> bytes:
    """Returns the key under which an answer says where its conversation goes on, or an item what it is.

    Args:
        name: By which the client knows it.
    """
    return hashlib.blake2b(
        name.encode("utf-8", "surrogatepass") + b"answer", digest_size=16
    ).digest()


def pack(record: Record) -> bytes:
    """Returns a record as the store keeps it; nothing at all where nothing was edited."""
    if record == Record():
        return b""
    fields: JSON = {"sent": [one and _written(one) for one in record.sent]}
    if record.hidden is not None:
        rounds = [[one.calls, one.results, one.end] for one in record.hidden.rounds]
        fields["hidden"] = [record.hidden.visible, rounds]
    if record.declares:
        fields["declares"] = True
    if record.steered is not None:
        fields["steered"] = [record.steered.text, record.steered.effort]
    if record.thread is not None:
        fields["thread"] = _written_thread(record.thread)
    if record.item:
        fields["item"] = record.item
    data = json.dumps(fields).encode()
    return _PACKED + zlib.compress(data, 1)  # with a checksum: disks forget bits


def unpack(data: bytes) -> Record:
    """Returns a record from the bytes that the store kept.

    Raises:
        StoreError: They are no record.
    """
    if not data:
        return Record()
    try:
        found = json.loads(zlib.decompress(data[1:]) if data[:1] == _PACKED else data[1:])
        sent = tuple(one and _read(one) for one in found["sent"])
        steered = Steered(*found["steered"]) if "steered" in found else None
        hidden = _read_hidden(found.get("hidden"))
        thread = _read_thread(found.get("thread"))
        item = found.get("item", "")
        return Record(sent, hidden, found.get("declares", False), steered, thread, item)
    except (KeyError, TypeError, ValueError, zlib.error) as error:
        raise StoreError(f"expected a record of the ledger, got {data[:40]!r}") from error


def _said(role: str, blocks: Sequence[Block]) -> bytes:
    parts: list[object] = [role]
    for is_text, group in groupby(blocks, lambda block: block.kind == "assistant_text"):
        if is_text:  # in as many blocks as a client makes of it
            parts.append(digest_of("".join(block.text for block in group)))
            continue
        for block in group:
            parts.append(digest_of(block.text))
            if block.tool is not None and block.kind == "tool_call":
                parts += (block.tool.id, block.tool.name, digest_of(block.tool.arguments))
    return repr(parts).encode()


def _written(one: Replacement) -> JSON:
    counts = [one.tokens_before, one.tokens_after, int(one.told), int(one.exact), one.bytes_saved]
    return [one.text, one.ref, one.outcome, counts, [[s.start, s.end] for s in one.hidden]]


def _read_hidden(value: JSON) -> Hidden | None:
    if value is None:
        return None
    visible, rounds = value
    read = (
        Round(tuple((at, call) for at, call in calls), results, end)
        for calls, results, end in rounds
    )
    return Hidden(visible, tuple(read))


def _written_thread(one: Thread) -> JSON:
    calls = [[call.id, call.name, call.arguments] for call in one.calls]
    return [one.name, one.lineage.hex(), one.owed, one.asked, calls]


def _read_thread(value: JSON) -> Thread | None:
    if value is None:
        return None
    name, key, owed, asked, calls = value
    known = tuple(ToolCall(*call) for call in calls)
    return Thread(name, bytes.fromhex(key), owed, asked, known)


def _read(value: JSON) -> Replacement:
    text, ref, outcome, (before, after, told, exact, saved), hidden = value
    spans = tuple(Span(start, end) for start, end in hidden)
    return Replacement(text, ref, outcome, before, after, bool(told), bool(exact), saved, spans)
