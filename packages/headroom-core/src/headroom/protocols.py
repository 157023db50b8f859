"""The seams: what a tokenizer, compressor, store, wire format or observer must offer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from headroom.kernels import Vocabulary
from headroom.types import (
    JSON,
    Compressed,
    Conversation,
    Entry,
    Intent,
    Segment,
    ToolCall,
)


class Tokenizer(Protocol):
    """Counts tokens as one model does."""

    name: str
    exact: bool

    def count(self, text: bytes | str) -> int:
        """Returns the number of tokens of `text`; special-token text counts as plain text."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """What a compressor may know: only the policy and what precedes the block.

    Attributes:
        intent: What the model is after.
        tokenizer: Counts as the model does.
        omit: Whether lines or rows may be left out.
        again: Whether some of the block was left out when the model read it before. A file that is
            read a second time is shown in full; a command is run again for what is new in it.
        tool: The call that produced the block, if any.
        met: The words that the model has read before; not to be added to.
        turn: Messages from the user and from tools so far, the block's own included.
    """

    intent: Intent
    tokenizer: Tokenizer
    omit: bool = True
    again: bool = False
    tool: ToolCall | None = None
    met: Vocabulary = field(default_factory=Vocabulary, compare=False)
    turn: int = 1


class Compressor(Protocol):
    """Shortens one kind of content. Pure: same segment and context, same bytes."""

    name: str

    def priority(self, segment: Segment) -> float:
        """Returns how well this compressor fits; negative: not mine.

        The highest is asked first; the next one where it answers None.
        """
        ...

    def compress(self, segment: Segment, context: Context) -> Compressed | None:
        """Returns a shorter text, the same text to leave it as it is, or None: not mine after all.

        With `context.omit` false the result must be lossless. Line numbers in omissions count
        from the segment's first line.
        """
        ...


class Store(Protocol):
    """Keeps originals, and the ledger: what each message went out as.

    `put` and `record` have committed when they return.
    """

    def put(self, entries: Sequence[Entry]) -> None:
        """Keeps the originals.

        Raises:
            KeyCollision: A key is taken by another original.
            Ambiguous: A replacement stands for another original already, in the same context.
            StoreError: Nothing was kept.
        """
        ...

    def get(self, ref: str) -> str | None:
        """Returns the original behind a reference, or None."""
        ...

    def original(self, replacement: str, context: bytes) -> str | None:
        """Returns what `replacement` was put in place of after the texts hashed in `context`.

        After other texts: the only original that it ever stood for; None if there are several.
        """
        ...

    def sent(self, texts: Sequence[str]) -> list[bool]:
        """Returns for each text whether it was ever put in place of an original."""
        ...

    def source(self, ref: str) -> str:
        """Returns what produced an original, as far as known; else an empty string."""
        ...

    def record(self, records: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """Keeps records by key where there are none yet, and returns what is kept, one by one.

        The first writer wins: whoever comes later sends what the record says.

        Raises:
            StoreError: Nothing was kept.
        """
        ...

    def recall(self, keys: Sequence[bytes]) -> list[bytes]:
        """Returns the records of the first keys, up to the first that has none."""
        ...


class WireFormat(Protocol):
    """Finds the texts of a request, and writes edits back without touching anything else.

    Attributes:
        name: Of the format.
        field: Of the request that holds the messages; every block's path starts with it.
    """

    name: str
    field: str

    def matches(self, messages: Sequence[JSON]) -> bool:
        """Returns whether the messages look like this format."""
        ...

    def read(self, messages: Sequence[JSON]) -> Conversation:
        """Returns every text that the model reads.

        Raises:
            FormatError: A message is malformed.
        """
        ...
