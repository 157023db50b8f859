"""Conversations that know where they may be edited, and what all wire formats share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from headroom.types import JSON, Path
from headroom_testing.strategies.texts import MARKER


class Slot(str):
    """A text that may be edited, in messages from which a `Dialogue` is made."""

    __slots__ = ()


class AnySlot(Slot):
    """A text that may be edited, in a place where anything else may stand as well."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Messages of a wire format, and where in them the texts stand that may be edited.

    Attributes:
        messages: The messages.
        editable: Where a text may be edited, in order.
        strings: Those of them where nothing but a string may stand.
        field: Of a request that holds the messages.
    """

    messages: list[JSON]
    editable: tuple[Path, ...]
    strings: tuple[Path, ...] = ()
    field: str = "messages"

    @classmethod
    def of(cls, messages: list[JSON], field: str = "messages") -> Dialogue:
        """Returns the dialogue of messages in which every text that may be edited is a `Slot`."""
        found = [(p, value) for p, value in leaves(messages, field) if isinstance(value, Slot)]
        strings = tuple(path for path, value in found if not isinstance(value, AnySlot))
        return cls(without_slots(messages), tuple(path for path, _ in found), strings, field)


def leaves(messages: list[JSON], field: str = "messages") -> Iterator[tuple[Path, JSON]]:
    """Yields every value that is no object and no array, with its path, in order."""
    stack: list[tuple[Path, JSON]] = [((field,), messages)]
    while stack:
        path, node = stack.pop()
        match node:
            case dict():
                stack.extend(((*path, key), node[key]) for key in reversed(node))
            case list():
                stack.extend(((*path, n), node[n]) for n in range(len(node) - 1, -1, -1))
            case _:
                yield path, node


def without_slots(value: JSON) -> JSON:
    """Returns the same value with plain strings in place of slots."""
    match value:
        case dict():
            return {key: without_slots(member) for key, member in value.items()}
        case list():
            return [without_slots(member) for member in value]
        case Slot():
            return "".join(value)
        case _:
            return value


@cache
def texts() -> SearchStrategy[str]:
    """Short texts as messages hold them, odd ones among them."""
    odd = (
        "",
        "\n",
        "é日🙂",
        "\ud800",
        "\0\x7f",
        '"\\',
        "</script>\u2028",
        MARKER,
        "ls: a\r\nb\r\n",
    )
    return st.sampled_from(odd) | st.text(max_size=20)


@cache
def slots() -> SearchStrategy[str]:
    """Texts that may be edited."""
    return texts().map(Slot)


@cache
def values() -> SearchStrategy[JSON]:
    """Any JSON: what a field may hold that nobody knows."""
    simple = st.none() | st.booleans() | st.integers() | st.sampled_from((0.1, 1e300)) | texts()
    return st.recursive(
        simple,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
        ),
        max_leaves=5,
    )


_EXTRAS: tuple[dict[str, JSON], ...] = (
    {},
    {},
    {"x_new": [1.0, {"text": "not read", "type": "text"}, None]},
    {"metadata": {"content": "not read"}, "status": "completed"},
)
"""Fields that only newer versions of an API have."""


def objects(
    required: dict[str, SearchStrategy[JSON]], optional: dict[str, SearchStrategy[JSON]]
) -> SearchStrategy[dict[str, JSON]]:
    """Objects with required and optional fields, unknown ones, in two orders."""
    return st.builds(
        _arranged,
        st.fixed_dictionaries(required, optional=optional),
        st.sampled_from(_EXTRAS),
        st.sampled_from((1, -1)),
    )


def _arranged(known: dict[str, JSON], extra: dict[str, JSON], step: int) -> dict[str, JSON]:
    return dict(list({**known, **extra}.items())[::step])
