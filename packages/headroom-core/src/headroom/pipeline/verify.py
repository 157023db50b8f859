"""Stage 5: the last look before an edit is made. What fails here stays as it was."""

from __future__ import annotations

from headroom.types import Compressed


def reason_to_reject(
    compressed: Compressed, text: str, size: int, tokens_before: int, tokens_after: int
) -> str | None:
    """Returns why the marked text must not go out, or None.

    `size` is the length of the original in bytes.
    """
    if not text.strip():
        return "failed:verify:empty"
    end = 0
    for omission in compressed.omissions:
        if not 0 <= omission.at <= len(compressed.data) or omission.first > omission.last:
            return "failed:verify:marker"
        if not end <= omission.span.start < omission.span.end <= size:
            return "failed:verify:span"
        end = omission.span.end
    if tokens_after >= tokens_before:
        return "would-grow"
    return None
