"""Rounds in responses: calls and outputs are items of their own, and go back between the client's.

Source: https://platform.openai.com/docs/guides/function-calling
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from headroom.formats._body import Body
from headroom.formats._rounds import Splice, places_in, spliced
from headroom.types import JSON, Hidden, Insertion, Shape, Span

_FREE = (None, "auto", "required")
_THOUGHTS = ("reasoning", "compaction")


class OpenAIResponsesRounds:
    """Parts are the items of an output."""

    shape: Shape = "openai_responses"

    def tools(self, body: Body) -> list[str]:
        """Returns the names of the tools that a request declares; of those that have none, the type."""
        found = body.document.value(("tools",))
        listed = [tool for tool in found or () if isinstance(tool, dict)]
        return [str(tool.get("name") or tool.get("type")) for tool in listed]

    def joins(self, body: Body) -> bool:
        """Returns whether the client waits for the answer, and nobody else can go on from it."""
        return not any(body.document.value((name,)) for name in ("conversation", "background"))

    def may_call(self, body: Body) -> bool:
        """Returns whether the model is free to call any of its tools before it answers."""
        value = body.document.value
        text, last = value(("text",)), body.messages[-1] if body.messages else {}
        written = text.get("format") if isinstance(text, dict) else None
        formatted = isinstance(written, dict) and written.get("type") != "text"
        return (
            value(("tool_choice",)) in _FREE
            and not formatted
            and not (isinstance(last, dict) and last.get("role") == "assistant")
        )

    def declaration(self, body: Body, tool: JSON) -> Insertion:
        """Returns how a tool is added to those that a request declares."""
        return Insertion(("tools", len(self.tools(body))), json.dumps(tool))

    def arguments(self, call: JSON) -> JSON:
        """Returns what a call passes to its tool."""
        return call.get("arguments")

    def result(self, call: JSON, text: str, *, failed: bool) -> JSON:
        """Returns the item that answers a call."""
        del failed  # the text says so
        return {"type": "function_call_output", "call_id": call.get("call_id"), "output": text}

    def exchange(self, said: Sequence[JSON], results: Sequence[JSON]) -> list[JSON]:
        """Returns the items with which the model goes on; sealed thoughts, for nobody keeps others."""
        kept = (i for i in said if i.get("type") != "reasoning" or i.get("encrypted_content"))
        return [*kept, *results]

    def messages(self, said: Sequence[JSON]) -> list[JSON]:
        """Returns the items as they are."""
        return list(said)

    def kinds(self, said: Sequence[JSON]) -> str:
        """Returns a letter for each item: t for thinking, b for others."""
        return "".join("t" if _is_thought(item) else "b" for item in said)

    def put_back(self, body: Body, hidden: Mapping[int, Hidden]) -> bytes:
        """Returns a request with what its messages held that the client has never seen."""
        if isinstance(body.messages, str):
            return body.data
        found = (s for index, one in hidden.items() for s in self._splices(body, index, one))
        return spliced(body.data, found)

    def _splices(self, body: Body, index: int, hidden: Hidden) -> Iterator[Splice]:
        """Yields what goes where; nothing if the client has changed the items."""
        last = hidden.visible.rindex("b") + 1  # the last item that has a name in the ledger
        for count, more in ((last, len(hidden.visible) - last), (hidden.visible.count("b"), 0)):
            start = index + 1 - count
            items = body.messages[max(start, 0) : index + 1 + more]
            places = places_in(self.kinds(items), hidden.visible)
            if places is not None:
                break
        else:
            return
        end = start + len(items)
        for one in hidden.rounds:
            for place, call in one.calls:
                yield _item(body, start + places[place], call)
            yield _item(body, end if one.end is None else start + places[one.end], one.results)


def _is_thought(item: JSON) -> bool:
    """Returns whether an item is a thought, or refers to one: of these only the name is there."""
    return item.get("type") in _THOUGHTS or str(item.get("id")).startswith("rs_")


def _item(body: Body, index: int, items: str) -> Splice:
    """Returns how items go in where an index is."""
    if index < len(body.messages):
        (here,) = body.spans([("input", index)])
        return Span(here.start, here.start), items.encode() + b","
    (before,) = body.spans([("input", index - 1)])
    return Span(before.end, before.end), b"," + items.encode()
