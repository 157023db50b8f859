"""Compressors: one file a content type, listed in BUILTIN. Pure functions of segment and context.

May import: detect, tokenizers, protocols, types, kernels.
"""

from __future__ import annotations

from headroom.compressors.json_records import JsonRecords
from headroom.compressors.logs import Logs
from headroom.compressors.tables import Tables
from headroom.compressors.test_runs import TestRuns
from headroom.protocols import Compressor

__all__ = ["BUILTIN"]

BUILTIN: tuple[Compressor, ...] = (JsonRecords(), TestRuns(), Tables(), Logs())
