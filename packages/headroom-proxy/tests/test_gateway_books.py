"""The books say what was saved, what it cost, and what it would have cost."""

from __future__ import annotations

import json
import sqlite3
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from headroom.pricing import Usage, price_of
from headroom.types import Decision
from headroom_proxy.books import NAMES, Books, Figures
from headroom_proxy.exchange import Exchange
from headroom_proxy.perf import perf
from headroom_proxy.recorder import Recorder
from headroom_proxy.shadow import Lineages, Seen, bill, without_us
from headroom_proxy.stats import of, percentiles
from headroom_proxy.usage import Billed

OPUS = "claude-opus-5"  # 5 dollars fresh, 6.25 written, 0.5 read, 25 output


def text(message: int, before: int, after: int) -> Decision:
    return Decision(("messages", message, "content"), "logs", before, after)


def test_what_was_taken_out_is_priced_at_its_place() -> None:
    decisions = [text(0, 900, 100), text(1, 700, 200), text(2, 50, 50), text(3, 400, 10)]
    usage = Usage(read=5_100, written=250, fresh=15, output=7)
    seen = Seen(ends=[5_100, 5_300, 5_350, 5_365])
    assert without_us(usage, decisions, seen) == Usage(
        read=5_900, written=250 + 500, fresh=15 + 390, output=7
    )


def test_what_we_put_in_is_not_theirs() -> None:
    seen = Seen(ends=[700, 900])
    usage = Usage(read=700, written=200)
    without = without_us(usage, [text(0, 50, 50)], seen, added={0: 250, 1: 80})
    assert without == Usage(read=450, written=120)


def test_without_a_cache_all_is_fresh() -> None:
    seen = Seen(ends=[90])
    assert without_us(Usage(fresh=90), [text(0, 500, 300)], seen) == Usage(fresh=290)


@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900)), max_size=8),
    st.tuples(*[st.integers(0, 3_000)] * 4),
    st.integers(0, 8),
)
def test_nothing_is_lost_or_counted_twice(
    sizes: list[tuple[int, int]], usage: tuple[int, int, int, int], missed: int
) -> None:
    decisions = [text(n, max(pair), min(pair)) for n, pair in enumerate(sizes)]
    billed = Usage(*usage)
    lineage = [bytes([n]) for n in range(len(sizes))]
    seen = Lineages().take(lineage, decisions, at=0, tokens=billed.input)
    without = without_us(billed, decisions, seen, missed=range(missed))
    saved = sum(d.tokens_before - d.tokens_after for d in decisions)
    assert without.input == billed.input + saved
    assert without.output == billed.output
    assert min(without.read, without.written, without.fresh) >= 0


def test_a_miss_of_ours_costs_us() -> None:
    price = price_of(OPUS)
    assert price is not None
    decisions = [text(0, 4_000, 3_000), text(1, 60, 50)]
    missed = Billed(Usage(written=3_050))
    seen = Seen(ends=[3_000, 3_050], messages=1, kept=0, ago=60)
    cost = bill([missed], price, decisions, seen, {})
    assert cost is not None
    assert cost.actual == pytest.approx(3_050 * 6.25 / 1e6)
    assert cost.without == pytest.approx((4_000 * 0.5 + 60 * 6.25) / 1e6)
    assert cost.without < cost.actual
    lapsed = bill([missed], price, decisions, replace(seen, ago=600), {})
    assert lapsed is not None
    assert lapsed.without > lapsed.actual  # the provider had forgotten it anyway


def test_what_is_asked_back_costs_us() -> None:
    price = price_of(OPUS)
    assert price is not None
    asks, goes_on = Billed(Usage(written=3_000, output=40)), Billed(Usage(3_000, 900, 0, 500))
    cost = bill([asks, goes_on], price, [text(0, 4_000, 3_000)], Seen(ends=[3_000]), {})
    assert cost is not None
    assert cost.actual == pytest.approx((3_900 * 6.25 + 3_000 * 0.5 + 540 * 25) / 1e6)
    assert cost.without == pytest.approx((4_000 * 6.25 + 500 * 25) / 1e6)


def test_an_hours_tokens_have_their_own_price() -> None:
    price = price_of(OPUS)
    assert price is not None
    half = Billed(Usage(written=1_000_000), written_1h=500_000)
    assert half.dollars(price) == pytest.approx((6.25 + 10) / 2)


def test_a_conversation_is_known_by_its_messages() -> None:
    lineages = Lineages()

    def seen(names: str, changed: int, at: float, tokens: int | None = None) -> tuple[float, ...]:
        lineage = [names[: n + 1].encode() for n in range(len(names))]
        found = lineages.take(lineage, [text(changed, 90, 50)], at=at, tokens=tokens)
        return found.messages, found.kept, found.ago

    assert seen("ab", 0, at=100) == (0, 0, 0)
    assert seen("abc", 0, at=130) == (2, 2, 30)
    assert seen("abcd", 2, at=140) == (3, 0, 10)
    assert seen("abx", 0, at=150) == (2, 2, 50)
    assert seen("y", 0, at=160) == (0, 0, 0)


