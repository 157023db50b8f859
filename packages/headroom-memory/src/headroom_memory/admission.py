"""What is kept and what is refused, with a sentence that says why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from headroom_memory.errors import Refused
from headroom_memory.secrets import secret_in
from headroom_memory.types import Limits

_LABEL = 200


def admitted(text: str, limits: Limits, *, allow_secrets: bool, line: int = 0) -> None:
    """Returns if a text may become a fact.

    Raises:
        Refused: It may not.
    """
    where = f"line {line}: " if line else ""
    if not text.strip():
        raise Refused(f"{where}expected a text, got white space only")
    size = len(_encoded(text, where))
    if size > limits.fact_bytes:
        raise Refused(
            f"{where}a fact has at most {limits.fact_bytes:,} bytes, this one {size:,}; say it "
            "shorter, or keep the text with SharedContext"
        )
    kind = None if allow_secrets else secret_in(text)
    if kind:
        raise Refused(
            f"{where}there is {kind} in it, and what is remembered is read by many; say where it is "
            "kept instead"
        )


def labelled(label: str) -> str:
    """Returns the name of an agent, a session, a category or a tag.

    Raises:
        Refused: It is too long, or has lines.
    """
    _encoded(label, "")
    if len(label) > _LABEL or not label.isprintable():
        raise Refused(
            f"names of agents, sessions, categories and tags are printable and have up to {_LABEL} "
            f"characters, got {label[:40]!r}"
        )
    return label.strip()


def moment_of(clock: Callable[[], float]) -> datetime:
    """Returns what a clock says, in UTC."""
    return datetime.fromtimestamp(clock(), UTC)


def _encoded(text: str, where: str) -> bytes:
    if "\0" in text:
        raise Refused(f"{where}a text has no NUL character")
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise Refused(f"{where}half a surrogate pair at character {error.start}") from error
