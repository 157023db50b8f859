"""While traffic runs, the gateway says what it does, to those who may know."""

from __future__ import annotations

import http.client
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

import anthropic
import openai
import pytest

from headroom.pricing import Usage, price_of
from headroom.sessions import Sessions
from headroom.types import JSON
from headroom_proxy import Editor, Server, Settings
from headroom_proxy.about import proof
from headroom_proxy.books import Books
from headroom_proxy.trials import Trial
from headroom_testing.simulator import Call, Refusal, Reply, Simulator

LOG = "".join(f"2026-11-21 10:00:{n % 60:02} INFO tick {n} done\n" for n in range(300))
LOOK = Reply.of("Let me look.", Call("bash"))
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


class Gate:
    """A gateway in front of a simulator, with its books in a folder."""

    def __init__(self, simulator: Simulator, folder: Path, **told: object) -> None:
        url = simulator.url
        self.settings = Settings(port=0, anthropic=url, openai=url, gemini=url, **told)  # type: ignore[arg-type]
        editor = Editor(self.settings.mode, Sessions("memory:"))
        self.server = Server(self.settings, editor, Books(folder / "books.db"))

    def get(self, path: str, **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
        connection = http.client.HTTPConnection(urlsplit(self.server.url).netloc)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        found = answer.status, answer.headers, answer.read()
        connection.close()
        return found

    def stats(self, requests: int) -> JSON:
        """Returns `/stats`, once so many requests are in the books."""
        until = time.monotonic() + 10
        while time.monotonic() < until:
            found = json.loads(self.get("/stats")[2])
            if found["total"]["requests"] >= requests:
                return found
            time.sleep(0.05)
        raise AssertionError(f"{requests} requests are not in the books: {found['total']}")


def test_it_says_what_it_is_and_no_secret(tmp_path: Path) -> None:
    with Simulator() as simulator:
        gate = Gate(simulator, tmp_path, token="canary", store="redis://:canary@cache:6379/0")
        with gate.server:
            assert gate.get("/about")[0] == 401
            status, _, body = gate.get("/about", **{"x-headroom-token": "canary"})
            head = http.client.HTTPConnection(urlsplit(gate.server.url).netloc)
            head.request("HEAD", "/", headers={"x-headroom-token": "canary"})
            assert head.getresponse().status == 200
            head.close()
    found = json.loads(body)
    assert status == 200
    assert "proof" not in found
    assert found["version"] == version("headroom-proxy")
    assert found["started"] <= time.time()
    assert found["settings"]["mode"] == "lossless"
    assert found["settings"]["store"] == "redis://cache:6379/0"
    assert b"canary" not in body
    assert simulator.requests == []


def test_it_proves_whose_it_is_and_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADROOM_HOME", str(tmp_path))
    with Simulator() as simulator:
        gate = Gate(simulator, tmp_path)
        port = urlsplit(gate.server.url).port or 0
        with gate.server:
            said = json.loads(gate.get("/about?challenge=abc")[2])
            named = {"host": "localhost:9", "x-forwarded-port": "9"}
            again = json.loads(gate.get("/about?challenge=abc", **named)[2])
    assert said["proof"] == again["proof"] == proof("abc", port)
    assert said["proof"] not in (proof("abd", port), proof("abc", port + 1))
    monkeypatch.setenv("HEADROOM_HOME", str(tmp_path / "other"))
    assert said["proof"] != proof("abc", port)
    if sys.platform != "win32":
        assert (tmp_path / "gateway.key").stat().st_mode & 0o777 == 0o600


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(lambda request: LOOK) as simulator:
        yield simulator


@pytest.fixture
def gate(simulator: Simulator, tmp_path: Path) -> Iterator[Gate]:
    gate = Gate(simulator, tmp_path)
    with gate.server:
        yield gate


def chat(url: str, turns: int, model: str = "gpt-4o", **headers: str) -> None:
    """Plays a session; every tool result is long and new."""
    messages: list[JSON] = [{"role": "user", "content": "What failed?"}]
    with openai.OpenAI(base_url=f"{url}/v1", api_key="canary-key", max_retries=0) as client:
        for turn in range(turns):
            answer = client.chat.completions.create(
                model=model, messages=messages, extra_headers=headers
            )
            said: JSON = answer.choices[0].message
            messages.append(said)
            messages += [
                {"role": "tool", "tool_call_id": call.id, "content": f"{turn}\n{LOG}"}
                for call in said.tool_calls or ()
            ]


def messages_session(url: str, turns: int, stream: bool) -> None:
    messages: list[JSON] = [{"role": "user", "content": "What failed?"}]
    mark = {"cache_control": {"type": "ephemeral"}}
    given: JSON = {"model": "claude-opus-5", "max_tokens": 99, "messages": messages}
    with anthropic.Anthropic(base_url=url, api_key="canary-key", max_retries=0) as client:
        for turn in range(turns):
            if stream:
                with client.messages.stream(**given, extra_body=mark) as events:
                    answer: JSON = events.get_final_message()
            else:
                answer = client.messages.create(**given, extra_body=mark)
            messages.append({"role": "assistant", "content": answer.content})
            uses = [block for block in answer.content if block.type == "tool_use"]
            content = f"{turn}\n{LOG}"
            results = [
                {"type": "tool_result", "tool_use_id": u.id, "content": content} for u in uses
            ]
            messages.append({"role": "user", "content": results})


def billed(simulator: Simulator, model: str) -> float:
    price = price_of(model)
    assert price is not None
    usages = [Usage(u.read, u.written_5m, u.fresh) for u in simulator.usages]
    return sum(price.of(usage) or 0.0 for usage in usages)


@pytest.mark.parametrize(
    ("play", "model", "tolerance"),
    [
        (lambda url: chat(url, 6), "gpt-4o", 0.02),
        (lambda url: messages_session(url, 6, stream=False), "claude-opus-5", 0.3),
        (lambda url: messages_session(url, 6, stream=True), "claude-opus-5", 0.3),
    ],
    ids=["chat", "messages", "messages streamed"],
)
def test_net_dollars_are_those_of_the_session_without_us(
    gate: Gate, simulator: Simulator, play: Callable[[str], None], model: str, tolerance: float
) -> None:
    play(gate.server.url)
    total = gate.stats(6)["total"]
    price = price_of(model)
    assert price is not None
    output = total["output"] * price.output / 1e6
    assert total["dollars"] - output == pytest.approx(billed(simulator, model))
    assert (total["priced"], total["unpriced"]) == (6, 0)
    with Simulator(lambda request: LOOK) as alone:
        play(alone.url)
        saved = billed(alone, model) - billed(simulator, model)
    assert saved > 0
    # The simulator counts with GPT-4o's tokenizer, we estimate Claude's.
    assert total["dollars_saved"] == pytest.approx(saved, rel=tolerance)


def test_each_text_counts_once_and_has_a_name(gate: Gate) -> None:
    chat(gate.server.url, 4)
    found = gate.stats(4)
    (tool,) = found["by_tool"]
    assert (tool["name"], tool["requests"]) == ("bash", 3)
    assert tool["tokens_saved"] == found["total"]["tokens_saved"] > 0
    assert {content["name"] for content in found["by_content"]} == {"logs", "repeats"}
    assert [model["name"] for model in found["by_model"]] == ["gpt-4o"]
    assert found["statuses"] == {"200": 4}
    assert found["waits"]["edit"]["count"] == 4
    last = found["last"][0]
    assert (last["mode"], last["messages_before"], last["texts"]) == ("lossless", 5, 1)
    view = json.loads(gate.get(f"/stats/texts?number={last['number']}")[2])["views"][0]
    assert view["before"] == f"2\n{LOG}"
    assert len(view["after"]) < len(view["before"])


def test_a_request_without_any_message_of_the_user_counts_too(gate: Gate) -> None:
    with openai.OpenAI(base_url=f"{gate.server.url}/v1", api_key="x") as client:
        client.chat.completions.create(
            model="gpt-4o", messages=[{"role": "system", "content": "Say hello."}]
        )
    assert gate.stats(1)["total"]["priced"] == 1


def test_what_is_only_observed_is_not_called_saved(gate: Gate) -> None:
    chat(gate.server.url, 3, **{"x-headroom-mode": "observe"})
    found = gate.stats(3)
    assert found["total"]["tokens_saved"] == 0
    assert found["total"]["dollars_saved"] == pytest.approx(0)
    assert found["by_observed"][0]["tokens_saved"] > 100


def test_switching_off_in_the_middle_goes_on_saving(gate: Gate) -> None:
    messages: list[JSON] = [{"role": "user", "content": "What failed?"}]
    with openai.OpenAI(base_url=f"{gate.server.url}/v1", api_key="x") as client:
        for turn in range(6):
            messages += [
                {"role": "assistant", "content": None, "tool_calls": [
                    {"id": f"c{turn}", "type": "function", "function": {"name": "bash", "arguments": "{}"}}]},
                {"role": "tool", "tool_call_id": f"c{turn}", "content": f"{turn}\n{LOG}"},
            ]  # fmt: skip
            mode = "observe" if turn == 5 else "lossless"
            headers = {"x-headroom-mode": mode}
            client.chat.completions.create(
                model="gpt-5.6", messages=messages, extra_headers=headers
            )
    last = gate.stats(6)["last"]
    assert last[0]["usage"]["read"] >= last[1]["usage"]["read"]
    assert last[0]["dollars_saved"] > 0  # of what went out before
    assert last[0]["tokens_before"] == last[0]["tokens_after"] > 1000


def test_unknown_prices_and_errors_are_not_guessed(gate: Gate, simulator: Simulator) -> None:
    chat(gate.server.url, 2, model="nobody-knows-me")
    simulator.play([Refusal(429, "slow down")])
    with pytest.raises(openai.RateLimitError):
        chat(gate.server.url, 1)
    total = gate.stats(3)["total"]
    assert (total["priced"], total["unpriced"], total["failed"]) == (0, 2, 1)
    assert total["dollars_saved"] is None


def test_totals_survive_a_restart(simulator: Simulator, tmp_path: Path) -> None:
    for n in (1, 2):
        gate = Gate(simulator, tmp_path)
        with gate.server:
            chat(gate.server.url, 2)
            assert gate.stats(2 * n)["total"]["requests"] == 2 * n


def test_prometheus_can_read_it(gate: Gate) -> None:
    chat(gate.server.url, 2)
    gate.stats(2)
    status, headers, body = gate.get("/metrics")
    assert status == 200
    assert headers["content-type"].startswith("text/plain; version=0.0.4")
    text = body.decode()
    assert 'headroom_requests_total{model="gpt-4o"} 2.0' in text
    assert 'headroom_edit_seconds_bucket{le="+Inf"} 2.0' in text
    assert 'headroom_tool_texts_total{tool="bash"} 1.0' in text


NASTY = "</script><img src=x onerror=alert(1)>\"'&"


def page(gate: Gate, path: str = "/dashboard") -> str:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here")
    command = [
        CHROMIUM,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--virtual-time-budget=3000",
    ]
    url = gate.server.url + path
    run = subprocess.run(
        [*command, "--dump-dom", url], capture_output=True, text=True, timeout=60, check=True
    )
    return run.stdout


def test_the_dashboard_shows_what_happened(gate: Gate) -> None:
    chat(gate.server.url, 3)
    chat(gate.server.url, 1, model=NASTY)
    gate.stats(4)
    shown = page(gate)
    assert "live, 4 requests" in shown
    assert re.search(r'id="dollars" class="big good"|class="big good" id="dollars"', shown)
    assert '<td title="bash">bash</td>' in shown
    assert shown.count("<rect") >= 2
    assert "<img" not in shown
    assert "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;" in shown


def test_the_dashboard_shows_what_came_of_asking_for_less(gate: Gate, tmp_path: Path) -> None:
    books = Books(tmp_path / "books.db")
    books.add({}, {}, {b"a": Trial(True, 3, 90), b"b": Trial(False, 2, 80)})
    assert "1 (30 tokens an answer), held out: 1 (40 tokens an answer). Not enough" in page(gate)
    more = {bytes([n]): Trial(n % 2 == 0, 4, 100 + 60 * (n % 2)) for n in range(60)}
    books.add({}, {}, more)
    shown = page(gate)
    assert "Conversations asked for less: 31" in shown
    assert re.search(r"Change: −3\d %, with 95 % from −3\d % to −3\d %", shown)


def test_texts_can_be_looked_at_before_and_after(gate: Gate) -> None:
    messages: JSON = [
        {"role": "user", "content": "?"},
        {"role": "assistant", "content": None, "tool_calls": [
            {"id": "c", "type": "function", "function": {"name": "bash", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "c", "content": LOG + NASTY},
    ]  # fmt: skip
    with openai.OpenAI(base_url=f"{gate.server.url}/v1", api_key="x") as client:
        client.chat.completions.create(model="gpt-4o", messages=messages)
    gate.stats(1)
    shown = page(gate, "/dashboard#request=1")
    dialog = shown[shown.index("<dialog") :]
    assert "bash · logs" in dialog
    assert dialog.count("<pre>") == 2
    assert 'class="gone">2026-11-21 10:00:01 INFO tick 1 done<' in dialog
    assert "&lt;img src=x onerror=alert(1)&gt;" in dialog
    assert "<img" not in dialog


def test_the_dashboard_asks_for_the_token(simulator: Simulator, tmp_path: Path) -> None:
    gate = Gate(simulator, tmp_path, token="canary-token")
    with gate.server:
        assert gate.get("/stats")[0] == 401
        assert gate.get("/stats", **{"x-headroom-token": "canary-token"})[0] == 200
        status, _, body = gate.get("/dashboard")
        assert status == 200
        assert b"canary-token" not in body
        if CHROMIUM is not None:
            assert "locked" in page(gate)


def test_the_page_is_whole_and_closed(gate: Gate) -> None:
    _, headers, body = gate.get("/dashboard")
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    text = body.decode()
    links = re.findall(r'(?:src|href)="([^"]+)"|url\(([^)]+)\)|(https?://[^\s"\']+)', text)
    outside = {link for found in links for link in found if link.startswith("http")}
    assert {link for link in outside if "www.w3.org" not in link} == set()  # names, not addresses
    assert "innerHTML" not in text


def test_pages_of_others_cannot_look(gate: Gate) -> None:
    chat(gate.server.url, 2)
    gate.stats(2)
    for path in ("/stats", "/stats/texts?number=2", "/metrics"):
        assert gate.get(path)[0] == 200
        assert gate.get(path, Origin="http://localhost:3000")[0] == 403
        assert gate.get(path, **{"Sec-Fetch-Site": "same-site"})[0] == 403
        assert gate.get(path, **{"Sec-Fetch-Site": "cross-site"})[0] == 403
        assert gate.get(path, **{"Sec-Fetch-Site": "same-origin"})[0] == 200
        assert "access-control-allow-origin" not in gate.get(path)[1]
    assert gate.get("/dashboard", **{"Sec-Fetch-Site": "cross-site"})[0] == 200  # a link to it


@pytest.mark.parametrize("days", ["0", "-1", "nan", "inf", "1e9", "many"])
def test_odd_spans_of_time_are_refused(gate: Gate, days: str) -> None:
    assert gate.get(f"/stats?days={days}")[0] == 400


def test_texts_that_are_gone_are_said_so(gate: Gate) -> None:
    assert gate.get("/stats/texts?number=99")[0] == 404
    assert gate.get("/stats/texts")[0] == 404
