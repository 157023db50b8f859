"""Rounds that a forwarder answers itself: the tool for them, and how they are put back.

The client has one message where the model said several, with calls and results between. So it is cut
at the same places again, and each block keeps the client's own bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from headroom.formats._body import Body
from headroom.types import JSON, Hidden, Insertion, Path, Span

_THOUGHTS = ("thinking", "redacted_thinking")


def kinds(content: Sequence[JSON]) -> str:
    """Returns a letter for each block of a message: t for thinking, b for others."""
    return "".join("t" if block.get("type") in _THOUGHTS else "b" for block in content)


def tools(body: Body) -> list[str]:
    """Returns the names of the tools that a request declares."""
    found = body.document.value(("tools",))
    listed = found if isinstance(found, list) else []
    return [str(tool.get("name")) for tool in listed if isinstance(tool, dict)]


def may_call(body: Body) -> bool:
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


def declaration(body: Body, tool: JSON) -> Insertion:
    """Returns how a tool is added to those that a request declares."""
    return Insertion(("tools", len(tools(body))), json.dumps(tool))


def put_back(body: Body, hidden: Mapping[int, Hidden]) -> bytes:
    """Returns a request with what its messages held that the client has never seen.

    Args:
        body: The request.
        hidden: By the index of the message.
    """
    splices = [
        splice for index, one in sorted(hidden.items()) for splice in _splices(body, index, one)
    ]
    pieces: list[bytes] = []
    position = 0
    for span, text in splices:
        pieces += [body.data[position : span.start], text]
        position = span.end
    return b"".join([*pieces, body.data[position:]])


def _splices(body: Body, index: int, hidden: Hidden) -> Iterator[tuple[Span, bytes]]:
    """Yields what goes where; nothing if the client has changed the message."""
    content = body.messages[index].get("content")
    if not isinstance(content, list) or not content:
        return
    now, then = kinds(content), hidden.visible
    if now not in (then, then.replace("t", "")):
        return
    # a client may drop the thoughts; then only the other blocks count
    places = [then[:place].count("b") if now != then else place for place in range(len(then) + 1)]
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


def _results(body: Body, index: int, results: bytes) -> Iterator[tuple[Span, bytes]]:
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
