"""Rounds in Gemini contents: those that the client has not seen stand before the one that it has, which
begins later then. Clients may keep the pieces of a stream as contents of their own.

Sources: https://ai.google.dev/gemini-api/docs/function-calling,
https://ai.google.dev/gemini-api/docs/thought-signatures
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from headroom.formats._body import Body
from headroom.formats._rounds import Part, Splice, spliced, split_parts
from headroom.types import JSON, Hidden, Insertion, Path, Round, Shape, Span

_DECLARED = ("functionDeclarations", "function_declarations")
_PLAIN = (None, "text/plain")


class GeminiRounds:
    """Parts are those of a content; thoughts that are shown do not count.

    A round that the model went on from keeps its whole content in `calls`. Places are counted in
    characters of text and other parts.
    """

    shape: Shape = "gemini"

    def tools(self, body: Body) -> list[str]:
        """Returns the names of the functions that a request declares."""
        path = _declared(body)
        functions = body.document.value(path) if path else ()
        return [str(one.get("name")) for one in functions or () if isinstance(one, dict)]

    def joins(self, body: Body) -> bool:
        """Returns whether there will be one answer."""
        told = _of(_field(body, "generationConfig", "generation_config"))
        return told.get("candidateCount", told.get("candidate_count")) in (None, 1)

    def may_call(self, body: Body) -> bool:
        """Returns whether the model is free to call any of its tools before it answers."""
        asked = _of(_field(body, "toolConfig", "tool_config"))
        calling = _of(asked.get("functionCallingConfig", asked.get("function_calling_config")))
        told = _of(_field(body, "generationConfig", "generation_config"))
        names = ("allowedFunctionNames", "allowed_function_names")
        modalities = told.get("responseModalities", told.get("response_modalities"))
        last = body.messages[-1] if body.messages else {}
        return (
            str(calling.get("mode", "AUTO")).upper() != "NONE"
            and not any(calling.get(name) for name in names)
            and told.get("responseMimeType", told.get("response_mime_type")) in _PLAIN
            and modalities in (None, [], ["TEXT"])
            and last.get("role") != "model"
        )

    def declaration(self, body: Body, tool: JSON) -> Insertion:
        """Returns how a function is added to those that a request declares."""
        return Insertion((*_declared(body), len(self.tools(body))), json.dumps(tool))

    def arguments(self, call: JSON) -> JSON:
        """Returns what a call passes to its function."""
        return call["functionCall"].get("args")

    def result(self, call: JSON, text: str, *, failed: bool) -> JSON:
        """Returns the part that answers a call."""
        asked = call["functionCall"]
        named = {field: asked[field] for field in ("id", "name") if field in asked}
        response = {"error" if failed else "output": text}
        return {"functionResponse": {**named, "response": response}}

    def exchange(self, said: Sequence[JSON], results: Sequence[JSON]) -> list[JSON]:
        """Returns the contents with which the model goes on."""
        return [*self.messages(said), {"role": "user", "parts": list(results)}]

    def messages(self, said: Sequence[JSON]) -> list[JSON]:
        """Returns the content of some parts."""
        return [{"role": "model", "parts": list(said)}]

    def kinds(self, said: Sequence[JSON]) -> str:
        """Returns nothing: whether a content was changed, its lineage tells."""
        del said
        return ""

    def put_back(self, body: Body, hidden: Mapping[int, Hidden]) -> bytes:
        """Returns a request with what its contents held that the client has never seen."""
        found = (s for index, one in hidden.items() for s in _splices(body, index, one.rounds))
        return spliced(body.data, found)


def _splices(body: Body, index: int, rounds: Sequence[Round]) -> Iterator[Splice]:
    first = index
    while first and body.messages[first - 1].get("role") == "model":
        first -= 1
    numbers = range(first, index + 1)
    parts = [part for n in numbers for part in _parts(body, n)]
    contents: list[bytes] = []
    start = 0
    waiting = b""
    for one in rounds:
        if one.end is None:
            waiting = one.results.encode()
            parts = _with_calls(parts, one, start)
        else:
            contents += [call.encode() for _, call in one.calls]
            contents.append(_content(b"user", one.results.encode()))
            _, parts = split_parts(parts, one.end - start)
            start = one.end
    if parts:
        contents.append(_content(b"model", b",".join(raw for _, raw in parts)))
    here, last = body.spans([("contents", first), ("contents", index)])
    yield Span(here.start, last.end), b",".join(contents)
    if waiting:
        yield from _results(body, index + 1, waiting)


def _with_calls(parts: Sequence[Part], one: Round, start: int) -> list[Part]:
    """Returns the client's parts with our calls where they were among them."""
    out: list[Part] = []
    rest = list(parts)
    for place, call in one.calls:
        left, rest = split_parts(rest, place - start)
        out += [*left, ({}, call.encode())]
        start = place
    return [*out, *rest]


def _results(body: Body, index: int, results: bytes) -> Iterator[Splice]:
    """Yields where results go that the client's own follow."""
    if index < len(body.messages):
        parts = body.messages[index].get("parts")
        if parts:
            (span,) = body.spans([("contents", index, "parts", 0)])
            yield Span(span.start, span.start), results + b","


def _parts(body: Body, index: int) -> list[Part]:
    parts = body.messages[index].get("parts") or ()
    spans = body.spans([("contents", index, "parts", n) for n in range(len(parts))])
    raws = (body.data[span.start : span.end] for span in spans)
    return list(zip(parts, raws, strict=True))


def _content(role: bytes, parts: bytes) -> bytes:
    return b'{"role":"%s","parts":[%s]}' % (role, parts)


def _declared(body: Body) -> Path:
    """Returns where functions are declared; empty: nowhere."""
    tools = body.document.value(("tools",))
    for n, tool in enumerate(tools if isinstance(tools, list) else ()):
        for name in _DECLARED:
            if isinstance(tool, dict) and isinstance(tool.get(name), list):
                return "tools", n, name
    return ()


def _field(body: Body, *names: str) -> JSON:
    return next((found for name in names if (found := body.document.value((name,)))), None)


def _of(value: JSON) -> dict[str, JSON]:
    return value if isinstance(value, dict) else {}
