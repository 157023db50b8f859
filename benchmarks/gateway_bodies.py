"""Sends generated request bodies through a gateway, and prints how many arrived byte for byte.

    python benchmarks/gateway_bodies.py [10000]

The bodies are conversations in all four wire formats, without anything that is worth compressing, in
spellings that JSON allows and few write: escapes, white space, repeated keys, 1.0 and 2^63, unknown
fields; and one in ten that nobody can read.
"""

from __future__ import annotations

import http.client
import sys
import time
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from typing import TypeAlias
from urllib.parse import urlsplit

from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy

from headroom.sessions import Sessions
from headroom_proxy import Editor, Server, Settings
from headroom_testing.simulator import Simulator
from headroom_testing.strategies import (
    anthropic_dialogues,
    bodies,
    gemini_dialogues,
    junk,
    openai_dialogues,
    responses_dialogues,
)

Play: TypeAlias = Callable[[str, str, bytes], None]

ROUTES = {
    "chat completions": ("/v1/chat/completions", openai_dialogues()),
    "messages": ("/v1/messages", anthropic_dialogues()),
    "responses": ("/v1/responses", responses_dialogues()),
    "contents": ("/v1beta/models/gemini-2.5-pro:generateContent", gemini_dialogues()),
}


def arrived(address: str, simulator: Simulator, path: str, body: bytes) -> bool:
    """Returns whether the provider gets a body as it is."""
    wire = http.client.HTTPConnection(address)
    wire.request("POST", path, body)
    wire.getresponse().read()
    wire.close()
    found = simulator.requests.pop()
    simulator.requests.clear()
    return sha256(found.body).digest() == sha256(body).digest() and found.path == path


def sampled(found: SearchStrategy[bytes], count: int, name: str, path: str, play: Play) -> None:
    """Plays so many bodies."""

    @settings(
        max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(found)
    def one(body: bytes) -> None:
        play(name, path, body)

    one()


def main() -> None:
    """Prints the figures."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    sent, same = Counter[str](), Counter[str]()
    began = time.perf_counter()
    with Simulator(strict=False) as simulator:
        url = simulator.url
        told = Settings(port=0, anthropic=url, openai=url, gemini=url)
        with Server(told, Editor("lossless", Sessions("memory:"))) as gateway:
            address = urlsplit(gateway.url).netloc

            def play(name: str, path: str, body: bytes) -> None:
                sent[name] += 1
                same[name] += arrived(address, simulator, path, body)

            for name, (path, dialogues) in ROUTES.items():
                sampled(
                    bodies(dialogues).map(lambda b: b[1].data), wanted * 9 // 40, name, path, play
                )
            for path, _ in ROUTES.values():
                sampled(junk(), wanted // 40, "not readable", path, play)
    for name, count_sent in sent.items():
        print(f"{name:17} {count_sent:6,} bodies, {same[name]:6,} byte for byte")
    total = sum(sent.values())
    print(f"{'all':17} {total:6,} bodies, {sum(same.values()):6,} byte for byte")
    print(f"{time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
