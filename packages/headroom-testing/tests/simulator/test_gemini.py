"""Gemini's API in the simulator, as bytes on the wire."""

from __future__ import annotations

import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from headroom.types import JSON
from headroom_testing.simulator import Call, Reply, Simulator, Thinking

MODEL = "gemini-2.5-pro"
PARALLEL = Reply.of(Thinking("Both."), Call("bash", {"command": "ls"}), Call("date"))
GUIDE = "Prefer small changes. Explain what you did and why. " * 300


def post(simulator: Simulator, method: str, body: JSON) -> bytes:
    url = f"{simulator.url}/v1beta/models/{MODEL}:{method}"
    with urlopen(Request(url, json.dumps(body).encode())) as response:
        data: bytes = response.read()
        return data


def answers(parts: list[JSON]) -> list[JSON]:
    calls = [part["functionCall"] for part in parts if "functionCall" in part]
    return [{"functionResponse": {"name": c["name"], "response": {"output": "x"}}} for c in calls]


def test_a_session_with_signed_calls(simulator: Simulator) -> None:
    simulator.play([PARALLEL, PARALLEL, Reply.of("Fine.")])
    contents: list[JSON] = [{"role": "user", "parts": [{"text": "What failed?"}]}]
    for _ in range(2):
        whole = json.loads(post(simulator, "generateContent", {"contents": contents}))
        parts = whole["candidates"][0]["content"]["parts"]
        assert [bool(part.get("thoughtSignature")) for part in parts] == [False, True, False]
        contents += [{"role": "model", "parts": parts}, {"role": "user", "parts": answers(parts)}]
    whole = json.loads(post(simulator, "generateContent", {"contents": contents}))
    assert whole["candidates"][0]["content"]["parts"] == [{"text": "Fine."}]
    assert simulator.violations == []
    contents[0] = {"role": "user", "parts": [{"text": "changed"}]}
    with pytest.raises(HTTPError) as refused:
        post(simulator, "generateContent", {"contents": contents})
    refused.value.close()
    assert len(simulator.violations) == 2


def test_a_stream_says_the_same(simulator: Simulator) -> None:
    simulator.play([Reply.of("The disk of host 7 is full, as it was.", Call("df"))])
    body = {"contents": [{"parts": [{"text": "What failed?"}]}]}
    events = post(simulator, "streamGenerateContent?alt=sse", body).split(b"\r\n\r\n")
    chunks = [json.loads(event.removeprefix(b"data: ")) for event in events if event]
    parts = [p for chunk in chunks for p in chunk["candidates"][0]["content"]["parts"]]
    text = "".join(part.get("text", "") for part in parts)
    assert text == "The disk of host 7 is full, as it was."
    assert parts[-1]["functionCall"]["name"] == "df"
    assert chunks[-1]["candidates"][0]["finishReason"] == "STOP"


def test_long_prefixes_are_cached(simulator: Simulator) -> None:
    body = {
        "contents": [{"parts": [{"text": "a"}]}],
        "systemInstruction": {"parts": [{"text": GUIDE}]},
    }
    first, second = (json.loads(post(simulator, "generateContent", body)) for _ in range(2))
    assert "cachedContentTokenCount" not in first["usageMetadata"]
    assert second["usageMetadata"]["cachedContentTokenCount"] > 3000
    counted = json.loads(post(simulator, "countTokens", body))
    assert counted["totalTokens"] == second["usageMetadata"]["promptTokenCount"]


def test_calls_and_responses_belong_together(simulator: Simulator) -> None:
    response = {"functionResponse": {"name": "bash", "response": {"output": "x"}}}
    with pytest.raises(HTTPError) as refused:
        post(simulator, "generateContent", {"contents": [{"role": "user", "parts": [response]}]})
    refused.value.close()
    assert refused.value.code == 400
