"""Clients of three wire formats that do what models ask them to, and send back what they got."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import openai
from google import genai
from google.genai import types

from headroom.types import JSON, Shape
from headroom_proxy.settings import Mode
from headroom_testing.simulator import (
    Call,
    Text,
    Thinking,
)

PATHS = ["/api/users", "/api/orders", "/healthz"]
PARAMETERS: JSON = {"type": "object", "properties": {"command": {"type": "string"}}}
SHAPES: Mapping[str, Shape] = {
    "chat": "openai",
    "responses": "openai_responses",
    "gemini": "gemini",
}
RUN = (Thinking("what is there?"), Text("Let me look."), Call("bash", {"command": "cat 日本"}))
ASK = (
    Thinking("what is left out?"),
    Text("Let me see more. 🙂"),
    Call("headroom_retrieve", {"lines": "30-32"}),
)
ONLY_ASK = (Call("headroom_retrieve", {"lines": "30"}),)
END = (Thinking("so"), Text("It was 42."))


def log(seed: int) -> str:
    chance = random.Random(seed)
    return "".join(
        f"2026-11-21T10:{n // 60 % 60:02}:{n % 60:02} INFO worker-{chance.randrange(8)} GET "
        f"{chance.choice(PATHS)}/{chance.randrange(10**6)} 200 {chance.randrange(90)}ms\n"
        for n in range(150)
    )


class Client:
    """An agent: it asks, runs what the model calls, and keeps all that is said."""

    def __init__(self, url: str, *, stream: bool) -> None:
        self.url = url
        self.stream = stream
        self.given: JSON = {}
        self.count = 0
        self.said: list[JSON] = []
        self.mode: Mode | None = None

    @property
    def headers(self) -> dict[str, str]:
        return {"x-headroom-mode": self.mode} if self.mode else {}

    def printed(self) -> str:
        self.count += 1
        return log(self.count)

    def turn(self) -> list[str]:
        """Returns what the client got: texts, and the names of calls."""
        raise NotImplementedError

    def usage(self) -> tuple[int, int]:
        """Returns the tokens of the last answer as the client knows them, in and out."""
        raise NotImplementedError


class OpenAIClient(Client):
    @contextmanager
    def asking(self) -> Iterator[openai.OpenAI]:
        plain = openai.DefaultHttpxClient(verify=False)  # certificates take long to load
        url = f"{self.url}/v1"
        with openai.OpenAI(base_url=url, api_key="x", max_retries=0, http_client=plain) as client:
            yield client


class Chat(OpenAIClient):
    def __init__(self, url: str, *, stream: bool) -> None:
        super().__init__(url, stream=stream)
        self.said = [{"role": "user", "content": "What failed?"}]
        tool = {"name": "bash", "parameters": PARAMETERS}
        self.given = {"tools": [{"type": "function", "function": tool}]}

    def turn(self) -> list[str]:
        given: JSON = {"model": "gpt-4o", "messages": self.said, "extra_headers": self.headers}
        given |= self.given
        with self.asking() as client:
            if self.stream:
                given["stream_options"] = {"include_usage": True}
                with client.chat.completions.stream(**given) as events:
                    self.answer: JSON = events.get_final_completion()
            else:
                self.answer = client.chat.completions.create(**given)
        (choice,) = self.answer.choices
        message = choice.message
        calls = message.tool_calls or []
        assert choice.finish_reason == ("tool_calls" if calls else "stop")
        self.said.append(message.to_dict(warnings=False))
        self.said += [
            {"role": "tool", "tool_call_id": call.id, "content": self.printed()} for call in calls
        ]
        if not calls:
            self.said.append({"role": "user", "content": "Thanks."})
        return [*filter(None, [message.content]), *(call.function.name for call in calls)]

    def usage(self) -> tuple[int, int]:
        usage = self.answer.usage
        assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
        return usage.prompt_tokens, usage.prompt_tokens_details.cached_tokens


class Responses(OpenAIClient):
    def __init__(self, url: str, *, stream: bool) -> None:
        super().__init__(url, stream=stream)
        self.said = [{"role": "user", "content": "What failed?"}]
        tool = {"type": "function", "name": "bash", "parameters": PARAMETERS, "strict": False}
        self.given = {"tools": [tool], "store": False, "include": ["reasoning.encrypted_content"]}

    def turn(self) -> list[str]:
        given: JSON = {"model": "gpt-5.6", "input": self.said, "extra_headers": self.headers}
        given |= self.given
        with self.asking() as client:
            if self.stream:
                with client.responses.stream(**given) as events:
                    self.events = list(events)
                    self.answer: JSON = events.get_final_response()
                check_events(self.events, self.answer)
            else:
                self.answer = client.responses.create(**given)
        self.said += [item.to_dict(warnings=False) for item in self.answer.output]
        calls = [item for item in self.answer.output if item.type == "function_call"]
        self.said += [
            {"type": "function_call_output", "call_id": call.call_id, "output": self.printed()}
            for call in calls
        ]
        if not calls:
            self.said.append({"role": "user", "content": "Thanks."})
        shown = [item for item in self.answer.output if item.type != "reasoning"]
        return [item.content[0].text if item.type == "message" else item.name for item in shown]

    def usage(self) -> tuple[int, int]:
        usage = self.answer.usage
        assert usage.total_tokens == usage.input_tokens + usage.output_tokens
        return usage.input_tokens, usage.input_tokens_details.cached_tokens


def check_events(events: Sequence[JSON], answer: JSON) -> None:
    """Asserts that the events count on, and add up to the answer."""
    assert [event.sequence_number for event in events] == list(range(len(events)))
    done = [event for event in events if event.type == "response.output_item.done"]
    assert [event.output_index for event in done] == list(range(len(done)))
    assert [event.item.id for event in done] == [item.id for item in answer.output]
    named = [event.response.id for event in events if hasattr(event, "response")]
    assert named == [answer.id] * len(named)


class Gemini(Client):
    """Keeps pieces of a text as one, as Gemini CLI does."""

    def __init__(self, url: str, *, stream: bool) -> None:
        super().__init__(url, stream=stream)
        self.said = [types.Content(role="user", parts=[types.Part(text="What failed?")])]
        tool = {"name": "bash", "parametersJsonSchema": PARAMETERS}
        self.given = {"tools": [{"functionDeclarations": [tool]}]}

    def turn(self) -> list[str]:
        options = types.HttpOptions(base_url=self.url, headers=self.headers)
        config = types.GenerateContentConfig(**self.given, http_options=options)
        given: JSON = {"model": "gemini-2.5-pro", "contents": self.said, "config": config}
        with genai.Client(api_key="x", http_options=options) as client:
            if self.stream:
                pieces: JSON = list(client.models.generate_content_stream(**given))
            else:
                pieces = [client.models.generate_content(**given)]
        assert [piece.response_id for piece in pieces] == [pieces[0].response_id] * len(pieces)
        self.answer = pieces[-1]
        assert self.answer.candidates[0].finish_reason == "STOP"
        parts = [part for piece in pieces for part in piece.candidates[0].content.parts]
        parts = merged([part for part in parts if part.text != ""])
        calls = [part.function_call for part in parts if part.function_call]
        self.said.append(types.Content(role="model", parts=parts))
        results = [
            types.Part.from_function_response(
                name=str(call.name), response={"output": self.printed()}
            )
            for call in calls
        ]
        self.said.append(types.Content(role="user", parts=results or [types.Part(text="Thanks.")]))
        shown = [part for part in parts if not part.thought]
        named = (p.function_call.name if p.function_call else p.text for p in shown)
        return [str(name) for name in named]

    def usage(self) -> tuple[int, int]:
        usage = self.answer.usage_metadata
        return usage.prompt_token_count, usage.cached_content_token_count or 0


def merged(parts: Sequence[types.Part]) -> list[types.Part]:
    out: list[types.Part] = []
    for part in parts:
        plain = part.text and not part.thought_signature
        if plain and out and out[-1].text and out[-1].thought == part.thought:
            out[-1] = types.Part(text=f"{out[-1].text}{part.text}", thought=part.thought)
        else:
            out.append(part)
    return out


CLIENTS: Mapping[str, type[Client]] = {"chat": Chat, "responses": Responses, "gemini": Gemini}
