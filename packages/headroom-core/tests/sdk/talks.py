"""Callers of the providers' own clients, who do what models ask them to."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import anthropic
import openai

from headroom.types import JSON
from headroom_testing.simulator import (
    Call,
    Part,
    Text,
    Thinking,
)

RUN: tuple[Part, ...] = (Thinking("a step"), Text("Let me look."), Call("bash"))
ASK: tuple[Part, ...] = (
    Thinking("what was in line 30?"),
    Text("Let me see more."),
    Call("headroom_retrieve", {"lines": "30"}),
)
Client: TypeAlias = Any
SCHEMA: JSON = {"type": "object", "properties": {}}


def log(seed: int) -> str:
    chance = random.Random(seed)
    return "".join(
        f"2026-11-21T10:00:{n % 60:02} INFO worker-{chance.randrange(8)} GET "
        f"/api/{chance.randrange(10**6)} 200 {chance.randrange(90)}ms\n"
        for n in range(150)
    )


@dataclass
class Turn:
    """What a caller got."""

    messages: list[JSON]
    calls: list[JSON]
    text: str
    tokens: int


@dataclass
class Talk:
    """A session of an application with one bash tool; `how` it calls is a method of the subclass."""

    client: Client
    stream: bool
    messages: list[JSON] = field(
        default_factory=lambda: [{"role": "user", "content": "What failed?"}]
    )
    given: JSON = field(default_factory=dict)

    def turn(self) -> Turn:
        """Asks the model, and runs what it calls."""
        got = LOOP.run_until_complete(self.ask_async()) if self._is_async else self.ask()
        self.messages += got.messages
        self.messages += [self.result(call, log(len(self.messages))) for call in got.calls]
        return got

    @property
    def _is_async(self) -> bool:
        return isinstance(self.client, anthropic.AsyncAnthropic | openai.AsyncOpenAI)

    def asked(self) -> JSON:
        raise NotImplementedError

    @property
    def resource(self) -> Client:
        raise NotImplementedError

    def ask(self) -> Turn:
        raise NotImplementedError

    async def ask_async(self) -> Turn:
        raise NotImplementedError

    def result(self, call: JSON, text: str) -> JSON:
        raise NotImplementedError


class Messages(Talk):
    """Anthropic's."""

    def asked(self) -> JSON:
        tool = {"name": "bash", "input_schema": SCHEMA}
        given = {"model": "claude-opus-5", "max_tokens": 99, "messages": self.messages}
        return {**given, "tools": [tool], **self.given}

    @property
    def resource(self) -> Client:
        return self.client.messages

    def ask(self) -> Turn:
        if not self.stream:
            return self.got(self.resource.create(**self.asked()))
        with self.resource.stream(**self.asked()) as stream:
            return self.got(stream.get_final_message())

    async def ask_async(self) -> Turn:
        if not self.stream:
            return self.got(await self.resource.create(**self.asked()))
        async with self.resource.stream(**self.asked()) as stream:
            return self.got(await stream.get_final_message())

    def got(self, answer: Client) -> Turn:
        calls = [block for block in answer.content if block.type == "tool_use"]
        text = "".join(block.text for block in answer.content if block.type == "text")
        message = {"role": "assistant", "content": answer.content}
        return Turn([message], calls, text, answer.usage.input_tokens)

    def result(self, call: JSON, text: str) -> JSON:
        result = {"type": "tool_result", "tool_use_id": call.id, "content": text}
        return {"role": "user", "content": [result]}


class Beta(Messages):
    """The same resource, where features are tried first."""

    @property
    def resource(self) -> Client:
        return self.client.beta.messages


class Chat(Talk):
    """OpenAI's completions."""

    @property
    def resource(self) -> Client:
        return self.client.chat.completions

    def asked(self) -> JSON:
        tool = {"type": "function", "function": {"name": "bash", "parameters": SCHEMA}}
        return {"model": "gpt-4o", "messages": self.messages, "tools": [tool], **self.given}

    def ask(self) -> Turn:
        if not self.stream:
            return self.got(self.resource.create(**self.asked()))
        with self.resource.stream(**self.asked(), stream_options=WITH_USAGE) as stream:
            return self.got(stream.get_final_completion())

    async def ask_async(self) -> Turn:
        if not self.stream:
            return self.got(await self.resource.create(**self.asked()))
        async with self.resource.stream(**self.asked(), stream_options=WITH_USAGE) as stream:
            return self.got(await stream.get_final_completion())

    def got(self, answer: Client) -> Turn:
        message = answer.choices[0].message
        calls = message.tool_calls or []
        said = message.to_dict() if self.stream else message
        return Turn([said], calls, message.content or "", answer.usage.prompt_tokens)

    def result(self, call: JSON, text: str) -> JSON:
        return {"role": "tool", "tool_call_id": call.id, "content": text}


WITH_USAGE: JSON = {"include_usage": True}


class Responses(Talk):
    """OpenAI's responses, that the caller keeps itself."""

    @property
    def resource(self) -> Client:
        return self.client.responses

    def asked(self) -> JSON:
        tool = {"type": "function", "name": "bash", "parameters": SCHEMA, "strict": False}
        given = {"model": "gpt-5.6", "input": self.messages, "store": False, "tools": [tool]}
        return {**given, "include": ["reasoning.encrypted_content"], **self.given}

    def ask(self) -> Turn:
        if not self.stream:
            return self.got(self.resource.create(**self.asked()))
        with self.resource.stream(**self.asked()) as stream:
            return self.got(stream.get_final_response())

    async def ask_async(self) -> Turn:
        if not self.stream:
            return self.got(await self.resource.create(**self.asked()))
        async with self.resource.stream(**self.asked()) as stream:
            return self.got(await stream.get_final_response())

    def got(self, answer: Client) -> Turn:
        calls = [item for item in answer.output if item.type == "function_call"]
        items = [item.to_dict() for item in answer.output]
        for item in items:
            for part in (item, *item.get("content", ())):  # what the SDK adds for its callers
                part.pop("parsed_arguments", None)
                part.pop("parsed", None)
        return Turn(items, calls, answer.output_text, answer.usage.input_tokens)

    def result(self, call: JSON, text: str) -> JSON:
        return {"type": "function_call_output", "call_id": call.call_id, "output": text}


WAYS: dict[str, tuple[type[Talk], type[Client], type[Client], str]] = {
    "messages": (Messages, anthropic.Anthropic, anthropic.AsyncAnthropic, ""),
    "beta": (Beta, anthropic.Anthropic, anthropic.AsyncAnthropic, ""),
    "chat": (Chat, openai.OpenAI, openai.AsyncOpenAI, "/v1"),
    "responses": (Responses, openai.OpenAI, openai.AsyncOpenAI, "/v1"),
}
OPEN: list[Client] = []
LOOP = asyncio.new_event_loop()
