"""`headroom_litellm`, under the name of its framework."""

from headroom.integrations._packages import names_of

__getattr__ = names_of("headroom_litellm")
