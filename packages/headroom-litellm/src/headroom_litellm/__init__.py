"""Headroom for LiteLLM: a callback for its SDK, Router and proxy that sends less."""

from headroom.integrations.versions import warn_unless_supported
from headroom_litellm._callback import HeadroomCallback
from headroom_litellm._sync import completion, patch, unpatch

__all__ = ["HeadroomCallback", "callback", "completion", "patch", "unpatch"]

callback = HeadroomCallback()
"""What `litellm_settings: callbacks: headroom_litellm.callback` of a proxy's configuration names."""

warn_unless_supported("headroom-litellm", "litellm")
