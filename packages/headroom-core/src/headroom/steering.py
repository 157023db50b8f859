"""What is asked of a model about the form of its answers: once, behind the first request.

Before the first answer nothing of a conversation is in a cache, so what is added there, at its end,
touches no prefix. From then on it is part of what was sent: the ledger keeps it with the message that
it follows, and every later request carries it at the same place. A share of the conversations is
held out, so that what it changes can be counted.
"""

from __future__ import annotations

from dataclasses import dataclass

from headroom.formats import Body
from headroom.formats.threads import is_kept, warms_up
from headroom.types import JSON, Edit, Path, Steered

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
"""Names that providers have for how much a model thinks, in order; not each knows all of them."""

_EFFORT: dict[str, tuple[Path, ...]] = {
    "anthropic_messages": (("output_config", "effort"),),
    "openai_chat": (("reasoning_effort",),),
    "openai_responses": (("reasoning", "effort"),),
    "gemini": (
        ("generationConfig", "thinkingConfig", "thinkingLevel"),
        ("generation_config", "thinking_config", "thinking_level"),
    ),
}
"""Where a request says it, by wire format."""

_KNOWN_BY_ALL = {"gemini": ("low", "high")}
"""Where models know so few of the names that others are not to be asked of one that did not say so."""

_FORMATS: dict[str, tuple[Path, ...]] = {
    "anthropic_messages": (("output_config", "format"), ("output_format",)),
    "openai_chat": (("response_format",),),
    "openai_responses": (("text", "format"),),
    "gemini": tuple(
        (config, field)
        for config, fields in (
            ("generationConfig", ("responseMimeType", "responseSchema", "responseJsonSchema")),
            (
                "generation_config",
                ("response_mime_type", "response_schema", "response_json_schema"),
            ),
        )
        for field in fields
    ),
}
"""Where a request fixes the form of the answer, so that nothing is to be said about it."""

_FREE: tuple[JSON, ...] = (None, {}, {"type": "text"}, "text/plain")
"""What leaves the form free, said there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steering:
    """What is asked of models.

    Attributes:
        text: What is said; empty: nothing.
        effort: The most that they are to think; empty: as the client says. Where the client says
            nothing, nothing is said.
        holdout: The share of conversations that are left as they are.
    """

    text: str = ""
    effort: str = ""
    holdout: float = 0.2

    def of(self, key: bytes) -> Steered:
        """Returns what is done with a conversation, by nothing but its beginning.

        Args:
            key: Of the last message of its first request.
        """
        if int.from_bytes(key[:8], "big") < self.holdout * 2**64:
            return Steered()
        return Steered(self.text, self.effort)


def may_steer(request: Body) -> bool:
    """Returns whether a model is to answer in a form that is free."""
    fixed = (request.document.value(path) for path in _FORMATS[request.wire_format.name])
    return all(value in _FREE for value in fixed) and not warms_up(request)


def said(request: Body, steered: Steered | None) -> list[JSON]:
    """Returns the messages that ask a model for it."""
    if steered is None or not steered.text:
        return []
    if request.wire_format.name == "gemini":
        return [{"role": "user", "parts": [{"text": steered.text}]}]
    return [{"role": "user", "content": steered.text}]


def effort(request: Body, steered: Steered | None) -> list[Edit]:
    """Returns how a request asks for less thought, where it says how much."""
    name = request.wire_format.name
    if steered is None or is_kept(request):
        return []  # of what is kept, later requests may not show how it began
    most = steered.effort
    if most not in _KNOWN_BY_ALL.get(name, EFFORTS):
        return []
    edits = []
    for path in _EFFORT[name]:
        asked = request.document.value(path)
        level = asked.lower() if isinstance(asked, str) else ""
        if level in EFFORTS and EFFORTS.index(level) > EFFORTS.index(most):
            edits.append(Edit(path, most.upper() if asked.isupper() else most))
    return edits
