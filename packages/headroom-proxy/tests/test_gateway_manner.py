"""Models are asked for less where a conversation begins; nothing that was sent ever changes."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import get_args
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from click.testing import CliRunner

from headroom.sessions import Sessions
from headroom.steering import Steering
from headroom.types import JSON
from headroom_proxy import Editor, Server, Settings
from headroom_proxy.books import Books
from headroom_proxy.manner import TEXTS, steering_of
from headroom_proxy.perf import perf
from headroom_proxy.settings import Manner, Mode
from headroom_proxy.trials import ENOUGH, Trial, compared
from headroom_testing.simulator import Asking, Call, Recorded, Reply, Simulator, Thinking

LOG = "".join(
    f"2026-11-21 10:00:{n % 60:02} INFO worker-{n * n % 7} GET /api/{n * 7919 % 99991} 200\n"
    for n in range(150)
)
BRIEF = TEXTS["brief"]
ASKED = {"role": "user", "content": BRIEF}
Start = Callable[..., Server]


def agent(request: Recorded) -> Reply:
    is_asked = BRIEF.encode() in request.body
    thought = Thinking(f"step {len(request.body)}")
    return Reply.of(thought, "word " * (10 if is_asked else 40), Call("bash"))


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(agent) as running:
        yield running


@pytest.fixture
def start(simulator: Simulator, tmp_path: Path) -> Start:
    def started(mode: Mode = "lossless", **told: JSON) -> Server:
        settings = Settings(
            port=0, anthropic=simulator.url, openai=simulator.url, gemini=simulator.url, **told
        )
        sessions = Sessions(f"sqlite://{tmp_path}/store.db")
        editor = Editor(mode, sessions, steering=steering_of(settings))
        return Server(settings, editor, Books(tmp_path / "books.db"))

    return started


def post(url: str, path: str, body: JSON, mode: str = "") -> JSON:
    headers = {"content-type": "application/json"} | ({"x-headroom-mode": mode} if mode else {})
    with urlopen(Request(url + path, json.dumps(body).encode(), headers)) as answer:
        return json.load(answer)


def turn(url: str, messages: list[JSON], mode: str = "", **more: JSON) -> None:
    """Asks once, and has the tool print what it prints. Breakpoints move along."""
    last = messages[-1]["content"]
    blocks = [{"type": "text", "text": last}] if isinstance(last, str) else [*last]
    blocks[-1] = {**blocks[-1], "cache_control": {"type": "ephemeral"}}
    marked = [*messages[:-1], {"role": "user", "content": blocks}]
    body = {"model": "claude-opus-5", "max_tokens": 999, "messages": marked, **more}
    content = post(url, "/v1/messages", body, mode)["content"]
    called = next(block["id"] for block in content if block["type"] == "tool_use")
    result = {"type": "tool_result", "tool_use_id": called, "content": f"{called}\n{LOG}"}
    messages += [{"role": "assistant", "content": content}, {"role": "user", "content": [result]}]


def begin(text: str = "What failed?") -> list[JSON]:
    return [{"role": "user", "content": text}]


def contents(text: str) -> list[JSON]:
    return [{"role": "user", "parts": [{"text": text}]}]


def check(simulator: Simulator, since: int = 0) -> list[list[JSON]]:
    """Asserts that what was sent was sent again, and returns the messages of each request."""
    assert simulator.violations == []
    sent = [request.json["messages"] for request in simulator.requests[since:]]
    plain = [[_plain(message) for message in messages] for messages in sent]
    assert all(now[: len(last)] == last for last, now in pairwise(plain))
    return plain


def _plain(message: JSON) -> JSON:
    content = message["content"]
    if isinstance(content, str):
        content = [{"type": "text", "text": content}]
    blocks = [{k: v for k, v in block.items() if k != "cache_control"} for block in content]
    return {**message, "content": blocks}


def test_it_is_asked_once_and_for_good(simulator: Simulator, start: Start) -> None:
    """Through restarts, other settings, and every mode."""
    messages = begin()
    told: list[tuple[Mode, str, Manner]] = [
        ("lossless", "", "brief"), ("off", "", "brief"), ("lossless", "", "off"),
        ("on", "observe", "terse"), ("lossless", "off", "brief"), ("lossless", "", "brief"),
    ]  # fmt: skip
    for mode, header, manner in told:
        with start(mode, manner=manner, holdout=0.0) as server:
            turn(server.url, messages, header)
    sent = check(simulator)
    asked = _plain(ASKED)
    assert [[n for n, m in enumerate(one) if m == asked] for one in sent] == [[1]] * 6


def test_it_stands_in_front_of_what_the_client_has_never_seen(
    simulator: Simulator, start: Start
) -> None:
    """Retrievals that the gateway answered are put back behind it."""
    run = (Thinking("what is there?"), Call("bash"))
    ask = (Thinking("what is left out?"), Call("headroom_retrieve", {"lines": "30-32"}))
    simulator.play(Asking(run, ask, run, ask, run, run))
    tools = [{"name": "bash", "input_schema": {"type": "object"}}]
    messages = begin()
    for mode in ("on", "on", "off", "on"):
        with start(mode, manner="brief", holdout=0.0) as server:
            turn(server.url, messages, tools=tools)
    sent = check(simulator)
    assert [one.index(_plain(ASKED)) for one in sent] == [1] * 6
    assert len(sent[-1]) == len(messages) - 1 + 4  # two rounds of two; not yet the last turn


def test_no_cached_prefix_is_touched(simulator: Simulator, start: Start) -> None:
    """What is read of the cache is at least what is read without it, request by request."""
    system = [{"type": "text", "text": "rule " * 3_000, "cache_control": {"type": "ephemeral"}}]
    simulator.play(lambda request: Reply.of(Thinking(str(len(request.body))), "ok", Call("bash")))
    read: dict[float, list[int]] = {}
    for holdout in (1.0, 0.0):
        since = len(simulator.usages)
        with start(manner="brief", holdout=holdout) as server:
            turn(server.url, begin(f"Something else, {holdout}."), system=system)
            messages = begin(f"What failed, {holdout}?")
            for _ in range(4):
                turn(server.url, messages, system=system)
        read[holdout] = [usage.read for usage in simulator.usages[since:]]
    assert read[1.0][1] > 3_000
    assert all(now >= before for before, now in zip(read[1.0], read[0.0], strict=True))


def test_a_conversation_that_runs_is_left_alone(simulator: Simulator, start: Start) -> None:
    """Also one that only begins like it, as nobody can tell them apart."""
    messages = begin()
    with start() as server:
        turn(server.url, messages)
    with start(manner="brief", holdout=0.0) as server:
        turn(server.url, messages)
        check(simulator)
        turn(server.url, begin())
        turn(server.url, begin("Another question."))
    asked = [ASKED in request.json["messages"] for request in simulator.requests]
    assert asked == [False, False, False, True]


def test_who_is_held_out_gets_what_came(simulator: Simulator, start: Start) -> None:
    body = {"model": "claude-opus-5", "max_tokens": 9, "messages": begin()}
    body |= {"output_config": {"effort": "high"}}
    with start(manner="brief", effort="low", holdout=1.0) as server:
        post(server.url, "/v1/messages", body)
    assert simulator.requests[0].body == json.dumps(body).encode()


GEMINI = "/v1beta/models/gemini-3-pro:generateContent"
EFFORTS: list[tuple[str, JSON, JSON]] = [
    ("/v1/chat/completions", {"messages": begin("1?"), "reasoning_effort": "high"}, {"reasoning_effort": "medium"}),
    ("/v1/responses", {"input": begin("2?"), "store": False, "reasoning": {"effort": "high"}}, {"reasoning": {"effort": "medium"}}),
    ("/v1/responses", {"input": begin("3?"), "store": False, "reasoning": {"summary": "auto"}}, {}),
    ("/v1/responses", {"input": begin("4?"), "reasoning": {"effort": "high"}}, {}),
    (GEMINI, {"contents": contents("5?"), "generationConfig": {"thinkingConfig": {"thinkingLevel": "HIGH"}}}, {}),
]  # fmt: skip
"""What clients ask for, and what of it changes: not for what is kept, nor into what a model may not know."""


def test_gemini_thinks_as_little_as_every_model_can(simulator: Simulator, start: Start) -> None:
    given: list[JSON] = [
        {"generationConfig": {"thinkingConfig": {"thinkingLevel": "HIGH"}}},
        {"generation_config": {"thinking_config": {"thinking_level": "medium"}}},
        {"generationConfig": {"thinkingConfig": {"thinkingLevel": "MINIMAL"}}},
        {"generationConfig": {"thinkingConfig": {"thinkingBudget": 9000}}},
    ]
    with start(effort="low", holdout=0.0) as server:
        for n, one in enumerate(given):
            post(server.url, GEMINI, {"contents": contents(f"{n}?"), **one})
    assert [{**r.json, "contents": 0} for r in simulator.requests] == [
        {"contents": 0, "generationConfig": {"thinkingConfig": {"thinkingLevel": "LOW"}}},
        {"contents": 0, "generation_config": {"thinking_config": {"thinking_level": "low"}}},
        *({"contents": 0, **one} for one in given[2:]),
    ]


@pytest.mark.parametrize("store", [True, False])
def test_responses_are_asked_once_and_for_good(
    simulator: Simulator, start: Start, *, store: bool
) -> None:
    """Where the input is one string too; not again where the provider has it already."""
    fixed = {"model": "gpt-5.6", "store": store, "include": ["reasoning.encrypted_content"]}
    for n, question in enumerate(("What failed?", begin("And what not?"))):
        since = len(simulator.requests)
        items = begin(question) if isinstance(question, str) else question
        with start(manner="brief", holdout=0.0) as server:
            answer = post(server.url, "/v1/responses", {**fixed, "input": question})
        call = next(item["call_id"] for item in answer["output"] if "call_id" in item)
        printed = {"type": "function_call_output", "call_id": call, "output": f"{n}\n{LOG}"}
        whole = [*items, *answer["output"], printed]
        with start(manner="terse", holdout=0.0) as server:
            post(server.url, "/v1/responses", {**fixed, "input": whole})
            if store:
                named = {"previous_response_id": answer["id"], "input": [printed]}
                post(server.url, "/v1/responses", {**fixed, **named})
        first, second, *more = (request.json["input"] for request in simulator.requests[since:])
        assert first == [*items, ASKED]
        assert second[: len(first) + len(answer["output"])] == [*first, *answer["output"]]
        assert [len(one) for one in more] == [1] * store
    assert simulator.violations == []


def test_gemini_is_asked_once_and_for_good(simulator: Simulator, start: Start) -> None:
    said = contents("What failed?")
    for manner in ("brief", "off", "terse"):
        with start(manner=manner, holdout=0.0) as server:
            answer = post(server.url, GEMINI, {"contents": said})
        content = answer["candidates"][0]["content"]
        response = {"functionResponse": {"name": "bash", "response": {"output": LOG}}}
        said = [*said, content, {"role": "user", "parts": [response]}]
    sent = [request.json["contents"] for request in simulator.requests]
    asked = {"role": "user", "parts": [{"text": BRIEF}]}
    assert [[n for n, one in enumerate(whole) if one == asked] for whole in sent] == [[1]] * 3
    assert all(now[: len(last)] == last for last, now in pairwise(sent))
    assert simulator.violations == []


def test_effort_is_lowered_where_the_client_names_it(simulator: Simulator, start: Start) -> None:
    with start(effort="medium", holdout=0.0) as server:
        for n, effort in enumerate(("max", "low", None)):
            messages = begin(f"Question {n}?")
            more: JSON = {"output_config": {"effort": effort}} if effort else {}
            turn(server.url, messages, **more)
            turn(server.url, messages, **more)
        for path, body, _ in EFFORTS:
            post(server.url, path, body)
    got = [request.json.get("output_config", {}).get("effort") for request in simulator.requests]
    assert got[:6] == ["medium", "medium", "low", "low", None, None]
    assert [r.json for r in simulator.requests[6:]] == [
        {**body, **changed} for _, body, changed in EFFORTS
    ]
    assert all(BRIEF.encode() not in request.body for request in simulator.requests)


def test_who_counts_tokens_counts_what_is_sent(simulator: Simulator, start: Start) -> None:
    body = {"model": "claude-opus-5", "messages": begin()}
    with start(manner="brief", holdout=0.0) as server:
        for _ in range(2):
            post(server.url, "/v1/messages/count_tokens", body)
            post(server.url, "/v1/messages", {**body, "max_tokens": 9})
    assert [r.json["messages"] for r in simulator.requests] == [[*begin(), ASKED]] * 4


def test_answers_of_a_fixed_form_are_left_alone(simulator: Simulator, start: Start) -> None:
    schema = {"type": "json_schema", "name": "a", "schema": {}}
    responses, chat, gemini = "/v1/responses", "/v1/chat/completions", GEMINI
    fixed: list[tuple[str, JSON]] = [
        ("/v1/messages", {"max_tokens": 9, "messages": begin(), "output_config": {"format": schema}}),
        (chat, {"messages": begin("2"), "response_format": {"type": "json_object"}}),
        (responses, {"input": begin("3"), "text": {"format": schema}}),
        (responses, {"input": begin("4"), "previous_response_id": "resp_1"}),
        (gemini, {"contents": contents("5"), "generationConfig": {"responseMimeType": "application/json"}}),
        (gemini, {"contents": contents("6"), "generationConfig": {"responseJsonSchema": {"type": "object"}}}),
        (gemini, {"contents": contents("7"), "generation_config": {"response_schema": {"type": "OBJECT"}}}),
    ]  # fmt: skip
    free: list[tuple[str, JSON]] = [
        (chat, {"messages": begin("8"), "response_format": {"type": "text"}}),
        (responses, {"input": begin("9"), "text": {"format": {"type": "text"}, "verbosity": "low"}}),
        (gemini, {"contents": contents("10"), "generationConfig": {"responseMimeType": "text/plain"}}),
    ]  # fmt: skip
    with start(manner="brief", holdout=0.0) as server:
        for path, body in [*fixed, *free]:
            with suppress(HTTPError):  # nobody knows resp_1
                post(server.url, path, {"model": "claude-opus-5", **body})
    is_asked = [BRIEF.encode() in request.body for request in simulator.requests]
    assert is_asked == [False] * len(fixed) + [True] * len(free)


def test_the_share_that_is_held_out_is_as_told() -> None:
    chance = random.Random(3)
    steering = Steering(text="x", holdout=0.25)
    held = [not steering.of(chance.randbytes(16)).text for _ in range(4_000)]
    assert 0.23 < sum(held) / len(held) < 0.27
    assert Steering(text="x", holdout=0.0).of(bytes(16)).text == "x"


def test_the_books_compare_both_sides(
    simulator: Simulator, start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADROOM_HOME", str(tmp_path))
    with start(manner="brief", holdout=0.5) as server:
        for n in range(70):
            messages = begin(f"Question {n}?")
            turn(server.url, messages)
            if n % 7 == 0:
                turn(server.url, messages)
    asked = sum(BRIEF.encode() in request.body for request in simulator.requests)
    with start() as server, urlopen(server.url + "/stats") as answer:
        found = json.load(answer)["output"]
    assert found["steered"]["answers"] == asked
    assert found["held"]["answers"] == len(simulator.requests) - asked
    assert found["steered"]["conversations"] + found["held"]["conversations"] == 70
    assert -0.8 < found["low"] <= found["change"] <= found["high"] < -0.4
    shown = CliRunner().invoke(perf).output
    assert "held out" in shown
    assert "tokens per answer: −" in shown


def drawn(chance: random.Random, steered: bool, mean: float) -> Trial:
    """Returns a conversation: those differ among each other, as real ones do."""
    level = mean * chance.lognormvariate(0, 0.5)
    answers = chance.randint(1, 30)
    return Trial(steered, answers, sum(int(chance.expovariate(1 / level)) for _ in range(answers)))


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    chance = random.Random(11)
    hits = 0
    for _ in range(200):
        trials = [drawn(chance, True, 240) for _ in range(120)]
        trials += [drawn(chance, False, 300) for _ in range(60)]
        found = compared(trials)
        hits += found["low"] <= -0.2 <= found["high"]
    assert 0.88 <= hits / 200 <= 0.99


def test_nothing_is_claimed_of_few_conversations() -> None:
    chance = random.Random(2)
    trials = [drawn(chance, True, 100) for _ in range(500)]
    trials += [drawn(chance, False, 300) for _ in range(ENOUGH - 1)]
    found = compared(trials)
    assert not found["enough"]
    assert (found["change"], found["low"], found["high"]) == (None, None, None)
    found = compared([*trials, drawn(chance, False, 300)])
    assert found["enough"]
    assert found["high"] < 0


def test_every_manner_has_a_text_and_off_is_usual() -> None:
    assert set(TEXTS) == set(get_args(Manner))
    assert steering_of(Settings()) is None
