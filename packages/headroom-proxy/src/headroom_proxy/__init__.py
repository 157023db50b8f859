"""Headroom's gateway: forwards requests of agents to their providers, shorter.

`app` composes: `guard` → `routes` → `edit` → `upstream`. `settings` is what it is told, `server` and
`cli` start it.
"""

from headroom_proxy.app import Gateway
from headroom_proxy.edit import Editor
from headroom_proxy.server import Server
from headroom_proxy.settings import Settings, SettingsError

__all__ = ["Editor", "Gateway", "Server", "Settings", "SettingsError"]
