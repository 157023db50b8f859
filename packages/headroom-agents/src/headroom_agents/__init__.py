"""Headroom for coding agents: wrap them, look after them, learn from their sessions."""
