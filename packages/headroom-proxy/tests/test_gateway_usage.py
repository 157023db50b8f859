"""What a provider bills is read from every shape of answer, and from none that does not say."""

from __future__ import annotations

import base64
import gzip
import json

import pytest

from headroom.pricing import Usage
from headroom.types import JSON
from headroom_proxy.exchange import LONGEST_ANSWER, Exchange, Watch
from headroom_proxy.usage import Billed, billed

SSE = b"text/event-stream; charset=utf-8"
ANTHROPIC: JSON = {
    "input_tokens": 3,
    "cache_creation_input_tokens": 50,
    "cache_read_input_tokens": 700,
    "cache_creation": {"ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 30},
    "output_tokens": 1,
}


def of(wire: str, body: bytes, kind: bytes = b"application/json", **more: object) -> Billed | None:
    exchange = Exchange(
        at=0,
        provider="x",
        path="/",
        wire=wire,
        answers=(body,),
        answer_type=kind,
        **more,  # type: ignore[arg-type]
    )
    found = billed(exchange)
    return found[0] if found else None


def events(*found: JSON) -> bytes:
    return b"".join(b"event: x\ndata: " + json.dumps(event).encode() + b"\n\n" for event in found)


def test_anthropic() -> None:
    body = json.dumps({"model": "claude-opus-5", "usage": ANTHROPIC}).encode()
    expected = Billed(Usage(700, 50, 3, 1), 30, "claude-opus-5")
    assert of("anthropic_messages", body) == expected
    assert of("anthropic_messages", gzip.compress(body), answer_encoding=b"gzip") == expected
    start = {"message": {"model": "claude-opus-5", "usage": ANTHROPIC}}
    said = {"type": "content_block_delta", "delta": {"text": '"usage": {"output_tokens": 99}'}}
    end = {"type": "message_delta", "usage": {"output_tokens": 42, "input_tokens": None}}
    found = of("anthropic_messages", events(start, said, end), SSE)
    assert found == Billed(Usage(700, 50, 3, 42), 30, "claude-opus-5")


def test_anthropic_behind_bedrock() -> None:
    parts = [{"message": {"usage": ANTHROPIC}}, {"usage": {"output_tokens": 9}}]
    packed = [base64.b64encode(json.dumps(part).encode()).decode() for part in parts]
    body = b"\x00\x01".join(json.dumps({"bytes": text}).encode() for text in packed)
    found = of("anthropic_messages", body, b"application/vnd.amazon.eventstream")
    assert found == Billed(Usage(700, 50, 3, 9), 30)


def test_openai() -> None:
    chat: JSON = {"prompt_tokens": 90, "completion_tokens": 4}
    chat["prompt_tokens_details"] = {"cached_tokens": 64}
    assert of("openai_chat", json.dumps({"usage": chat}).encode()) == Billed(Usage(64, 0, 26, 4))
    stream = (
        events({"choices": [{}], "usage": None}, {"choices": [], "usage": chat}) + b"data: [DONE]"
    )
    assert of("openai_chat", stream, SSE) == Billed(Usage(64, 0, 26, 4))
    details = {"cached_tokens": 64, "cache_write_tokens": 20}
    usage = {"input_tokens": 90, "input_tokens_details": details, "output_tokens": 4}
    done = {"type": "response.completed", "response": {"model": "gpt-5.6", "usage": usage}}
    found = of("openai_responses", events({"response": {"usage": None}}, done), SSE)
    assert found == Billed(Usage(64, 20, 6, 4), model="gpt-5.6")


def test_gemini() -> None:
    usage = {"promptTokenCount": 90, "cachedContentTokenCount": 50, "candidatesTokenCount": 4}
    first = {"usageMetadata": {"promptTokenCount": 90}, "modelVersion": "gemini-2.5-pro"}
    last = {"usageMetadata": {**usage, "thoughtsTokenCount": 7}}
    expected = Billed(Usage(50, 0, 40, 11), model="gemini-2.5-pro")
    assert of("gemini", events(first, last), SSE) == expected
    assert of("gemini", json.dumps([first, last]).encode()) == expected


@pytest.mark.parametrize(
    ("body", "kind", "more"),
    [
        (b"", b"application/json", {}),
        (b'{"usage": {"output_tok', b"application/json", {}),
        (b'{"usage": "all of it"}', b"application/json", {}),
        (b'{"usage": 1}', b"application/json", {"answer_encoding": b"br"}),
        (b'data: {"usage": {"inp', SSE, {}),
        (b'{"error": {"message": "\\"usage\\""}}', b"application/json", {}),
        (b'{"bytes": "!"} {"bytes": "eyJ1c2FnZSI="}', b"application/vnd.amazon.eventstream", {}),
    ],
)
def test_what_is_not_said_is_not_known(body: bytes, kind: bytes, more: dict[str, bytes]) -> None:
    assert of("anthropic_messages", body, kind, **more) is None


def test_each_answer_on_the_way_is_billed() -> None:
    watch = Watch("anthropic", "/v1/messages", "anthropic_messages", "lossless")
    watch.began(200, [(b"content-type", SSE)])
    for n in (1, 2):
        watch.passed(events({"message": {"usage": {"input_tokens": n}}})[:20])
        watch.passed(events({"message": {"usage": {"input_tokens": n}}})[20:])
        watch.asked_again()
    assert billed(watch.exchange()) == [Billed(Usage(fresh=1)), Billed(Usage(fresh=2))]
    watch.passed(b"data: broken off")
    assert billed(watch.exchange()) == []  # the sum is not known


def test_odd_numbers_count_as_nothing() -> None:
    usage = {"input_tokens": -5, "output_tokens": "7", "cache_read_input_tokens": 1.5}
    assert of("anthropic_messages", json.dumps({"usage": usage}).encode()) == Billed(Usage())


def test_an_answer_too_long_to_keep_is_not_kept() -> None:
    watch = Watch("openai", "/v1/chat/completions", "openai_chat", "lossless")
    piece = bytes(1 << 20)
    for _ in range(1 + LONGEST_ANSWER // len(piece)):
        watch.passed(piece)
    watch.passed(b"more")
    assert watch.exchange().answers == ()
