"""Signatures of thinking: each is bound to everything that stands before it.

Source: https://platform.claude.com/docs/en/build-with-claude/preserved-thinking/prefix-checks
"""

from __future__ import annotations

import base64

from headroom.types import JSON
from headroom_testing.simulator.prompts import Prompt, key_of, next_digest

_OURS = b"simulated-"


class Sealer:
    """Seals the thoughts of one answer, which goes on where a prompt ends.

    Args:
        prompt: What the model has read.
    """

    def __init__(self, prompt: Prompt) -> None:
        self._digest = prompt.digests[-1]

    def seal(self) -> str:
        """Returns the signature of a thought that comes now."""
        return _seal(self._digest)

    def add(self, role: str, block: JSON) -> None:
        """Takes a block of the answer as the client is going to send it back."""
        self._digest = next_digest(self._digest, key_of(role, block))


def broken_seals(prompt: Prompt) -> list[int]:
    """Returns the indexes of pieces whose seal is not of what stands before them now.

    Seals of somebody else are not judged.
    """
    return [
        n
        for n, (piece, before) in enumerate(zip(prompt.pieces, prompt.digests, strict=False))
        if _is_ours(piece.seal) and piece.seal != _seal(before)
    ]


def _seal(digest: bytes) -> str:
    return base64.b64encode(_OURS + digest).decode("ascii")


def _is_ours(seal: str) -> bool:
    return seal.startswith(base64.b64encode(_OURS[:9]).decode("ascii"))
