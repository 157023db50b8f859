"""Transcripts as the agents wrote them: the same task, done by each against the provider simulator."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from headroom.pricing import Usage
from headroom_agents.transcripts import (
    READERS,
    Session,
    calls_of,
    families,
    find,
    readers,
    sessions,
)
from headroom_agents.transcripts.claude_code import ClaudeCode
from headroom_agents.transcripts.codex import Codex
from headroom_agents.transcripts.gemini_cli import GeminiCli
from headroom_agents.transcripts.opencode import OpenCode

FIXTURES = Path(__file__).parent / "fixtures"
TASK = "What does adding.py do?"


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A home folder in which four agents worked."""
    places = {
        "claude-code.jsonl": ".claude/projects/-home-ada-adding/b06cc020.jsonl",
        "rollout-2026-11-21T19-23-48.jsonl": ".codex/sessions/2026/11/21/rollout-2026-11-21.jsonl",
        "session-2026-11-21T19-23-e0851106.jsonl": ".gemini/tmp/adding/chats/session-2026.jsonl",
    }
    for name, place in places.items():
        file = tmp_path / place
        file.parent.mkdir(parents=True)
        file.write_bytes((FIXTURES / name).read_bytes())
    (tmp_path / ".gemini/tmp/adding/.project_root").write_text("/home/ada/adding")
    database = tmp_path / ".local/share/opencode/opencode.db"
    database.parent.mkdir(parents=True)
    with closing(sqlite3.connect(database)) as db:
        db.executescript((FIXTURES / "opencode.sql").read_text())
    return tmp_path


@pytest.fixture
def at_home(machine: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(machine))
    for variable in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(variable, raising=False)
    return machine


def read(*paths: Path) -> list[Session]:
    return [session for family in families(find(paths)) for session in sessions(family)]


def test_every_agent_is_found_where_it_keeps_its_transcripts(at_home: Path) -> None:
    assert {one.reader.agent for one in find()} == {
        "claude-code", "codex", "gemini-cli", "opencode",
    }  # fmt: skip
    assert [one.reader.agent for one in find(agents=["codex"])] == ["codex"]
    assert {one.file for one in find([at_home])} == {one.file for one in find()}


@pytest.mark.parametrize("agent", ["claude-code", "codex", "gemini-cli", "opencode"])
def test_the_same_task_reads_alike_for_every_agent(machine: Path, agent: str) -> None:
    (session,) = (one for one in read(machine) if one.agent == agent)
    assert session.project == "/home/ada/adding"
    assert session.skipped == 0
    assert TASK in session.turns[0].words
    assert session.turns[0].answer.text == "I look first."
    assert session.turns[-1].answer.text == "It adds."
    assert [turn.begins for turn in session.turns] == [True] + [False] * 6
    assert [len(turn.answer.calls) for turn in session.turns] == [1, 1, 1, 2, 1, 1, 0]
    calls = list(calls_of(session))
    assert [call.position for call in calls] == [1, 2, 3, 4, 5, 6, 7]
    assert [call.failed for call in calls] == [True, False, True, False, False, False, True]
    assert "pythonx" in calls[0].arguments
    assert "command not found" in (calls[0].output or "")
    assert "return a + b" in (calls[3].output or "")
    assert "No module named nothere" in (calls[6].output or "")
    times = [turn.time for turn in session.turns]
    assert None not in times
    assert times == sorted(times, key=lambda time: time or 0)
    assert session.last == times[-1]


@pytest.mark.parametrize(
    ("agent", "model", "first", "second"),
    [
        ("claude-code", "claude-opus-4-8", Usage(0, 18077, 1365, 24), Usage(18077, 1513, 0, 19)),
        ("codex", "gpt-5.6", Usage(0, 0, 8478, 18), Usage(8448, 0, 288, 13)),
        ("gemini-cli", "gemini-2.5-pro", Usage(0, 0, 10784, 25), Usage(10752, 0, 205, 20)),
        ("opencode", "claude-sonnet-4-5", Usage(0, 7029, 0, 23), Usage(7029, 141, 0, 18)),
    ],
)
def test_usage_and_model_are_what_the_provider_said(
    machine: Path, agent: str, model: str, first: Usage, second: Usage
) -> None:
    (session,) = (one for one in read(machine) if one.agent == agent)
    assert [turn.answer.usage for turn in session.turns[:2]] == [first, second]
    assert {turn.answer.model for turn in session.turns} == {model}


