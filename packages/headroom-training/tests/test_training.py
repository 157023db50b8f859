"""From sessions to trees: labels by what was said later, trees as the kernel reads them."""

from __future__ import annotations

import gzip
import json
import struct
from array import array
from pathlib import Path

from headroom.compressors import BUILTIN
from headroom.formats import read as read_messages
from headroom.kernels import Trees, Vocabulary, line_features, line_starts, unit_templates
from headroom.pipeline.run import Engine
from headroom.policy import Policy
from headroom.tokenizers import for_model
from headroom.types import JSON
from headroom.types import Path as BlockPath
from headroom_training.curve import by_new_words, by_rules, curve
from headroom_training.examples import examples
from headroom_training.fit import COLUMNS, pack
from headroom_training.hidden import Hidden
from headroom_training.labels import NAMED, QUOTED, Later, Reader, labels
from headroom_training.retrievals import Bill, add
from headroom_training.sessions import Session, sessions

LINES = [
    b"def retry_request(session):",
    b"    for attempt in range(limit):",
    b"        return session.send(backoff_seconds)",
    b"import asyncio",
]


def session(count: int = 30) -> JSON:
    listing = "\n".join(f"    value_{n} = compute_{n}(settings, default_{n})" for n in range(count))
    return [
        {"role": "user", "content": "why does the job fail?"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": "c1",
                    "type": "function",
                    "function": {"name": "bash", "arguments": '{"command": "cat job.py"}'},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "c1", "content": listing},
        {"role": "assistant", "content": "The culprit is compute_7; I'll change default_7."},
    ]


def test_a_line_that_is_written_out_later_is_quoted_and_a_new_name_on_it_named() -> None:
    later = Later(
        [b"I'll replace\n    for attempt in range(limit):\nby a pause of backoff_seconds"]
    )
    assert labels(LINES, Reader(), later) == [0, QUOTED, NAMED, 0]


def test_what_was_known_before_teaches_nothing() -> None:
    before = Reader()
    before.read(b"\n".join(b"%6d\t%s" % (n, line) for n, line in enumerate(LINES, start=40)))
    later = Later([b"for attempt in range(limit): backoff_seconds retry_request"])
    assert labels(LINES, before, later) == [0, 0, 0, 0]


def test_line_numbers_are_no_part_of_a_line() -> None:
    numbered = [b"%6d\t%s" % (n, line) for n, line in enumerate(LINES, start=40)]
    later = Later([b"    for attempt in range(limit):"])
    assert labels(numbered, Reader(), later)[1] == QUOTED


def test_sessions_are_read_from_files_and_folders(tmp_path: Path) -> None:
    record = {"id": "agent__owner__project-12", "messages": session()}
    (tmp_path / "one.json").write_text(json.dumps(record))
    with gzip.open(tmp_path / "two.jsonl.gz", "wt") as f:
        f.write(json.dumps({"repo": "mine", "messages": session()}) + "\n")
    assert [s.repo for s in sessions([tmp_path])] == ["owner__project", "mine"]


def test_an_example_is_what_the_compressors_see(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"messages": session()}))
    (found,) = [e for s in sessions([tmp_path]) for e in examples(s)]
    assert found.labels == [NAMED if n == 7 else 0 for n in range(30)]
    assert found.context.turn == 2
    assert len(found.rows) == 30 * COLUMNS * 4


def test_the_curve_ends_with_everything(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"messages": session(200)}))
    found = [e for s in sessions([tmp_path]) for e in examples(s)]
    points = curve(found, by_new_words)
    assert [p.used for p in points] == sorted(p.used for p in points)
    assert 0 <= by_rules(found).kept <= 1


def test_columns_are_those_of_the_kernel() -> None:
    starts = line_starts(b"x")
    row = line_features(b"x", starts, unit_templates(b"x", starts), Vocabulary(), 1)
    assert len(row) == COLUMNS * 4


def test_a_dumped_model_decides_as_it_did() -> None:
    model = {
        "max_feature_idx": 1,
        "tree_info": [
            {
                "tree_structure": {
                    "split_feature": 1,
                    "threshold": 0.1,  # not a 32-bit number: 0.1 in 32 bits is above it
                    "left_child": {"leaf_value": 1.0},
                    "right_child": {
                        "split_feature": 0,
                        "threshold": 5.0,
                        "left_child": {"leaf_value": 2.0},
                        "right_child": {"leaf_value": 3.0},
                    },
                }
            },
            {"tree_structure": {"leaf_value": 10.0}},
        ],
    }
    trees = Trees.parse(pack(model))
    assert trees is not None
    above = struct.unpack("f", struct.pack("f", 0.1))[0]
    rows = array("f", [0, 0.05, 5, above, 6, 1])
    assert memoryview(trees.predict(rows.tobytes())).cast("f").tolist() == [11.0, 12.0, 13.0]


def read_and_said(
    path: str, text: str, shown: str, said: str
) -> tuple[set[BlockPath], set[BlockPath]]:
    hidden = Hidden()
    hidden.read(shown)
    hidden.hide((path,), text)
    later = Later([said.encode()])
    return hidden.quoted(later), hidden.named(later)


def test_who_quotes_a_line_that_was_left_out_must_have_asked_for_it() -> None:
    text = "def run():\n    for attempt in range(limit_of_attempts):\n        pass\n"
    shown = "def run():\n[…2-3]\n"
    quote = "sed -i 's/for attempt in range(limit_of_attempts):/while True:/'"
    assert read_and_said("a", text, shown, quote) == ({("a",)}, {("a",)})
    assert read_and_said("a", text, shown, "I'll raise limit_of_attempts") == (set(), {("a",)})
    assert read_and_said("a", text, shown, "I'll rename run") == (set(), set())


def test_what_was_asked_for_is_asked_for_once() -> None:
    hidden = Hidden()
    hidden.hide(("a",), "    value = compute_the_total(rows)\n    unrelated_name = 1\n")
    later = Later([b"value = compute_the_total(rows)"])
    hidden.show(hidden.quoted(later))
    assert hidden.quoted(later) == hidden.named(Later([b"unrelated_name"])) == set()


def test_retrievals_are_paid_for() -> None:
    body = "".join(f"    part_{k} = rows[{k}].price * {k}\n" for k in range(9))
    text = "".join(f"def total_{n}(rows):\n{body}    return part_{n % 9}\n\n" for n in range(40))
    messages = session()
    messages[0]["content"] = "Make the totals right."
    messages[2]["content"] = text
    messages[3]["content"] = "I'll edit\n" + body
    bill = Bill()
    add(
        bill,
        Session("r", read_messages(messages).messages),
        Engine(Policy(), for_model("gpt-4o"), BUILTIN),
    )
    assert bill.compressed < bill.direct
    assert (bill.times_quoted, bill.turns) == (1, 2)
    assert bill.quoted > 0
