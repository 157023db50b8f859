"""What is found, for queries as agents and people type them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headroom_memory import Memory
from headroom_testing.servers import Daemon

CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
FACTS = (
    "The integration tests need Docker; run them with `hatch run test:all`",
    "getUserName() returns None for service accounts",
    "MAX_RETRY_COUNT lives in src/config/limits.py",
    "The HTTPServer class wraps uvicorn and listens on port 8787",
    "データベースの接続は環境変数で設定する",
    "部署前需要运行数据库迁移",
    "배포하기 전에 마이그레이션을 실행한다",
    "ก่อนปรับใช้ต้องย้ายฐานข้อมูล",
    "Deployments go through the staging cluster first",
    "Das Gerät heißt „Münchner Würfel“",
    "Python 3.11.7 is the lowest version that is supported",
    "Error E1234 means that the licence file is missing",
    "Authentication uses OAuth with PKCE",
    "Never force-push to main; the release bot signs its commits",
)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def memory(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    servers: Callable[[str], Daemon],
) -> Iterator[Memory]:
    folder = tmp_path_factory.mktemp("memory")
    url = f"sqlite://{folder}" if request.param == "sqlite" else servers("postgres").url
    memory = Memory("searched", store=url)
    for fact in FACTS:
        memory.save(fact)
    yield memory
    memory.close()


@pytest.mark.parametrize(
    ("query", "beginning"),
    [
        ("how do I run the tests?", "The integration"),
        ("getUserName", "getUserName"),
        ("get_user_name", "getUserName"),
        ("username", "getUserName"),
        ("user name", "getUserName"),
        ("max retry", "MAX_RETRY"),
        ("maxRetryCount", "MAX_RETRY"),
        ("src/config/limits.py", "MAX_RETRY"),
        ("limits.py", "MAX_RETRY"),
        ("http server", "The HTTPServer"),
        ("8787", "The HTTPServer"),
        ("データベース", "データベース"),
        ("接続", "データベース"),
        ("数据库", "部署前"),
        ("迁移", "部署前"),
        ("迁", "部署前"),
        ("배포", "배포"),
        ("ฐานข้อมูล", "ก่อน"),
        ("deploying", "Deployments"),
        ("deploy", "Deployments"),
        ("geraet OR Münchner", "Das Gerät"),
        ("munchner wurfel", "Das Gerät"),
        ("3.11.7", "Python"),
        ("e1234", "Error"),
        ("auth", "Authentication"),
        ("authenticat", "Authentication"),
        ("force push", "Never"),
        ('"force-push" AND NOT (main*', "Never"),
        ("licences", "Error"),
    ],
)
def test_the_right_fact_is_the_first(memory: Memory, query: str, beginning: str) -> None:
    found = memory.search(query)
    assert found
    assert found[0].fact.text.startswith(beginning)


@pytest.mark.parametrize("query", ["", "  ", "!!!", '"', "*", "()", "kubernetes", "ob", "の末"])
def test_nothing_is_found_for_nothing(memory: Memory, query: str) -> None:
    assert memory.search(query) == []


def test_the_best_comes_first_and_there_are_no_more_than_asked_for(memory: Memory) -> None:
    found = memory.search("the main release run port", limit=3)
    assert len(found) == 3
    assert [match.score for match in found] == sorted((m.score for m in found), reverse=True)
    assert memory.search("the main release", limit=0) == []


@given(query=st.text(max_size=60) | st.text("\"*()^:{}+-~'\\%_ANDORNEAR,.;é字 ", max_size=40))
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_query_is_a_mistake(memory: Memory, query: str) -> None:
    assert len(memory.search(query)) <= 10


@given(text=st.text(CHARACTERS, min_size=1, max_size=80).filter(lambda t: any(map(str.isalnum, t))))
@settings(max_examples=30, deadline=None)
def test_what_was_saved_is_found_by_itself(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    memory = Memory("acme", store=f"sqlite://{tmp_path_factory.mktemp('m')}")
    fact = memory.save(text)
    assert [match.fact.id for match in memory.search(text)] == [fact.id]
    memory.close()
