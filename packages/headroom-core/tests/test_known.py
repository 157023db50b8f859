"""What an instance knows of its store."""

from __future__ import annotations

from headroom.known import Known
from headroom.types import Entry

ENTRY = Entry("k3f7q2zyw6h5a", "the original", "short")


def test_a_session_tells_the_store_once_a_day_that_it_lives() -> None:
    now = [1_700_000_000.0]
    known = Known(lambda: now[0])
    assert known.wanted(ENTRY)
    known.keep([ENTRY])
    assert not known.wanted(ENTRY)
    now[0] += 86_400
    assert known.wanted(ENTRY)


def test_what_went_out_short_never_goes_out_raw_again() -> None:
    known = Known(lambda: 0.0)
    known.keep([ENTRY])
    known.refuse([ENTRY])
    assert not known.is_refused(ENTRY)
