"""Gateways of this machine: which there are, who uses them, and how one is started and ends.

A gateway that was started here ends by itself when the last process that it was started for is gone.
"""

from headroom_agents.gateways.asking import Found, ask
from headroom_agents.gateways.places import Client, Place, lock, places
from headroom_agents.gateways.starting import Gateway, ensure

__all__ = ["Client", "Found", "Gateway", "Place", "ask", "ensure", "lock", "places"]
