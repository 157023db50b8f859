"""The gateway talks to programs on this machine, or to those with its token."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from headroom_proxy import Server, Settings, SettingsError


@pytest.fixture(scope="module")
def gateway() -> Iterator[Server]:
    with Server(Settings(port=0, mode="off")) as gateway:
        yield gateway


def status(gateway: Server, path: str = "/healthz", **headers: str) -> int:
    connection = http.client.HTTPConnection(urlsplit(gateway.url).netloc)
    connection.putrequest("GET", path, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8787", "127.0.0.1", "[::1]:8787", "127.8.9.1"]
)
def test_names_of_this_machine_are_taken(gateway: Server, host: str) -> None:
    assert status(gateway, Host=host) == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.nip.io",
        "192.168.0.7",
        "0.0.0.0",
        "[",
        "",
    ],
)
def test_a_name_that_was_made_to_point_here_is_refused(gateway: Server, host: str) -> None:
    assert status(gateway, Host=host) == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1.nip.io"])
def test_pages_of_other_sites_are_refused(gateway: Server, origin: str) -> None:
    assert status(gateway, Origin=origin) == 403
    assert status(gateway, Origin="http://localhost:3000") == 200


def test_a_token_is_asked_for_in_its_own_header() -> None:
    with Server(Settings(port=0, token="let me in")) as gateway:
        assert status(gateway) == 401
        assert status(gateway, **{"X-Headroom-Token": "let me"}) == 401
        assert status(gateway, Authorization="Bearer let me in") == 401
        assert status(gateway, **{"X-Headroom-Token": "let me in"}) == 200


@pytest.mark.parametrize("target", ["http://evil.example/v1/models", "evil.example:80", "*"])
def test_other_places_are_not_reached(gateway: Server, target: str) -> None:
    assert status(gateway, target, Host="localhost") == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": "0.0.0.0"},
        {"host": "::"},
        {"host": "gateway.internal"},
        {"openai": "ftp://example.org"},
        {"gemini": "example.org"},
        {"anthropic": "https://example.org/?x=1"},
        {"openai": "https://user:secret@example.org"},
    ],
)
def test_settings_that_are_not_safe_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        Settings(**wrong)  # type: ignore[arg-type]
    assert Settings(host="0.0.0.0", token="x").token == "x"