def records(file: Path, *values: Any) -> Path:  # noqa: ANN401 - JSON
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = [value if isinstance(value, str) else json.dumps(value) for value in values]
    file.write_text("\n".join(lines), "utf-8")
    return file


def said(who: str, content: Any, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    message = {"role": who, "content": content, **more.pop("message", {})}
    number = more.setdefault("uuid", f"u{content}")
    return {"type": who, "sessionId": "s", "cwd": "/p", "uuid": number, "message": message, **more}


def text(words: str) -> list[dict[str, str]]:
    return [{"type": "text", "text": words}]


def test_after_a_compaction_a_claude_session_begins_anew(tmp_path: Path) -> None:
    file = records(
        tmp_path / "s.jsonl",
        said("user", "Long task"),
        said("assistant", text("Doing."), message={"id": "a"}),
        {"type": "system", "subtype": "compact_boundary", "sessionId": "s", "uuid": "c"},
        said("user", "What was done so far: much.", isCompactSummary=True),
        said("assistant", text("Going on."), message={"id": "b"}),
    )
    (session,) = ClaudeCode().read(file)
    assert [(turn.begins, turn.words) for turn in session.turns] == [
        (True, "Long task"),
        (True, "What was done so far: much."),
    ]


def test_sub_agents_have_sessions_of_their_own(tmp_path: Path) -> None:
    file = records(
        tmp_path / "s.jsonl",
        said("user", "Task"),
        said("assistant", text("I delegate."), message={"id": "a"}),
        said("user", "Look there", isSidechain=True, uuid="x", parentUuid=None),
        said("assistant", text("Found."), isSidechain=True, uuid="y", parentUuid="x"),
        said("user", "Look here", isSidechain=True, agentId="z", uuid="z1"),
        said("assistant", text("Nothing."), isSidechain=True, agentId="z", uuid="z2"),
        said("assistant", text("Done."), message={"id": "b"}),
    )
    found = list(ClaudeCode().read(file))
    words = [[turn.answer.text for turn in one.turns] for one in found]
    assert words == [["I delegate.", "Done."], ["Found."], ["Nothing."]]
    assert [(one.id, one.parent) for one in found] == [("s", ""), ("x", "s"), ("z", "s")]


def test_answers_that_did_not_end_by_themselves_say_so(tmp_path: Path) -> None:
    file = records(
        tmp_path / "s.jsonl",
        said("user", "Go"),
        said("assistant", text("First"), message={"id": "a", "stop_reason": "max_tokens"}),
        said("user", "Go on"),
        said("assistant", text("Second"), message={"id": "b"}),
        said("user", text("[Request interrupted by user]")),
        said("assistant", text("API Error"), message={"id": "c", "model": "<synthetic>"}),
    )
    (session,) = ClaudeCode().read(file)
    assert [turn.answer.end for turn in session.turns] == ["limit", "interrupted"]


def test_pieces_of_one_answer_stay_one_around_early_results(tmp_path: Path) -> None:
    def call(number: str) -> list[dict[str, Any]]:
        return [{"type": "tool_use", "id": number, "name": "Bash", "input": {"command": number}}]

    def result(number: str) -> list[dict[str, Any]]:
        return [{"type": "tool_result", "tool_use_id": number, "content": f"printed {number}"}]

    file = records(
        tmp_path / "s.jsonl",
        said("user", "Go"),
        said("assistant", call("one"), message={"id": "a"}),
        said("user", result("one")),
        said("assistant", call("two"), message={"id": "a"}),
        said("user", result("two")),
    )
    (session,) = ClaudeCode().read(file)
    (turn,) = session.turns
    assert [call.output for call in turn.answer.calls] == ["printed one", "printed two"]


def test_a_codex_session_is_compacted_and_aborted(tmp_path: Path) -> None:
    def item(**payload: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        return {"type": "response_item", "payload": payload}

    def message(role: str, words: str) -> dict[str, Any]:
        return {"type": "message", "role": role, "content": [{"type": "text", "text": words}]}

    shell = json.dumps({"output": "gone", "metadata": {"exit_code": 2}})
    file = records(
        tmp_path / "rollout-1.jsonl",
        {"type": "session_meta", "payload": {"id": "r", "cwd": "/p"}},
        item(**message("user", "Go")),
        item(type="function_call", name="shell", arguments="{}", call_id="1"),
        item(type="function_call_output", call_id="1", output=shell),
        {"type": "compacted", "payload": {"message": "So far: nothing."}},
        item(**message("assistant", "Going on.")),
        {"type": "event_msg", "payload": {"type": "turn_aborted", "reason": "interrupted"}},
    )
    (session,) = Codex().read(file)
    (call,) = calls_of(session)
    assert (call.output, call.failed) == ("gone", True)
    assert [turn.begins for turn in session.turns] == [True, True]
    assert session.turns[1].words == "So far: nothing."
    assert session.turns[1].answer.end == "interrupted"


def test_chats_of_an_older_gemini_cli(tmp_path: Path) -> None:
    chat = {
        "sessionId": "g", "projectHash": "abc",
        "messages": [
            {"id": "1", "type": "user", "content": "Hello"},
            {"id": "2", "type": "gemini", "content": "Hi", "tokens": {"input": 9, "output": 1}},
        ],
    }  # fmt: skip
    file = records(tmp_path / "chats/session-1.json", chat)
    (session,) = GeminiCli().read(file)
    assert (session.project, session.id) == ("abc", "g")
    assert [(turn.words, turn.answer.text) for turn in session.turns] == [("Hello", "Hi")]


def test_sessions_of_an_older_opencode(tmp_path: Path) -> None:
    storage = tmp_path / "storage"
    records(storage / "session/p/ses_1.json", {"id": "ses_1", "directory": "/p"})
    records(storage / "message/ses_1/msg_1.json", {"role": "user"})
    records(storage / "part/msg_1/prt_1.json", {"type": "text", "text": "Hello"})
    records(storage / "message/ses_1/msg_2.json", {"role": "assistant", "finish": "length"})
    records(storage / "part/msg_2/prt_2.json", {"type": "text", "text": "Hi"})
    (session,) = read(tmp_path)
    assert (session.agent, session.project) == ("opencode", "/p")
    assert [(t.words, t.answer.text, t.answer.end) for t in session.turns] == [
        ("Hello", "Hi", "limit")
    ]
    (tmp_path / "opencode.db").write_bytes(b"SQLite format 3\0 and then something else")
    assert list(OpenCode().read(tmp_path / "opencode.db")) == []


CHAT = [
    {"role": "user", "content": "Go"},
    {
        "role": "assistant", "content": "Looking.",
        "tool_calls": [
            {"id": "1", "type": "function", "function": {"name": "bash", "arguments": "{}"}}
        ],
    },
    {"role": "tool", "tool_call_id": "1", "content": "<returncode>1</returncode>\nno"},
    {"role": "assistant", "content": "Done."},
]  # fmt: skip


def test_recorded_requests_that_continue_each_other_are_one_session(tmp_path: Path) -> None:
    bodies = [{"model": "gpt-5.5", "messages": CHAT[:n]} for n in (2, 4)]
    other = {"model": "gpt-5.5", "messages": [{"role": "user", "content": "Else"}, CHAT[3]]}
    found = read(records(tmp_path / "log.jsonl", *bodies, "not JSON", other))
    assert [[turn.answer.text for turn in one.turns] for one in found] == [
        ["Looking.", "Done."],
        ["Done."],
    ]
    assert [one.skipped for one in found] == [1, 0]
    assert found[0].turns[0].answer.model == "gpt-5.5"
    assert [call.failed for call in calls_of(found[0])] == [True]


def test_lists_and_lines_of_messages_are_sessions_too(tmp_path: Path) -> None:
    listed = records(tmp_path / "a.json", CHAT)
    lines = records(tmp_path / "b.jsonl", *CHAT)
    one, other = read(listed, lines)
    assert one.turns == other.turns
    assert one.project == tmp_path.name


def test_an_anthropic_recording_says_what_failed(tmp_path: Path) -> None:
    call = {"type": "tool_use", "id": "1", "name": "Bash", "input": {"command": "no"}}
    result = {"type": "tool_result", "tool_use_id": "1", "content": "no", "is_error": True}
    messages = [
        {"role": "user", "content": "Go"},
        {"role": "assistant", "content": [call]},
        {"role": "user", "content": [result]},
    ]
    (session,) = read(records(tmp_path / "a.json", {"messages": messages, "cwd": "/p"}))
    assert [(call.name, call.failed) for call in calls_of(session)] == [("Bash", True)]
    assert session.project == "/p"


def broken() -> Iterator[bytes]:
    yield b""
    yield b"\xff\xfe\x00"
    yield b'{"messages": 3}'
    yield b'{"messages": [{"role": 5}]}'
    yield b'{"messages": ["no object"]}'
    yield b'[[["role"]]]'
    yield b'{"sessionId": "s", "uuid": 1, "type": "user", "message": {"content": [3, null]}}'
    yield b'{"sessionId": 4, "uuid": 1, "type": "assistant", "message": [], "timestamp": {}}'
    yield b'{"type": "session_meta", "payload": null}\n{"type": "response_item", "payload": 3}'
    yield b'{"projectHash": 1}\n{"$set": {"messages": [null]}}\n{"id": 3, "type": "gemini"}'
    yield b'{"type": "user", "sessionId": "s", "uuid": "u", "message": ' + b"[" * 100_000


@pytest.mark.parametrize(
    "name", ["a.jsonl", "a.json", "rollout-a.jsonl", "session-a.jsonl", "opencode.db"]
)
def test_nothing_that_stands_in_a_file_is_an_error(tmp_path: Path, name: str) -> None:
    for content in broken():
        (tmp_path / name).write_bytes(content)
        for reader in READERS:
            for session in reader.read(tmp_path / name):
                assert session.turns


def test_a_broken_line_costs_that_line(tmp_path: Path) -> None:
    lines = (FIXTURES / "claude-code.jsonl").read_text().splitlines()
    cut = [*lines[:8], lines[8][: len(lines[8]) // 2], "", *lines[9:]]
    (session,) = ClaudeCode().read(records(tmp_path / "a.jsonl", *cut))
    assert session.skipped == 1
    assert len(session.turns) == 7


def test_only_what_changed_lately_is_found(machine: Path) -> None:
    old = machine / ".codex/sessions/2026/11/21/rollout-2026-11-21.jsonl"
    os.utime(old, (1, 1))
    assert "codex" not in {one.reader.agent for one in find([machine], since=1000)}


def test_a_forked_session_begins_with_copies_that_count_once() -> None:
    found = find([FIXTURES / "claude-code-forked"])
    (family,) = families(found)
    original, fork = sorted(sessions(family), key=lambda one: one.turns[0].copied)
    assert [turn.words for turn in original.turns[:2]] == ["Please DELEGATE this", "Go on now"]
    assert [(turn.words, turn.copied) for turn in fork.turns] == [
        ("Please DELEGATE this", True),
        ("Go on now", True),
        ("Go on forked", False),
    ]


def test_what_claude_code_compacted_begins_with_its_summary() -> None:
    (original,) = (
        one for one in read(FIXTURES / "claude-code-forked") if one.id.startswith("7caf")
    )
    assert [turn.begins for turn in original.turns] == [True, False, True]
    assert "This session is being continued" in original.turns[2].words
    assert "Go on now" not in original.turns[2].words


def test_a_sub_agent_of_claude_code_knows_its_parent() -> None:
    agent, parent = sorted(read(FIXTURES / "claude-code-delegated"), key=lambda one: not one.parent)
    assert agent.parent == parent.id
    assert agent.turns[0].words == "SUBTASK: run the check"
    assert [call.output for call in calls_of(agent)] == ["1 passed"]
    assert [call.name for call in calls_of(parent)] == ["Agent"]
    assert agent.project == parent.project == "/home/ada/adding"


def test_readers_of_others_join(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Theirs(ClaudeCode):
        agent = "theirs"

    entry = EntryPoint("theirs", "somewhere:Theirs", "headroom.transcripts")
    monkeypatch.setattr(EntryPoint, "load", lambda _: Theirs)
    monkeypatch.setattr("headroom_agents.transcripts.search.entry_points", lambda group: [entry])
    readers.cache_clear()
    (tmp_path / "s.jsonl").write_bytes((FIXTURES / "claude-code.jsonl").read_bytes())
    try:
        assert [one.agent for one in read(tmp_path)] == ["theirs"]
    finally:
        readers.cache_clear()
