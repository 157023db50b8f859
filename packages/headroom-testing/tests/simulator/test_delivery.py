"""Answers travel as the script says: in any pieces, slowly, or not to their end."""

from __future__ import annotations

import gzip
import http.client
import json
import time
from urllib.parse import urlsplit

import anthropic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom_testing.simulator import Delivery, Refusal, Reply, Reset, Simulator
from headroom_testing.simulator.sse import split

BODY = json.dumps(
    {
        "model": "claude-opus-5",
        "max_tokens": 9,
        "stream": True,
        "messages": [{"role": "user", "content": "Hi"}],
    }
)
REPLY = Reply.of("Grüße aus Zürich, 日本 🙂")


def chunks(simulator: Simulator) -> list[bytes]:
    """Returns the chunks of a streamed answer as they came over the wire."""
    connection = http.client.HTTPConnection(urlsplit(simulator.url).netloc)
    connection.request("POST", "/v1/messages", BODY)
    stream = connection.getresponse().fp
    found = []
    while size := int(stream.readline(), 16):
        found.append(stream.read(size))
        stream.readline()
    connection.close()
    return found


@given(st.lists(st.binary(max_size=6), max_size=4), st.integers(1, 9) | st.sets(st.integers(0, 20)))
def test_pieces_are_the_body(frames: list[bytes], places: int | set[int]) -> None:
    cuts = places if isinstance(places, int) else tuple(places)
    assert b"".join(split(frames, cuts)) == b"".join(frames)
    if isinstance(places, int):
        assert all(len(piece) <= places for piece in split(frames, places))


def test_a_stream_may_be_cut_between_any_two_bytes(simulator: Simulator) -> None:
    simulator.play([REPLY, REPLY.by(Delivery(split=1)), REPLY.by(Delivery(split=(100, 333)))])
    by_event, by_byte, by_place = (chunks(simulator) for _ in range(3))
    same = [b"".join(pieces).replace(b"000001", b"N").replace(b"000002", b"N").replace(b"000003", b"N")
            for pieces in (by_event, by_byte, by_place)]  # fmt: skip
    assert len(set(same)) == 1
    assert {len(piece) for piece in by_byte} == {1}
    assert [len(piece) for piece in by_place[:2]] == [100, 233]
    assert all(piece.endswith(b"\n\n") for piece in by_event)


def test_the_sdk_reads_a_stream_of_single_bytes(simulator: Simulator) -> None:
    simulator.play([REPLY.by(Delivery(split=1))])
    with (
        anthropic.Anthropic(base_url=simulator.url, api_key="x") as client,
        client.messages.stream(
            model="claude-opus-5", max_tokens=9, messages=[{"role": "user", "content": "Hi"}]
        ) as stream,
    ):
        assert stream.get_final_text() == "Grüße aus Zürich, 日本 🙂"


def test_a_reset_before_the_answer(simulator: Simulator) -> None:
    simulator.play([Reset()])
    with pytest.raises(ConnectionResetError):
        chunks(simulator)


@pytest.mark.parametrize("cut", ["reset", "half-close"])
def test_a_connection_that_ends_in_the_middle(simulator: Simulator, cut: str) -> None:
    delivery = Delivery(cut_after=200, cut="reset" if cut == "reset" else "half-close")
    simulator.play([REPLY.by(delivery)])
    connection = http.client.HTTPConnection(urlsplit(simulator.url).netloc)
    connection.request("POST", "/v1/messages", BODY)
    response = connection.getresponse()
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)) as ended:
        response.read()
    connection.close()
    if isinstance(ended.value, http.client.IncompleteRead):
        assert len(ended.value.partial) <= 200
    assert isinstance(ended.value, ConnectionResetError) == (cut == "reset")
    assert simulator.cancelled == []


def test_headers_of_answers_and_refusals(simulator: Simulator) -> None:
    headers = (("anthropic-ratelimit-requests-remaining", "7"),)
    simulator.play([REPLY.by(Delivery(headers=headers)), Refusal(429, headers=headers)])
    for status in (200, 429):
        connection = http.client.HTTPConnection(urlsplit(simulator.url).netloc)
        connection.request("POST", "/v1/messages", BODY)
        response = connection.getresponse()
        assert (response.status, response.headers[headers[0][0]]) == (status, "7")
        connection.close()


def test_slow_answers_and_clients_that_do_not_wait(simulator: Simulator) -> None:
    simulator.play([REPLY.by(Delivery(first_byte=30)), REPLY.by(Delivery(pause=30))])
    for _ in range(2):
        connection = http.client.HTTPConnection(urlsplit(simulator.url).netloc, timeout=0.3)
        connection.request("POST", "/v1/messages", BODY)
        with pytest.raises(TimeoutError):
            connection.getresponse().read()
        connection.close()
    until = time.monotonic() + 10
    while len(simulator.cancelled) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    assert simulator.cancelled == simulator.requests


def test_requests_are_recorded_byte_for_byte(simulator: Simulator) -> None:
    odd = b'{ "model": "claude-opus-5", "max_tokens": 1, "n": 1.0, "messages": [{"role":"user","content":"\\u0061"}]}'
    connection = http.client.HTTPConnection(urlsplit(simulator.url).netloc)
    connection.putrequest("POST", "/v1/%6Dessages?beta=true")
    connection.putheader("X-Twice", "1")
    connection.putheader("X-Twice", "2")
    connection.putheader("Content-Length", str(len(odd)))
    connection.endheaders(odd)
    assert connection.getresponse().status == 200
    connection.close()
    (recorded,) = simulator.requests
    assert recorded.body == odd
    assert recorded.path == "/v1/%6Dessages?beta=true"
    assert [value for name, value in recorded.headers if name == "x-twice"] == ["1", "2"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b'{"messages": 3}', b'{"x": [[]]}'])
def test_what_is_no_request_is_refused(simulator: Simulator, body: bytes) -> None:
    for path in ("/v1/messages", "/v1/chat/completions", "/v1/responses"):
        connection = http.client.HTTPConnection(urlsplit(simulator.url).netloc)
        connection.request("POST", path, body)
        response = connection.getresponse()
        assert response.status == 400
        assert "error" in json.loads(response.read())
        connection.close()


@pytest.mark.parametrize("body", [b"no gzip", gzip.compress(BODY.encode())[:-9], b"\x1f\x8b"])
def test_what_is_no_gzip_is_refused(simulator: Simulator, body: bytes) -> None:
    for data, status in ((gzip.compress(BODY.encode()), 200), (body, 400)):
        connection = http.client.HTTPConnection(urlsplit(simulator.url).netloc)
        connection.request("POST", "/v1/messages", data, {"Content-Encoding": "gzip"})
        response = connection.getresponse()
        assert response.status == status
        response.read()
        connection.close()


def test_two_simulators_do_not_know_each_other() -> None:
    with Simulator() as first, Simulator() as second:
        chunks(first)
        assert (len(first.requests), len(second.requests)) == (1, 0)
        assert first.url != second.url
