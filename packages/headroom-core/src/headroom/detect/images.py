"""What an image is, from its first bytes: its format and size. Nothing is decoded."""

from __future__ import annotations

import struct
from dataclasses import dataclass

_PNG = b"\x89PNG\r\n\x1a\n"
_NO_SIZE = {0xC4, 0xC8, 0xCC}
"""JPEG markers among those of frames that start none: tables and a reserved one."""


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """A format's name as in `image/…`, and its width and height in pixels as stored."""

    format: str
    size: tuple[int, int]
    animated: bool = False


def image_header(data: bytes) -> ImageHeader | None:
    """Returns what the bytes start; None: no PNG, JPEG, GIF or WebP, or cut before its size."""
    try:
        header = _header(data)
    except (struct.error, IndexError):
        return None
    return header if header and min(header.size) > 0 else None


def _header(data: bytes) -> ImageHeader | None:
    if data.startswith(_PNG):
        return _png(data)
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    if data.startswith((b"GIF87a", b"GIF89a")):
        return ImageHeader("gif", struct.unpack_from("<HH", data, 6))
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return _webp(data)
    return None


def _png(data: bytes) -> ImageHeader | None:
    if data[12:16] != b"IHDR":
        return None
    animation, pixels = data.find(b"acTL", 33), data.find(b"IDAT", 33)
    return ImageHeader("png", struct.unpack_from(">II", data, 16), 0 < animation < pixels)


def _jpeg(data: bytes) -> ImageHeader | None:
    at = 2
    while data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # fill bytes
            at += 1
        elif 0xC0 <= marker <= 0xCF and marker not in _NO_SIZE:
            high, wide = struct.unpack_from(">HH", data, at + 5)
            return ImageHeader("jpeg", (wide, high))
        elif marker == 0xDA:  # pixels, before any size
            return None
        else:
            at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    return None


def _webp(data: bytes) -> ImageHeader | None:
    kind = data[12:16]
    if kind == b"VP8X":
        wide, high = (1 + int.from_bytes(data[n : n + 3], "little") for n in (24, 27))
        return ImageHeader("webp", (wide, high), bool(data[20] & 2)) if len(data) >= 30 else None
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        return ImageHeader("webp", (1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)))
    if kind == b"VP8 ":
        wide, high = struct.unpack_from("<HH", data, 26)
        return ImageHeader("webp", (wide & 0x3FFF, high & 0x3FFF))
    return None
