"""The public face: composes wire format, pipeline and store. I/O happens here and above."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from headroom.ccr.memory import MemoryStore
from headroom.compressors import BUILTIN
from headroom.errors import KeyMissing
from headroom.formats import apply_edits, detect_format
from headroom.home import home, tiktoken_cache
from headroom.pipeline import Memo, run
from headroom.pipeline.run import Engine
from headroom.policy import Policy
from headroom.protocols import Store, Tokenizer
from headroom.tokenizers import for_model
from headroom.types import JSON, Edit, Receipt

DEFAULT_MODEL = "gpt-4o"


class Result(list[JSON]):
    """The compressed messages: a list to pass straight to the provider, with its receipt.

    Attributes:
        receipt: One decision for every block, also for those left alone.
    """

    def __init__(self, messages: Iterable[JSON], receipt: Receipt) -> None:
        super().__init__(messages)
        self.receipt = receipt

    @property
    def messages(self) -> list[JSON]:
        """The compressed messages as a plain list."""
        return list(self)

    @property
    def refs(self) -> list[str]:
        """References left in the text, in order. Empty: nothing was omitted."""
        return [d.ref for d in self.receipt.decisions if d.ref is not None]

    @property
    def tokens_before(self) -> int:
        """Tokens of all texts as they came."""
        return self.receipt.tokens_before

    @property
    def tokens_after(self) -> int:
        """Tokens of all texts as they go out."""
        return self.receipt.tokens_after

    @property
    def tokens_saved(self) -> int:
        """Tokens before minus tokens after."""
        return self.tokens_before - self.tokens_after

    @property
    def savings(self) -> float:
        """Share saved, 0 to 1."""
        return self.tokens_saved / self.tokens_before if self.tokens_before else 0.0


class Headroom:
    """A compressor with its policy and store."""

    def __init__(self, *, policy: Policy | None = None, store: Store | None = None) -> None:
        self.policy = policy or Policy()
        self.store = store or MemoryStore()
        self._memo: Memo = Memo()

    def compress(
        self, messages: Sequence[JSON], *, model: str = DEFAULT_MODEL, query: str | None = None
    ) -> Result:
        """Returns the messages, shorter, in the same shape; the caller's list is not modified."""
        wire_format = detect_format(messages)
        engine = Engine(self.policy.asking(query), self._tokenizer(model), BUILTIN)
        outcome = run(wire_format.read(messages), engine, self._memo)
        self.store.put(outcome.entries)
        return Result(apply_edits(messages, outcome.edits), outcome.receipt)

    def _tokenizer(self, model: str) -> Tokenizer:
        return for_model(model, cache_dir=home() / "cache", tiktoken_cache=tiktoken_cache())

    def restore(self, messages: Sequence[JSON]) -> list[JSON]:
        """Returns the original messages behind compressed ones."""
        edits = []
        for message in detect_format(messages).read(messages).messages:
            for block in message.blocks:
                if block.kind in ("tool_result", "user_text"):
                    original = self.store.original(block.text)
                    if original is not None:
                        edits.append(Edit(block.path, original))
        return apply_edits(messages, edits)

    def retrieve(self, ref: str) -> str:
        """Returns the original behind a reference, byte-exact.

        Raises:
            KeyMissing: The store does not know the reference.
        """
        original = self.store.get(ref)
        if original is None:
            raise KeyMissing(f"no original is stored under {ref!r}")
        return original


@cache
def default() -> Headroom:
    """Returns the process-wide instance behind the module-level functions."""
    return Headroom()


def compress(
    messages: Sequence[JSON], *, model: str = DEFAULT_MODEL, query: str | None = None
) -> Result:
    """Returns the messages, shorter, in the same shape."""
    return default().compress(messages, model=model, query=query)


def restore(messages: Sequence[JSON]) -> list[JSON]:
    """Returns the original messages behind compressed ones."""
    return default().restore(messages)


def retrieve(ref: str) -> str:
    """Returns the original behind a reference."""
    return default().retrieve(ref)
