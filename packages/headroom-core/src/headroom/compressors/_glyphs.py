"""Does a picture hold text? Told by its edges: text is sharp strokes on a flat ground.

A photograph changes softly, noise everywhere. So a tile of the picture counts as text if it has
sharp steps between neighbours, few soft ones, and flat ground around them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_TILE = 32
_FLAT, _SHARP = 10, 48
"""Difference of two neighbours in brightness, 0 to 255: up to the first flat, from the second sharp."""

_LEAST_SHARP, _LEAST_FLAT = 0.03, 0.4
_SHARP_TO_SOFT = 0.5
_TEXT_TILES = 0.06
"""Share of tiles with text from which a picture is left alone: a caption is below, a paragraph above."""


def holds_text(picture: Image) -> bool:
    """Returns whether so much of a greyscale picture is text that scaling might make it unreadable."""
    wide, high = picture.size
    if min(wide, high) < 2 * _TILE:
        return False
    left, right = picture.crop((0, 0, wide - 1, high)), picture.crop((1, 0, wide, high))
    sharp, flat = _shares(left, right)
    text = sum(
        s >= 255 * _LEAST_SHARP and f >= 255 * _LEAST_FLAT and s >= _SHARP_TO_SOFT * (255 - s - f)
        for s, f in zip(sharp, flat, strict=True)
    )
    return text > _TEXT_TILES * len(sharp)


def _shares(left: Image, right: Image) -> tuple[bytes, bytes]:
    """Returns for each tile the shares of sharp and of flat steps, as 0 to 255."""
    from PIL import Image, ImageChops  # noqa: PLC0415 - an extra

    steps = ImageChops.difference(left, right)
    tiles = max(1, steps.width // _TILE), max(1, steps.height // _TILE)
    sharp, flat = (
        steps.point([255 * (low <= n <= high) for n in range(256)])
        .resize(tiles, Image.Resampling.BOX)
        .tobytes()
        for low, high in ((_SHARP, 255), (0, _FLAT))
    )
    return sharp, flat
