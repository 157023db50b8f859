"""All rules, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from headroom.errors import FormatError
from headroom.lint.breakpoints import misused, out_of_reach, too_many, too_short, unmarked
from headroom.lint.changes import changed, parameters
from headroom.lint.findings import Finding, Tariff
from headroom.lint.layout import Layout, layout
from headroom.lint.volatile import volatile
from headroom.pricing import Price, price_of
from headroom.types import JSON

Rule: TypeAlias = Callable[[Layout, Layout | None, Tariff], Iterator[Finding]]

RULES: tuple[Rule, ...] = (
    volatile,
    changed,
    parameters,
    too_short,
    unmarked,
    too_many,
    out_of_reach,
    misused,
)


def lint(
    request: JSON,
    count: Callable[[str], int],
    *,
    earlier: JSON = None,
    model: str | None = None,
    prices: Mapping[str, Price] | None = None,
) -> list[Finding]:
    """Returns what keeps the prompt cache from working for a request.

    Args:
        request: A request body, for Anthropic's, OpenAI's or Gemini's API.
        count: Counts tokens.
        earlier: The request of the same session before this one.
        model: Whose prices and limits apply; default: the model that the request names.
        prices: A table to look into before the shipped one.

    Raises:
        FormatError: One of them is no request.

    Example:
        >>> request = {"model": "gpt-5", "instructions": "It is 10:42:07.", "input": "Hi"}
        >>> [(f.rule, f.path) for f in lint(request, len)]
        [('volatile', '$.instructions'), ('too-short', '$')]
    """
    try:
        return _findings(
            layout(request, count),
            None if earlier is None else layout(earlier, count),
            price_of(model or str(request.get("model", "")), prices),
        )
    except RecursionError as error:
        raise FormatError("request: it is nested too deeply") from error


def _findings(now: Layout, before: Layout | None, price: Price | None) -> list[Finding]:
    marks = [now.slots[n].mark for n in now.marks]
    long = any(isinstance(mark, dict) and mark.get("ttl") == "1h" for mark in marks)
    tariff = Tariff(price, "1h" if long else "5m")
    return [finding for rule in RULES for finding in rule(now, before, tariff)]
