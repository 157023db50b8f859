"""Hypothesis strategies for what Headroom reads: tool outputs, conversations, request bodies."""

from headroom_testing.strategies.texts import (
    KINDS,
    MARKER,
    json_texts,
    junk,
    plain_outputs,
    runs,
    tool_outputs,
    twisted,
)

__all__ = [
    "KINDS",
    "MARKER",
    "json_texts",
    "junk",
    "plain_outputs",
    "runs",
    "tool_outputs",
    "twisted",
]
