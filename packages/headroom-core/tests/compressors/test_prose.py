"""Prose: whole sentences go, what was asked for stays, also in scripts without spaces."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from headroom import Headroom, Policy
from headroom.compressors._alike import alike
from headroom.compressors._passages import passages_of, pieces_of
from headroom.compressors._sentences import sentence_ends
from headroom_testing import read

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures" / "prose"
HANDBOOK = (FIXTURES / "handbook" / "input").read_text()
CHUNKS = (FIXTURES / "chunks" / "input").read_text()
CHINESE = (FIXTURES / "chinese" / "input").read_text()


def numbered(text: str) -> str:
    return "".join(f"{n:6}\t{line}\n" for n, line in enumerate(text.splitlines(), start=1))


def sentences(text: str) -> list[str]:
    data = text.encode()
    ends = [0, *sentence_ends(data), len(data)]
    return [data[a:b].decode() for a, b in pairwise(ends)]


def test_an_outline_keeps_headings_first_sentences_warnings_and_quantities() -> None:
    text = read(HANDBOOK)
    assert len(text) < 0.7 * len(HANDBOOK)
    for topic in ("Orders", "Refunds", "Exports"):
        assert f"## {topic}\n" in text
        assert f"{topic} are kept by the team that also answers questions" in text
        assert f"Warning: deleting {topic.lower()} cannot be undone." in text
    assert "The default limit is 150 calls" in text


def test_what_answers_a_question_stays_whole_and_the_rest_keeps_its_headings() -> None:
    text = read(HANDBOOK, "What is the limit of calls for refunds?")
    asked = HANDBOOK[HANDBOOK.index("Access to refunds") :].partition("\n\n")[0]
    assert asked in text
    assert "## Customers\n" in text
    assert len(text) < len(read(HANDBOOK))


def test_a_numbered_listing_of_prose_keeps_true_numbers() -> None:
    text = read(numbered(HANDBOOK), "What is the limit of calls for refunds?")
    place = HANDBOOK.splitlines().index("## Refunds") + 1
    assert f"{place}\t## Refunds\n" in text
    assert len(text) < 0.7 * len(numbered(HANDBOOK))


def test_an_answer_a_step_away_is_found_by_the_names_in_the_best_passage() -> None:
    text = read(CHUNKS, "Where was the engineer born who built the lighthouse of Varn?")
    assert "by the engineer Ada Holm" in text
    assert "She was born in Tromsø." in text
    assert "Nets may be dried" not in text


def test_a_chunk_in_nearly_the_same_words_is_told_once() -> None:
    text = read(CHUNKS, "Where was the engineer born who built the lighthouse of Varn?")
    assert text.count("She was born in Tromsø.") == 1


def test_chunks_that_differ_in_a_number_are_not_alike() -> None:
    chunk = b"The store keeps copies for %d days and then removes them, oldest first, " * 3
    same, other = chunk % (30, 30, 30), chunk % (90, 90, 90)
    assert alike([same, same, other]) == {1: 0}


def test_the_one_sentence_asked_for_is_found_in_text_without_spaces() -> None:
    text = read(CHINESE, "夜间保安的电话号码是多少？")
    assert "夜间保安的电话号码是四四七一" in text
    assert len(text) < 0.7 * len(CHINESE)


def test_a_paragraph_on_one_line_is_cut_between_sentences() -> None:
    line = "".join(
        f"The hall number {n} was built by the people of the town in a hurry. " for n in range(200)
    )
    text = read(line + "\nThe end.\n", "Who built hall 77?")
    assert "The hall number 77 was built by the people of the town in a hurry. " in text
    assert 'lines="1")' in text
    assert len(text) < len(line) / 2


def test_without_leave_to_omit_prose_is_the_same() -> None:
    assert read(HANDBOOK, policy=Policy.lossless()) == HANDBOOK


def test_lines_that_a_call_named_all_stay() -> None:
    function = {"name": "bash", "arguments": '{"command": "sed -n 1,400p docs/handbook.md"}'}
    messages = [
        {"role": "user", "content": "Read the handbook."},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "1", "type": "function", "function": function}],
        },
        {"role": "tool", "tool_call_id": "1", "content": HANDBOOK},
    ]
    assert Headroom().compress(messages)[-1]["content"] == HANDBOOK


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("A first sentence that is long enough to count. And a second one follows it here.", 2),
        ("This was measured by Dr. Holm of the U.S. Coast Survey, i.e. by somebody who knew.", 1),
        ("第一句话说明了仓库每天早上八点开始工作。第二句话说明了晚上六点结束，周末休息。", 2),
        ("هل يمكن للزائر أن يدخل المتحف في يوم الجمعة؟ نعم، يمكنه ذلك بعد صلاة الظهر.", 2),
    ],
)
def test_sentences_end_as_their_script_writes_it(text: str, count: int) -> None:
    assert len(sentences(text)) == count
    assert "".join(sentences(text)) == text


def test_passages_hold_every_piece_in_order() -> None:
    for text in (HANDBOOK, CHUNKS, CHINESE):
        units = pieces_of(text.encode())
        passages = passages_of(units.texts)
        assert [p.first for p in passages] == [0, *(p.end for p in passages[:-1])]
        assert passages[-1].end == len(units)


def test_a_fence_opens_and_closes_its_code_also_behind_a_cut() -> None:
    data = b"```\n\nText after code that was cut off.\n\n```sh\nrun\nstop\n```\nMore text.\n"
    kinds = [p.kind for p in passages_of(pieces_of(data).texts) if p.kind != "blank"]
    assert kinds == ["heading", "text", "code", "text"]


def test_comments_are_no_headings() -> None:
    data = b"# Where it is kept, and for\n# how long.\nplace: /var\n\n# Alone\n"
    kinds = [p.kind for p in passages_of(pieces_of(data).texts) if p.kind != "blank"]
    assert kinds == ["text", "text", "heading"]


def test_who_gives_a_task_reads_all_that_it_demands() -> None:
    demands = [
        f"- Column {n} of `orders` becomes nullable, and old rows keep value {n}." for n in range(6)
    ]
    filler = (
        "The store grew over the years. It was moved twice. Nobody remembers why it is so.\n\n" * 60
    )
    text = (
        f"# orders-7 Nullable columns\n\n{filler}## Specification\n\n" + "\n".join(demands) + "\n"
    )
    messages = [
        {"role": "user", "content": "Implement orders-7"},
        {"role": "tool", "tool_call_id": "1", "content": text},
    ]
    shown = str(Headroom(store="memory:").compress(messages)[1]["content"])
    assert len(shown) < len(text) * 3 / 4
    assert all(demand in shown for demand in demands)
