"""Copilot CLI with a provider's own key. With a GitHub subscription it asks GitHub, and nothing else.

Source: `copilot help environment` of 1.0.102.
"""

from __future__ import annotations

from headroom_agents.agents._agent import Address, Agent, Launch, Scene
from headroom_agents.errors import Refused
from headroom_agents.token import kept

_BASE = "COPILOT_PROVIDER_BASE_URL"
_TYPE = "COPILOT_PROVIDER_TYPE"
_KEY = "COPILOT_PROVIDER_API_KEY"
_KEYS = {"anthropic": "ANTHROPIC_API_KEY", "openai": "OPENAI_API_KEY"}
_TOKENS = ("COPILOT_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN")
_ADDRESSES = {
    "anthropic": Address(_BASE, "anthropic"),
    "openai": Address(_BASE, "openai", "/v1"),
}


def _kind(scene: Scene) -> str:
    """Returns what kind of provider is to be asked."""
    environment = scene.environment
    if environment.get(_BASE):
        return environment.get(_TYPE) or "openai"
    held = [kind for kind, key in _KEYS.items() if environment.get(key)]
    if environment.get(_TYPE) in _KEYS:
        return environment[_TYPE]
    if not held:
        raise Refused(
            "Copilot CLI asks GitHub with your subscription, and has no setting that leads it "
            f"elsewhere: set {' or '.join(_KEYS.values())} and COPILOT_MODEL to use a provider's "
            "own key through Headroom, or start it without us"
        )
    return held[0]


def _addresses(scene: Scene) -> tuple[Address, ...]:
    kind = _kind(scene)
    if kind not in _ADDRESSES:
        raise Refused(f"{_TYPE}={kind}: Headroom knows {' and '.join(_ADDRESSES)}")
    address = _ADDRESSES[kind]
    yours = scene.environment.get(_BASE, "")
    return (Address(address.name, address.provider, address.path, yours),)


def _launch(scene: Scene, addresses: tuple[Address, ...], url: str) -> Launch:
    kind, environment = _kind(scene), scene.environment
    told = {_BASE: url + addresses[0].path, _TYPE: kind}
    has_key = any(
        environment.get(n) for n in (_KEY, f"{_KEY}_COMMAND", "COPILOT_PROVIDER_BEARER_TOKEN")
    )
    if not has_key and environment.get(_KEYS[kind]):
        told[_KEY] = environment[_KEYS[kind]]
    signed_in = kept()
    if signed_in is not None and not any(environment.get(name) for name in _TOKENS):
        told[_TOKENS[0]] = signed_in.token
    return Launch(told, scene.arguments)


AGENT = Agent(
    name="copilot",
    title="Copilot CLI",
    executable="copilot",
    install="npm install -g @github/copilot",
    addresses=_addresses,
    launch=_launch,
    loses=("Models of the GitHub subscription: they are asked at GitHub, past Headroom.",),
    home="~/.copilot",
)
