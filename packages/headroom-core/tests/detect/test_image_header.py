"""The size of an image is what Pillow says it is, and broken bytes are no image."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from headroom.detect.images import ImageHeader, image_header


def encoded(format: str, size: tuple[int, int], **options: object) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "teal").save(out, format, **options)
    return out.getvalue()


@pytest.mark.parametrize(
    ("format", "options"),
    [
        ("png", {}),
        ("gif", {}),
        ("jpeg", {}),
        (
            "jpeg",
            {"progressive": True, "exif": b"Exif\0\0" + b"x" * 60_000, "comment": b"\xff\xc0"},
        ),
        ("webp", {}),
        ("webp", {"lossless": True}),
        ("webp", {"exif": b"Exif\0\0"}),
    ],
)
def test_formats_and_their_sizes(format: str, options: dict[str, object]) -> None:
    for size in ((1, 1), (3, 700), (1234, 77)):
        assert image_header(encoded(format, size, **options)) == ImageHeader(format, size)


@pytest.mark.parametrize("format", ["png", "webp"])
def test_animations_are_told(format: str) -> None:
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue")]
    out = BytesIO()
    frames[0].save(out, format, save_all=True, append_images=frames[1:])
    assert image_header(out.getvalue()) == ImageHeader(format, (9, 9), animated=True)


@given(st.sampled_from(["png", "gif", "jpeg", "webp"]), st.integers(0, 40), st.binary(max_size=40))
def test_cut_and_broken_bytes_are_no_reason_to_fail(format: str, cut: int, tail: bytes) -> None:
    data = encoded(format, (30, 20))
    found = image_header(data[:cut] + tail)
    assert found is None or min(found.size) > 0
    assert image_header(tail) is None
