"""Twin of `trees`: one leaf of each tree, added up."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Sequence


def parse(file: bytes) -> list[tuple[list[tuple[int, float, int, int]], list[float]]]:
    """Returns the splits and leaves of each tree of a sound file."""
    assert file[:4] == b"HRT1"
    _, count = struct.unpack_from("<HH", file, 4)
    at, trees = 8, []
    for _ in range(count):
        (n,) = struct.unpack_from("<H", file, at)
        splits = [struct.unpack_from("<Hfhh", file, at + 2 + 10 * i) for i in range(n)]
        leaves = struct.unpack_from(f"<{n + 1}f", file, at + 2 + 10 * n)
        trees.append((splits, list(leaves)))
        at += 2 + 10 * n + 4 * (n + 1)
    assert at == len(file)
    return trees


def predict(file: bytes, row: Sequence[float]) -> float:
    """Returns the sum for one row, rounded to 32 bits after every step as the kernel's is."""
    total = array("f", [0.0])
    for splits, leaves in parse(file):
        at = 0 if splits else -1
        while at >= 0:
            column, threshold, left, right = splits[at]
            at = left if row[column] <= threshold else right
        total[0] += leaves[-1 - at]
    return total[0]
