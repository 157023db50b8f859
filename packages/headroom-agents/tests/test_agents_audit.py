"""What an audit says is what the gateway would send, and what the provider would bill."""

from __future__ import annotations

import json
import random
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from headroom import Policy
from headroom.cli.main import group
from headroom.pricing import Part, Request, Usage, price_of, session_cost
from headroom.sessions import Sessions, Way
from headroom_agents.audit import Assumptions, Audited, Mode, audit_session
from headroom_agents.audit.places import rates
from headroom_agents.audit.plot import NoRenderer, draw, save
from headroom_agents.audit.report import Report, as_json, assumptions, report_of
from headroom_agents.audit.stretches import stretches
from headroom_agents.transcripts import Session, families, find, sessions

FIXTURES = Path(__file__).parent / "fixtures"
MODEL = "claude-opus-5"


def messages_of(turns: int, seed: int = 1) -> list[dict[str, Any]]:
    """An agent that reads logs and files, some of them again."""
    chance = random.Random(seed)
    files = {
        f"src/part_{n}.py": "".join(
            f"def function_{n}_{k}(value):\n    return value + {chance.random()}\n\n"
            for k in range(60)
        )
        for n in range(3)
    }
    messages: list[dict[str, Any]] = [{"role": "user", "content": "Why does it fail?"}]
    for n in range(turns):
        name = chance.choice(sorted(files))
        log = "".join(
            f"10:00:{k % 60:02} INFO tick {k} of {n} {chance.random()}\n" for k in range(90)
        )
        tool, arguments, output = chance.choice(
            [("Read", {"file_path": name}, files[name]), ("Bash", {"command": f"tail {n}"}, log)]
        )
        call = {"type": "tool_use", "id": f"c{n}", "name": tool, "input": arguments}
        said = {"type": "text", "text": f"Step {n}."}
        messages.append({"role": "assistant", "content": [said, call]})
        result = {"type": "tool_result", "tool_use_id": f"c{n}", "content": output}
        messages.append({"role": "user", "content": [result]})
    return [*messages, {"role": "assistant", "content": [{"type": "text", "text": "Done."}]}]


def session_of(folder: Path, messages: list[dict[str, Any]], **more: Any) -> Session:  # noqa: ANN401 - JSON
    file = folder / "session.json"
    file.write_text(json.dumps({"messages": messages, **more}))
    (found,) = find([file])
    (session,) = sessions([found])
    return session


@pytest.mark.parametrize(
    ("policy", "way"),
    [(Policy.lossless(), Way()), (Policy(), Way(retrieving=Policy()))],
    ids=["lossless", "on"],
)
def test_one_pass_gives_what_the_gateway_sends_request_by_request(
    tmp_path: Path, policy: Policy, way: Way
) -> None:
    messages = messages_of(14)
    session = session_of(tmp_path, messages)
    audited = audit_session(session, Assumptions(model=MODEL))
    sent = Sessions(f"sqlite://{tmp_path}/store.db")
    tools = [{"name": name, "input_schema": {"type": "object"}} for name in ("Bash", "Read")]
    mode: Mode = "on" if policy.omit else "lossless"
    for end in range(1, len(messages), 2):
        body = {"model": MODEL, "tools": tools, "messages": messages[:end]}
        result = sent.send(json.dumps(body).encode(), way)
        assert not result.reason
    printed = [d for d in result.receipt.decisions if d.tool]
    rows = audited.tools[mode].values()
    assert sum(row.before for row in rows) == sum(d.tokens_before for d in printed)
    assert sum(row.after for row in rows) == sum(d.tokens_after for d in printed)
    assert sum(d.edited for d in printed) >= 3
    if mode == "on":
        assert audited.left_out == len(result.refs) > 0


def test_tools_and_asking_add_up_to_what_the_session_saves(tmp_path: Path) -> None:
    audited = audit_session(session_of(tmp_path, messages_of(14)), Assumptions(MODEL, asks=0))
    side = audited.sides["lossless"]
    saved = (audited.without.dollars or 0) - (side.dollars or 0)
    by_tool = sum(row.dollars or 0 for row in audited.tools["lossless"].values())
    assert saved > 0
    assert by_tool == pytest.approx(saved, rel=0.02)


def test_a_model_that_asks_for_everything_makes_it_dearer(tmp_path: Path) -> None:
    session = session_of(tmp_path, messages_of(14))
    never, always = (audit_session(session, Assumptions(MODEL, asks)) for asks in (0, 1))
    assert never.left_out == always.left_out > 0
    assert (always.sides["on"].dollars or 0) > (never.sides["on"].dollars or 0)
    assert always.sides["lossless"] == never.sides["lossless"]


