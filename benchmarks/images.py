"""Prints what becomes of pictures that anyone can make again: bytes, tokens, time.

    python benchmarks/images.py [--models claude-sonnet-4-5,gpt-4o]

Photographs are soft shapes with a camera's noise; screenshots are lines of text. Needs the extra
`image`.
"""

from __future__ import annotations

import argparse
import datetime
import random
import time
from base64 import b64encode
from collections.abc import Callable
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from headroom import Headroom

MODELS = "claude-sonnet-4-5,claude-opus-5,gpt-4o,gpt-5.5"


def photograph(size: tuple[int, int]) -> Image.Image:
    """Returns soft shapes with noise."""
    made = random.Random(1)
    shapes = Image.frombytes("RGB", (24, 18), made.randbytes(24 * 18 * 3))
    noise = Image.frombytes("L", (512, 512), made.randbytes(512 * 512)).resize(size)
    soft = shapes.resize(size, Image.Resampling.BICUBIC)
    return Image.blend(soft, Image.merge("RGB", [noise] * 3), 0.06)


def screenshot(size: tuple[int, int]) -> Image.Image:
    """Returns a page of log lines."""
    picture = Image.new("RGB", size, "white")
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(14)
    for n in range(size[1] // 20):
        line = (
            f"10:00:{n % 60:02} INFO worker {n * 7919 % 97} took {n * 31 % 89} ms for /orders/{n}"
        )
        draw.text((10, 20 * n), line, "black", font)
    return picture


PICTURES: tuple[tuple[Callable[[tuple[int, int]], Image.Image], tuple[int, int], str], ...] = (
    (photograph, (1920, 1080), "jpeg"),
    (photograph, (4032, 3024), "jpeg"),
    (photograph, (3840, 2160), "png"),
    (screenshot, (2560, 1440), "png"),
)


def encoded(picture: Image.Image, format: str) -> str:
    """Returns a picture as base64."""
    out = BytesIO()
    picture.save(out, format, **({"quality": 90} if format == "jpeg" else {}))
    return b64encode(out.getvalue()).decode("ascii")


def print_row(name: str, data: str, model: str) -> None:
    """Prints what becomes of one picture."""
    source = {"type": "base64", "media_type": "image/png", "data": data}
    messages = [{"role": "user", "content": [{"type": "image", "source": source}]}]
    headroom = Headroom(store="memory:")
    started = time.process_time()
    result = headroom.compress(messages, model=model)
    spent = 1000 * (time.process_time() - started)
    (decision,) = result.receipt.decisions
    size = len(data) * 3 // 4
    print(
        f"| {name:26} | {model:17} | {decision.tokens_before:6} | {decision.tokens_after:5} "
        f"| {size:7} | {size - decision.bytes_saved:7} | {spent:4.0f} | {decision.outcome:10} |"
    )


def main() -> None:
    """Prints one row per picture and model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", default=MODELS, help="names, joined by commas")
    models = parser.parse_args().models.split(",")
    Image.init()
    print(
        f"| {'picture':26} | {'model':17} | tokens | after | {'bytes':>7} | {'after':>7} |   ms "
        f"| {'outcome':10} |\n|---|---|--:|--:|--:|--:|--:|---|"
    )
    for make, size, format in PICTURES:
        data = encoded(make(size), format)
        for model in models:
            print_row(f"{make.__name__} {size[0]}×{size[1]} {format}", data, model)
    print(f"\ntokens are estimates by published rules, {datetime.date.today()}")


if __name__ == "__main__":
    main()
