"""Images keep their format, colours and meaning at another size, or stay and say why."""

from __future__ import annotations

import random
import sys
from base64 import b64encode
from io import BytesIO

import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from headroom.compressors._glyphs import holds_text
from headroom.compressors.images import (
    MOST_PIXELS,
    Picture,
    read_picture,
    reason_to_leave,
    scaled,
)
from headroom.detect.images import ImageHeader

WORDS = ("the", "quick", "brown", "fox", "jumps", "over", "ERROR", "2026", "refused", "retry")


def photograph(size: tuple[int, int] = (900, 600), grain: float = 6) -> Image.Image:
    """Returns soft shapes with the noise of a camera."""
    made = random.Random(7)
    coarse = Image.frombytes("RGB", (6, 4), made.randbytes(72))
    picture = coarse.resize(size, Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(picture)
    for _ in range(30):
        x, y, wide = made.randrange(size[0]), made.randrange(size[1]), made.randrange(20, 200)
        draw.ellipse((x, y, x + wide, y + wide), fill=tuple(made.randbytes(3)))
    noise = Image.frombytes("L", size, made.randbytes(size[0] * size[1]))
    soft = picture.filter(ImageFilter.GaussianBlur(1.5))
    return Image.blend(soft, Image.merge("RGB", [noise] * 3), grain / 128)


def page(height: int, ink: str, ground: str, lines: int = 99) -> Image.Image:
    """Returns a screenshot of lines of text."""
    made = random.Random(height)
    picture = Image.new("RGB", (900, 600), ground)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(height)
    for n in range(min(lines, int(600 / height / 1.4))):
        line = " ".join(made.choices(WORDS, k=made.randrange(3, 12)))
        draw.text((10, 10 + n * height * 1.4), line, ink, font)
    return picture


def encoded(picture: Image.Image, format: str = "png", **options: object) -> bytes:
    out = BytesIO()
    picture.save(out, format, **options)
    return out.getvalue()


def read(data: bytes) -> Picture:
    picture = read_picture(b64encode(data).decode())
    assert picture is not None
    return picture


def opened(data: bytes | str) -> Image.Image:
    assert isinstance(data, bytes), data
    image = Image.open(BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize("format", ["png", "jpeg"])
def test_the_format_stays_and_the_pixels_are_those_of_the_picture(format: str) -> None:
    small = opened(scaled(read(encoded(photograph(), format)), (450, 300)))
    assert (small.format or "").lower() == format
    assert small.size == (450, 300)
    expected = photograph().resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    found = small.convert("RGB").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    assert found == pytest.approx(expected, abs=2)


@pytest.mark.parametrize(
    ("mode", "kept"),
    [("L", "L"), ("LA", "LA"), ("RGBA", "RGBA"), ("P", "RGB")],
)
def test_grey_transparent_and_indexed_pictures(mode: str, kept: str) -> None:
    small = opened(scaled(read(encoded(photograph().convert(mode))), (300, 200)))
    assert (small.mode, small.size) == (kept, (300, 200))


def test_transparency_of_an_indexed_picture_stays() -> None:
    indexed = photograph().convert("P")
    small = opened(scaled(read(encoded(indexed, transparency=0)), (300, 200)))
    assert small.mode == "RGBA"


@pytest.mark.parametrize("mode", ["1", "I;16", "CMYK"])
def test_colours_that_would_lose_something_stay(mode: str) -> None:
    data = encoded(Image.new(mode, (400, 300)), "jpeg" if mode == "CMYK" else "png")
    assert scaled(read(data), (40, 30)) == "other-colours"


def test_a_photograph_taken_sideways_is_turned_upright_and_its_metadata_goes() -> None:
    sideways = photograph((900, 600))
    sideways.paste("red", (0, 0, 900, 150))  # the top as stored: the right as people see it
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise
    exif[0x010E] = "taken at home"
    small = opened(scaled(read(encoded(sideways, "jpeg", exif=exif)), (450, 300)))
    assert small.size == (300, 450)
    assert not small.getexif()
    red, _, blue = small.convert("RGB").getpixel((290, 225))  # type: ignore[misc]
    assert red > 200 > 60 > blue


def test_of_a_photograph_with_a_second_picture_inside_the_first_counts() -> None:
    """Phones put a preview or a brightness map behind the photograph."""
    map_of_it = Image.new("RGB", (90, 60), "white")
    data = encoded(photograph(), "mpo", save_all=True, append_images=[map_of_it])
    small = opened(scaled(read(data), (450, 300)))
    assert (small.format, small.size) == ("JPEG", (450, 300))


def test_a_colour_profile_stays() -> None:
    data = encoded(photograph(), icc_profile=b"a profile")
    assert opened(scaled(read(data), (300, 200))).info["icc_profile"] == b"a profile"


def test_the_same_picture_gives_the_same_bytes() -> None:
    picture = read(encoded(photograph(), "jpeg"))
    assert scaled(picture, (333, 222)) == scaled(picture, (333, 222))


@pytest.mark.parametrize("format", ["png", "jpeg"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_cut_pictures_are_unreadable(format: str, share: float) -> None:
    data = encoded(photograph(), format)
    assert scaled(read(data[: int(len(data) * share)]), (450, 300)) == "unreadable"


def test_broken_pixels_are_unreadable() -> None:
    data = bytearray(encoded(photograph()))
    data[len(data) // 2 :: 50] = bytes(len(data[len(data) // 2 :: 50]))
    assert scaled(read(bytes(data)), (450, 300)) == "unreadable"


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (ImageHeader("gif", (900, 600)), "animated"),
        (ImageHeader("png", (900, 600), animated=True), "animated"),
        (ImageHeader("webp", (900, 600)), "other-format"),
        (ImageHeader("png", (MOST_PIXELS, 2)), "too-many-pixels"),
        (ImageHeader("jpeg", (900, 600)), None),
    ],
)
def test_kinds_that_are_never_decoded(header: ImageHeader, reason: str | None) -> None:
    assert reason_to_leave(header) == reason


def test_without_pillow_images_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = read(encoded(photograph()))
    monkeypatch.setitem(sys.modules, "PIL", None)
    assert scaled(picture, (450, 300)) == "no-pillow"


@pytest.mark.parametrize(
    "text", ["", "AAAA", "no image", "data:image/png;base64,%%%", "é", "\ud800"]
)
def test_what_is_no_image_is_none(text: str) -> None:
    assert read_picture(text) is None


def test_a_data_url_keeps_what_is_before_its_data() -> None:
    prefix = "data:image/png;name=a.png;base64,"
    picture = read_picture(prefix + b64encode(encoded(photograph())).decode())
    assert picture is not None
    assert picture.written(b"xyz") == prefix + "eHl6"


@pytest.mark.parametrize("height", [9, 12, 16, 24, 36])
@pytest.mark.parametrize("colours", [("black", "white"), ("#ddd", "#1e1e1e"), ("#555", "#f4f4f4")])
@pytest.mark.parametrize("quality", [None, 60, 85])
def test_screenshots_of_text_hold_text(
    height: int, colours: tuple[str, str], quality: int | None
) -> None:
    shot = page(height, *colours)
    if quality:
        shot = opened(encoded(shot, "jpeg", quality=quality))
    assert holds_text(shot)
    assert holds_text(shot.convert("L"))
    assert scaled(read(encoded(shot)), (450, 300)) == "holds-text"


@pytest.mark.parametrize("height", [12, 16, 24])
@pytest.mark.parametrize(
    "colours",
    [("#ccc", "white"), ("#555", "#1e1e1e"), ("yellow", "white"), ("blue", "black")],
)
def test_pale_letters_are_text(height: int, colours: tuple[str, str]) -> None:
    shot = page(height, *colours)
    assert holds_text(shot)
    assert holds_text(opened(encoded(shot, "jpeg", quality=80)))


def test_a_paragraph_on_an_empty_page_is_text() -> None:
    assert holds_text(page(14, "black", "white", lines=6).convert("L"))


@pytest.mark.parametrize("grain", [0, 3, 6, 12, 25])
@pytest.mark.parametrize("quality", [None, 80])
def test_photographs_hold_no_text(grain: float, quality: int | None) -> None:
    picture = photograph(grain=grain)
    if quality:
        picture = opened(encoded(picture, "jpeg", quality=quality))
    assert not holds_text(picture)
    assert not holds_text(picture.convert("L"))


def test_noise_gradients_and_flat_grounds_hold_no_text() -> None:
    noise = Image.frombytes("L", (900, 600), random.Random(1).randbytes(540_000))
    gradient = Image.linear_gradient("L").resize((900, 600))
    flat = Image.new("L", (900, 600), 200)
    assert not any(map(holds_text, (noise, gradient, flat)))


def test_a_caption_does_not_make_a_photograph_text() -> None:
    picture = photograph()
    font = ImageFont.load_default(30)
    ImageDraw.Draw(picture).text((60, 550), "Below the picture", "white", font)
    assert not holds_text(picture)