def test_a_session_of_short_outputs_costs_more_in_mode_on(tmp_path: Path) -> None:
    call = {"type": "tool_use", "id": "1", "name": "Bash", "input": {"command": "true"}}
    done = {"type": "tool_result", "tool_use_id": "1", "content": "ok"}
    messages: list[dict[str, Any]] = [
        {"role": "user", "content": "Go. " * 1000},
        {"role": "assistant", "content": [call]},
        {"role": "user", "content": [done]},
        {"role": "assistant", "content": "Done."},
    ]
    audited = audit_session(session_of(tmp_path, messages), Assumptions(MODEL))
    report = report_of([audited], Assumptions(MODEL))
    assert audited.sides["lossless"] == audited.without
    assert (audited.sides["on"].share_of(audited.without) or 0) > 0.005
    assert (report.dearer("lossless"), report.dearer("on")) == (0, 1)


def test_what_was_billed_is_what_is_worked_out(tmp_path: Path) -> None:
    (tmp_path / "s.jsonl").write_bytes((FIXTURES / "claude-code.jsonl").read_bytes())
    (session,) = sessions(find([tmp_path]))
    audited = audit_session(session, Assumptions())
    price = price_of("claude-opus-4-8")
    assert price is not None
    usages = [turn.answer.usage or Usage() for turn in session.turns]
    assert audited.billed == pytest.approx(sum(price.of(usage) or 0 for usage in usages))
    first = session.turns[0].answer.usage
    assert first is not None
    assert audited.without.tokens > first.input * len(session.turns)


def test_a_front_that_was_cached_before_the_session_is_read(tmp_path: Path) -> None:
    def dollars(read: int, written: int) -> float:
        lines = (FIXTURES / "claude-code.jsonl").read_text()
        first = '"input_tokens": 1365, "cache_creation_input_tokens": 18077, "cache_read_input_tokens": 0'
        assert first in lines
        told = f'"input_tokens": 0, "cache_creation_input_tokens": {written}, "cache_read_input_tokens": {read}'
        (tmp_path / "s.jsonl").write_text(lines.replace(first, told))
        (session,) = sessions(find([tmp_path]))
        return audit_session(session, Assumptions()).without.dollars or 0.0

    price = price_of("claude-opus-4-8")
    assert price is not None
    saved = dollars(0, 19_442) - dollars(15_000, 4_442)
    assert saved == pytest.approx(15_000 * ((price.write or 0) - (price.read or 0)) / 1e6)


def test_pauses_lapse_the_cache_on_both_sides(tmp_path: Path) -> None:
    def at(hour: int) -> Audited:
        lines = (FIXTURES / "claude-code.jsonl").read_text()
        late = lines.replace("2026-11-21T19:22:50", f"2026-11-21T{hour}:22:50")
        (tmp_path / "s.jsonl").write_text(late)
        (session,) = sessions(find([tmp_path]))
        return audit_session(session, Assumptions())

    soon, later = at(19), at(21)
    assert (later.without.dollars or 0) > 1.3 * (soon.without.dollars or 0)
    assert (later.sides["lossless"].dollars or 0) > (soon.sides["lossless"].dollars or 0)
    assert later.without.tokens == soon.without.tokens


def test_a_compaction_starts_a_new_prefix(tmp_path: Path) -> None:
    (tmp_path / "s.jsonl").write_bytes((FIXTURES / "claude-code.jsonl").read_bytes())
    (session,) = sessions(find([tmp_path]))
    assert [len(one.turns) for one in stretches(session)] == [7]
    lines = (tmp_path / "s.jsonl").read_text().splitlines()
    boundary = {"type": "system", "subtype": "compact_boundary", "uuid": "c", "sessionId": "s"}
    at = next(n for n, line in enumerate(lines) if "msg_000005" in line)
    (tmp_path / "s.jsonl").write_text("\n".join([*lines[:at], json.dumps(boundary), *lines[at:]]))
    (session,) = sessions(find([tmp_path]))
    parts = list(stretches(session))
    assert [len(one.turns) for one in parts] == [4, 3]
    assert [one.sent for one in parts] == [(1, 3, 5, 7), (1, 3, 5)]


def test_the_requests_of_a_fork_are_counted_once() -> None:
    (family,) = families(find([FIXTURES / "claude-code-forked"]))
    together = [audit_session(one, Assumptions()) for one in sessions(family)]
    alone = [audit_session(one, Assumptions()) for found in family for one in sessions([found])]
    assert sum(one.requests for one in alone) - sum(one.requests for one in together) == 2
    assert sum(one.without.tokens for one in alone) > sum(one.without.tokens for one in together)
    price = price_of("claude-opus-4-8")
    assert price is not None
    (first,) = sessions(family[:1])
    usages = [turn.answer.usage or Usage() for turn in first.turns[:2]]
    twice = sum(one.billed or 0 for one in alone) - sum(one.billed or 0 for one in together)
    assert twice == pytest.approx(sum(price.of(usage) or 0 for usage in usages))


