"""What may be touched, as one frozen value. Two equal policies give equal bytes."""

from __future__ import annotations

from dataclasses import dataclass, replace

DEFAULT_MODEL = "gpt-4o"
"""Whose tokenizer counts where no model is named."""

WINDOW_SHARE = 0.75
"""Share of a model's window that the texts of messages may take. The rest is for what no count of
texts shows: system prompt, tools, names and brackets, the answer, and the error of an estimate.
"""

TIGHT_OMIT_FROM = 400
"""Tokens from which a block may lose lines where the window is small."""


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
        budget_tokens: What the texts of all messages may take. Where they would take more, the
            oldest results are folded, in rare epochs; each breaks the provider's prompt cache once.
        fit_window: The model's own window is the budget, less a share for the system prompt, the
            tools and the answer. `budget_tokens` goes before.

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
    budget_tokens: int | None = None
    fit_window: bool = False

    def __post_init__(self) -> None:
        if self.budget_tokens is not None and self.budget_tokens < 1:
            raise ValueError(
                f"budget_tokens: expected a positive number of tokens, got {self.budget_tokens!r}"
            )

    @classmethod
    def lossless(cls) -> Policy:
        """Returns the policy for callers without a way to retrieve: nothing is left out."""
        return cls(omit=False, images=False)

    @classmethod
    def tight(cls, *, budget_tokens: int) -> Policy:
        """Returns the policy for a window that is small for the task.

        Smaller blocks may lose lines too, and older ones are folded to stay within the budget.
        """
        return cls(omit_from=TIGHT_OMIT_FROM, budget_tokens=budget_tokens)

    def within(self, window: int | None) -> Policy:
        """Returns this policy for a model that takes `window` tokens of input, if that is known."""
        if not self.fit_window or self.budget_tokens is not None or window is None:
            return self
        return replace(self, budget_tokens=int(window * WINDOW_SHARE))

    def asking(self, query: str | None) -> Policy:
        """Returns this policy with a session-wide question."""
        return replace(self, query=query) if query else self
