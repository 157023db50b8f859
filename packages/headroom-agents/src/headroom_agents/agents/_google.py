"""Where Vertex AI is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from headroom_agents.agents._agent import Address, told


def vertex(name: str, path: str, region: str, environment: Mapping[str, str]) -> Address:
    """Returns the address of Vertex AI in a variable: that of a region, if the user has none.

    Source: https://cloud.google.com/vertex-ai/docs/reference/rest
    """
    address = told(Address(name, "vertex", path), environment)
    host = "aiplatform" if region == "global" else f"{region}-aiplatform"
    return replace(address, yours=address.yours or f"https://{host}.googleapis.com{path}")
