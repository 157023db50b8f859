"""Images in the fold: decided once, as texts are, and never larger in tokens or bytes."""

from __future__ import annotations

from headroom.compressors.images import (
    NAME,
    Picture,
    read_picture,
    reason_to_leave,
    scaled,
    target,
)
from headroom.policy import Policy
from headroom.tokenizers.images import ImageRule, Size
from headroom.types import Block, Decision

_WORTH = 0.75
"""Share of the pixels above which scaling that saves no tokens is not worth the time it takes."""


def decide_image(
    block: Block, reason: str | None, policy: Policy, rule: ImageRule | None
) -> tuple[Decision, str]:
    """Returns what becomes of an image, and the text to put in its place; empty: it stays.

    Args:
        block: The image.
        reason: Why it must stay in any case, or None.
        policy: How far it may be scaled.
        rule: How the model takes images; None: not known.
    """
    picture = read_picture(block.text)
    if picture is None:
        return Decision(block.path, reason or "not-image", 0, 0, exact=False), ""
    detail = block.detail or ""
    size = picture.header.size
    before = rule.tokens(size, detail) if rule else 0
    if rule is not None and reason is None:
        goal = target(size, rule, detail, policy.image_tokens)
        after = rule.tokens(goal, detail)
        done = _reason_not_to(size, goal, before - after) or _scale(picture, goal)
        if isinstance(done, bytes) and len(done) < len(picture.data) and after <= before:
            bytes_saved = len(picture.data) - len(done)
            decision = Decision(
                block.path, NAME, before, after, exact=False, bytes_saved=bytes_saved
            )
            return decision, picture.written(done)
        reason = done if isinstance(done, str) else "would-grow"
    return Decision(block.path, reason or "unknown-model", before, before, exact=False), ""


def _reason_not_to(size: Size, goal: Size, tokens_saved: int) -> str | None:
    if goal == size:
        return "fits"
    few = goal[0] * goal[1] > _WORTH * size[0] * size[1]
    return "no-gain" if few and not tokens_saved else None


def _scale(picture: Picture, size: Size) -> bytes | str:
    return reason_to_leave(picture.header) or scaled(picture, size)
