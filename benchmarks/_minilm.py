"""MiniLM-L6 in numpy: embeds texts from the weights that a package carries, on any machine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

HEADS, LAYERS = 12, 6
MOST_TOKENS = 256
BATCH = 32
Array = NDArray[np.float32]


class MiniLM:
    """Frozen sentence embeddings of unit length."""

    def __init__(self, folder: Path) -> None:
        self._weights: dict[str, Array] = load_file(folder / "model.safetensors")
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MOST_TOKENS)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Returns one row a text."""
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        order = sorted(range(len(ids)), key=lambda n: len(ids[n]))
        out = np.zeros((len(ids), 384))
        for at in range(0, len(order), BATCH):
            batch = order[at : at + BATCH]
            out[batch] = self._pooled([ids[n] for n in batch])
        return out

    def _pooled(self, batch: list[list[int]]) -> Array:
        longest = max(map(len, batch))
        ids = np.array([row + [0] * (longest - len(row)) for row in batch])
        mask = np.array([[1.0] * len(row) + [0.0] * (longest - len(row)) for row in batch], "f4")
        hidden = self._embedded(ids)
        for n in range(LAYERS):
            hidden = self._layer(hidden, mask, f"encoder.layer.{n}.")
        mean: Array = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)
        unit: Array = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        return unit

    def _embedded(self, ids: NDArray[np.int64]) -> Array:
        of = "embeddings."
        words = self._weights[of + "word_embeddings.weight"][ids]
        places = self._weights[of + "position_embeddings.weight"][: ids.shape[1]]
        kinds = self._weights[of + "token_type_embeddings.weight"][0]
        return self._normal(words + places + kinds, of + "LayerNorm.")

    def _layer(self, x: Array, mask: Array, of: str) -> Array:
        items, length, width = x.shape

        def heads(name: str) -> Array:
            y = self._linear(x, f"{of}attention.self.{name}.")
            return y.reshape(items, length, HEADS, -1).transpose(0, 2, 1, 3)

        scores = heads("query") @ heads("key").transpose(0, 1, 3, 2) / np.sqrt(width / HEADS)
        scores = scores.astype("f4") + (mask[:, None, None, :] - 1) * 1e9
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        mixed = (scores / scores.sum(-1, keepdims=True)) @ heads("value")
        mixed = mixed.transpose(0, 2, 1, 3).reshape(items, length, width)
        x = self._normal(
            x + self._linear(mixed, of + "attention.output.dense."),
            of + "attention.output.LayerNorm.",
        )
        wide = self._linear(x, of + "intermediate.dense.")
        back = self._linear(_gelu(wide), of + "output.dense.")
        return self._normal(x + back, of + "output.LayerNorm.")

    def _linear(self, x: Array, of: str) -> Array:
        y: Array = x @ self._weights[of + "weight"].T + self._weights[of + "bias"]
        return y

    def _normal(self, x: Array, of: str) -> Array:
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
        y: Array = scaled * self._weights[of + "weight"] + self._weights[of + "bias"]
        return y


def _gelu(x: Array) -> Array:
    """The usual approximation; it differs from the exact one in the fourth digit."""
    y: Array = 0.5 * x * (1 + np.tanh(0.7978845608 * (x + 0.044715 * x**3)))
    return y