def test_a_model_without_a_price_has_tokens_and_no_dollars(tmp_path: Path) -> None:
    session = session_of(tmp_path, messages_of(6), model="house-model")
    report = report_of([audit_session(session, Assumptions())], Assumptions())
    assert report.unpriced[0].without.dollars is None
    assert report.unpriced[0].sides["lossless"].tokens < report.unpriced[0].without.tokens
    assert report.without.dollars == 0
    assert any("No price is known for 1 sessions (house-model)" in s for s in assumptions(report))
    assert "No session has a known price." in draw(report)


def test_rates_are_what_a_token_more_costs() -> None:
    price = price_of(MODEL)
    assert price is not None

    def requests(size: int) -> list[Request]:
        parts = [Part("front", 2000), Part("a", size), Part("b", 900), Part("c", 40)]
        return [Request(tuple(parts[:n])) for n in (2, 3, 4)]

    plain = session_cost(requests(1500), price)
    more = session_cost(requests(1501), price)
    assert plain is not None
    assert more is not None
    usages = [bill.usage for bill in plain.bills]
    found = rates(requests(1500), usages, price, "5m")
    assert found[1] == pytest.approx(more.dollars - plain.dollars)
    assert found[0] == pytest.approx(found[1])
    assert found[1] > found[2] > found[3]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("sessions")
    session = session_of(folder, messages_of(10), id="<b>&")
    return report_of([audit_session(session, Assumptions(MODEL))], Assumptions(MODEL))


def test_the_picture_is_well_formed_and_says_the_sums(report: Report) -> None:
    texts = [element.text or "" for element in ET.fromstring(draw(report)).iter() if element.text]
    assert any(f"${report.without.dollars:,.2f}" in text for text in texts)
    assert any("Read" in text for text in texts)
    assert any(sentence[:60] in " ".join(texts) for sentence in assumptions(report))
    ET.fromstring(draw(report_of([], Assumptions())))


def test_a_png_is_drawn_or_said_to_need_a_package(report: Report, tmp_path: Path) -> None:
    file = tmp_path / "audit.png"
    try:
        save(report, file)
    except NoRenderer as error:
        assert "pip install 'headroom-agents[png]'" in str(error)
    else:
        assert file.read_bytes().startswith(b"\x89PNG")


def test_json_has_every_session_and_its_sums(report: Report) -> None:
    found = json.loads(json.dumps(as_json(report)))
    assert found["sessions"] == len(found["by_session"]) == 1
    assert found["on"]["dollars"] == pytest.approx(report.sides["on"].dollars)
    assert set(found["tools"]["on"]) == {"Bash", "Read"}


def run(*arguments: str) -> Result:
    return CliRunner().invoke(group, ["audit", "--jobs", "1", *arguments])


def test_the_command_prints_tables_and_draws(tmp_path: Path) -> None:
    session_of(tmp_path, messages_of(10))
    result = run(str(tmp_path), "--model", MODEL, "--plot", str(tmp_path / "a.svg"))
    assert result.exit_code == 0, result.output
    assert "sessions: 1, requests: 11" in result.output
    assert "mode lossless" in result.output
    assert "Mode on: the model asks for 30%" in " ".join(result.output.split())
    ET.parse(tmp_path / "a.svg")


def test_the_command_prints_json_alone(tmp_path: Path) -> None:
    (tmp_path / "s.jsonl").write_bytes((FIXTURES / "claude-code.jsonl").read_bytes())
    found = json.loads(run(str(tmp_path), "--json").stdout)
    assert found["lossless"]["dollars"] < found["without"]["dollars"]
    assert found["by_session"][0]["agent"] == "claude-code"


def test_the_command_says_what_it_looked_for(tmp_path: Path) -> None:
    nothing = run(str(tmp_path))
    assert nothing.exit_code == 1
    assert "no session found" in nothing.output
    unknown = run(str(tmp_path), "--agent", "nobody")
    assert unknown.exit_code == 2
    assert "expected one of claude-code, codex" in unknown.output


def test_several_processes_find_the_same(tmp_path: Path) -> None:
    for n in range(3):
        (tmp_path / str(n)).mkdir()
        session_of(tmp_path / str(n), [*messages_of(8, n)], padding="x" * 1_500_000)
    one, two = (run(str(tmp_path), "--model", MODEL, "--json", "--jobs", n) for n in ("1", "2"))
    assert one.exit_code == 0
    assert json.loads(one.stdout) == json.loads(two.stdout)
