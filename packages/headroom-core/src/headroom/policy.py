"""What may be touched, as one frozen value. Two equal policies give equal bytes."""

from __future__ import annotations

from dataclasses import dataclass, replace

DEFAULT_MODEL = "gpt-4o"
"""Whose tokenizer counts where no model is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What may be done to a conversation.

    Attributes:
        omit: Whole lines or rows may be left out where the original can be retrieved.
            Without it only lossless encodings are used.
        omit_from: Tokens from which a block may lose lines. Below about 1,000 a retrieval costs
            more than it saves.
        min_tokens: Blocks smaller than this are left alone.
        query: A question that is constant for the session, for callers whose question comes
            after the content (retrieval-augmented generation).
        exclude: Names of tools whose results are never touched.
        lossless_only: Names of tools whose results are only re-encoded.
        user_text: Pasted data inside user messages may be compressed, and images scaled. The user's
            own words never are.
        images: Images larger than the model sees them may be scaled to that size.
        image_tokens: What an image may cost at the most; larger ones are scaled further, and the
            model sees less of them. 0: no limit.

    Example:
        >>> Policy.lossless().omit
        False
    """

    omit: bool = True
    omit_from: int = 1000
    min_tokens: int = 40
    query: str = ""
    exclude: frozenset[str] = frozenset()
    lossless_only: frozenset[str] = frozenset()
    user_text: bool = True
    images: bool = True
    image_tokens: int = 0

    @classmethod
    def lossless(cls) -> Policy:
        """Returns the policy for callers without a way to retrieve: nothing is left out."""
        return cls(omit=False, images=False)

    def asking(self, query: str | None) -> Policy:
        """Returns this policy with a session-wide question."""
        return replace(self, query=query) if query else self
