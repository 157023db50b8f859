"""Every built-in wire format keeps what wire formats promise; a new one is found through the list."""

from __future__ import annotations

import pytest
from hypothesis.strategies import SearchStrategy

from headroom.formats import FORMATS
from headroom.protocols import WireFormat
from headroom_testing import WireFormatConformance
from headroom_testing.strategies import (
    Dialogue,
    anthropic_dialogues,
    gemini_dialogues,
    openai_dialogues,
    responses_dialogues,
)

DIALOGUES = {
    "anthropic_messages": anthropic_dialogues(),
    "gemini": gemini_dialogues(),
    "openai_chat": openai_dialogues(),
    "openai_responses": responses_dialogues(),
}


class TestBuiltin(WireFormatConformance):
    @pytest.fixture(params=FORMATS, ids=lambda f: f.name)
    def wire_format(self, request: pytest.FixtureRequest) -> WireFormat:
        built_in: WireFormat = request.param
        return built_in

    @pytest.fixture
    def dialogues(self, wire_format: WireFormat) -> SearchStrategy[Dialogue]:
        return DIALOGUES[wire_format.name]
