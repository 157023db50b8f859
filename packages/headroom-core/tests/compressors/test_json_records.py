"""JSON: keys once, rows that stand out stay, what is asked for stays."""

from __future__ import annotations

import json

from headroom import Headroom, Policy
from headroom_testing import read

ROWS = [
    {
        "id": n,
        "name": f"job-{n * 7919 % 1000}",
        "status": "failed" if n == 613 else "ok",
        "ms": 90000 if n == 250 else n % 50,
    }
    for n in range(800)
]
TEXT = json.dumps({"items": ROWS, "next": None}, indent=2)


def test_the_failed_row_and_the_outlier_stay_without_being_asked_for() -> None:
    text = read(TEXT)
    assert len(text) < len(TEXT) / 20
    assert '613,"job-347","failed",13' in text
    assert '250,"job-750","ok",90000' in text


def test_the_outlier_of_a_series_stays() -> None:
    values = [[1_780_000_000 + 60 * n, 21 + n * 7 % 10 / 10] for n in range(400)]
    values[171][1] = 88.4
    text = read(json.dumps({"sensor": "hall", "values": values}))
    assert "\n[1780010260,88.4]\n" in text
    assert len(text) < 1000


def test_what_is_asked_for_stays() -> None:
    assert '431,"job-89","ok",31' in read(TEXT, "Is job-89 with id 431 slow?")
    assert '77,"job-763","ok",27' in read(TEXT, "What is $.items[77].name?")


def test_without_omission_every_row_is_there() -> None:
    text = read(TEXT, policy=Policy.lossless())
    assert all(
        f'{row["id"]},"{row["name"]}","{row["status"]}",{row["ms"]}\n' in text for row in ROWS
    )
    assert "[…" not in text


def test_small_json_is_only_rewritten() -> None:
    pods = {
        "kind": "List",
        "pods": [{"name": f"web-{n}", "phase": "Running", "restarts": n} for n in range(9)],
    }
    assert read(json.dumps(pods, indent=4)) == (
        '{"kind":"List","pods":[{"name","phase"="Running","restarts"}\n'
        + "".join(f'"web-{n}",{n}\n' for n in range(9))
        + "]}"
    )


def test_of_a_long_object_of_equal_entries_the_one_asked_for_stays() -> None:
    entries = {f"key-{n * 7919:08x}": f"value-{n * 104729:08x}" for n in range(200)}
    text = json.dumps(entries, indent=1)
    key, value = list(entries.items())[77]
    messages = [
        {"role": "user", "content": f"What is the value of {key}?"},
        {"role": "tool", "tool_call_id": "1", "content": text},
    ]
    headroom = Headroom()
    result = headroom.compress(messages)
    assert f'"{key}": "{value}"' in result[-1]["content"]
    assert result.savings > 0.5
    assert headroom.restore(result) == messages
