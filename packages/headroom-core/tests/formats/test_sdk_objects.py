"""Messages may hold what an SDK returned, as the providers' own examples do."""

from __future__ import annotations

from headroom import Headroom

LOG = "".join(f"2026-11-21 10:00:{n % 60:02} INFO tick {n} done\n" for n in range(300))


class SdkObject:
    """Offers what the providers' response models offer."""

    def __init__(self, **fields: object) -> None:
        self.fields = fields

    def model_dump(self, *, mode: str, exclude_unset: bool) -> dict[str, object]:
        assert (mode, exclude_unset) == ("json", True)
        return self.fields


def test_blocks_of_an_anthropic_response() -> None:
    said = SdkObject(type="text", text="Let me look.")
    call = SdkObject(type="tool_use", id="t1", name="bash", input={"command": "cat app.log"})
    result = {"type": "tool_result", "tool_use_id": "t1", "content": LOG}
    messages = [
        {"role": "user", "content": "What is wrong?"},
        {"role": "assistant", "content": [said, call]},
        {"role": "user", "content": [result]},
    ]
    headroom = Headroom(store="memory:")
    compressed = headroom.compress(messages)
    assert compressed.tokens_saved > 1000
    assert compressed[1] is messages[1]
    assert headroom.restore(list(compressed)) == messages


def test_a_message_of_an_openai_response() -> None:
    function = {"name": "bash", "arguments": '{"command": "cat app.log"}'}
    calls = [{"id": "c1", "type": "function", "function": function}]
    said = SdkObject(role="assistant", content=None, tool_calls=calls)
    messages = [said, {"role": "tool", "tool_call_id": "c1", "content": LOG}]
    headroom = Headroom(store="memory:")
    compressed = headroom.compress(messages)
    assert compressed.tokens_saved > 1000
    assert compressed[0] is said
    assert headroom.restore(list(compressed)) == messages


def test_items_of_an_openai_response() -> None:
    reasoning = SdkObject(type="reasoning", id="rs_1", summary=[], encrypted_content="AAAA")
    call = SdkObject(type="function_call", call_id="c1", name="bash", arguments="{}")
    items = [reasoning, call, {"type": "function_call_output", "call_id": "c1", "output": LOG}]
    headroom = Headroom(store="memory:")
    compressed = headroom.compress(items)
    assert compressed.tokens_saved > 1000
    assert compressed[:2] == items[:2]
    assert headroom.restore(list(compressed)) == items


def test_contents_of_the_google_sdk() -> None:
    call = SdkObject(
        role="model", parts=[{"function_call": {"name": "ls"}, "thought_signature": "A"}]
    )
    part = SdkObject(function_response={"name": "ls", "response": {"result": LOG}})
    contents = [call, {"role": "user", "parts": [part]}]
    headroom = Headroom(store="memory:")
    compressed = headroom.compress(contents)
    assert compressed.tokens_saved > 1000
    assert compressed[0] is call
    (sent,) = compressed[1]["parts"]
    assert sent["function_response"]["name"] == "ls"
    (restored,) = headroom.restore(list(compressed))[1]["parts"]
    assert restored == part.fields
