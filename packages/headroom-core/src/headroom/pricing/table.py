"""Prices per model, with date and source. An unknown model has no price: nothing is guessed."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, TypeAlias

from headroom.errors import FormatError

Lifetime: TypeAlias = Literal["5m", "1h"]
"""How long a cache entry is kept, where the provider offers a choice; `5m` is the default."""

TOML: TypeAlias = Any
"""A value as TOML has it."""

_MILLION = 1_000_000

_OWN_PREFIXES = ("anthropic/", "openai/", "gemini/", "deepseek/", "xai/", "moonshot/", "zai/")
"""Names of the vendors themselves. What others charge for the same model is another price."""


@dataclass(frozen=True, slots=True)
class Cache:
    """How a provider caches prefixes.

    Attributes:
        marked: Only what a breakpoint marks is cached; else every prefix is.
        breakpoints: How many a request may have.
        lookback: Blocks that a breakpoint looks back for an entry, its own counted; None: all.
        lifetime: Seconds without use after which an entry is gone; None: not published.
        lifetime_1h: The same for entries written to stay for an hour.
    """

    marked: bool = False
    breakpoints: int = 0
    lookback: int | None = None
    lifetime: float | None = None
    lifetime_1h: float | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of a request as a provider bills them: three kinds of input, and the output."""

    read: int = 0
    written: int = 0
    fresh: int = 0
    output: int = 0

    @property
    def input(self) -> int:
        """All tokens that went in."""
        return self.read + self.written + self.fresh


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Prices for every token of a request whose input is above so many tokens."""

    above: int
    input: float
    output: float
    read: float | None = None
    write: float | None = None
    write_1h: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a model costs, in dollars per million tokens.

    Attributes:
        read: A token read from the cache; None: the model has no cache.
        write: A token written to the cache; None: like any input.
        write_1h: The same, kept for an hour; None: not offered.
        minimum: Tokens of the shortest prefix that is cached; None: not published.
        window: Tokens of input that a request may have; None: not published.
        steps: Other prices above so many tokens, the lowest first.
        date: When the price was read, as YYYY-MM-DD.
        source: Where.
    """

    input: float
    output: float
    read: float | None = None
    write: float | None = None
    write_1h: float | None = None
    minimum: int | None = None
    window: int | None = None
    steps: tuple[Step, ...] = ()
    cache: Cache = Cache()
    date: str = ""
    source: str = ""

    def of(self, usage: Usage, *, lifetime: Lifetime = "5m") -> float | None:
        """Returns the dollars for a request; None if its tokens have no price here."""
        at: Price | Step = self
        for step in self.steps:
            if usage.input > step.above:
                at = step
        write = at.write
        if lifetime == "1h" and self.cache.lifetime_1h is not None:
            write = at.write_1h
            if write is None and usage.written:
                return None
        if at.read is None and usage.read:
            return None
        return (
            usage.fresh * at.input
            + usage.read * (at.read or 0.0)
            + usage.written * (at.input if write is None else write)
            + usage.output * at.output
        ) / _MILLION


def price_of(model: str, prices: Mapping[str, Price] | None = None) -> Price | None:
    """Returns the price of a model, or None if it is not known.

    Args:
        model: Its exact name, also behind the vendor's own prefix.
        prices: A table to look into before the shipped one.

    Example:
        >>> price_of("claude-opus-5-5").read
        0.2
        >>> price_of("nobody/knows-me") is None
        True
    """
    name = model.lower()
    bare = next((name.removeprefix(p) for p in _OWN_PREFIXES if name.startswith(p)), name)
    for table in (prices or {}, shipped()):
        for key in (model, name, bare):
            if key in table:
                return table[key]
    return None


@cache
def shipped() -> Mapping[str, Price]:
    """Returns the prices that come with this package, by model."""
    return parse_prices(_shipped_text())


def parse_prices(text: str) -> dict[str, Price]:
    """Returns the prices of a table in TOML, as in the shipped `prices.toml`, by model.

    Entries may name the shipped kinds of cache.

    Raises:
        FormatError: It is no TOML, or an entry lacks a field or has an unknown one.
    """
    try:
        document: dict[str, TOML] = tomllib.loads(text)
        kinds = {**tomllib.loads(_shipped_text())["caches"], **document.get("caches", {})}
        caches = {name: Cache(**fields) for name, fields in kinds.items()}
        return {
            name: _price(entry, caches)
            for entry in document.get("models", [])
            for name in entry["names"]
        }
    except KeyError as error:
        raise FormatError(f"prices: there is no {error}") from error
    except (AttributeError, TypeError, ValueError) as error:
        raise FormatError(f"prices: {error}") from error


def _price(entry: dict[str, TOML], caches: Mapping[str, Cache]) -> Price:
    fields = {k: v for k, v in entry.items() if k not in ("names", "cache", "steps", "date")}
    steps = sorted((Step(**step) for step in entry.get("steps", ())), key=lambda s: s.above)
    return Price(
        **fields, cache=caches[entry["cache"]], steps=tuple(steps), date=str(entry["date"])
    )


def _shipped_text() -> str:
    return files(__package__).joinpath("prices.toml").read_text("utf-8")
