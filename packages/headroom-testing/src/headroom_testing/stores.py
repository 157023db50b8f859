"""What every store promises, as tests to inherit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import strategies as st

from headroom.ccr.keys import key_of
from headroom.errors import Ambiguous, KeyCollision
from headroom.protocols import Store
from headroom.types import Entry
from headroom_testing._examples import for_all

OpenStore = Callable[[Path], Store]

_THREADS = 4
_TEXTS = st.text(max_size=40) | st.sampled_from(
    ("", "\0", "\ud800", "\r\n", "é日🙂" * 300, "' OR 1=1; --", "long line\n" * 400)
)
_CONTEXTS = st.binary(max_size=20)


class StoreConformance:
    """What every store promises. Inherit from it and say how to open one.

    `open_store` is given an empty folder, or the one of an earlier call; a store that lives
    elsewhere may take its name for a tenant.

    Attributes:
        persistent: Whether a store that is opened again holds what was put.

    Example:
        >>> class TestMine(StoreConformance):
        ...     @pytest.fixture
        ...     def open_store(self) -> OpenStore:
        ...         return lambda folder: Mine(folder / "store.db")
    """

    persistent = True

    @pytest.fixture
    def open_store(self) -> OpenStore:
        """Opens the store to test, in a folder."""
        raise NotImplementedError("give a function that opens the store in a fixture of this name")

    @pytest.fixture
    def store(self, open_store: OpenStore, tmp_path: Path) -> Store:
        """An empty store."""
        return open_store(tmp_path)

    def test_an_empty_store_knows_nothing(self, store: Store) -> None:
        """And says so without an error."""
        assert store.get("aaaaaaaaaaaaa") is None
        assert store.original("text", b"") is None
        assert store.sent(["text"]) == [False]
        assert store.source("aaaaaaaaaaaaa") == ""

    def test_what_was_put_comes_back(self, open_store: OpenStore, tmp_path: Path) -> None:
        """Byte for byte: also empty texts, lone surrogates, line ends of any kind."""
        store = open_store(tmp_path)

        @for_all(_TEXTS, _TEXTS, _CONTEXTS)
        def _(original: str, short: str, context: bytes) -> None:
            kept = replace(
                entry(original), replacement=f"{key_of(original)} {short}", context=context
            )
            store.put([kept])
            assert store.get(kept.ref) == original
            assert store.original(kept.replacement, context) == original
            assert store.sent([kept.replacement, f"not {kept.replacement}"]) == [True, False]
            assert store.source(kept.ref) == kept.source

    def test_references_are_told_apart(self, store: Store) -> None:
        """Whatever they are made of; an original is found by its own reference only."""
        refs = ("a", "A", "a ", "a%", "a_", "é", "a'; --", "*")
        store.put([entry(f"text {ref}", ref=ref) for ref in refs])
        assert [store.get(ref) for ref in refs] == [f"text {ref}" for ref in refs]
        assert store.get("_") is None

    def test_putting_again_changes_nothing(self, store: Store) -> None:
        """Every turn of a session puts what it puts."""
        entries = [entry("one"), entry("two")]
        for batch in (entries, entries, [], list(reversed(entries)), [entries[0]] * 2):
            store.put(batch)
        assert [store.get(e.ref) for e in entries] == ["one", "two"]
        assert [store.original(e.replacement, b"") for e in entries] == ["one", "two"]

    @pytest.mark.parametrize("batches", [1, 2])
    def test_a_taken_key_is_a_collision(self, store: Store, batches: int) -> None:
        """Whether it was taken before or in the same call; then nothing of the call is kept."""
        first, other = entry("first", ref="same"), entry("other", ref="same")
        third = entry("third")
        with pytest.raises(KeyCollision):
            _put(store, [[first], [third, other]], batches)
        assert store.get("same") == ("first" if batches == 2 else None)
        assert store.get(third.ref) is None
        assert store.sent([third.replacement]) == [False]
        store.put([third])
        assert store.get(third.ref) == "third"

    @pytest.mark.parametrize("batches", [1, 2])
    def test_a_text_stands_for_one_original_in_a_context(self, store: Store, batches: int) -> None:
        """The second is refused and named; then nothing of the call is kept."""
        first, other = (replace(entry(t), replacement="short", context=b"c") for t in ("x", "y"))
        third = entry("third")
        with pytest.raises(Ambiguous) as error:
            _put(store, [[first], [third, other]], batches)
        assert error.value.ref == other.ref
        assert store.original("short", b"c") == ("x" if batches == 2 else None)
        assert store.get(other.ref) is None
        assert store.get(third.ref) is None

    def test_what_looks_alike_is_told_apart_by_what_came_before(self, store: Store) -> None:
        """In a context of its own, the original of that; elsewhere only one that is the only one."""
        one, other = (
            replace(entry(t), replacement="short", context=c) for t, c in (("x", b""), ("y", b"\0"))
        )
        store.put([one])
        assert store.original("short", b"elsewhere") == "x"
        store.put([replace(one, context=b"again")])
        assert store.original("short", b"elsewhere") == "x"
        store.put([other])
        found = [
            store.original("short", context) for context in (b"", b"\0", b"again", b"elsewhere")
        ]
        assert found == ["x", "y", "x", None]
        assert store.sent(["short"]) == [True]

    def test_an_original_was_not_sent(self, store: Store) -> None:
        """Only what went out in its place was."""
        store.put([entry("original")])
        assert store.sent(["original"]) == [False]
        assert store.original("original", b"") is None

    def test_threads_share_a_store(self, store: Store) -> None:
        """Each finds its own texts at once, and those that all of them put."""
        shared = [entry(f"shared {n}") for n in range(5)]
        starting = Barrier(_THREADS)

        def work(thread: int) -> bool:
            own = [entry(f"{thread} {n}") for n in range(10)]
            starting.wait()
            found = []
            for n, one in enumerate(own):
                store.put([one, *shared[: n % 5]])
                found.append(store.get(one.ref) == one.original)
            return all(found)

        with ThreadPoolExecutor(_THREADS) as pool:
            assert list(pool.map(work, range(_THREADS))) == [True] * _THREADS
        assert all(store.get(e.ref) == e.original for e in shared[:4])

    def test_of_threads_that_race_one_wins(self, store: Store) -> None:
        """A text never stands for two originals, however they come."""
        starting = Barrier(_THREADS)

        def work(thread: int) -> list[bool]:
            starting.wait()
            return [_is_put(store, thread, n) for n in range(20)]

        with ThreadPoolExecutor(_THREADS) as pool:
            wins = list(pool.map(work, range(_THREADS)))
        assert [sum(won) for won in zip(*wins, strict=True)] == [1] * 20

    def test_it_keeps_what_it_has(self, open_store: OpenStore, tmp_path: Path) -> None:
        """A store that is opened again, or in another process, has what was put; at once."""
        if not self.persistent:
            pytest.skip("the store says that it keeps nothing")
        kept = replace(entry("original"), context=b"c")
        first, second = open_store(tmp_path), open_store(tmp_path)
        first.put([kept])
        first.record([(b"a", b"1")])
        for store in (second, open_store(tmp_path)):
            assert store.recall([b"a"]) == [b"1"]
            assert store.get(kept.ref) == "original"
            assert store.original(kept.replacement, b"c") == "original"
            assert store.sent([kept.replacement]) == [True]
            assert store.source(kept.ref) == kept.source
            with pytest.raises(KeyCollision):
                store.put([replace(kept, original="other")])

    def test_the_first_record_of_a_message_stands(self, store: Store) -> None:
        """And whoever comes later is told what it is."""
        assert store.recall([b"a"]) == []
        assert store.record([(b"a", b"1"), (b"b", b"")]) == [b"1", b""]
        assert store.record([(b"b", b"2"), (b"c", b"3")]) == [b"", b"3"]
        assert store.recall([b"a", b"b", b"c", b"d", b"a"]) == [b"1", b"", b"3"]
        assert store.recall([b"x", b"a"]) == []

    def test_long_sessions_are_recorded(self, store: Store) -> None:
        """Thousands of messages, in order."""
        records = [(n.to_bytes(16, "big"), b"%d" % n) for n in range(2_000)]
        assert store.record(records) == [data for _, data in records]
        assert store.recall([key for key, _ in records]) == [data for _, data in records]

    def test_of_writers_that_race_all_are_told_the_same(self, store: Store) -> None:
        """Whichever of them was the first."""
        starting = Barrier(_THREADS)

        def work(thread: int) -> list[list[bytes]]:
            starting.wait()
            return [store.record([(b"%d" % n, b"%d" % thread)]) for n in range(20)]

        with ThreadPoolExecutor(_THREADS) as pool:
            told = list(pool.map(work, range(_THREADS)))
        assert all(one == told[0] for one in told)

    def test_stores_do_not_share(self, open_store: OpenStore, tmp_path: Path) -> None:
        """What was put in one place is in no other."""
        folders = [tmp_path / name for name in ("one", "other")]
        for folder in folders:
            folder.mkdir()
        one, other = map(open_store, folders)
        one.put([entry("text")])
        assert other.get(entry("text").ref) is None
        assert other.sent([entry("text").replacement]) == [False]


def entry(original: str, *, ref: str = "") -> Entry:
    """Returns an entry as the pipeline makes it; its replacement names the original's key."""
    ref = ref or key_of(original)
    short = f"short {key_of(original)}"
    return Entry(ref, original, short, "logs", 100, 10, f"bash cat {ref}")


def _put(store: Store, batches: Sequence[Sequence[Entry]], calls: int) -> None:
    """Puts the batches in that many calls: one by one, or all at once."""
    if calls == 1:
        store.put([e for batch in batches for e in batch])
    else:
        for batch in batches:
            store.put(batch)


def _is_put(store: Store, thread: int, n: int) -> bool:
    mine = replace(entry(f"original {thread} {n}"), replacement=f"short {n}", context=b"c")
    try:
        store.put([mine])
    except Ambiguous:
        return False
    return True
