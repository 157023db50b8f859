"""Memory on a server: several machines at once, and a server that is gone or starts again."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from headroom.errors import StoreError
from headroom_memory import Memory, SharedContext, Which
from headroom_testing.servers import Daemon, Missing, postgres_server


def test_many_machines_save_the_same_at_once(servers: Callable[[str], Daemon]) -> None:
    url = f"{servers('postgres').url}&tenant=many"
    memories = [Memory("acme", store=url) for _ in range(4)]

    def save(n: int) -> list[str]:
        order = range(30) if n % 2 else range(29, -1, -1)
        return [memories[n].save(f"fact {count}", agent=f"a{n}").id for count in order]

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(save, range(4)))
    facts = memories[0].list(limit=1000)
    assert len(facts) == 30
    assert {len(fact.sources) for fact in facts} == {4}
    assert all(set(ids) == {fact.id for fact in facts} for ids in said)
    for memory in memories:
        memory.close()


def test_tenants_and_projects_do_not_see_each_other(servers: Callable[[str], Daemon]) -> None:
    url = servers("postgres").url
    one = Memory("acme", store=f"{url}&tenant=one")
    one.save("zanzibar")
    shared = SharedContext(f"{url}&tenant=one", project="acme")
    shared.put("key", "zanzibar")
    for store, project in (
        (f"{url}&tenant=two", "acme"),
        (f"{url}&tenant=one", "acme2"),
        (url, "acme"),
    ):
        other, values = Memory(project, store=store), SharedContext(store, project=project)
        assert other.search("zanzibar") == []
        assert other.list(Which(ended=True)) == []
        assert values.get("key") is None
        other.close()
        values.close()
    assert len(one.search("zanzibar")) == 1
    one.close()
    shared.close()


def test_a_server_that_is_gone_is_named_without_secrets_and_may_come_back() -> None:
    try:
        started = postgres_server()
        with started as server:
            memory = Memory("acme", store=server.url.replace("tests@", "tests:hunter2@"))
            fact = memory.save("one")
            server.stop()
            with pytest.raises(StoreError, match="could not be used") as failed:
                memory.save("two")
            assert "hunter2" not in str(failed.value)
            server.start()
            while True:
                try:
                    found = memory.list()
                except StoreError:
                    continue
                break
            assert [f.id for f in found] == [fact.id]
            assert memory.save("two").holds
            memory.close()
    except Missing as missing:
        pytest.skip(str(missing))
