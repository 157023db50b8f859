"""The native splice and its plain twin agree, and touch nothing else."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from headroom.kernels import splice
from headroom.kernels.reference.splice import splice as twin

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT, st.booleans()), max_size=5), st.integers(-1, 3))
def test_agrees_with_its_twin(items: list[tuple[str, str, bool]], off: int) -> None:
    body, splices = b"[", []
    for old, new, replaced in items:
        token = json.dumps(old).encode()
        if replaced:
            splices.append((len(body), len(body) + len(token) + (off if off > 1 else 0), new))
        body += token + b", "
    body += b"1.0]"
    native = splice(body, splices)
    expected = twin(body, splices)
    assert (native is None) == (expected is None)
    if native is not None and off <= 1:
        assert json.loads(native) == [new if r else old for old, new, r in items] + [1.0]
        assert native == expected


def test_raw_json_is_inserted_as_it_is() -> None:
    assert (
        splice(b'{"tools": [1 ]}', [(12, 12, ', {"x":  1.0}')]) == b'{"tools": [1, {"x":  1.0} ]}'
    )
