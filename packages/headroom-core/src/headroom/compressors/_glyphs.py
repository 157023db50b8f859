"""Does a picture hold text? Told by its edges: text is sharp strokes on a flat ground.

A photograph changes softly, noise everywhere. So a tile of the picture counts as text if it has
sharp steps between neighbours, few soft ones, and flat ground around them.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_TILE = 32
_FLAT = 10
"""Difference of two neighbours in one colour, 0 to 255, up to which the ground is flat."""

_LIMITS = ((48, 0.06), (32, 0.12))
"""Difference from which a step is sharp, and the share of tiles with text from which a picture holds
text. Pale letters need the lower one, which finds a few tiles in every photograph: up to 0.11 in
those tried, against 0.13 and more on a page of the palest letters."""

_LEAST_SHARP, _LEAST_FLAT = 0.03, 0.4
_SHARP_TO_SOFT = 0.5


def holds_text(picture: Image) -> bool:
    """Returns whether so much of a picture is text that scaling might make it unreadable.

    Args:
        picture: Greyscale or RGB; of other channels only the first three count.
    """
    if min(picture.size) < 2 * _TILE:
        return False
    steps = _steps(picture)
    flat = _shares(steps, 0, _FLAT)
    return any(_text_tiles(steps, flat, sharp) > limit for sharp, limit in _LIMITS)


def _steps(picture: Image) -> Image:
    """Returns the differences of horizontal neighbours, of the colour that differs most."""
    from PIL import ImageChops  # noqa: PLC0415 - an extra

    wide, high = picture.size
    left, right = picture.crop((0, 0, wide - 1, high)), picture.crop((1, 0, wide, high))
    return reduce(ImageChops.lighter, ImageChops.difference(left, right).split()[:3])


def _text_tiles(steps: Image, flat: bytes, sharp_from: int) -> float:
    """Returns the share of tiles that are text, where a step from `sharp_from` on is sharp."""
    sharp = _shares(steps, sharp_from, 255)
    text = sum(
        s >= 255 * _LEAST_SHARP and f >= 255 * _LEAST_FLAT and s >= _SHARP_TO_SOFT * (255 - s - f)
        for s, f in zip(sharp, flat, strict=True)
    )
    return text / len(sharp)


def _shares(steps: Image, low: int, high: int) -> bytes:
    """Returns for each tile the share of steps from `low` to `high`, as 0 to 255."""
    from PIL.Image import Resampling  # noqa: PLC0415 - an extra

    tiles = max(1, steps.width // _TILE), max(1, steps.height // _TILE)
    chosen = steps.point([255 * (low <= n <= high) for n in range(256)])
    return chosen.resize(tiles, Resampling.BOX).tobytes()
