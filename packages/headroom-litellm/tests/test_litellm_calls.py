"""What is covered, what is not, and who is told."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import litellm
import pytest

import headroom_litellm
from headroom import Headroom
from headroom.integrations import litellm as integrations
from headroom_litellm import HeadroomCallback, callback, completion, patch, unpatch
from headroom_testing.adapters import read_log
from headroom_testing.simulator import Simulator

LOG = read_log("web-0")
MESSAGES = [{"role": "user", "content": f"What failed?\n{LOG}"}]


@pytest.fixture
def provider() -> Iterator[Simulator]:
    with Simulator(count=len) as provider:
        yield provider
    unpatch()
    litellm.callbacks = []


def at(provider: Simulator) -> dict[str, Any]:
    return {"api_base": f"{provider.url}/v1", "api_key": "x", "num_retries": 0}


def sizes(provider: Simulator) -> list[bool]:
    """Returns whether each request was compressed."""
    return [len(request.body) < len(LOG) for request in provider.requests]


def test_a_synchronous_call_that_goes_by_is_told_of_once(
    provider: Simulator, recwarn: pytest.WarningsRecorder
) -> None:
    litellm.callbacks = [HeadroomCallback()]
    for _ in range(2):
        litellm.completion("openai/gpt-4o", MESSAGES, **at(provider))
    assert sizes(provider) == [False, False]
    said = [str(w.message) for w in recwarn if "headroom" in str(w.message)]
    assert len(said) == 1
    assert "headroom_litellm.patch()" in said[0]


def test_arguments_without_a_name_that_go_by_are_told_of_once(
    provider: Simulator, recwarn: pytest.WarningsRecorder
) -> None:
    litellm.callbacks = [HeadroomCallback()]

    async def main() -> None:
        for _ in range(2):
            await litellm.acompletion("openai/gpt-4o", MESSAGES, **at(provider))

    asyncio.run(main())
    assert sizes(provider) == [False, False]
    said = [str(w.message) for w in recwarn if "messages=" in str(w.message)]
    assert len(said) == 1


def test_a_synchronous_call_of_ours_is_compressed_and_not_told_of(provider: Simulator) -> None:
    litellm.callbacks = [HeadroomCallback()]
    completion("openai/gpt-4o", MESSAGES, **at(provider))
    completion(
        model="openai/gpt-4o", messages=MESSAGES, headroom=Headroom(store="memory:"), **at(provider)
    )
    assert sizes(provider) == [True, True]
    assert [{"role": "user", "content": f"What failed?\n{LOG}"}] == MESSAGES


def test_patching_twice_is_patching_once_and_can_be_taken_back(provider: Simulator) -> None:
    before = litellm.completion
    patch()
    patched = litellm.completion
    patch()
    assert litellm.completion is patched
    litellm.completion("openai/gpt-4o", MESSAGES, **at(provider))
    completion("openai/gpt-4o", MESSAGES, **at(provider))
    unpatch()
    unpatch()
    assert litellm.completion is before
    assert sizes(provider) == [True, True]


def test_other_calls_and_odd_ones_go_as_they_came(provider: Simulator) -> None:
    hook = HeadroomCallback().async_pre_call_deployment_hook
    kinds = litellm.types.utils.CallTypes
    cases: list[tuple[Any, dict[str, Any]]] = [
        (kinds.aembedding, {"input": [LOG]}),
        (None, {"messages": MESSAGES}),
        (kinds.acompletion, {"messages": [{"role": "user"}]}),
        (kinds.acompletion, {"messages": "hello"}),
        (kinds.acompletion, {"messages": [{"role": "user", "content": "hello"}]}),
    ]
    for kind, request in cases:
        assert asyncio.run(hook(request, kind)) is None


def test_the_names_are_there() -> None:
    assert integrations.HeadroomCallback is HeadroomCallback
    assert headroom_litellm.__all__ == sorted(headroom_litellm.__all__)
    assert isinstance(callback, HeadroomCallback)


def test_the_readme_runs(provider: Simulator) -> None:
    text = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
    for example in re.findall(r"```python\n(.*?)```", text, re.S):
        names: dict[str, Any] = {"messages": MESSAGES, "to": at(provider)}
        exec(example, names)
        assert names["answer"].choices[0].message.content == "Done."
    assert sizes(provider) == [True] * 2
