"""What a client could not run is answered from the store, as long as nobody has seen it otherwise."""

from __future__ import annotations

from headroom.asked import Answer
from headroom.formats import read
from headroom.leaks import answered_anew
from headroom.tokenizers import for_model
from headroom.types import JSON

CALL: JSON = {"type": "tool_use", "id": "a", "name": "mcp__x__headroom_retrieve", "input": {}}
OTHER: JSON = {"type": "tool_use", "id": "b", "name": "bash", "input": {"command": "ls"}}
UNKNOWN: JSON = {"type": "tool_result", "tool_use_id": "a", "content": "No such tool."}
PRINTED: JSON = {"type": "tool_result", "tool_use_id": "b", "content": "file.txt"}
ASKED: JSON = {"role": "user", "content": "What failed?"}
CALLED: JSON = {"role": "assistant", "content": [CALL, OTHER]}
TOKENIZER = for_model("gpt-4o")


def found(messages: list[JSON], answer: Answer) -> dict[int, list[str]]:
    """Returns the texts that take the place of others, by message."""
    rows = answered_anew(read(messages).messages, lambda arguments: answer, TOKENIZER)
    return {n: [one.text if one else "" for one in row] for n, row in rows.items()}


def test_only_results_of_our_tool_after_the_last_answer() -> None:
    printed = {"role": "user", "content": [PRINTED, UNKNOWN]}
    there = Answer("line 30\n")
    assert found([ASKED, CALLED, printed], there) == {2: ["", "line 30\n"]}
    done = {"role": "assistant", "content": "It failed."}
    assert found([ASKED, CALLED, printed, done, ASKED], there) == {}


def test_what_the_store_does_not_have_stays_as_the_client_says() -> None:
    printed = {"role": "user", "content": [UNKNOWN, PRINTED]}
    assert found([ASKED, CALLED, printed], Answer("no original is stored", failed=True)) == {}


def test_a_result_in_several_texts_stays() -> None:
    texts = [{"type": "text", "text": "No such"}, {"type": "text", "text": "tool."}]
    printed = {"role": "user", "content": [{**UNKNOWN, "content": texts}, PRINTED]}
    assert found([ASKED, CALLED, printed], Answer("line 30\n")) == {}
