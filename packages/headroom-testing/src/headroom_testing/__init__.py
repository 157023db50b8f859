"""Headroom's conformance kit."""
