"""The public surface is what the documents say."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import headroom
from headroom.errors import FormatError

ROOT = Path(__file__).resolve().parent.parent


def test_all_is_sorted_and_there() -> None:
    assert headroom.__all__ == sorted(headroom.__all__)
    assert all(getattr(headroom, name).__doc__ for name in headroom.__all__)


def test_retrieve_takes_the_selectors() -> None:
    assert list(inspect.signature(headroom.retrieve).parameters) == [
        "ref", "query", "lines", "rows", "path", "max_tokens",
    ]  # fmt: skip


def test_an_unknown_keyword_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        headroom.compress([], ratio=0.5)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("messages", "where"),
    [
        ([{"role": "user", "content": "x"}, 3], r"messages\[1\]"),
        ([{"content": "x"}], r"messages\[0\]\.role"),
        ([{"role": "tool", "content": 7}], r"messages\[0\]\.content"),
        (
            [{"role": "user", "content": [{"type": "text", "text": None}]}],
            r"messages\[0\]\.content\[0\]\.text",
        ),
        ([{"role": "assistant", "content": None, "tool_calls": {}}], r"messages\[0\]\.tool_calls"),
    ],
)
def test_a_malformed_message_is_named(messages: list[object], where: str) -> None:
    with pytest.raises(FormatError, match=where):
        headroom.compress(messages)


def test_importing_is_cheap() -> None:
    heavy = ("tiktoken", "numpy", "asyncio", "click", "rich", "sqlite3", "regex", "requests")
    code = f"import sys, headroom; from headroom import compress; print([m for m in {heavy} if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_acompress_gives_what_compress_gives() -> None:
    import asyncio  # noqa: PLC0415 - only here

    messages = [{"role": "tool", "tool_call_id": "1", "content": "all the same\n" * 500}]
    assert list(asyncio.run(headroom.acompress(messages))) == list(headroom.compress(messages))


def test_the_readme_names_only_what_exists() -> None:
    text = (ROOT / "README.md").read_text()
    names = set(re.findall(r"from headroom import ([\w, ]+)", text))
    assert {n.strip() for line in names for n in line.split(",")} <= set(headroom.__all__)
    assert all((ROOT / path).exists() for path in re.findall(r"\]\((?!http)([\w./-]+)\)", text))


def test_the_retrieve_tool_answers_mistakes_with_a_sentence() -> None:
    assert "aaaaaaaaaaaaa" in headroom.call_retrieve('{"ref": "aaaaaaaaaaaaa"}')
    assert "JSON" in headroom.call_retrieve("{")
    assert "ref" in headroom.call_retrieve("[]")


def test_the_retrieve_tool_in_the_shape_of_every_provider() -> None:
    chat, responses, anthropic, gemini = (
        headroom.retrieve_tool(shape)
        for shape in ("openai", "openai_responses", "anthropic", "gemini")
    )
    parameters = chat["function"]["parameters"]
    assert parameters["required"] == ["ref"]
    assert responses["parameters"] == anthropic["input_schema"] == parameters
    assert gemini["parametersJsonSchema"] == parameters
    assert responses["strict"] is False
    assert {tool["name"] for tool in (chat["function"], responses, anthropic, gemini)} == {
        "headroom_retrieve"
    }
