"""Segmentation and detection: what kinds of content a text is made of.

May import: tokenizers, protocols, types, kernels.
"""

from __future__ import annotations

from headroom.detect.nature import Nature, nature_of
from headroom.detect.segments import WORDS, segment

__all__ = ["WORDS", "Nature", "nature_of", "segment"]
