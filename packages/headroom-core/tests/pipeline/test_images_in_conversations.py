"""Images in conversations: decided once, restored exactly, never larger, and counted."""

from __future__ import annotations

import copy
import json
import random
from base64 import b64decode, b64encode
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from headroom import Headroom, Policy, Result
from headroom.types import JSON, Block, Decision

CLAUDE, GPT = "claude-sonnet-4-5", "gpt-4o"


def picture(size: tuple[int, int], seed: int = 0, format: str = "jpeg") -> str:
    """Returns a soft picture as base64."""
    coarse = Image.frombytes("RGB", (8, 8), random.Random(seed).randbytes(192))
    out = BytesIO()
    coarse.resize(size, Image.Resampling.BICUBIC).save(out, format)
    return b64encode(out.getvalue()).decode()


LARGE, SMALL = picture((1800, 1200)), picture((600, 400))
KINDS = {
    "large": LARGE,
    "another": picture((1000, 1700), 1, "png"),
    "small": SMALL,
    "cut": LARGE[:2000],
    "none": "AAAA",
    "empty": "",
}


def anthropic(*images: str, tool: str = "screenshot") -> JSON:
    """Returns a session with the images in the user's message and in tool results."""

    def image(data: str) -> JSON:
        source = {"type": "base64", "media_type": "image/jpeg", "data": data}
        return {"type": "image", "source": source, "cache_control": {"type": "ephemeral"}}

    messages: JSON = [
        {"role": "user", "content": [image(images[0]), {"type": "text", "text": "What is it?"}]}
    ]
    for n, data in enumerate(images[1:]):
        call = {"type": "tool_use", "id": f"t{n}", "name": tool, "input": {}}
        result = {"type": "tool_result", "tool_use_id": f"t{n}", "content": [image(data)]}
        messages += [
            {"role": "assistant", "content": [call]},
            {"role": "user", "content": [result]},
        ]
    return messages


def openai(*images: str, detail: str | None = None) -> JSON:
    """Returns a question with the images."""
    parts: JSON = [{"type": "text", "text": "What is it?"}]
    for data in images:
        url = data if data.startswith("http") else f"data:image/jpeg;base64,{data}"
        parts.append({"type": "image_url", "image_url": {"url": url}})
        if detail is not None:
            parts[-1]["image_url"]["detail"] = detail
    return [{"role": "system", "content": "Look."}, {"role": "user", "content": parts}]


def compress(messages: JSON, model: str = CLAUDE, policy: Policy | None = None) -> Result:
    return Headroom(store="memory:", policy=policy).compress(messages, model=model)


def image_decisions(result: Result) -> list[Decision]:
    return [d for d in result.receipt.decisions if d.path[-1] in ("data", "url")]


def size_of(text: str) -> tuple[int, int]:
    return Image.open(BytesIO(b64decode(text.rpartition(",")[2]))).size


def test_images_are_scaled_to_what_the_model_sees_wherever_they_stand() -> None:
    messages = anthropic(LARGE, LARGE)
    result = compress(messages)
    own, shot = image_decisions(result)
    for data in (
        result[0]["content"][0]["source"]["data"],
        result[2]["content"][0]["content"][0]["source"]["data"],
    ):
        assert size_of(data) == (1344, 896)
    for decision in (own, shot):
        assert (decision.outcome, decision.edited, decision.exact) == ("images", True, False)
        assert decision.tokens_before == decision.tokens_after == 1536
        assert decision.bytes_saved > 0
    assert not result.receipt.exact
    assert result.refs == []


def test_nothing_but_the_data_changes() -> None:
    messages = anthropic(LARGE, SMALL)
    result = compress(copy.deepcopy(messages))
    result[0]["content"][0]["source"]["data"] = LARGE
    assert list(result) == messages
    asked = openai(LARGE, detail="high")
    answer = compress(asked, GPT)
    url = answer[1]["content"][1]["image_url"]["url"]
    assert url.startswith("data:image/jpeg;base64,")
    assert size_of(url) == (1152, 768)
    answer[1]["content"][1]["image_url"]["url"] = asked[1]["content"][1]["image_url"]["url"]
    assert list(answer) == asked


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=5),
    st.sampled_from([CLAUDE, GPT, "gpt-6-astra", "house-model"]),
    st.sampled_from([Policy(), Policy(image_tokens=300), Policy.lossless()]),
    st.data(),
)
def test_append_only_restored_and_never_larger(
    kinds: list[str], model: str, policy: Policy, data: st.DataObject
) -> None:
    messages = anthropic(*(KINDS[kind] for kind in kinds))
    headroom = Headroom(store="memory:", policy=policy)
    whole = headroom.compress(messages, model=model)
    cut = data.draw(st.integers(1, len(messages)))
    alone = Headroom(store="memory:", policy=policy).compress(messages[:cut], model=model)
    assert list(alone) == list(whole)[:cut]
    assert headroom.restore(whole) == headroom.restore(list(whole)) == messages
    assert list(headroom.compress(list(whole), model=model)) == list(whole)
    assert len(json.dumps(list(whole))) <= len(json.dumps(messages))
    assert all(d.tokens_after <= d.tokens_before for d in whole.receipt.decisions)


