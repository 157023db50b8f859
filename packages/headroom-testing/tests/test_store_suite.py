"""The suite for stores finds every mutant, and nothing wrong with an honest store."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from headroom.ccr.memory import MemoryStore
from headroom.errors import Ambiguous, KeyCollision
from headroom.types import Entry
from headroom_testing import StoreConformance
from headroom_testing._failing import failing

PLACES: dict[Path, list[list[Entry]]] = {}
RECORDS: dict[Path, dict[bytes, bytes]] = {}


class Honest(MemoryStore):
    """Keeps a journal for each folder, and reads it when it is opened or asked."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.journal = PLACES.setdefault(self.place(folder), [])
        self.read = 0
        self._records = RECORDS.setdefault(self.place(folder), {})

    def place(self, folder: Path) -> Path:
        return folder

    def catch_up(self) -> None:
        while self.read < len(self.journal):
            super().put(self.journal[self.read])
            self.read += 1

    def put(self, entries: Sequence[Entry]) -> None:
        self.catch_up()
        super().put(entries)
        self.journal.append(list(entries))

    def get(self, ref: str) -> str | None:
        self.catch_up()
        return super().get(ref)

    def original(self, replacement: str, context: bytes) -> str | None:
        self.catch_up()
        return super().original(replacement, context)

    def sent(self, texts: Sequence[str]) -> list[bool]:
        self.catch_up()
        return super().sent(texts)

    def source(self, ref: str) -> str:
        self.catch_up()
        return super().source(ref)


class Forgetful(Honest):
    def place(self, folder: Path) -> Path:
        return folder / str(id(self))


class Shared(Honest):
    def place(self, folder: Path) -> Path:
        return folder.parent


class Eager(Honest):
    def get(self, ref: str) -> str | None:
        return super().get(ref) or ""


class Stripping(Honest):
    def get(self, ref: str) -> str | None:
        found = super().get(ref)
        return found and found.replace("\r\n", "\n")


class Caseless(Honest):
    def put(self, entries: Sequence[Entry]) -> None:
        super().put([Entry(e.ref.lower(), e.original, e.replacement) for e in entries])


class Grumpy(Honest):
    def put(self, entries: Sequence[Entry]) -> None:
        if any(self.get(e.ref) is not None for e in entries):
            raise KeyCollision("it is there already")
        super().put(entries)


class Revising(Honest):
    def record(self, records: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        self._records.update(records)
        return [data for _, data in records]


class Inventing(Honest):
    def recall(self, keys: Sequence[bytes]) -> list[bytes]:
        return [self._records.get(key, b"") for key in keys]


class OneByOne(Honest):
    def put(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            super().put([entry])


class Overwriting(Honest):
    def put(self, entries: Sequence[Entry]) -> None:
        try:
            super().put(entries)
        except (Ambiguous, KeyCollision):
            return


class Blurred(Honest):
    def original(self, replacement: str, context: bytes) -> str | None:
        return super().original(replacement, b"")


class Guessing(Honest):
    def sent(self, texts: Sequence[str]) -> list[bool]:
        originals = {e.original for entries in self.journal for e in entries}
        pairs = zip(texts, super().sent(texts), strict=True)
        return [found or text in originals for text, found in pairs]


class Last(Honest):
    def put(self, entries: Sequence[Entry]) -> None:
        self._replaced.clear()
        super().put(entries)


MUTANTS: list[tuple[type[Honest], str]] = [
    (Eager, "test_an_empty_store_knows_nothing"),
    (Stripping, "test_what_was_put_comes_back"),
    (Caseless, "test_references_are_told_apart"),
    (Grumpy, "test_putting_again_changes_nothing"),
    (Grumpy, "test_threads_share_a_store"),
    (OneByOne, "test_a_taken_key_is_a_collision"),
    (Overwriting, "test_a_taken_key_is_a_collision"),
    (OneByOne, "test_a_text_stands_for_one_original_in_a_context"),
    (Blurred, "test_what_looks_alike_is_told_apart_by_what_came_before"),
    (Guessing, "test_an_original_was_not_sent"),
    (Last, "test_of_threads_that_race_one_wins"),
    (Revising, "test_the_first_record_of_a_message_stands"),
    (Inventing, "test_the_first_record_of_a_message_stands"),
    (Revising, "test_of_writers_that_race_all_are_told_the_same"),
    (Forgetful, "test_it_keeps_what_it_has"),
    (Shared, "test_stores_do_not_share"),
]


def failed(kind: type[Honest], folder: Path, only: str = "") -> set[str]:
    def fixtures(name: str) -> dict[str, object]:
        here = folder / name
        here.mkdir()
        return {"open_store": kind, "store": kind(here), "tmp_path": here, "batches": 2}

    names = [only] if only else [n for n in dir(StoreConformance) if n.startswith("test_")]
    return {n for n in names if failing(StoreConformance(), n, **fixtures(n))}


def test_an_honest_store_passes(tmp_path: Path) -> None:
    assert failed(Honest, tmp_path) == set()


@pytest.mark.parametrize(("mutant", "test"), MUTANTS)
def test_mutants_are_found(mutant: type[Honest], test: str, tmp_path: Path) -> None:
    assert failed(mutant, tmp_path, test) == {test}
