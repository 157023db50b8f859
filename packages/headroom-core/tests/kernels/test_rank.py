"""The kernel `rank` and its twin agree, on anything."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from headroom.kernels import line_starts, relevance
from headroom.kernels.reference import rank as twin

TOKENS = st.sampled_from(
    [b"the", b"retry", b"retry_count", b"readFile", b"src/a.py", b"/x/src/a.py", b"10.0.0.1",
     b"10.0.0.12", b"4711", b"'a b'", b"a b", b"foo-bar", b"HTTPServer", b"caf\xc3\xa9", b"x", b"_",
     b"Checkout", b"\"q\"", b"`id_7`", b"id_7.", "超级碗的四分卫".encode(), "四分卫，".encode(),
     "React组件".encode(), "\u0645\u0646\u061f".encode(), "ไทย".encode(), "한국어".encode(), b"\xe4\xb8",
     b"\xf0\x9f", b"\xf0\x80\xb8\x80", b"\xe0\x82\xa0", "\U00020001\U0001f600".encode(), "Here\u2019s".encode()]
)  # fmt: skip
GLUE = st.sampled_from([b" ", b"\n", b"", b",", b"/", b"_"])
TEXTS = st.lists(st.tuples(TOKENS, GLUE)).map(lambda pairs: b"".join(w + g for w, g in pairs))
INTENTS = st.lists(st.tuples(TOKENS, GLUE), max_size=12).map(
    lambda pairs: b"".join(w + g for w, g in pairs)
)


@given(st.binary() | TEXTS, st.binary(max_size=60) | INTENTS)
def test_relevance_agrees(data: bytes, intent: bytes) -> None:
    starts = line_starts(data)
    scores = list(memoryview(relevance(data, starts, intent)).cast("f"))
    assert scores == twin.relevance(data, list(memoryview(starts).cast("i")), intent)


def test_a_rare_name_of_the_intent_stands_out() -> None:
    data = b"".join(b"order %d shipped to zone %d\n" % (n, n % 7) for n in range(1000))
    scores = memoryview(relevance(data, line_starts(data), "where did order 417 go?")).cast("f")
    assert max(range(1000), key=scores.__getitem__) == 417
    assert sum(s > 0.5 for s in scores) <= 5


def test_words_are_found_in_text_without_spaces() -> None:
    lines = [
        "今天天气很好，我们去公园散步。",
        "第三十三届超级碗的冠军是野马队。",
        "他喜欢在家里看书。",
    ] * 4
    data = "\n".join([*lines, "曼宁目前担任球队的总经理。"]).encode()
    scores = memoryview(relevance(data, line_starts(data), "曼宁担任什么角色？")).cast("f")
    assert max(range(13), key=scores.__getitem__) == 12


def test_punctuation_of_other_scripts_is_no_part_of_a_word() -> None:
    data = "زار كارولينا، ثم عاد\nلا شيء هنا\nولا هنا".encode()
    scores = memoryview(relevance(data, line_starts(data), "أين كارولينا؟")).cast("f")
    assert scores[0] > 0 == scores[1] == scores[2]
