"""What `compress` returns: the messages, and all that was decided about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from headroom.types import JSON, Entry, Outcome, Path, Receipt, Steered


class _Counts:
    """Figures of a receipt, as properties of the result."""

    receipt: Receipt

    @property
    def refs(self) -> list[str]:
        """References left in the text, in order. Empty: nothing was left out."""
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


class Result(list[JSON], _Counts):
    """The compressed messages: a list to pass straight to the provider, with its receipt.

    Attributes:
        receipt: One decision for every block, also for those left alone.
        originals: What was put in place of what, by path.
    """

    def __init__(
        self, messages: Iterable[JSON], receipt: Receipt, originals: Mapping[Path, Entry]
    ) -> None:
        super().__init__(messages)
        self.receipt = receipt
        self.originals = originals

    @property
    def messages(self) -> list[JSON]:
        """The compressed messages as a plain list."""
        return list(self)


class BodyResult(_Counts):
    """A compressed request body.

    Attributes:
        body: The bytes to send: the client's own, but for the texts that were edited.
        receipt: One decision for every block.
        originals: What was put in place of what, by path.
        reason: Why the body was left as it is, if it could not be read; else an empty string.
        model: That the caller or the body names; may be empty.
        lineage: One hash for each message, of it and of all messages before it.
        retrieves: Whether the body declares a retrieve tool that the client does not know, so that
            calls of it have to be answered on the way.
        added: Tokens of what the client does not know of, by the message where it stands; that of
            the tool at the first.
        steered: What is asked of the model about the form of its answers, or that the conversation
            is held out; None: it is neither.
        conversation: The name of such a conversation.
        asked: The user's last request in it, as far as it is of use to whoever goes on from there.
    """

    def __init__(  # noqa: PLR0913 - a value
        self,
        body: bytes,
        receipt: Receipt,
        originals: Mapping[Path, Entry],
        *,
        reason: str = "",
        model: str = "",
        lineage: Sequence[bytes] = (),
        retrieves: bool = False,
        added: Mapping[int, int] | None = None,
        steered: Steered | None = None,
        conversation: bytes = b"",
        asked: str = "",
    ) -> None:
        self.body = body
        self.receipt = receipt
        self.originals = originals
        self.reason = reason
        self.model = model
        self.lineage = lineage
        self.retrieves = retrieves
        self.added = added or {}
        self.steered = steered
        self.conversation = conversation
        self.asked = asked


def originals_of(outcome: Outcome) -> dict[Path, Entry]:
    """Returns what an outcome puts in place of what, by path."""
    pairs = zip(outcome.edits, outcome.entries, strict=True)
    return {edit.path: entry for edit, entry in pairs}
