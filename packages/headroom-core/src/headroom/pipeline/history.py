"""What precedes a message: all that a block's compressed form may depend on."""

from __future__ import annotations

import re
from collections.abc import Sequence

from headroom.ccr.keys import next_context
from headroom.compressors.repeats import Seen
from headroom.detect import WORDS, segment
from headroom.kernels import SeenLines, Vocabulary
from headroom.types import Block, Intent, Message, Span

_WORDS = 4_000
"""Characters of a request that count as intent; a longer one is pasted data, not a question."""

_PASTED = 500
"""Characters of a user's text below which nothing is taken for pasted."""

_TAG = re.compile(r"</?[\w-]+>")
_LETTERS = re.compile(r"[^\W\d_]{3}")

_ASKED_AGAIN = 160
"""Bytes in a row that were left out before and come again: fewer say nothing about why."""

_FENCE = re.compile(r"```[\w-]*\n(.+)")


class History:
    """The messages so far: what was asked, which calls were made, and what the model can read.

    Attributes:
        seen: The lines that it can read.
        met: The words that it has read.
        context: The hash of all texts as they went out.
        turn: Messages from the user and from tools, the one that comes next included.
    """

    def __init__(self) -> None:
        self.seen = Seen()
        self.met = Vocabulary()
        self.context = b""
        self.turn = 1
        self._left_out = SeenLines()
        self._request = ""
        self._asked: tuple[Message | None, str] = None, ""
        self._said = ""
        self._calls: dict[str, str] = {}

    def read(self, block: Block) -> None:
        """Takes a block that goes out as it is, after all blocks before it."""
        if block.kind == "tool_call" and block.tool:
            self._calls[block.tool.id] = block.text.strip().partition("\n")[0] or block.tool.name
        if not block.is_image:
            if block.kind != "instructions":  # which may be others in the next request
                self.seen.add(block.text, self._label(block), block.path)
            self._meet(block.text)
        self.context = next_context(self.context, block.text)

    def read_edited(self, block: Block, text: str, hidden: Sequence[Span]) -> None:
        """Takes a block that goes out as `text`, in which all but `hidden` can be read."""
        if not block.is_image:
            self.seen.add(block.text, self._label(block), block.path, hidden)
            self._meet(text)
            data = block.text.encode("utf-8")
            self._left_out.add(b"\n".join(data[span.start : span.end] for span in hidden))
        self.context = next_context(self.context, text)

    def read_folded(self, block: Block, text: str, hidden: Sequence[Span]) -> None:
        """Takes a block that could be read, and of which `text` is left."""
        self.seen.add(block.text, self._label(block), block.path, hidden, named=True)
        self._meet(text)
        self.context = next_context(self.context, text)

    def end(self, message: Message) -> None:
        """Takes the end of a message: from now on it is what was said last."""
        self.turn += message.role != "assistant"
        if message.role == "user":
            self._request = self._asked_in(message) or self._request
        elif message.role == "assistant":
            texts = [b.text[:_WORDS] for b in message.blocks if b.kind == "assistant_text"]
            self._said = "\n".join(texts)

    def intent(self, message: Message, block: Block, query: str) -> Intent:
        """Returns what the model is after when it reads `block` of `message`."""
        request = self._request
        if block.kind == "user_text":
            request = self._asked_in(message) or request
        call = self._said
        if block.tool:
            call = f"{call}\n{block.tool.name} {block.tool.arguments[:_WORDS]}"
        return Intent(f"{query}\n{request}" if query else request, call)

    def asked_again(self, text: str) -> bool:
        """Returns whether some of a text was left out when the model read it before."""
        return bool(self._left_out.match(text, _ASKED_AGAIN))

    def _asked_in(self, message: Message) -> str:
        """Returns what a user's message asks for, without what is pasted into it."""
        if self._asked[0] is not message:
            texts = (_own_words(b.text) for b in message.blocks if b.kind == "user_text")
            self._asked = message, "\n".join(text[:_WORDS] for text in texts if text)
        return self._asked[1]

    def _meet(self, text: str) -> None:
        # What was left out has not been met: it is new again when it comes again.
        self.met.add(text.encode("utf-8", "replace"))

    def _label(self, block: Block) -> str:
        match block.kind:
            case "tool_result" | "image" | "compressed":
                tool = block.tool
                return (self._calls.get(tool.id) or tool.name) if tool else "an earlier result"
            case "tool_call":
                return "your call " + (self._calls[block.tool.id] if block.tool else "")
            case "assistant_text":
                commands = _FENCE.findall(block.text)
                return f"your call {commands[-1]}" if commands else "your message"
            case "instructions":
                return "the instructions"
            case "user_text":  # agents that talk in text put the call in a fence
                commands = _FENCE.findall(self._said)
                return commands[-1] if commands else "the user's message"


def _own_words(text: str) -> str:
    if len(text) < _PASTED:
        return text
    parts = segment(text.encode("utf-8", "replace"), pasted=True)
    words = b"".join(part.data for part in parts if part.detection.content_type == WORDS)
    own = words.decode("utf-8", "replace")
    return own if _LETTERS.search(_TAG.sub("", own)) else ""
