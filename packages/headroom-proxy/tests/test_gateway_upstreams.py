"""Connections to providers: over TLS, through HTTP proxies, kept open; nothing added, nothing taken."""

from __future__ import annotations

import asyncio
import base64
import gzip
import http.client
import json
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import urlsplit

import pytest
import trustme
from websockets.sync.client import connect

from headroom.sessions import Sessions
from headroom_proxy import Editor, Server, Settings, SettingsError
from headroom_proxy.books import Books
from headroom_testing.simulator import Simulator

NAME = "provider.example"
BODY = (
    b'{"model": "claude-opus-5", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}'
)


class Pipes:
    """A server that hands each connection on to another one, and remembers how it was asked to.

    Args:
        to: The URL of the other.
        tls: What it shows to whoever connects; None: it is an HTTP proxy, which is asked to CONNECT.
    """

    def __init__(self, to: str, tls: ssl.SSLContext | None = None) -> None:
        self._to = urlsplit(to)
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self.heads: list[bytes] = []
        self.refuses = b""

    def __enter__(self) -> Self:
        self._thread.start()
        starting = asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self._server = asyncio.run_coroutine_threadsafe(starting, self._loop).result()
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._tls is None:
            self.heads.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(self.refuses or b"HTTP/1.1 200 OK\r\n\r\n")
            if self.refuses:
                writer.close()
                return
        there, back = await asyncio.open_connection(self._to.hostname, self._to.port)
        await asyncio.gather(_pour(reader, back), _pour(there, writer))


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(1 << 16):
            writer.write(piece)
            await writer.drain()
    finally:
        writer.close()


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(strict=False) as found:
        yield found


