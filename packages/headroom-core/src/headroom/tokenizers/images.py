"""What an image costs, and to what size its provider scales it before the model sees it.

Published rules; they change, and the bill may differ, so a receipt calls these counts estimates. Only
sizes are looked at here. Where a rule can be read in two ways, the one that keeps more pixels counts.
Sources: https://platform.claude.com/docs/en/build-with-claude/vision (and /vision-coordinates),
https://developers.openai.com/api/docs/guides/images-vision and
https://ai.google.dev/gemini-api/docs/media-resolution, as of November 2026.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor, sqrt
from typing import Protocol, TypeAlias

Size: TypeAlias = tuple[int, int]
"""Width and height in pixels."""


class ImageRule(Protocol):
    """How one family of models takes images; `detail` is what the request says: low, high, auto."""

    def tokens(self, size: Size, detail: str) -> int:
        """Returns an estimate of what an image costs."""
        ...

    def seen(self, size: Size, detail: str) -> Size:
        """Returns the size to which the provider scales an image; the same size where it does not."""
        ...


@dataclass(frozen=True, slots=True)
class Patches28:
    """Claude: a token for each 28 pixels square, within a long edge and a number of tokens."""

    edge: int
    most: int

    def tokens(self, size: Size, detail: str) -> int:
        """Returns the patches that cover the image as the model sees it."""
        return _patches(self.seen(size, detail), 28)

    def seen(self, size: Size, detail: str) -> Size:
        """Returns the largest size of the same shape within both limits."""
        return largest(size, lambda s: max(s) <= self.edge and _patches(s, 28) <= self.most)


@dataclass(frozen=True, slots=True)
class Patches32:
    """OpenAI's newer models: so many tokens for each 32 pixels square, with a budget of patches.

    `high`, `auto` and `original` are the budgets at these details; 0: none.
    """

    factor: float
    high: int = 1536
    auto: int = 1536
    original: int = 1536

    def tokens(self, size: Size, detail: str) -> int:
        """Returns the patches of the image as the model sees it, times the factor."""
        patches = _patches(self.seen(size, detail), 32)
        if detail == "low":
            patches = min(patches, 16 * 16)
        return ceil(patches * self.factor)

    def seen(self, size: Size, detail: str) -> Size:
        """Returns the size after the published steps: to the budget's area, then to whole patches."""
        budget = {"high": self.high, "original": self.original, "low": 0}.get(detail, self.auto)
        if not budget or _patches(size, 32) <= budget:
            return size
        factor = sqrt(budget * 32 * 32 / (size[0] * size[1]))
        wide, high = (side * factor / 32 for side in size)
        factor *= min(1.0, max(floor(wide), 1) / wide, max(floor(high), 1) / high)
        scaled = _times(size, min(1.0, factor))
        return largest(scaled, lambda s: _patches(s, 32) <= budget)  # long strips are still over


@dataclass(frozen=True, slots=True)
class Tiles512:
    """OpenAI's older models: within 2048 pixels, short side at most 768, then tiles of 512."""

    base: int
    tile: int

    def tokens(self, size: Size, detail: str) -> int:
        """Returns the base, and so much for each tile unless the detail is low."""
        if detail == "low":
            return self.base
        wide, high = self.seen(size, detail)
        return self.base + self.tile * ceil(wide / 512) * ceil(high / 512)

    def seen(self, size: Size, detail: str) -> Size:
        """Returns the size after both steps. How `low` scales is not published."""
        if detail == "low":
            return size
        factor = min(1.0, 2048 / max(size))
        factor *= min(1.0, 768 / (min(size) * factor))
        return _times(size, factor) if factor < 1 else size


