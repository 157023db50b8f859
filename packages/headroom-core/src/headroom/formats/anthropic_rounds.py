"""Rounds in Anthropic messages: the client's one message is cut into those that the model said.

Source: https://docs.anthropic.com/en/docs/agents-and-tools/tool-use/implement-tool-use
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from headroom.formats._body import Body
from headroom.formats._rounds import Splice, places_in, spliced
from headroom.types import JSON, Hidden, Insertion, Path, Shape, Span

_THOUGHTS = ("thinking", "redacted_thinking")


class AnthropicRounds:
    """Parts are the content blocks of a message."""

    shape: Shape = "anthropic"

    def tools(self, body: Body) -> list[str]:
        """Returns the names of the tools that a request declares."""
        found = body.document.value(("tools",))
        listed = found if isinstance(found, list) else []
        return [str(tool.get("name")) for tool in listed if isinstance(tool, dict)]

    def joins(self, body: Body) -> bool:
        """Returns whether there will be one answer: there always is."""
        del body
        return True

    def may_call(self, body: Body) -> bool:
        """Returns whether the model is free to call any of its tools before it answers."""
        choice = body.document.value(("tool_choice",))
        forced = choice.get("type") if isinstance(choice, dict) else None
        output = body.document.value(("output_config",))
        formatted = output.get("format") if isinstance(output, dict) else None
        last = body.messages[-1] if body.messages else {}
        return (
            forced in (None, "auto", "any")
            and not formatted
            and not body.document.value(("output_format",))
            and last.get("role") != "assistant"
        )

    def declaration(self, body: Body, tool: JSON) -> Insertion:
        """Returns how a tool is added to those that a request declares."""
        return Insertion(("tools", len(self.tools(body))), json.dumps(tool))

    def arguments(self, call: JSON) -> JSON:
        """Returns what a call passes to its tool."""
        return call.get("input")

    def result(self, call: JSON, text: str, *, failed: bool) -> JSON:
        """Returns the block that answers a call."""
        result = {"type": "tool_result", "tool_use_id": call.get("id"), "content": text}
        return {**result, "is_error": True} if failed else result

    def exchange(self, said: Sequence[JSON], results: Sequence[JSON]) -> list[JSON]:
        """Returns the messages with which the model goes on."""
        return [*self.messages(said), {"role": "user", "content": list(results)}]

    def messages(self, said: Sequence[JSON]) -> list[JSON]:
        """Returns the message of some blocks."""
        return [{"role": "assistant", "content": list(said)}]

    def kinds(self, said: Sequence[JSON]) -> str:
        """Returns a letter for each block of a message: t for thinking, b for others."""
        return "".join("t" if block.get("type") in _THOUGHTS else "b" for block in said)

    def put_back(self, body: Body, hidden: Mapping[int, Hidden]) -> bytes:
        """Returns a request with what its messages held that the client has never seen."""
        found = (s for index, one in hidden.items() for s in self._splices(body, index, one))
        return spliced(body.data, found)

    def _splices(self, body: Body, index: int, hidden: Hidden) -> Iterator[Splice]:
        """Yields what goes where; nothing if the client has changed the message."""
        content = body.messages[index].get("content")
        if not isinstance(content, list) or not content:
            return
        places = places_in(self.kinds(content), hidden.visible)
        if places is None:
            return
        path: Path = ("messages", index)
        whole, *spans = body.spans([path, *((*path, "content", n) for n in range(len(content)))])
        blocks = [body.data[span.start : span.end] for span in spans]
        yield whole, b",".join(_messages(hidden, places, blocks))
        rest = [one.results for one in hidden.rounds if one.end is None]
        if rest:
            yield from _results(body, index, rest[0].encode())


def _messages(hidden: Hidden, places: Sequence[int], blocks: Sequence[bytes]) -> Iterator[bytes]:
    """Yields the messages that the client has as one, with its own bytes of each block."""
    said: list[bytes] = []
    for place in range(len(blocks) + 1):
        for one in hidden.rounds:
            said += [call.encode() for at, call in one.calls if places[at] == place]
            if one.end is not None and places[one.end] == place:
                yield _message(b"assistant", said)
                yield _message(b"user", [one.results.encode()])
                said = []
        said += blocks[place : place + 1]
    if said:
        yield _message(b"assistant", said)


def _results(body: Body, index: int, results: bytes) -> Iterator[Splice]:
    """Yields where results go that the client's own follow."""
    for n in range(index + 1, len(body.messages)):
        if body.messages[n].get("role") != "user":
            continue
        content = body.messages[n].get("content")
        whole, inside = body.spans([("messages", n), ("messages", n, "content")])
        if isinstance(content, list):
            at = inside.start + 1
            yield Span(at, at), results + (b"," if content else b"")
        else:
            yield Span(whole.start, whole.start), _message(b"user", [results]) + b","
        return


def _message(role: bytes, blocks: Sequence[bytes]) -> bytes:
    return b'{"role":"%s","content":[%s]}' % (role, b",".join(blocks))
