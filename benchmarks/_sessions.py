"""Recorded and made-up sessions, and the client that plays them, for benchmarks of the gateway."""

from __future__ import annotations

import http.client
import json
import random
import re
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from _agents import Agent, said_in

from headroom.ccr.marker import references
from headroom.ccr.tool import NAME
from headroom.formats import read
from headroom.tokenizers import for_model
from headroom_testing.simulator import Call, Recorded, Reply, Text, Thinking
from headroom_testing.simulator.prompts import read_prompt

KINDS = ("user_text", "tool_result")
PROMPT = "".join(f"Rule {n}: say what you are about to do, in a sentence.\n" for n in range(700))
"""As much as what agents say before the user does: 36 to 54 KB."""

LINES = re.compile(r'headroom_retrieve\("(\w+)", lines="([^"]+)"')
count = for_model("gpt-4o").count


@dataclass
class Turn:
    """What the model says, and what it reads then: results by the recorded id of their call."""

    parts: list[Text | Call] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    read: list[tuple[str, str]] = field(default_factory=list)


def turns_of(path: Path) -> list[Turn]:
    """Returns a recorded session in turns; the first has nothing that the model says."""
    turns = [Turn()]
    for message in read(json.loads(path.read_text("utf-8"))["messages"]).messages:
        if message.role == "assistant" and turns[-1].read:
            turns.append(Turn())
        for block in message.blocks:
            if block.kind == "assistant_text" and block.text:
                turns[-1].parts.append(Text(block.text))
            elif block.kind == "tool_call" and block.tool:
                turns[-1].parts.append(Call(block.tool.name, _arguments(block.tool.arguments)))
                turns[-1].calls.append(block.tool.id)
            elif block.kind in KINDS and block.text:
                name = block.tool.id if block.tool and block.kind == "tool_result" else ""
                turns[-1].read.append((name, block.text))
    return turns


def _arguments(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"input": text}


class Session:
    """A client that plays a recorded session again, and the model that it talks to."""

    def __init__(
        self, turns: Sequence[Turn], agent: Agent, asks: float = 0.0, seed: int = 0
    ) -> None:
        self.messages: list[Any] = []
        self.retrieved = 0
        self.output = 0
        self._agent = agent
        self._turns = turns
        self._asks = asks
        self._chance = random.Random(seed)
        self._known: set[str] = set()
        self._at = 0
        names = (part.name for turn in turns for part in turn.parts if isinstance(part, Call))
        self._tools = sorted(set(names)) or ["bash"]
        self._read(turns[0], [])

    def said(self, request: Recorded) -> Reply:
        """Returns what the model says to a request: it may ask for what it sees for the first time."""
        shown = said_in(request.json)
        new = [ref for ref in references(shown) if ref not in self._known]
        wanted = next((ref for ref in new if self._chance.random() < self._asks), None)
        self._known.update(new)
        parts: list[Text | Thinking | Call] = [Thinking(f"step {self._at}")]
        if wanted is None:
            parts += self._turns[self._at].parts or [Text("Done.")]
        else:
            lines = dict(LINES.findall(shown)).get(wanted)
            parts.append(Call(NAME, {"ref": wanted} | ({"lines": lines} if lines else {})))
            self.retrieved += 1
        self.output += sum(count(getattr(part, "text", None) or repr(part)) for part in parts)
        return Reply(tuple(parts))

    def play(self, most: int) -> Generator[dict[str, Any], Any, None]:
        """Yields requests; send the answer back in."""
        for turn in self._turns[1 : most + 1]:
            self._at += 1
            answer = yield self._agent.body(self.messages, self._tools, PROMPT)
            kept, ids = self._agent.takes(answer)
            self.messages += kept
            self._read(turn, ids)

    @property
    def printed(self) -> list[tuple[str, str]]:
        """What tools printed before the last request, by the recorded id of their call."""
        return [pair for turn in self._turns[: self._at] for pair in turn.read if pair[0]]

    def _read(self, turn: Turn, ids: list[str]) -> None:
        results: list[tuple[str, str]] = []
        for own, name in zip(ids, turn.calls, strict=True):
            printed = "\n".join(text for to, text in turn.read if to == name and name)
            results.append((own, printed or "ok"))
        results += [("", text) for name, text in turn.read if name not in turn.calls]
        self.messages += self._agent.reads(results or [("", "Go on.")])


def ask(url: str, path: str, body: dict[str, Any], mode: str = "") -> tuple[int, Any]:
    """Returns status and answer; as bytes, where it is no JSON."""
    headers = {"content-type": "application/json"}
    if mode:
        headers["x-headroom-mode"] = mode
    with closing(http.client.HTTPConnection(urlsplit(url).netloc)) as connection:
        connection.request("POST", path, json.dumps(body).encode(), headers)
        answer = connection.getresponse()
        data = answer.read()
    try:
        return answer.status, json.loads(data)
    except ValueError:
        return answer.status, data


def texts(request: Recorded) -> list[str]:
    """Returns what a provider compares of a request."""
    return [piece.key for piece in read_prompt(request.json, len).pieces]