@pytest.fixture
def secure(
    simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Pipes]:
    """The simulator behind TLS, under a name that only an authority of this machine vouches for."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", NAME).configure_cert(tls)
    with Pipes(simulator.url, tls) as found:
        yield found


def gateway(upstream: str, books: Books | None = None, **told: str) -> Server:
    settings = Settings(port=0, anthropic=upstream, openai=upstream, gemini=upstream, **told)  # type: ignore[arg-type]
    return Server(settings, Editor("lossless", Sessions("memory:")), books)


class Answer(NamedTuple):
    status: int
    body: bytes
    header: Callable[[str], str | None]


def ask(
    server: Server,
    path: str = "/v1/messages",
    body: bytes | None = BODY,
    method: str = "POST",
    **headers: str,
) -> Answer:
    with closing(http.client.HTTPConnection(urlsplit(server.url).netloc)) as connection:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return Answer(response.status, response.read(), response.getheader)


def test_tls_with_a_known_authority(secure: Pipes, simulator: Simulator) -> None:
    with gateway(f"https://localhost:{secure.port}") as server:
        assert ask(server).status == 200
    assert simulator.requests[0].body == BODY
    assert simulator.requests[0].header("host") == f"localhost:{secure.port}"


def test_tls_with_an_unknown_authority_is_said_so(
    secure: Pipes, simulator: Simulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "other.pem"))
    with gateway(f"https://localhost:{secure.port}") as server:
        answer = ask(server)
        assert (answer.status, b"certificate" in answer.body) == (502, True)
    assert simulator.requests == []


def test_a_provider_behind_a_proxy(secure: Pipes, simulator: Simulator) -> None:
    upstream = f"https://{NAME}:{secure.port}"
    with Pipes(f"https://localhost:{secure.port}") as proxy:
        with gateway(upstream, https_proxy=f"http://me:pass@127.0.0.1:{proxy.port}") as server:
            assert [ask(server).status for _ in range(3)] == [200, 200, 200]
        (head,) = proxy.heads  # one connection for all
        said = base64.b64encode(b"me:pass")
        assert head.startswith(f"CONNECT {NAME}:{secure.port} HTTP/1.1\r\n".encode())
        assert b"Proxy-Authorization: Basic " + said in head
    assert [request.body for request in simulator.requests] == [BODY] * 3
    assert not [name for name, _ in simulator.requests[0].headers if name.startswith("proxy")]


def test_a_socket_goes_by_the_proxy_too(secure: Pipes, simulator: Simulator) -> None:
    upstream = f"https://{NAME}:{secure.port}"
    event = {"type": "response.create", "model": "gpt-5.6", "store": False, "input": "Hi"}
    with Pipes(f"https://localhost:{secure.port}") as proxy:
        through = f"http://me:pass@127.0.0.1:{proxy.port}"
        with (
            gateway(upstream, https_proxy=through) as server,
            connect(f"ws://{urlsplit(server.url).netloc}/v1/responses", proxy=None) as wire,
        ):
            wire.send(json.dumps(event))
            while json.loads(wire.recv(10))["type"] != "response.completed":
                pass
        assert proxy.heads[0].startswith(f"CONNECT {NAME}:{secure.port} HTTP/1.1\r\n".encode())
    assert simulator.requests[-1].json == event
    assert [request.method for request in simulator.requests] == ["WS"]


def test_a_proxy_that_refuses_is_said_so_without_the_password(secure: Pipes) -> None:
    upstream = f"https://{NAME}:{secure.port}"
    with Pipes(f"https://localhost:{secure.port}") as proxy:
        proxy.refuses = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
        with gateway(upstream, https_proxy=f"http://me:secret@127.0.0.1:{proxy.port}") as server:
            answer = ask(server)
    assert (answer.status, b"407" in answer.body, b"secret" in answer.body) == (502, True, False)


@pytest.mark.parametrize(
    ("upstream", "exempt", "goes"),
    [
        ("https://api.anthropic.com", "", True),
        ("https://api.anthropic.com", "localhost,.anthropic.com", False),
        ("https://api.anthropic.com", "anthropic.com", False),
        ("https://api.anthropic.com", "thropic.com", True),
        ("https://api.anthropic.com", "*", False),
        ("http://api.anthropic.com", "", False),
        ("https://127.0.0.1:1", "", False),
        ("https://localhost:1", "", False),
    ],
)
def test_who_is_reached_by_a_proxy(upstream: str, exempt: str, goes: bool) -> None:
    settings = Settings(https_proxy="http://proxy:3128", no_proxy=exempt)
    assert settings.proxy_to(upstream) == ("http://proxy:3128" if goes else None)
    assert Settings().proxy_to(upstream) is None


def test_a_proxy_that_cannot_be_used_is_said_so_without_the_password() -> None:
    with pytest.raises(SettingsError, match="https_proxy: expected an http or https URL") as error:
        Settings(https_proxy="socks5://me:secret@proxy:1080")
    assert "secret" not in str(error.value)


def raw(server: Server, request: bytes) -> bytes:
    url = urlsplit(server.url)
    with socket.create_connection((url.hostname, url.port)) as wire:
        wire.sendall(request)
        answer = wire.recv(1 << 16)
        assert answer.startswith(b"HTTP/1.1 ")
        while b"\r\n\r\n" in answer and not answer.partition(b"\r\n\r\n")[2]:
            answer += wire.recv(1 << 16)
        return answer


@pytest.mark.parametrize("value", [b"caf\xc3\xa9", "日本".encode(), b"a\tb  c", b'"q"; a=\\'])
def test_a_header_goes_up_as_it_came(simulator: Simulator, value: bytes) -> None:
    with gateway(simulator.url) as server:
        raw(
            server, b"GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX-Title: " + value + b"\r\n\r\n"
        )
    (recorded,) = simulator.requests
    assert (recorded.header("x-title") or "").encode("latin-1") == value
    names = {name for name, _ in recorded.headers}
    assert names <= {"host", "x-title"}  # nothing of ours: no agent, no encodings, no length


@pytest.mark.parametrize(
    "target", ["/v1/models?a=b&a=%2F+c?", "/v1//models/%41%7e;x", "/v1/x?q=[1]|'"]
)
def test_a_target_goes_up_as_it_came(simulator: Simulator, target: str) -> None:
    with gateway(simulator.url) as server:
        raw(server, f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    assert simulator.requests[0].path == target


def one_answer(answer: bytes) -> tuple[str, Callable[[], None]]:
    """Returns where a provider listens that answers each request with the same bytes, and its end."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                wire, _ = listener.accept()
            except OSError:
                return
            with wire:
                head = wire.recv(1 << 16)
                size = int((re.search(rb"(?i)content-length: (\d+)", head) or [0, 0])[1])
                body = head.partition(b"\r\n\r\n")[2]
                while len(body) < size:
                    body += wire.recv(1 << 16)
                wire.sendall(answer)

    thread = Thread(target=serve, daemon=True)
    thread.start()

    def end() -> None:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()

    return f"http://127.0.0.1:{listener.getsockname()[1]}", end


PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n"