def test_messages_without_a_name_are_not_confused() -> None:
    lineages = Lineages()
    assert lineages.take([b""], [text(0, 9, 9)], at=0) == Seen()
    assert lineages.take([b"", b"a", b"a"], [text(1, 9, 5)], at=1).messages == 0
    assert lineages.take([b"", b"a", b"a", b"a"], [text(1, 9, 5)], at=2).messages == 3
    assert lineages.take([b"", b""], [], at=3) == Seen()


def test_the_provider_says_where_messages_end() -> None:
    lineages = Lineages()
    texts = [text(0, 90, 88), text(1, 9, 4), text(2, 9, 4)]
    first = lineages.take([b"a", b"b"], texts[:2], at=0, tokens=1_104)
    assert list(first.ends) == [1_094, 1_104]  # what we cannot see is at the front
    then = lineages.take([b"a", b"b", b"c"], texts, at=1, tokens=1_200)
    assert list(then.ends) == [1_094, 1_104, 1_200]


def test_figures_add_up_over_gateways_and_restarts(tmp_path: Path) -> None:
    path = tmp_path / "new" / "books.db"
    one, two = Books(path), Books(path)
    figures = Figures(*range(1, 1 + len(NAMES)))
    one.add({7: figures, 8: figures}, {("model", "m"): figures})
    two.add({8: figures}, {("model", "m"): figures, ("tool", "bash"): figures})
    assert Books(path).slots(0, 1) == {7: figures, 8: figures + figures}
    assert Books(path).slots(0, 10) == {0: figures + figures + figures}
    assert Books(path).labels() == {("model", "m"): figures + figures, ("tool", "bash"): figures}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_books_of_another_version_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "books.db"
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(sqlite3.DatabaseError, match="another Headroom"):
        Books(path).add({1: Figures(1)}, {})
    assert Books(path).labels() == {}


def entered(recorder: Recorder, **fields: object) -> None:
    recorder.start()
    for n in range(3):
        recorder.take(Exchange(at=60.0 * n, provider="openai", path="/v1/x", status=200, **fields))  # type: ignore[arg-type]
    recorder.stop()


def test_books_that_cannot_be_written_stay_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    recorder = Recorder(Books(tmp_path / "file" / "books.db"))
    entered(recorder)
    shown = of(recorder, days=1, now=200.0)
    assert shown["total"]["requests"] == 3
    assert [point["requests"] for point in shown["course"]] == [3]
    assert [one["number"] for one in shown["last"]] == [3, 2, 1]


def test_names_from_clients_are_bounded(tmp_path: Path) -> None:
    recorder = Recorder(Books(tmp_path / "books.db"))
    recorder.start()
    for n in range(600):
        model = f"{n}-" + "m" * 5_000
        recorder.take(
            Exchange(at=1, provider="openai", path="/", wire="openai_chat", model=model, status=200)
        )
    recorder.stop()
    names = [name for kind, name in recorder.labels() if kind == "model"]
    assert len(names) <= 500
    assert max(map(len, names)) <= 100
    assert recorder.labels()["total", ""].requests == 600


def test_nothing_kept_where_nothing_is_to_be_looked_at(tmp_path: Path) -> None:
    recorder = Recorder(Books(tmp_path / "books.db"), views=0)
    entered(recorder)
    assert recorder.last() == []
    assert recorder.labels()["total", ""].requests == 3


def test_waits_are_upper_bounds() -> None:
    counts = [(0.001, 50), (0.01, 45), (0.1, 4), (float("inf"), 1)]
    assert percentiles(counts) == {"count": 100, "p50_ms": 1.0, "p95_ms": 10.0, "p99_ms": 100.0}
    assert percentiles([(1.0, 0)]) is None


def test_perf_prints_what_is_in_the_books(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADROOM_HOME", str(tmp_path))
    assert "Nothing yet" in CliRunner().invoke(perf).output
    figures = Figures(3, 1, 900, 300, 10, 20, 30, 5, 2.0, 1.5, 3, 0)
    labels = {("total", ""): figures, ("model", "m-1"): figures, ("edit", "0.005"): Figures(3)}
    Books(tmp_path / "books.db").add({}, labels)
    output = CliRunner().invoke(perf, catch_exceptions=False).output
    assert "−$0.5000 net" in output  # a loss is shown as one
    assert "m-1" in output
    assert "5 ms" in output
    found = json.loads(CliRunner().invoke(perf, ["--json"]).output)
    assert found["total"]["dollars_saved"] == -0.5
