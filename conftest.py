"""No test touches the user's own files; tests that need a server share one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

from headroom_testing.servers import Daemon, Missing, postgres_server, redis_server

settings.register_profile("untimed", deadline=None)  # how long an example takes shows nothing
settings.load_profile("untimed")


@pytest.fixture(autouse=True, scope="session")
def _own_home(tmp_path_factory: pytest.TempPathFactory) -> object:
    with pytest.MonkeyPatch.context() as patch:
        folder: Path = tmp_path_factory.mktemp("home")
        patch.setenv("HEADROOM_HOME", str(folder))
        yield


@pytest.fixture(scope="session")
def servers() -> Iterator[Callable[[str], Daemon]]:
    """Gives `redis` and `postgres`; each is started when it is first asked for."""
    with ExitStack() as stack:

        @cache
        def start(name: str) -> Daemon | Missing:
            try:
                return stack.enter_context(
                    redis_server("canary") if name == "redis" else postgres_server()
                )
            except Missing as error:
                return error

        def running(name: str) -> Daemon:
            found = start(name)
            if isinstance(found, Missing):
                pytest.skip(str(found))
            return found

        yield running


@pytest.fixture(params=["redis", "postgres"])
def server(request: pytest.FixtureRequest, servers: Callable[[str], Daemon]) -> Daemon:
    """Each kind of server that a store may be on."""
    return servers(request.param)
