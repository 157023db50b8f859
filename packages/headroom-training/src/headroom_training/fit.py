"""Fits the trees with LightGBM, and writes them as the kernel reads them."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from headroom.types import JSON
from headroom_training.examples import Example

TREES = 100
COLUMNS = 19
"""As in the kernel `line_features`."""

_PARAMETERS = {
    "objective": "regression",  # on 0 and 1: a sum of leaves is a share, no exponential needed
    "num_leaves": 31,
    "learning_rate": 0.08,
    "min_data_in_leaf": 100,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbose": -1,
}


def fit(examples: Sequence[Example], seed: int) -> bytes:
    """Returns a file of trees that tell how likely a line is used later."""
    import lightgbm  # noqa: PLC0415 - large, and only needed here
    import numpy as np  # noqa: PLC0415 - the same

    rows = np.frombuffer(b"".join(e.rows for e in examples), dtype=np.float32)
    used = np.array([label > 0 for e in examples for label in e.labels], dtype=np.float64)
    data = lightgbm.Dataset(rows.reshape(-1, COLUMNS), used)
    model = lightgbm.train({**_PARAMETERS, "seed": seed}, data, TREES)
    return pack(model.dump_model())


def pack(model: JSON) -> bytes:
    """Returns a dumped LightGBM model in the format of `cpp/include/headroom/trees.hpp`."""
    trees = [tree["tree_structure"] for tree in model["tree_info"]]
    columns = model["max_feature_idx"] + 1
    return b"HRT1" + struct.pack("<HH", columns, len(trees)) + b"".join(map(_packed, trees))


def _packed(root: JSON) -> bytes:
    """Returns one tree: its splits from the root down, then its leaves."""
    splits: list[JSON] = [root] if "split_feature" in root else []
    leaves: list[float] = [] if splits else [root["leaf_value"]]
    out = []
    for node in splits:  # grows while it is walked: a child always comes after its parent
        ends = []
        for child in (node["left_child"], node["right_child"]):
            if "split_feature" in child:
                ends.append(len(splits))
                splits.append(child)
            else:
                ends.append(-1 - len(leaves))
                leaves.append(child["leaf_value"])
        out.append(struct.pack("<Hfhh", node["split_feature"], _below(node["threshold"]), *ends))
    return struct.pack("<H", len(out)) + b"".join(out) + struct.pack(f"<{len(leaves)}f", *leaves)


def _below(threshold: float) -> float:
    """Returns the largest 32-bit number that is not above a threshold: it parts the same rows."""
    (bits,) = struct.unpack("<i", struct.pack("<f", threshold))
    while (rounded := _of_bits(bits)) > threshold:
        bits = bits - 1 if rounded > 0 else -0x7FFFFFFF if rounded == 0 else bits + 1
    return rounded


def _of_bits(bits: int) -> float:
    return float(struct.unpack("<f", struct.pack("<i", bits))[0])
