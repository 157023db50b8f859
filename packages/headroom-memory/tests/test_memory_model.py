"""A memory does what a dictionary with notes in the margin would do, whatever the order."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from headroom_memory import FactEnded, FactMissing, Memory, Which
from headroom_testing.servers import Daemon

TEXTS = st.sampled_from(
    ["one", "two  words", "two words", "drei", "四つ", "e\u0301", "é", "x'\"; --"]
)
AGENTS = st.sampled_from(["", "codex", "gemini"])


@dataclass
class Known:
    text: str
    agents: list[str]
    holds: bool = True
    next: str = ""
    before: list[str] = field(default_factory=list)


def same(text: str) -> str:
    return " ".join(text.replace("e\u0301", "é").split())


class Machine(RuleBasedStateMachine):
    ids = Bundle("ids")

    def __init__(self, url: str = "") -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="hr-"))
        self.url = url or f"sqlite://{self.folder}"
        self.now = 1.0
        self.model: dict[str, Known] = {}
        self.open()

    def open(self) -> None:
        self.memory = Memory("p", store=self.url, clock=lambda: self.now)

    def teardown(self) -> None:
        self.memory.purge()
        self.memory.close()
        shutil.rmtree(self.folder)

    def holding(self, text: str) -> str | None:
        found = [i for i, f in self.model.items() if f.holds and same(f.text) == same(text)]
        assert len(found) <= 1
        return found[0] if found else None

    def noted(self, text: str, agent: str, id: str) -> None:
        known = self.model.setdefault(id, Known(text, []))
        if agent not in known.agents:
            known.agents.append(agent)

    @rule(target=ids, text=TEXTS, agent=AGENTS)
    def save(self, text: str, agent: str) -> str:
        expected = self.holding(text)
        fact = self.memory.save(text, agent=agent)
        assert fact.id == expected or (expected is None and fact.id not in self.model)
        self.noted(text, agent, fact.id)
        return fact.id

    @rule(target=ids, id=ids, text=TEXTS, agent=AGENTS)
    def edit(self, id: str, text: str, agent: str) -> object:
        old = self.model.get(id)
        if old is None:
            with pytest.raises(FactMissing):
                self.memory.edit(id, text)
            return multiple()
        holding = self.holding(text)
        if not old.holds:
            if holding is not None and holding == old.next:
                assert self.memory.edit(id, text, agent=agent).id == holding
            else:
                with pytest.raises(FactEnded):
                    self.memory.edit(id, text)
            return multiple()
        fact = self.memory.edit(id, text, agent=agent)
        if holding != id:
            old.holds, old.next = False, fact.id
        self.noted(text, agent, fact.id)
        return fact.id

    @rule(id=ids)
    def forget(self, id: str) -> None:
        if id in self.model:
            self.memory.forget(id)
            self.model[id].holds = False

    def tree(self, id: str) -> set[str]:
        while self.model[id].next:
            id = self.model[id].next
        found = {id}
        while more := {i for i, f in self.model.items() if f.next in found} - found:
            found |= more
        return found

    @rule(id=ids)
    def history(self, id: str) -> None:
        if id in self.model:
            assert {fact.id for fact in self.memory.history(id)} == self.tree(id)

    @rule(id=ids)
    def delete(self, id: str) -> None:
        if id in self.model:
            gone = self.tree(id)
            assert self.memory.delete(id) == len(gone)
            self.model = {i: f for i, f in self.model.items() if i not in gone}

    @rule()
    def reopen(self) -> None:
        self.memory.close()
        self.open()

    @rule()
    def carry_over(self) -> None:
        exported = self.memory.export()
        other = Memory("copy", store=self.url)
        other.purge()
        assert other.import_(exported) == len(self.model)
        assert other.export() == exported
        other.close()

    @invariant()
    def same_as_the_model(self) -> None:
        self.now += 1
        facts = self.memory.list(Which(ended=True))
        assert {fact.id for fact in facts} == set(self.model)
        for fact in facts:
            known = self.model[fact.id]
            assert (fact.text, fact.holds) == (known.text, known.holds)
            assert [source.agent for source in fact.sources] == known.agents
            found = [match.fact.id for match in self.memory.search(fact.text)]
            assert (fact.id in found) == fact.holds


@pytest.mark.parametrize("where", ["sqlite", "postgres"])
def test_whatever_the_order(where: str, servers: Callable[[str], Daemon]) -> None:
    url = "" if where == "sqlite" else f"{servers('postgres').url}&tenant=model"
    some = settings(
        max_examples=10, stateful_step_count=16, deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(lambda: Machine(url), settings=some)  # type: ignore[arg-type]
