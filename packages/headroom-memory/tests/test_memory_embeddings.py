"""Facts in other words, by vectors of a toy that knows a few synonyms."""

from __future__ import annotations

import math
import random
from array import array
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headroom_memory import Memory, MemoryFault
from headroom_memory.embeddings import _apart, _signs, _unit
from headroom_memory.finding import fused
from headroom_testing.servers import Daemon

MEANINGS = (
    ("car", "automobile", "vehicle"),
    ("quick", "fast", "rapid"),
    ("tests", "checks", "suite"),
)


class Toy:
    """One number for each meaning, and a little for each letter."""

    def __init__(self, name: str = "toy-1") -> None:
        self.model_name = name
        self.texts: list[str] = []

    def embed(self, documents: Sequence[str]) -> Iterator[Sequence[float]]:
        for text in documents:
            self.texts.append(text)
            words = text.lower().split()
            known = [sum(word in meaning for word in words) - 0.1 for meaning in MEANINGS]
            yield [*known, *(0.01 * text.count(letter) for letter in "abcdefgh0123456789")]


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path, servers: Callable[[str], Daemon]) -> str:
    if request.param == "sqlite":
        return f"sqlite://{tmp_path}"
    return f"{servers('postgres').url}&tenant=e{abs(hash(tmp_path)) % 10**9}"


def test_what_is_meant_is_found_and_words_still_count(url: str) -> None:
    toy = Toy()
    plain, memory = Memory("acme", store=url), Memory("acme", store=url, embedder=toy)
    fact = plain.save("the automobile is rapid")
    for n in range(5):
        plain.save(f"something else, number {n}")
    assert plain.search("quick car") == []
    assert memory.search("quick car")[0].fact.id == fact.id
    assert memory.search("number 3")[0].fact.text == "something else, number 3"
    again = Memory("acme", store=url, embedder=Toy())
    assert again.search("quick car") == memory.search("quick car")
    again.close()
    plain.close()
    memory.close()


def test_a_text_is_embedded_once_also_after_an_edit(url: str) -> None:
    toy = Toy()
    memory = Memory("acme", store=url, embedder=toy)
    fact = memory.save("a fast car")
    memory.search("vehicle")
    memory.search("vehicle")
    assert toy.texts.count("a fast car") == 1
    new = memory.edit(fact.id, "a slow vehicle")
    assert [m.fact.id for m in memory.search("automobile")] == [new.id]
    other = Toy("toy-2")
    second = Memory("acme", store=url, embedder=other)
    second.search("automobile")
    assert {"a fast car", "a slow vehicle"} <= set(other.texts)
    assert memory.delete(new.id) == 2
    assert second.search("automobile") == []
    memory.close()
    second.close()


class Short(Toy):
    def embed(self, documents: Sequence[str]) -> Iterator[Sequence[float]]:
        yield from list(super().embed(documents))[:1]


class Uneven(Toy):
    def embed(self, documents: Sequence[str]) -> Iterator[Sequence[float]]:
        for n, _ in enumerate(documents, 1):
            yield [1.0] * n


@pytest.mark.parametrize("kind", [Short, Uneven])
def test_a_broken_embedder_is_named_and_loses_nothing(tmp_path: Path, kind: type[Toy]) -> None:
    memory = Memory("acme", store=f"sqlite://{tmp_path}", embedder=kind())
    memory.save("one")
    memory.save("two")
    with pytest.raises(MemoryFault, match="expected 2 vectors of one length from toy-1, got"):
        memory.search("one")
    assert len(memory.list()) == 2
    memory.close()


def test_signs_find_the_nearest_of_many() -> None:
    rng = random.Random(3)
    vectors = [_unit(rng.gauss(0, 1) for _ in range(384)) for _ in range(2000)]
    codes = [_signs(vector).to_bytes(49, "little") for vector in vectors]
    for n in range(0, 2000, 100):
        query = _signs(_unit(number + 0.1 * rng.gauss(0, 1) for number in vectors[n]))
        apart = [_apart(query, code) for code in codes]
        assert sorted(range(2000), key=apart.__getitem__).index(n) < 200


@given(st.lists(st.floats(-1e3, 1e3, width=32), min_size=1, max_size=40))
def test_a_unit_vector_has_length_one(numbers: list[float]) -> None:
    unit = _unit(array("f", numbers))
    length = math.sqrt(sum(n * n for n in unit))
    assert length == pytest.approx(1, abs=1e-3) or max(map(abs, numbers)) < 1e-18


def test_what_both_orders_have_comes_first() -> None:
    assert fused([1, 2, 3], [4, 2, 5])[0][0] == 2
    assert [n for n, _ in fused([1], [2])] == [1, 2]
    assert fused([], []) == []
