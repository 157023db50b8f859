"""Headroom's gateway: forwards requests of agents to their providers, shorter.

`app` composes: `guard` → `routes` → `edit` → `upstream`. `settings` is what it is told, `server` and
`cli` start it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from headroom_proxy.app import Gateway
    from headroom_proxy.edit import Editor
    from headroom_proxy.server import Server
    from headroom_proxy.settings import Settings, SettingsError

__all__ = ["Editor", "Gateway", "Server", "Settings", "SettingsError"]

_PLACES = {
    "Editor": "headroom_proxy.edit",
    "Gateway": "headroom_proxy.app",
    "Server": "headroom_proxy.server",
    "Settings": "headroom_proxy.settings",
    "SettingsError": "headroom_proxy.settings",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a class, or the error below
    """Loads what is asked for the first time: who only asks a gateway need not load it."""
    if name not in _PLACES:
        raise AttributeError(f"module 'headroom_proxy' has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)
