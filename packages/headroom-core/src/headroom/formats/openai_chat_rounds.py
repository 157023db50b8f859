"""Rounds in chat completions: messages of the model that its client has not seen stand before the one
that it has, whose text begins later then.

Source: https://platform.openai.com/docs/guides/function-calling?api-mode=chat
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from headroom.formats._body import Body
from headroom.formats._rounds import Part, Splice, dumped, spliced, split_parts
from headroom.types import JSON, Hidden, Insertion, Path, Round, Shape, Span

_FREE = (None, "auto", "required")


class OpenAIChatRounds:
    """What a model says is one message.

    A round that the model went on from keeps its whole message in `calls`: what it says is what the
    client's message begins with. Else the places of calls are among `tool_calls`.
    """

    shape: Shape = "openai"

    def tools(self, body: Body) -> list[str]:
        """Returns the names of the tools that a request declares; the old `functions` are none."""
        found = body.document.value(("tools",))
        listed = [tool for tool in found or () if isinstance(tool, dict)]
        named = (tool.get(str(tool.get("type"))) for tool in listed)
        return [str(one.get("name")) if isinstance(one, dict) else "" for one in named]

    def joins(self, body: Body) -> bool:
        """Returns whether there will be one answer, and nothing counted by its tokens."""
        value = body.document.value
        return value(("n",)) in (None, 1) and not value(("logprobs",))

    def may_call(self, body: Body) -> bool:
        """Returns whether the model is free to call any of its tools before it answers."""
        value = body.document.value
        answers, written = value(("response_format",)), value(("modalities",))
        formatted = isinstance(answers, dict) and answers.get("type") != "text"
        last = body.messages[-1] if body.messages else {}
        return (
            value(("tool_choice",)) in _FREE
            and written in (None, ["text"])
            and not formatted
            and not value(("functions",))
            and last.get("role") != "assistant"
        )

    def declaration(self, body: Body, tool: JSON) -> Insertion:
        """Returns how a tool is added to those that a request declares."""
        return Insertion(("tools", len(self.tools(body))), json.dumps(tool))

    def arguments(self, call: JSON) -> JSON:
        """Returns what a call passes to its tool."""
        return call["function"].get("arguments")

    def result(self, call: JSON, text: str, *, failed: bool) -> JSON:
        """Returns the message that answers a call."""
        del failed  # the text says so
        return {"role": "tool", "tool_call_id": call.get("id"), "content": text}

    def exchange(self, said: Sequence[JSON], results: Sequence[JSON]) -> list[JSON]:
        """Returns the messages with which the model goes on."""
        return [*said, *results]

    def messages(self, said: Sequence[JSON]) -> list[JSON]:
        """Returns what is a message already."""
        return list(said)

    def kinds(self, said: Sequence[JSON]) -> str:
        """Returns nothing: whether a message was changed, its lineage tells."""
        del said
        return ""

    def put_back(self, body: Body, hidden: Mapping[int, Hidden]) -> bytes:
        """Returns a request with what its messages held that the client has never seen."""
        found = (s for index, one in hidden.items() for s in _splices(body, index, one.rounds))
        return spliced(body.data, found)


def _splices(body: Body, index: int, rounds: Sequence[Round]) -> Iterator[Splice]:
    (whole,) = body.spans([("messages", index)])
    said = [call for one in rounds if one.end is not None for _, call in one.calls]
    for one in rounds:
        if one.end is not None:
            before = [*(call for _, call in one.calls), one.results, ""]
            yield Span(whole.start, whole.start), ",".join(before).encode()
        else:
            yield from _calls(body, index, one)
            yield Span(whole.end, whole.end), b"," + one.results.encode()
    yield from _rest(body, index, [json.loads(message) for message in said])


def _rest(body: Body, index: int, said: Sequence[JSON]) -> Iterator[Splice]:
    """Yields the fields of a message without what other messages said before it."""
    message = body.messages[index]
    for field in dict.fromkeys(field for one in said for field in one):
        now, before = message.get(field), [one.get(field) for one in said]
        text = "".join(value for value in before if isinstance(value, str))
        count = sum(len(value) for value in before if isinstance(value, list))
        path: Path = ("messages", index, field)
        if field in ("role", "tool_calls"):
            continue
        if isinstance(now, str) and text and now.startswith(text):
            (span,) = body.spans([path])
            yield span, dumped(now[len(text) :]).encode()
        elif isinstance(now, list) and (text or count):
            parts = _parts(body, path, now)
            rest = split_parts(parts, len(text))[1] if text else parts[count:]
            (span,) = body.spans([path])
            yield span, b"[%s]" % b",".join(raw for _, raw in rest) if rest else b'""'


def _parts(body: Body, path: Path, parts: Sequence[JSON]) -> list[Part]:
    spans = body.spans([(*path, n) for n in range(len(parts))])
    raws = (body.data[span.start : span.end] for span in spans)
    return list(zip(parts, raws, strict=True))


def _calls(body: Body, index: int, one: Round) -> Iterator[Splice]:
    """Yields our calls where they were among the client's."""
    path: Path = ("messages", index, "tool_calls")
    message = body.messages[index]
    theirs = message.get("tool_calls")
    if not theirs:
        (whole,) = body.spans([path[:2]])
        listed = b"[%s]" % b",".join(call.encode() for _, call in one.calls)
        if "tool_calls" in message:
            (span,) = body.spans([path])
            yield span, listed
        else:
            yield Span(whole.start + 1, whole.start + 1), b'"tool_calls":%s,' % listed
        return
    spans = body.spans([(*path, n) for n in range(len(theirs))])
    for place, call in one.calls:
        if place < len(spans):
            yield Span(spans[place].start, spans[place].start), call.encode() + b","
        else:
            yield Span(spans[-1].end, spans[-1].end), b"," + call.encode()
