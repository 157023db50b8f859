"""Stage 1: which blocks may be edited at all. Everything else keeps its bytes."""

from __future__ import annotations

from headroom.ccr.tool import is_retrieve_tool
from headroom.policy import Policy
from headroom.types import Block


def reason_to_leave(block: Block, policy: Policy, *, frozen: bool) -> str | None:
    """Returns why a block must stay as it is, or None if it may be edited."""
    tool = block.tool.name if block.tool else ""
    if frozen:
        return "frozen"
    if block.kind not in ("tool_result", "user_text", "image"):
        return "protected"
    if not policy.user_text and (block.kind == "user_text" or (block.is_image and not block.tool)):
        return "protected"
    if block.is_image and (not policy.images or tool in policy.lossless_only):
        return "protected"
    if is_retrieve_tool(tool):
        return "protected"  # what was asked back is never taken away again
    if tool in policy.exclude:
        return "excluded"
    return None
