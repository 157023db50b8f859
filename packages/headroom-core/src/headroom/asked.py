"""What was left out, for a model that asks for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from headroom.ccr.retrieve import Selector, cut, select
from headroom.errors import KeyMissing, SelectorError
from headroom.policy import DEFAULT_MODEL
from headroom.protocols import Store, Tokenizer
from headroom.types import JSON

_TEXTS = ("query", "lines", "rows", "path")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call of the retrieve tool gives; `failed`: a sentence that says what is wrong."""

    text: str
    failed: bool = False


def retrieved(  # noqa: PLR0913 - as the tool has them
    ref: str,
    *,
    query: str | None = None,
    lines: str | None = None,
    rows: str | None = None,
    path: str | None = None,
    max_tokens: int | None = None,
    store: Store,
    tokenizer: Callable[[str], Tokenizer],
) -> str:
    """Returns the original behind a reference, or the part asked for. See `Headroom.retrieve`.

    Raises:
        KeyMissing: The store does not know the reference.
        SelectorError: There are no such lines, rows or values; says what there is.
    """
    original = store.get(ref)
    if original is None:
        raise KeyMissing(_why_missing(ref, store.source(ref)))
    text = select(original, Selector(path=path, rows=rows, lines=lines, query=query))
    return text if max_tokens is None else cut(text, max_tokens, tokenizer(DEFAULT_MODEL))


def answer(arguments: str | Mapping[str, JSON], retrieve: Callable[..., str]) -> Answer:
    """Returns what a call gives; a mistake of the model's comes back as a sentence.

    Args:
        arguments: What the model wrote, as JSON text or as an object.
        retrieve: As `Headroom.retrieve`.
    """
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except ValueError as error:
            return Answer(f"The arguments are no JSON: {error}", failed=True)
    if not isinstance(arguments, Mapping) or not isinstance(arguments.get("ref"), str):
        said = 'Expected {"ref": "…"}, with "lines", "rows", "path" or "query".'
        return Answer(said, failed=True)
    texts = {k: str(arguments[k]) for k in _TEXTS if arguments.get(k) not in (None, "")}
    limit = arguments.get("max_tokens")
    try:
        text = retrieve(
            arguments["ref"], **texts, max_tokens=limit if isinstance(limit, int) else None
        )
    except (KeyMissing, SelectorError) as error:
        return Answer(str(error), failed=True)
    return Answer(text or "(empty)")


def _why_missing(ref: str, source: str) -> str:
    if source:
        return (
            f"the original behind {ref!r} made room for newer ones after a week without use; "
            f"it came from: {source}"
        )
    return (
        f"no original is stored under {ref!r}; was it made with another HEADROOM_HOME or store=…?"
    )
