"""Gemini CLI, with an API key or Vertex AI. Signed in with a Google account, it asks another API.

Source: docs/reference/configuration.md of google-gemini/gemini-cli.
"""

from __future__ import annotations

from headroom.configs import JSONC
from headroom.home import user_file
from headroom_agents.agents._agent import Address, Agent, Scene, in_environment, told
from headroom_agents.agents._files import parsed, text
from headroom_agents.agents._google import vertex
from headroom_agents.errors import Refused

_KEYS = ("GEMINI_API_KEY", "GOOGLE_API_KEY")


def _addresses(scene: Scene) -> tuple[Address, ...]:
    environment = scene.environment
    if environment.get("GOOGLE_GENAI_USE_VERTEXAI", "").lower() in ("1", "true"):
        region = environment.get("GOOGLE_CLOUD_LOCATION") or "us-central1"
        return (vertex("GOOGLE_VERTEX_BASE_URL", "", region, environment),)
    if _signed_in() == "oauth-personal" and not any(environment.get(key) for key in _KEYS):
        raise Refused(
            "Gemini CLI is signed in with a Google account, and then asks an API that Headroom does "
            "not know: use an API key (GEMINI_API_KEY, and /auth in the CLI), or start it without us"
        )
    return (told(Address("GOOGLE_GEMINI_BASE_URL", "gemini"), environment),)


def _signed_in() -> str:
    """Returns how the CLI is signed in, as its settings say it."""
    found = parsed(user_file("~/.gemini/settings.json"), JSONC)
    return text(found, "security", "auth", "selectedType") or text(found, "selectedAuthType")


AGENT = Agent(
    name="gemini",
    title="Gemini CLI",
    executable="gemini",
    install="npm install -g @google/gemini-cli",
    addresses=_addresses,
    launch=in_environment(),
    loses=("Signing in with a Google account: requests then go to another API, past Headroom.",),
    home="~/.gemini",
)
