"""What a text is taken for decides what it may lose."""

from __future__ import annotations

import textwrap

import pytest

from headroom.detect import nature_of

MANUAL = (
    '"""' + "This module is about parcels, and says at length how they are sent.\n" * 40 + '"""\n'
)
FUNCTION = "\n\ndef send_{n}(parcel):\n    weight = parcel.weight\n    return weight * {n}\n"
FUNCTIONS = "".join(FUNCTION.format(n=n) for n in range(40))
STORY = "\n\nA parcel is sent when somebody has paid for it, and not before that.\n"


@pytest.mark.parametrize(
    "text",
    [
        FUNCTIONS,
        MANUAL + FUNCTIONS,
        MANUAL + "\n\n# Senders\n\n" + FUNCTIONS + "\n\n# Receivers\n\n" + FUNCTIONS,
    ],
    ids=["functions", "after a page of documentation", "in sections"],
)
def test_a_module_is_source_however_much_it_explains(text: str) -> None:
    assert nature_of(text.encode()) == "source"


@pytest.mark.parametrize(
    "text",
    [
        "# Parcels\n" + STORY * 20 + "\n\n## Sending\n" + STORY * 20,
        STORY + "\n# Parcels\n\n```python" + FUNCTIONS + "```\n" + STORY + "\n\n## Sending\n\n",
    ],
    ids=["words", "with code in fences"],
)
def test_a_document_is_prose_however_much_code_it_shows(text: str) -> None:
    assert nature_of(text.encode()) == "prose"


LOG = "".join(f"2026-11-21 10:00:{n:02} INFO worker-{n} took a parcel\n" for n in range(60))
TOLD = textwrap.fill(STORY * 3, 60)
REPORT = f"\n\n### Expected\n\n{TOLD}\n\n### Seen\n\n{TOLD}\n\n### Versions\n\n"


def test_a_document_may_end_with_a_log_and_a_log_with_documents() -> None:
    page = b"# Hooks\n\nThey run when something happens in a session, as you have told them to.\n\n"
    log = b"".join(
        b"[DEBUG] Executing hooks for event %d, as the settings say\n" % n for n in range(12)
    )
    assert nature_of(page * 300 + b"## Debugging\n\n```\n" + log + b"```\n") == "prose"
    assert nature_of(LOG.encode() + page * 300) == "output"


def test_a_document_may_quote_a_log_and_a_log_a_document() -> None:
    quoting = "".join(LOG.splitlines(keepends=True)[:5]) + (REPORT + TOLD) * 20
    assert nature_of(quoting.encode()) == "prose"
    assert nature_of((LOG + REPORT + LOG).encode()) == "output"
