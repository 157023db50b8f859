"""Compressors: one file a content type, listed in BUILTIN. Pure functions of segment and context.

May import: detect, tokenizers, protocols, types, kernels.
"""

from __future__ import annotations

from headroom.compressors.diffs import Diffs
from headroom.compressors.html import Html
from headroom.compressors.json_records import JsonRecords
from headroom.compressors.listings import Listings
from headroom.compressors.logs import Logs
from headroom.compressors.markup import Markup
from headroom.compressors.prose import Prose
from headroom.compressors.search_results import SearchResults
from headroom.compressors.source_code import SourceCode
from headroom.compressors.tables import Tables
from headroom.compressors.test_runs import TestRuns
from headroom.protocols import Compressor

__all__ = ["BUILTIN"]

BUILTIN: tuple[Compressor, ...] = (
    JsonRecords(),
    Logs(),
    Diffs(),
    TestRuns(),
    SearchResults(),
    Listings(),
    Tables(),
    Markup(),
    Html(),
    SourceCode(),
    Prose(),
)
