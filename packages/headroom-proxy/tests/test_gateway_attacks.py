"""Requests made to reach other places, by other people, or to leave secrets behind."""

from __future__ import annotations

import json
import logging
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest

from headroom.sessions import Sessions
from headroom_proxy import Editor, Server, Settings
from headroom_proxy.books import Books
from headroom_testing.simulator import Simulator


class Evil:
    """A place that no request may reach."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.visits = 0
        Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                self.listener.accept()[0].close()
            except OSError:
                return
            self.visits += 1


class Target:
    """A gateway with one provider for everything, and the place that must not be reached."""

    def __init__(self, simulator: Simulator, evil: Evil, folder: Path) -> None:
        self.simulator, self.evil, self.folder = simulator, evil, folder
        url = simulator.url
        told = Settings(port=0, anthropic=url, openai=url, gemini=url, chatgpt=url, vertex=url)
        editor = Editor("lossless", Sessions(f"sqlite://{folder}/store.db"))
        self.server = Server(told, editor, Books(folder / "books.db"))
        self.address = urlsplit(self.server.url)

    def raw(self, data: bytes) -> int:
        """Returns the status of the answer to some bytes; 0: the connection was closed."""
        where = (self.address.hostname or "", self.address.port or 0)
        with closing(socket.create_connection(where, timeout=10)) as wire:
            wire.sendall(data)
            head = b""
            while b"\r\n" not in head and (piece := wire.recv(4096)):
                head += piece
        return int(head.split(b" ", 2)[1]) if head else 0

    def ask(self, target: bytes, *lines: bytes, method: bytes = b"GET", host: bytes = b"") -> int:
        """Returns the status of a request with odd lines in its head."""
        host = host or self.address.netloc.encode()
        head = [
            method + b" " + target + b" HTTP/1.1",
            b"Host: " + host,
            b"Connection: close",
            *lines,
        ]
        return self.raw(b"\r\n".join(head) + b"\r\n\r\n")

    def check(self) -> None:
        """Asserts that nothing but the provider was reached, and that by its own name."""
        assert self.evil.visits == 0
        own = urlsplit(self.simulator.url).netloc
        assert {request.header("host") for request in self.simulator.requests} <= {own}
        self.simulator.requests.clear()


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with Simulator(strict=False) as simulator:
        evil = Evil()
        found = Target(simulator, evil, tmp_path_factory.mktemp("gateway"))
        with found.server:
            yield found
        evil.listener.close()


def at(text: str, target: Target) -> bytes:
    return text.replace("EVIL", f"127.0.0.1:{target.evil.port}").encode("latin-1")


ELSEWHERE = [
    "http://EVIL/v1/models", "https://EVIL/", "EVIL", "EVIL/v1/models", "ftp://EVIL/", "file:///etc/passwd",
    "*", "@EVIL/", ":80", "http:EVIL", "\\\\EVIL\\x", "?x=http://EVIL", "#http://EVIL",
]  # fmt: skip
DOTS = [
    "..", "../admin", "%2e%2e", "%2E%2e/admin", ".%2e/admin", "%2e./admin", "..%2fadmin", "..%2Fadmin",
    "..%5cadmin", "..\\admin", "..;/admin", "%252e%252e/admin", "%252e%252e%252fadmin", ".", "%2e/x",
    "..%00/x", "%25252e%25252e/x",
]  # fmt: skip
CONTROLS = ["x\x00y", "x\ty", "x\x0by", "x\x7fy", "x\x1fy"]
STAYS = [
    "//EVIL/v1/models", "///EVIL/", "/\\EVIL/", "/@EVIL/", "/v1/models@EVIL", "/v1/models#@EVIL/",
    "/%40EVIL/", "/%2f%2fEVIL/", "/v1/models?url=http://EVIL/", "/v1/models?base_url=http://EVIL",
    "/v1/models;http://EVIL", "/http://EVIL/", "/v1/http:%2f%2fEVIL", "/v1/%0d%0aHost:%20EVIL",
    "/v1/%0d%0a%0d%0aGET%20http://EVIL/", "/v1/models%20HTTP/1.1%0d%0aHost:EVIL",
    "/v1beta/models/EVIL%23:generateContent", "/v1beta/models/@EVIL:generateContent",
    "/v1beta/models/x:generateContent?key=http://EVIL", "/v1beta/models/%2e%2eEVIL:countTokens",
    "/v1/projects/p/locations/EVIL%23/publishers/anthropic/models/m:rawPredict",
    "/v1/projects/p/locations/EVIL%2f/publishers/anthropic/models/m:rawPredict",
    "/v1/projects/p/locations/@EVIL/publishers/google/models/m:generateContent",
    "/v1/projects/EVIL/locations/x.EVIL/publishers/anthropic/models/m:streamRawPredict",
    "/v1/projects/p/locations/169.254.169.254/publishers/anthropic/models/m:rawPredict",
    "/latest/meta-data/", "/computeMetadata/v1/", "/backend-api/EVIL", "/v1/messages/EVIL",
]  # fmt: skip


@pytest.mark.parametrize("text", ELSEWHERE)
@pytest.mark.parametrize("method", [b"GET", b"POST", b"CONNECT"])
def test_other_places_in_the_request_line(target: Target, text: str, method: bytes) -> None:
    assert target.ask(at(text, target), method=method) in (0, 400, 403, 404)
    target.check()


@pytest.mark.parametrize("start", ["/v1/", "/v1/messages/", "/stats/"])
@pytest.mark.parametrize("text", DOTS)
def test_paths_that_climb(target: Target, start: str, text: str) -> None:
    assert target.ask(at(start + text, target)) == 400
    assert target.simulator.requests == []


@pytest.mark.parametrize("text", CONTROLS)
def test_paths_with_control_characters(target: Target, text: str) -> None:
    assert target.ask(at("/v1/" + text, target)) in (0, 400)
    assert target.simulator.requests == []


@pytest.mark.parametrize("text", STAYS)
@pytest.mark.parametrize("method", [b"GET", b"POST"])
def test_odd_paths_stay_with_their_provider(target: Target, text: str, method: bytes) -> None:
    assert target.ask(at(text, target), b"Content-Length: 0", method=method) >= 200
    target.check()


@pytest.mark.parametrize(
    "host",
    [
        "EVIL.example", "evil.example:8787", "localhost.evil.example", "evil.example#localhost",
        "localhost@evil.example", "evil.example@localhost", "user:pw@127.0.0.1", "127.0.0.1.nip.io",
        "127.0.0.1.evil.example", "localhost:80@evil.example", "localhost/evil.example", "localhost\\evil",
        "localhost?evil", "0.0.0.0", "0", "[::]", "[::ffff:10.0.0.1]", "169.254.169.254", "10.0.0.1",
        "192.168.0.7", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "127.0.0.1:0", "localhost:99999",
        "localhost:x", "[::1", "::1]", "[", "]", "localhost.", "LOCALHOST.evil", "xn--localhost", "%6cocalhost",
        "localhost%00", "127.0.0.1%20", "metadata.google.internal", "localhost,evil.example",
    ],
)  # fmt: skip
def test_names_that_are_not_ours(target: Target, host: str) -> None:
    for path in (
        b"/v1/models",
        b"/stats",
        b"/about",
        b"/dashboard",
        b"/metrics",
        b"/stats/texts?number=1",
    ):
        assert target.ask(path, host=at(host, target)) in (0, 400, 403)
    assert target.simulator.requests == []


def test_no_name_and_two_names(target: Target) -> None:
    assert target.raw(b"GET /stats HTTP/1.0\r\n\r\n") == 403
    assert target.ask(b"/stats", b"Host: evil.example") in (0, 400)
    assert target.simulator.requests == []


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example", "http://evil.example", "null", "", "file://", "chrome-extension://abc",
        "http://localhost.evil.example", "http://127.0.0.1.nip.io", "http://localhost@evil.example",
        "http://evil.example#localhost", "http://evil.example/localhost", "http://[::1", "http://10.0.0.1",
        "localhost", "http://", "http://localhost evil.example", "moz-extension://localhost.evil",
    ],
)  # fmt: skip
def test_pages_of_others(target: Target, origin: str) -> None:
    line = b"Origin: " + origin.encode()
    for method, path in ((b"GET", b"/v1/models"), (b"POST", b"/v1/compress"), (b"GET", b"/stats")):
        assert target.ask(path, line, b"Content-Length: 0", method=method) == 403
    assert target.simulator.requests == []


@pytest.mark.parametrize(
    "path", ["/v1/models", "/v1/retrieve", "/v1/compress", "/stats", "/about", "/metrics"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_what_browsers_send_for_others(target: Target, path: str, method: str) -> None:
    lines = [b"Sec-Fetch-Site: cross-site", b"Sec-Fetch-Mode: no-cors", b"Content-Length: 0"]
    assert target.ask(path.encode(), *lines, method=method.encode()) == 403
    assert target.simulator.requests == []


@pytest.mark.parametrize(
    "line",
    [
        "X-Headroom-Base-Url: http://EVIL", "X-Headroom-Original-Path: http://EVIL/", "X-Forwarded-Host: EVIL",
        "X-Forwarded-For: 127.0.0.1", "Forwarded: host=EVIL", "X-Original-URL: http://EVIL/", "X-Rewrite-URL: //EVIL",
        "X-Host: EVIL", "X-HTTP-Host-Override: EVIL", "Via: 1.1 EVIL", "Proxy-Authorization: Basic eDp4",
        "Proxy-Connection: keep-alive", "Destination: http://EVIL/", "Referer: http://EVIL/", "X-Upstream: EVIL",
        "Connection: host", "Connection: close, authorization", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk",
        "X-Goog-Api-Key: x@EVIL", "Anthropic-Version: http://EVIL",
        "X-Amz-Content-Sha256: EVIL", "Authorization: AWS4-HMAC-SHA256 Credential=EVIL",
    ],
)  # fmt: skip
def test_headers_choose_no_other_place(target: Target, line: str) -> None:
    assert target.ask(b"/v1/models", at(line, target)) >= 200
    target.check()


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        b"Content-Length: 4\r\nContent-Length: 40",
        b"Content-Length: +4",
        b"Content-Length: -4",
        b"Content-Length: 0x4",
        b"Transfer-Encoding: xchunked",
        b"Transfer-Encoding : chunked",
        b"X: y\r\n Host: evil.example",
        b"X\x00: y",
        b"X: y\x00",
    ],
)
def test_no_second_request_is_smuggled_in(target: Target, head: bytes) -> None:
    netloc = target.address.netloc.encode()
    case = head.hex()  # requests of other cases may still arrive
    first, second = f"/v1/files/{case}", f"/smuggled/{case}"
    smuggled = b"GET " + second.encode() + b" HTTP/1.1\r\nHost: " + netloc + b"\r\n\r\n"
    start = b"POST " + first.encode() + b" HTTP/1.1\r\nHost: " + netloc + b"\r\n"
    target.raw(start + head + b"\r\n\r\n0\r\n\r\n" + smuggled)
    paths = {request.path for request in target.simulator.requests}
    assert not {first, second} <= paths
    target.check()


CANARY = "sk-canary-9f3a"


def test_secrets_in_headers_are_left_nowhere(
    target: Target, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    message = json.dumps(
        {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}
    ).encode()
    secrets = [
        b"Authorization: Bearer " + CANARY.encode(), b"X-Api-Key: " + CANARY.encode(),
        b"X-Goog-Api-Key: " + CANARY.encode(), b"Cookie: " + CANARY.encode(),
        b"ChatGPT-Account-Id: " + CANARY.encode(), b"X-Headroom-Token: " + CANARY.encode(),
    ]  # fmt: skip
    length = b"Content-Length: %d" % len(message)
    for path in (b"/v1/chat/completions", b"/v1/messages", b"/v1/files"):
        path += b"?key=" + CANARY.encode()
        netloc = target.address.netloc.encode()
        head = [
            b"POST " + path + b" HTTP/1.1",
            b"Host: " + netloc,
            b"Connection: close",
            length,
            *secrets,
        ]
        assert target.raw(b"\r\n".join(head) + b"\r\n\r\n" + message) >= 200
    until = time.monotonic() + 10
    while not (target.folder / "books.db").exists() and time.monotonic() < until:
        time.sleep(0.05)
    shown = [fetched(target, path) for path in ("/stats", "/about", "/metrics", "/dashboard")]
    files = [f.read_bytes() for f in target.folder.rglob("*") if f.is_file()]
    assert len(files) >= 1
    assert [CANARY.encode() in text for text in (*shown, *files)] == [False] * (4 + len(files))
    assert CANARY not in caplog.text
    target.simulator.requests.clear()


def fetched(target: Target, path: str) -> bytes:
    where = (target.address.hostname or "", target.address.port or 0)
    with closing(socket.create_connection(where, timeout=10)) as wire:
        netloc = target.address.netloc
        wire.sendall(f"GET {path} HTTP/1.1\r\nHost: {netloc}\r\nConnection: close\r\n\r\n".encode())
        found = b""
        while piece := wire.recv(65536):
            found += piece
    assert b" 200 " in found[:20]
    return found
