"""Headroom's shared memory: what agents learned, kept on this machine, found again with provenance."""
