"""The pipeline: freeze, plan, squeeze, mark, verify, receipt. Pure: no I/O, clock or randomness.

May import: ccr (keys and markers), compressors, detect, tokenizers and everything below.
"""

from __future__ import annotations

from headroom.pipeline.memo import Memo
from headroom.pipeline.run import run

__all__ = ["Memo", "run"]