def test_a_body_changes_in_its_images_only() -> None:
    body = json.dumps({"model": GPT, "messages": openai(LARGE)}).replace("/", "\\/").encode()
    headroom = Headroom(store="memory:")
    result = headroom.compress_body(body)
    for part in (slice(body.index(b"data:image")), slice(-4, None)):
        assert result.body[part] == body[part]
    assert len(result.body) < len(body)
    assert json.loads(headroom.restore_body(result.body)) == json.loads(body)


@pytest.mark.parametrize(
    ("data", "outcome"),
    [(SMALL, "fits"), (LARGE[:2000], "unreadable"), ("AAAA", "not-image"), ("", "not-image")],
)
def test_what_stays_says_why(data: str, outcome: str) -> None:
    result = compress(anthropic(data))
    assert image_decisions(result)[0].outcome == outcome
    assert list(result) == anthropic(data)


def test_an_unknown_model_changes_no_image() -> None:
    result = compress(anthropic(LARGE), "house-model")
    assert [d.outcome for d in image_decisions(result)] == ["unknown-model"]
    assert list(result) == anthropic(LARGE)


@pytest.mark.parametrize("detail", [None, "auto", "high", "low", 7])
def test_the_detail_that_a_request_asks_for_counts(detail: str | None) -> None:
    (decision,) = image_decisions(compress(openai(LARGE, detail=detail), GPT))
    low = detail == "low"
    assert decision.tokens_before == (85 if low else 1105)
    assert decision.outcome == ("fits" if low else "images")


def test_urls_are_not_looked_at() -> None:
    messages = openai("https://example.invalid/cat.png", "http://localhost/cat.png")
    result = compress(messages, GPT)
    assert list(result) == messages
    assert image_decisions(result) == []


@pytest.mark.parametrize(
    ("policy", "outcome"),
    [
        (Policy(images=False), "protected"),
        (Policy.lossless(), "protected"),
        (Policy(lossless_only=frozenset({"screenshot"})), "protected"),
        (Policy(exclude=frozenset({"screenshot"})), "excluded"),
    ],
)
def test_policies_that_leave_images(policy: Policy, outcome: str) -> None:
    result = compress(anthropic(SMALL, LARGE), policy=policy)
    assert image_decisions(result)[1].outcome == outcome
    assert list(result) == anthropic(SMALL, LARGE)
    assert image_decisions(result)[1].tokens_before == 1536


def test_what_a_user_pasted_stays_where_user_messages_do() -> None:
    result = compress(anthropic(LARGE, LARGE), policy=Policy(user_text=False))
    assert [d.outcome for d in image_decisions(result)] == ["protected", "images"]


def test_a_limit_of_tokens_goes_below_what_the_model_would_see() -> None:
    result = compress(anthropic(LARGE), policy=Policy(image_tokens=400))
    (decision,) = image_decisions(result)
    assert decision.tokens_before == 1536
    assert 300 < decision.tokens_after <= 400
    assert result.tokens_saved == decision.tokens_before - decision.tokens_after


def test_an_image_that_went_out_is_known_under_another_policy() -> None:
    headroom = Headroom(store="memory:")
    sent = headroom.compress(anthropic(LARGE), model=CLAUDE)
    smaller = Headroom(store=headroom.store, policy=Policy(image_tokens=100))
    again = smaller.compress(list(sent), model=CLAUDE)
    assert list(again) == list(sent)
    assert image_decisions(again)[0].outcome == "compressed-before"
    assert smaller.restore(list(again)) == anthropic(LARGE)


class NoImages:
    name = "no images"

    def allows(self, block: Block) -> bool:
        return not block.is_image


def test_hooks_may_keep_an_image() -> None:
    headroom = Headroom(store="memory:", hooks=NoImages())
    result = headroom.compress(anthropic(LARGE), model=CLAUDE)
    assert image_decisions(result)[0].outcome == "vetoed"


def test_images_of_the_system_and_the_assistant_are_not_touched() -> None:
    messages = openai(LARGE)
    for role in ("system", "assistant"):
        result = compress([{**messages[1], "role": role}], GPT)
        assert image_decisions(result) == []


def responses(data: str) -> JSON:
    """Returns a question, and a call whose output is an image, as items of a response's input."""
    image = {"type": "input_image", "image_url": f"data:image/jpeg;base64,{data}", "detail": "high"}
    return [
        {"role": "user", "content": [image, {"type": "input_image", "file_id": "file-1"}]},
        {"type": "function_call", "call_id": "c1", "name": "screenshot", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": [image]},
    ]


def gemini(data: str) -> JSON:
    """Returns a question with an image, a recording and a file as contents of Gemini."""
    image = {"mimeType": "image/jpeg", "data": data}
    sound = {"mime_type": "audio/wav", "data": data}
    file = {"mimeType": "image/jpeg", "fileUri": "gs://bucket/cat.jpg"}
    return [
        {
            "role": "user",
            "parts": [{"inlineData": image}, {"inline_data": sound}, {"fileData": file}],
        }
    ]


@pytest.mark.parametrize(("messages", "images"), [(responses(LARGE), 2), (gemini(LARGE), 1)])
def test_every_wire_format_offers_its_images(messages: JSON, images: int) -> None:
    headroom = Headroom(store="memory:")
    result = headroom.compress(messages, model=GPT)
    decisions = [d for d in result.receipt.decisions if not d.exact]
    assert [d.outcome for d in decisions] == ["images"] * images
    assert headroom.restore(list(result)) == messages
    assert len(json.dumps(list(result))) < len(json.dumps(messages))
