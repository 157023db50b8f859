"""LangChain's own standard suites, over models as they are and over models that compress.

Every test of a model that compresses has to end like that of the bare model: the last test here
compares them one by one.
"""

from __future__ import annotations

import gc
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest
from langchain_anthropic import ChatAnthropic
from langchain_core.load import dumpd
from langchain_openai import ChatOpenAI
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests

from headroom_langchain import HeadroomChatModel
from headroom_testing.obliging import oblige
from headroom_testing.simulator import Simulator

Kind: TypeAlias = Any
JSON: TypeAlias = Any
Parameters: TypeAlias = dict[str, Any]

PROVIDER = Simulator(oblige, count=len)

# The suites leave their models, and so their connections, to the garbage collector, and pydantic
# warns of what SDKs parsed.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
    "ignore::UserWarning",
)


class Outcomes:
    """How each test of a suite ended, by the suite's name."""

    def __init__(self) -> None:
        self.of: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        *_, suite, test = report.nodeid.split("::")
        self.of[suite][test].add(report.outcome)


@pytest.fixture(scope="module", autouse=True)
def outcomes(request: pytest.FixtureRequest) -> Iterator[Outcomes]:
    plugin = Outcomes()
    request.config.pluginmanager.register(plugin)
    with PROVIDER, warnings.catch_warnings():
        yield plugin
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
    request.config.pluginmanager.unregister(plugin)


@pytest.fixture
def snapshot(request: pytest.FixtureRequest) -> Callable[[str], JSON]:
    """What a model is written as has to be what the bare model is written as."""
    suite: Any = request.instance
    parameters = {**suite.standard_chat_model_params, **suite.chat_model_params}
    return lambda name: dumpd(suite.bare(**parameters))


class OpenAI:
    bare: Kind = ChatOpenAI

    @property
    def chat_model_class(self) -> Kind:
        return self.bare

    @property
    def chat_model_params(self) -> Parameters:
        url = f"{PROVIDER.url}/v1"
        return {"model": "gpt-4o", "api_key": "x", "base_url": url, "stream_usage": True}

    @property
    def init_from_env_params(self) -> tuple[Parameters, Parameters, Parameters]:
        return {"OPENAI_API_KEY": "x"}, {"model": "gpt-4o"}, {"openai_api_key": "x"}

    @property
    def supports_json_mode(self) -> bool:
        return True

    @property
    def model_override_value(self) -> str:
        return "gpt-5.6"


class Responses(OpenAI):
    @property
    def chat_model_params(self) -> Parameters:
        return {**super().chat_model_params, "use_responses_api": True}

    @property
    def structured_output_kwargs(self) -> Parameters:
        return {"method": "function_calling"}


class Claude(OpenAI):
    bare: Kind = ChatAnthropic

    @property
    def chat_model_params(self) -> Parameters:
        return {"model": "claude-opus-5", "api_key": "x", "base_url": PROVIDER.url}

    @property
    def init_from_env_params(self) -> tuple[Parameters, Parameters, Parameters]:
        key = {"ANTHROPIC_API_KEY": "x"}
        return key, {"model": "claude-opus-5"}, {"anthropic_api_key": "x"}

    @property
    def supports_json_mode(self) -> bool:
        return False

    @property
    def model_override_value(self) -> str:
        return "claude-opus-5-5"


class Compressing:
    bare: Kind
    chat_model_params: Parameters

    @property
    def chat_model_class(self) -> Kind:
        return type(HeadroomChatModel(self.bare(**self.chat_model_params)))


class TestBareOpenAIUnit(OpenAI, ChatModelUnitTests): ...


class TestOpenAIUnit(Compressing, OpenAI, ChatModelUnitTests): ...


class TestBareClaudeUnit(Claude, ChatModelUnitTests): ...


class TestClaudeUnit(Compressing, Claude, ChatModelUnitTests): ...


class TestBareOpenAI(OpenAI, ChatModelIntegrationTests): ...


class TestOpenAI(Compressing, OpenAI, ChatModelIntegrationTests): ...


class TestBareResponses(Responses, ChatModelIntegrationTests): ...


class TestResponses(Compressing, Responses, ChatModelIntegrationTests): ...


class TestBareClaude(Claude, ChatModelIntegrationTests): ...


class TestClaude(Compressing, Claude, ChatModelIntegrationTests): ...


def test_models_that_compress_pass_what_bare_models_pass(outcomes: Outcomes) -> None:
    suites = [
        suite for suite in outcomes.of if f"TestBare{suite.removeprefix('Test')}" in outcomes.of
    ]
    assert len(suites) == 5
    for suite in suites:
        bare = outcomes.of[f"TestBare{suite.removeprefix('Test')}"]
        assert outcomes.of[suite] == bare
        assert sum("failed" in ended for ended in bare.values()) == 0
        assert len(bare) > 8
