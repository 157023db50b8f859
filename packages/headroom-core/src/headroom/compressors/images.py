"""Images as base64: scaled to what a model sees of them, in the format they came in.

A PNG stays a PNG and a JPEG a JPEG, so nothing but the data changes. What cannot be scaled without
doubt is left alone, and the receipt says why. Needs Pillow (extra `image`).
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from headroom.compressors._glyphs import holds_text
from headroom.detect.images import ImageHeader, image_header
from headroom.tokenizers.images import ImageRule, Size, largest

if TYPE_CHECKING:
    from PIL.Image import Image

NAME = "images"

MOST_PIXELS = 32 << 20
"""Pixels above which an image is not decoded: a few bytes may stand for gigabytes of them."""

_EFFORT = 4
"""Of zlib: on photographs as small as 9, in a quarter of the time."""

_MODES = ("L", "LA", "RGB", "RGBA")
_ORIENTATION = 0x0112
_UPRIGHT = 1
_INLINE = "base64,"


@dataclass(frozen=True, slots=True)
class Picture:
    """An image as it stands in a request: what is before its base64 data, its bytes and header."""

    prefix: str
    data: bytes
    header: ImageHeader

    def written(self, data: bytes) -> str:
        """Returns other bytes as they would stand in the request."""
        return self.prefix + b64encode(data).decode("ascii")


def read_picture(text: str) -> Picture | None:
    """Returns the image in a data URL or in bare base64; None: there is none that can be told."""
    prefix, mark, payload = text.rpartition(_INLINE)
    try:
        data = b64decode(payload)
    except (binascii.Error, ValueError):
        return None
    header = image_header(data)
    return Picture(prefix + mark, data, header) if header else None


def target(size: Size, rule: ImageRule, detail: str, most_tokens: int) -> Size:
    """Returns the size to scale to: what the provider makes of it, or what costs `most_tokens`."""
    seen = rule.seen(size, detail)
    if not most_tokens:
        return seen
    return largest(seen, lambda s: rule.tokens(s, detail) <= most_tokens)


def reason_to_leave(header: ImageHeader) -> str | None:
    """Returns why an image of this kind is never decoded, or None."""
    if header.animated or header.format == "gif":
        return "animated"
    if header.format not in ("png", "jpeg"):
        return "other-format"
    if header.size[0] * header.size[1] > MOST_PIXELS:
        return "too-many-pixels"
    return None


def scaled(picture: Picture, size: Size) -> bytes | str:
    """Returns the image at another size, upright and with its colour profile; or why not.

    Other metadata goes: it may name a person or a place, and no model reads it.
    """
    try:
        from PIL import Image, ImageOps  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        return "no-pillow"
    try:
        with Image.open(BytesIO(picture.data), formats=[picture.header.format]) as image:
            if image.size != picture.header.size:
                return "unreadable"
            image.load()
            upright = ImageOps.exif_transpose(image)
    except (OSError, SyntaxError, ValueError, EOFError):  # what Pillow raises for broken files
        return "unreadable"
    pixels = _plain(upright)
    if pixels is None:
        return "other-colours"
    if holds_text(pixels):
        return "holds-text"
    if upright.size != image.size:
        size = size[1], size[0]
    return _saved(pixels.resize(size, Image.Resampling.LANCZOS), image)


def _plain(image: Image) -> Image | None:
    """Returns an image with a byte for each channel; None where that would lose something."""
    if image.mode == "P":
        return image.convert("RGBA" if "transparency" in image.info else "RGB")
    return image if image.mode in _MODES and "transparency" not in image.info else None


def _saved(pixels: Image, source: Image) -> bytes:
    """Returns the file; a JPEG is as good as its source: the same tables and sampling."""
    from PIL.JpegImagePlugin import JpegImageFile, get_sampling  # noqa: PLC0415 - an extra

    out = BytesIO()
    profile = source.info.get("icc_profile")
    if isinstance(source, JpegImageFile):
        tables, sampling = source.quantization, get_sampling(source)
        pixels.save(out, "jpeg", qtables=tables, subsampling=sampling, icc_profile=profile)
    else:
        pixels.save(out, "png", icc_profile=profile, compress_level=_EFFORT)
    return out.getvalue()