@dataclass(frozen=True, slots=True)
class Crops:
    """Gemini up to 2.5: one price up to 384 pixels, and for each crop of a larger image."""

    crop: int = 258

    def tokens(self, size: Size, detail: str) -> int:
        """Returns the price of all crops."""
        if max(size) <= 384:
            return self.crop
        unit = min(max(min(size) * 2 // 3, 256), 768)
        return self.crop * ceil(size[0] / unit) * ceil(size[1] / unit)

    def seen(self, size: Size, detail: str) -> Size:
        """Returns the size as it is: no scaling is published."""
        return size


@dataclass(frozen=True, slots=True)
class Flat:
    """Gemini from 3 on: one price whatever the size."""

    price: int

    def tokens(self, size: Size, detail: str) -> int:
        """Returns the price."""
        return self.price

    def seen(self, size: Size, detail: str) -> Size:
        """Returns the size as it is: no scaling is published."""
        return size


CLAUDE_STANDARD = Patches28(edge=1568, most=1568)
CLAUDE_HIGH = Patches28(edge=2576, most=4784)
"""From Claude 4.7 on."""

_CLAUDE = re.compile(r"claude-(?:[a-z]+-)?(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)")

# The first that is found in a model's name counts. Of 1.2 no page of OpenAI's tells; it is billed.
_RULES: tuple[tuple[str, ImageRule], ...] = (
    (r"gpt-4o-mini", Tiles512(2833, 5667)),
    (r"gpt-4\.1-mini|gpt-5(\.\d)?(-codex)?-mini", Patches32(1.62)),
    (r"gpt-4\.1-nano|gpt-5(\.\d)?-nano", Patches32(2.46)),
    (r"(^|[/.])o4-mini|codex-mini", Patches32(1.72)),
    (r"gpt-5\.[23]", Patches32(1.2)),
    (r"gpt-5\.4", Patches32(1.2, high=2500, auto=2500, original=10_000)),
    (r"gpt-5\.5", Patches32(1.2, high=2500, auto=10_000, original=10_000)),
    (r"gpt-(5\.[6-9]|[6-9])", Patches32(1.2, high=2500, auto=0, original=0)),
    (r"gpt-5", Tiles512(70, 140)),
    (r"gpt-4o|gpt-4\.[15]|gpt-4-turbo", Tiles512(85, 170)),
    (r"(^|[/.])o[13]", Tiles512(75, 150)),
    (r"computer-use-preview", Tiles512(65, 129)),
    (r"gemini-[12]\.", Crops()),
    (r"gemini-[3-9]", Flat(1120)),
)


@lru_cache(maxsize=256)
def image_rule(model: str) -> ImageRule | None:
    """Returns how a model takes images, also behind a provider's prefix; None: not known."""
    model = model.lower()
    if "claude" in model:
        version = _CLAUDE.search(model)
        known = (int(version[1]), int(version[2] or 0)) if version else (99, 0)
        return CLAUDE_STANDARD if known < (4, 7) else CLAUDE_HIGH
    return next((rule for pattern, rule in _RULES if re.search(pattern, model)), None)


def largest(size: Size, fits: Callable[[Size], bool]) -> Size:
    """Returns the largest size of the same shape that fits; the same size where none does."""
    if fits(size):
        return size
    edge, too_long = 0, max(size)
    while too_long - edge > 1:
        middle = (edge + too_long) // 2
        if fits(_with_edge(size, middle)):
            edge = middle
        else:
            too_long = middle
    return _with_edge(size, edge) if edge else size


def _with_edge(size: Size, edge: int) -> Size:
    """Returns a size of the same shape whose long edge is `edge`, the other rounded."""
    wide, high = (max(1, (2 * side * edge + max(size)) // (2 * max(size))) for side in size)
    return wide, high


def _times(size: Size, factor: float) -> Size:
    """Returns a size times a factor, rounded, but never into the next patch or tile."""
    wide, high = (max(1, floor(side * factor + 1e-6)) for side in size)
    return wide, high


def _patches(size: Size, side: int) -> int:
    return ceil(size[0] / side) * ceil(size[1] / side)