@pytest.mark.parametrize(
    ("answer", "status", "body", "header"),
    [
        (PLAIN + b"Set-Cookie: a=b; Path=/\r\nSet-Cookie: c={};\r\n\r\n{}", 200, b"{}", ("set-cookie", "a=b; Path=/, c={};")),
        (PLAIN.replace(b"200 OK", b"307 Temporary Redirect") + b"Location: http://127.0.0.1:9/\r\n\r\n{}", 307, b"{}", ("location", "http://127.0.0.1:9/")),
        (b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + PLAIN + b"\r\n{}", 200, b"{}", ("link", None)),
        (b"HTTP/1.0 200 OK\r\n\r\nall of it", 200, b"all of it", ("content-length", None)),
        (PLAIN + b"X-Long: " + b"x" * 30_000 + b"\r\n\r\n{}", 200, b"{}", ("x-long", "x" * 30_000)),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(gzip.compress(b"{}", mtime=0)) + gzip.compress(b"{}", mtime=0), 200, gzip.compress(b"{}", mtime=0), ("content-encoding", "gzip")),
        (b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", 204, b"", ("content-type", None)),
    ],
    ids=["cookies", "redirect", "hints", "http-1.0", "long header", "zipped", "empty"],
)  # fmt: skip
def test_an_answer_comes_down_as_it_is(
    answer: bytes, status: int, body: bytes, header: tuple[str, str | None]
) -> None:
    url, end = one_answer(answer)
    with gateway(url) as server:
        found = ask(server)
        assert (found.status, found.body, found.header(header[0])) == (status, body, header[1])
        assert ask(server, Cookie="mine=1").status == status
    end()


@pytest.mark.parametrize(
    "answer",
    [b"", b"\x16\x03\x01 nonsense\r\n\r\n", b"HTTP/1.1 abc OK\r\n\r\n", PLAIN + b"X: " + b"y" * 200_000],
    ids=["nothing", "another protocol", "no status", "an endless header"],
)  # fmt: skip
def test_what_is_no_answer_is_said_so(answer: bytes) -> None:
    url, end = one_answer(answer)
    with gateway(url) as server:
        found = ask(server)
        assert (found.status, b"no answer" in found.body) == (502, True)
    end()


@pytest.mark.parametrize(
    "answer",
    [b"private\r\n\r\n", PLAIN.replace(b"2", b"private"), PLAIN + b"X: 1\r\n" * 99_000, PLAIN[:-9] + b"private"],
    ids=["no status", "no length", "a head without an end", "half a head"],
)  # fmt: skip
def test_a_reason_holds_no_key_and_nothing_of_an_answer(
    answer: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither that for the client nor that in the log; Gemini's clients have the key in the URL."""
    url, end = one_answer(answer)
    with gateway(url) as server, caplog.at_level("WARNING"):
        target = "/v1beta/models/gemini-2.5-pro:generateContent?key=secret"
        said = raw(server, f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    end()
    assert b"502" in said.partition(b"\r\n")[0]
    for text in (said.decode(), caplog.text):
        assert "no answer: " in text
        assert "secret" not in text
        assert "private" not in text


def test_a_connection_that_the_provider_closes_is_not_used_again(simulator: Simulator) -> None:
    url, end = one_answer(PLAIN.replace(b"Connection: close\r\n", b"") + b"\r\n{}")  # and it closes
    with gateway(url) as server:
        assert [ask(server).status for _ in range(20)] == [200] * 20
    end()


def test_a_long_body_arrives_whole(simulator: Simulator) -> None:
    body = b'{"model": "m", "messages": [], "padding": "' + b"x" * (5 << 20) + b'"}'
    with gateway(simulator.url) as server:
        assert ask(server, body=body).status in (200, 400)
    assert simulator.requests[0].body == body
    assert simulator.requests[0].header("content-length") == str(len(body))
    assert simulator.requests[0].header("transfer-encoding") is None


def test_a_client_that_leaves_while_it_sends_is_not_an_error_of_the_provider(
    simulator: Simulator, tmp_path: Path
) -> None:
    with gateway(simulator.url, Books(tmp_path / "books.db")) as server:
        url = urlsplit(server.url)
        with socket.create_connection((url.hostname, url.port)) as wire:
            wire.sendall(
                b"POST /v1/files HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{"
            )
        deadline = time.monotonic() + 10
        while b'status="499"' not in (metrics := ask(server, "/metrics", None, "GET").body):
            assert time.monotonic() < deadline, metrics.decode()
            time.sleep(0.05)
    assert b'status="5' not in metrics
