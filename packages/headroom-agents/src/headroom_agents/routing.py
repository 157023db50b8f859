"""From what an agent has to what the gateway is told: the user's own addresses become its upstreams."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from headroom_agents.agents import Address
from headroom_agents.errors import Refused
from headroom_agents.gateways.asking import ask, is_free
from headroom_proxy.settings import is_local_name

_PROXIES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "http_proxy", "HTTP_PROXY")
_NO_PROXY = ("no_proxy", "NO_PROXY")
_HERE = "127.0.0.1,localhost"


def upstreams(addresses: Iterable[Address]) -> dict[str, str]:
    """Returns where the gateway is to send requests, by provider, where the user has an address.

    Raises:
        Refused: An address cannot be one of the gateway's.
    """
    found: dict[str, str] = {}
    for address in addresses:
        upstream = _upstream(address) if address.yours else ""
        if upstream and found.setdefault(address.provider, upstream) != upstream:
            raise Refused(
                f"{address.name} leads to {upstream}, and another address of the same provider to "
                f"{found[address.provider]}: a gateway has one for each; unset one of them"
            )
    return found


def _upstream(address: Address) -> str:
    base = address.yours.rstrip("/")
    parts = urlsplit(base)
    if is_local_name(parts.hostname or "") and parts.port:
        gateway = ask(parts.port)
        if gateway is not None and gateway.is_yours:  # wrapped already, or by hand
            return str(gateway.settings.get(address.provider, ""))
        if is_free(parts.port):
            raise Refused(
                f"{address.name} is {address.yours}, where nothing listens: unset it, or start what "
                "should be there"
            )
    if not base.endswith(address.path):
        raise Refused(
            f"{address.name} is {address.yours}, and Headroom can only stand in for addresses that "
            f"end with {address.path}: unset it, or start the agent without us"
        )
    return base.removesuffix(address.path)


def without_proxy(environment: Mapping[str, str]) -> dict[str, str]:
    """Returns the variables that keep an agent's requests to this machine off proxies."""
    if not any(environment.get(name) for name in _PROXIES):
        return {}
    return {name: ",".join(filter(None, (environment.get(name, ""), _HERE))) for name in _NO_PROXY}
