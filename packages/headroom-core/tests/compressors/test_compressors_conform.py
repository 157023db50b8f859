"""Every built-in compressor keeps what compressors promise; a new one is found through the list."""

from __future__ import annotations

import re

import pytest
from hypothesis.strategies import SearchStrategy

from headroom.compressors import BUILTIN
from headroom.compressors.logs import COLOUR
from headroom.protocols import Compressor
from headroom_testing import CompressorConformance
from headroom_testing.strategies import tool_outputs

MADE_FOR = {
    "json_records": ("json",),
    "diffs": ("diff", "git log", "commits"),
    "test_runs": ("test run", "build"),
    "search_results": ("grep",),
    "listings": ("ls", "find", "tree"),
    "tables": ("aligned table", "csv", "tsv", "markdown table"),
    "markup": ("xml", "yaml"),
    "html": ("html",),
    "source_code": ("code", "cat -n"),
    "logs": ("service log", "syslog", "chatter"),
}
LINE_NUMBER = re.compile(rb"(?m)^ *\d+(?=[\t|]|\xe2\x86\x92)")
LABELS = {b"Author", b"Date", b"Merge", b"File", b"line", b"in"}


class TestBuiltin(CompressorConformance):
    @pytest.fixture(params=BUILTIN, ids=lambda c: c.name)
    def compressor(self, request: pytest.FixtureRequest) -> Compressor:
        built_in: Compressor = request.param
        return built_in

    @pytest.fixture
    def texts(self, compressor: Compressor) -> SearchStrategy[str]:
        return tool_outputs(*MADE_FOR.get(compressor.name, ()))

    def words(self, text: bytes) -> set[bytes]:
        """Numbers of lines follow from those that are shown, labels from where a value stands."""
        return super().words(LINE_NUMBER.sub(b"", COLOUR.sub(b"", text))) - LABELS
