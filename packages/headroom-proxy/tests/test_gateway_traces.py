"""A span for each request, where somebody asked for it: figures by the conventions, and no text."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from click.testing import CliRunner
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from headroom.sessions import Sessions
from headroom.types import JSON
from headroom_proxy import Editor, Server, Settings
from headroom_proxy.books import Books
from headroom_proxy.clerk import OwnClerk
from headroom_proxy.cli import proxy
from headroom_proxy.recorder import Recorder
from headroom_proxy.traces import Spans
from headroom_testing.simulator import Refusal, Reply, Simulator

HEADROOM = str(Path(sys.executable).parent / "headroom")
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
LOG = "".join(f"2026-11-21 10:00:{n % 60:02} INFO canary {n} done\n" for n in range(120))
MESSAGES: list[JSON] = [
    {"role": "user", "content": "canary: what failed?"},
    {
        "role": "assistant",
        "content": [{"type": "tool_use", "id": "a", "name": "bash", "input": {}}],
    },
    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": LOG}]},
]


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(lambda _: Reply.of("canary")) as running:
        yield running


def ask(url: str, **headers: str) -> None:
    body = {"model": "claude-opus-5", "max_tokens": 9, "messages": MESSAGES}
    headers |= {"content-type": "application/json"}
    with urlopen(Request(f"{url}/v1/messages", json.dumps(body).encode(), headers)) as answer:
        answer.read()


def spans_of(simulator: Simulator, folder: Path, *asked: dict[str, str]) -> list[ReadableSpan]:
    exporter = InMemorySpanExporter()
    spans = Spans(exporter)
    clerk = OwnClerk(Recorder(Books(folder / "books.db"), saw=spans.saw), spans.close)
    told = Settings(port=0, anthropic=simulator.url)
    editor = Editor("lossless", Sessions(f"sqlite://{folder}/store.db"))
    with Server(told, editor, clerk=clerk) as server:
        for headers in asked:
            try:
                ask(server.url, **headers)
            except HTTPError as error:
                error.close()
    return list(exporter.get_finished_spans())


def test_a_span_says_what_a_request_was(simulator: Simulator, tmp_path: Path) -> None:
    (span,) = spans_of(simulator, tmp_path, {})
    usage = simulator.usages[0]
    found = dict(span.attributes or {})
    assert span.name == "chat claude-opus-5"
    assert span.kind is SpanKind.CLIENT
    assert span.parent is None
    assert span.start_time is not None
    assert span.end_time is not None
    assert 0 < span.end_time - span.start_time < 60e9
    assert found["gen_ai.operation.name"] == "chat"
    assert found["gen_ai.provider.name"] == "anthropic"
    assert found["gen_ai.request.model"] == "claude-opus-5"
    assert found["gen_ai.usage.input_tokens"] == usage.input
    assert found["gen_ai.usage.output_tokens"] == 2
    assert found["gen_ai.usage.cache_read.input_tokens"] == usage.read
    assert found["http.response.status_code"] == 200
    assert found["headroom.mode"] == "lossless"
    assert found["headroom.kinds"] == ("logs",)
    saved = found["headroom.tokens.saved"]
    assert isinstance(saved, int)
    assert saved > 500
    assert "canary" not in span.to_json()


def test_errors_are_errors(simulator: Simulator, tmp_path: Path) -> None:
    simulator.play([Refusal(529, "canary")])
    (span,) = spans_of(simulator, tmp_path, {})
    assert span.status.status_code is StatusCode.ERROR
    assert dict(span.attributes or {})["error.type"] == "529"
    assert "canary" not in span.to_json()


def test_a_trace_goes_on_and_goes_up_as_it_is(simulator: Simulator, tmp_path: Path) -> None:
    sent = {"traceparent": TRACE, "tracestate": "a=b"}
    first, other = spans_of(simulator, tmp_path, sent, {})
    assert first.parent is not None
    assert f"{first.parent.trace_id:032x}-{first.parent.span_id:016x}" in TRACE
    assert other.parent is None
    up, none = (dict(request.headers) for request in simulator.requests)
    assert {name: up[name] for name in sent} == sent
    assert not {"traceparent", "tracestate", "baggage"} & set(none)


def test_what_is_off_is_not_even_loaded() -> None:
    program = """
import sys
from urllib.request import urlopen
from headroom_proxy import Server, Settings
with Server(Settings(port=0)) as server:
    urlopen(server.url + "/healthz").close()
print([name for name in sys.modules if name.startswith("opentelemetry")])
"""
    assert subprocess.check_output([sys.executable, "-c", program], text=True).strip() == "[]"


def test_an_exporter_that_is_not_installed_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    result = CliRunner().invoke(proxy, ["--traces", "zipkin", "--port", "0"])
    assert result.exit_code == 1
    assert "otlp_proto_http" in result.output
    monkeypatch.setitem(sys.modules, "headroom_proxy.traces", None)
    result = CliRunner().invoke(proxy, ["--traces", "console", "--port", "0"])
    assert "pip install 'headroom-ai[otel]'" in result.output


class Collector(BaseHTTPRequestHandler):
    """Takes what is exported."""

    got: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        self.got.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        del format, args


def test_the_command_exports_where_the_environment_says(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    Collector.got = []
    with HTTPServer(("127.0.0.1", 0), Collector) as collector:
        Thread(target=collector.serve_forever).start()
        endpoint = f"http://127.0.0.1:{collector.server_port}"
        command = [HEADROOM, "proxy", "--port", "0", "--anthropic", simulator.url]
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
        monkeypatch.setenv("OTEL_SERVICE_NAME", "my-agents")
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            ask(process.stderr.readline().split()[-1])
            process.send_signal(signal.SIGTERM)
            process.wait(30)
        collector.shutdown()
    ((path, data),) = Collector.got
    assert path == "/v1/traces"
    assert b"chat claude-opus-5" in data
    assert b"my-agents" in data
    assert b"canary" not in data
