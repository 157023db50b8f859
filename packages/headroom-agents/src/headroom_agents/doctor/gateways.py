"""Which gateways run, and what leads to those that do not."""

from __future__ import annotations

import time
from collections.abc import Iterator

from headroom_agents.doctor._finding import Finding
from headroom_agents.gateways import Found, Place, ask, lock, places
from headroom_agents.gateways.asking import is_free, trouble_of
from headroom_agents.routed import Routed, all_routed
from headroom_proxy.about import release
from headroom_proxy.settings import SettingsError
from headroom_proxy.sources import gather

_HOUR = 3600


def check() -> Iterator[Finding]:
    """Yields what is to be said of gateways."""
    try:
        settings, _ = gather({})
    except SettingsError as error:
        yield Finding("settings", "broken", str(error))
        return
    ours = {place.port: place for place in places()}
    for port in sorted({settings.port, *ours}):
        yield _gateway(port, ours.get(port))
    for routed in all_routed():
        if ask(routed.port) is None:
            yield _stale(routed)


def _gateway(port: int, place: Place | None) -> Finding:
    name = f"gateway on port {port}"
    found = ask(port)
    if found is not None:
        return _running(port, found, place)
    if place is not None:
        return Finding(name, "warning", "it ended without a word", lambda: _forget(place))
    if not is_free(port):
        said = "another program listens there, or a gateway with a token; `wrap` takes another port"
        return Finding(name, "note", said)
    return Finding(name, "note", "none runs: `headroom wrap` starts one")


def _running(port: int, found: Found, place: Place | None) -> Finding:
    name = f"gateway on port {port}"
    hours = (time.time() - found.started) / _HOUR
    users = f", {len(place.clients())} agents" if place else ", started by hand"
    said = f"{found.settings['mode']}, for {hours:.1f} hours{users}"
    if found.version != release():
        return Finding(
            name, "warning",
            f"it is version {found.version}, and {release()} is installed: new agents get another one",
        )  # fmt: skip
    if wrong := trouble_of(port):
        return Finding(name, "broken", wrong)
    return Finding(name, "well", said)


def _stale(routed: Routed) -> Finding:
    files = ", ".join(sorted({str(entry.file) for entry in routed.entries}))
    said = f"{files} leads to port {routed.port}, where no gateway listens"
    return Finding(routed.agent, "broken", said, lambda: _take_out(routed, files))


def _take_out(routed: Routed, files: str) -> str:
    with lock():
        failed = routed.remove()
        if not failed and not Place(routed.port).clients():
            Place(routed.port).forget()
    return "; ".join(failed) or f"{files} is as it was"


def _forget(place: Place) -> str:
    with lock():
        for routed in all_routed():
            if routed.port == place.port:
                routed.remove()
        place.forget()
    return "what was kept of it is gone"
