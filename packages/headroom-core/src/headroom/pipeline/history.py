"""What precedes a message: all that a block's compressed form may depend on."""

from __future__ import annotations

from dataclasses import dataclass, field

from headroom.types import Block, Intent, Message

_WORDS = 4_000
"""Characters of a request that count as intent; a longer one is pasted data, not a question."""


@dataclass(slots=True)
class History:
    """The messages so far, as they came and as they went out."""

    messages: list[Message] = field(default_factory=list)

    def add(self, message: Message) -> None:
        """Takes the next message."""
        self.messages.append(message)

    def intent(self, message: Message, block: Block, query: str) -> Intent:
        """Returns what the model is after when it reads `block` of `message`."""
        request = [query] if query else []
        if block.kind == "user_text":
            request += [b.text[:_WORDS] for b in message.blocks if b.kind == "user_text"]
        else:
            request.append(self._last("user", "user_text"))
        call = self._last("assistant", "assistant_text", near=True)
        if block.tool:
            call = f"{call}\n{block.tool.name} {block.tool.arguments[:_WORDS]}"
        return Intent("\n".join(request), call)

    def _last(self, role: str, kind: str, *, near: bool = False) -> str:
        for message in reversed(self.messages):
            if message.role == role:
                texts = [b.text[:_WORDS] for b in message.blocks if b.kind == kind]
                if texts or near:
                    return "\n".join(texts)
        return ""
