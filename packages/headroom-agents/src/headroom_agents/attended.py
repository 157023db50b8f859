"""The process of a gateway that ends by itself when nobody uses it any more.

    python -m headroom_agents.attended '{"flags": {"port": 8787}, "linger": 15}'

It says on its standard output, in one line of JSON, on which port it listens, or what is wrong.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from contextlib import suppress
from threading import Thread
from urllib.parse import urlsplit

from headroom.errors import HeadroomError
from headroom.types import JSON
from headroom_agents.errors import Refused
from headroom_agents.gateways.places import Client, Place, lock
from headroom_agents.routed import take_out
from headroom_proxy.server import Server
from headroom_proxy.settings import Settings, SettingsError
from headroom_proxy.sources import gather
from headroom_proxy.workers import Workers

_POLL_SECONDS = 0.5


def main() -> None:
    """Serves until nobody uses the gateway, or the process is told to stop."""
    told = json.loads(sys.argv[1])
    if hasattr(os, "fork") and os.fork():
        os._exit(0)
    try:
        settings, _ = gather(told["flags"])
        server = _server(settings)
    except (SettingsError, HeadroomError, OSError) as error:
        _say({"error": f"the gateway did not start: {error}"})
        return
    place = Place(urlsplit(server.url).port or 0)
    place.note(Client.of(os.getpid()))
    _say({"port": place.port})
    Thread(target=_watch, args=(place, told["linger"]), daemon=True).start()
    server.run()
    take_out(place.port)
    place.forget()


def _server(settings: Settings) -> Server | Workers:
    """Returns a gateway in a process of its own, where another follows it if it dies."""
    return Server(settings) if settings.store == "memory:" else Workers(settings)


def _say(said: JSON) -> None:
    """Says something on the standard output, which leads nowhere from then on."""
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _watch(place: Place, linger: float) -> None:
    """Ends this process when nobody has used the gateway for a while."""
    left = time.monotonic()
    while True:
        time.sleep(_POLL_SECONDS)
        if place.clients():
            left = time.monotonic()
        elif time.monotonic() - left >= linger:
            with suppress(Refused), lock():  # whoever holds it may be about to use the gateway
                if not place.clients():
                    signal.raise_signal(signal.SIGTERM)
                    time.sleep(3600)  # the lock is held until the port is free


if __name__ == "__main__":
    main()
