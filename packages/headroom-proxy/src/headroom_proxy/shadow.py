"""The shadow session: what the provider would have billed for the same requests without us.

The provider's own figures say what it read from its cache, what it wrote, and what it did neither
with, always in this order from the front of the request. What was taken out of a text is added back
where that text stands, at the price of its place. So a hit or miss of the provider's cache is on both
sides, and nobody's discount is counted as ours. A miss that we caused, because texts went up otherwise
than before, is on our side alone.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import Literal, NamedTuple, TypeAlias

from headroom.pricing import Price, Usage
from headroom.types import Decision
from headroom_proxy.usage import Billed

_TURNS = 512
"""How many requests are remembered; those that nobody continued for the longest time go first."""

_FRAME = 6
"""Tokens around the texts of a message, roughly."""

_STEP = 256
"""Providers read in steps of up to so many tokens: what ended less before was read."""

Place: TypeAlias = Literal["read", "written", "fresh"]


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a conversation from its earlier requests.

    Attributes:
        ends: At which token of the request each message ends, as far as the provider told.
        messages: How many messages went up before.
        kept: How many of them went up as they do now.
        ago: How many seconds ago.
    """

    ends: Sequence[float] = ()
    messages: int = 0
    kept: int = 0
    ago: float = 0.0


@dataclass(frozen=True, slots=True)
class Bill:
    """What a request cost, and what it would have cost without us, in dollars."""

    actual: float
    without: float


class _Kept(NamedTuple):
    at: float
    forms: array[int]
    ends: array[float]


class Lineages:
    """Remembers how the texts of conversations went up, and what the provider said they took."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, _Kept] = OrderedDict()

    def take(
        self,
        lineage: Sequence[bytes],
        decisions: Sequence[Decision],
        *,
        at: float,
        tokens: int | None = None,
    ) -> Seen:
        """Returns what is known of a conversation, and remembers how it goes up now.

        Args:
            lineage: One hash for each message, of it and of all messages before it; empty for those
                at the front that have no name.
            decisions: How its texts go up.
            at: Seconds since the epoch.
            tokens: Of the whole request, as the provider counts; None: it did not say.
        """
        if not any(lineage):
            return Seen()
        forms = _forms(len(lineage), decisions)
        found = (n for n in range(len(lineage), 0, -1) if lineage[n - 1] in self._known)
        last = next(found, 0)
        before = self._known[lineage[last - 1]] if last else _Kept(at, array("q"), array("d"))
        last = min(last, len(before.forms))
        kept = next((n for n in range(last) if before.forms[n] != forms[n]), last)
        sizes = _sizes(len(lineage), decisions)
        ends = before.ends[:kept]
        ends.extend([*_ends(ends, sizes[kept:], tokens)])
        self._known[lineage[-1]] = _Kept(at, forms, ends)
        self._known.move_to_end(lineage[-1])
        if len(self._known) > _TURNS:
            self._known.popitem(last=False)
        return Seen(ends, last, kept, at - before.at)


def bill(
    rounds: Sequence[Billed],
    price: Price,
    decisions: Sequence[Decision],
    seen: Seen,
    added: Mapping[int, int],
) -> Bill | None:
    """Returns what a request cost and would have cost; None where that has no known price.

    Args:
        rounds: What the provider says, for each of its answers. All but the last only asked for
            what we had left out: without us there had been one, from the first input to the last
            output.
        price: Of the model.
        decisions: How its texts went up.
        seen: What is known of the conversation.
        added: Tokens that are in it because of us, by the message where they stand.
    """
    actual = [one.dollars(price) for one in rounds]
    first, output = rounds[0], rounds[-1].usage.output
    missed = _our_miss(seen, price)
    usage = without_us(first.usage, decisions, seen, missed=missed, added=added)
    without = first.dollars(price, replace(usage, output=output))
    known = [dollars for dollars in actual if dollars is not None]
    if without is None or len(known) < len(actual):
        return None
    return Bill(sum(known), without)


def without_us(
    usage: Usage,
    decisions: Sequence[Decision],
    seen: Seen,
    *,
    missed: range = range(0),
    added: Mapping[int, int] | None = None,
) -> Usage:
    """Returns what the provider would have billed for the texts as they came.

    Args:
        usage: What it billed for the texts as they went up.
        decisions: How they went up.
        seen: What is known of the conversation.
        missed: Messages that it would have found in its cache, had they gone up as before.
        added: Tokens that are in it because of us, by the message where they stand.
    """
    tokens: dict[Place, int] = {"read": usage.read, "written": usage.written, "fresh": usage.fresh}
    places = dict(enumerate(_places(usage, seen)))
    for message, size in (added or {}).items():
        place = places.get(message, "fresh")
        tokens[place] -= min(size, tokens[place])
    for decision in decisions:
        after, saved = decision.tokens_after, decision.tokens_before - decision.tokens_after
        place = places.get(_message(decision), "fresh")  # nothing is known of what has no name
        if place != "read" and _message(decision) in missed:
            moved = min(after, tokens[place])
            tokens[place] -= moved
            tokens["read"] += moved + saved
        else:
            tokens[place] += saved
    return Usage(tokens["read"], tokens["written"], tokens["fresh"], usage.output)


def _places(usage: Usage, seen: Seen) -> list[Place]:
    """Returns how the provider billed each message: by where its middle is."""
    ends = seen.ends
    old = seen.kept if seen.kept and usage.read + _STEP >= ends[seen.kept - 1] else 0
    places: list[Place] = []
    for n, (start, end) in enumerate(pairwise((0.0, *ends))):
        middle = (start + end) / 2
        if usage.read and (n < old or middle < usage.read):
            places.append("read")
        elif usage.written and middle < usage.read + usage.written:
            places.append("written")
        else:
            places.append("fresh" if usage.fresh or not usage.written else "written")
    return places


def _ends(before: Sequence[float], sizes: Sequence[int], tokens: int | None) -> Iterator[float]:
    """Yields where messages end that follow others; what is not theirs is at the front."""
    whole = sum(sizes)
    start = before[-1] if before else 0.0
    if tokens is None:
        tokens = int(start) + whole
    room = max(tokens - start, 0.0)
    if not before and room > whole:
        start, room = room - whole, float(whole)
    for size in accumulate(sizes):
        yield start + room * size / max(whole, 1)


def _sizes(messages: int, decisions: Sequence[Decision]) -> list[int]:
    sizes = [_FRAME] * messages
    for decision in decisions:
        sizes[_message(decision)] += decision.tokens_after
    return sizes


def _our_miss(seen: Seen, price: Price) -> range:
    lifetime = price.cache.lifetime
    if price.read is None or (lifetime is not None and seen.ago > lifetime):
        return range(0)
    return range(seen.kept, seen.messages)


def _forms(messages: int, decisions: Sequence[Decision]) -> array[int]:
    """Returns a number for each message, equal where all texts up to it go up alike."""
    changes: dict[int, list[object]] = {}
    for d in decisions:
        if d.edited:
            change = (d.path, d.outcome, d.tokens_after, d.bytes_saved, d.ref, d.epoch)
            changes.setdefault(_message(d), []).append(change)
    forms = array("q")  # not a list: a long session has many, each as long as itself
    form = 0
    for n in range(messages):
        if n in changes:
            form = hash((form, *changes[n]))
        forms.append(form)
    return forms


def _message(decision: Decision) -> int:
    return int((*decision.path, 0)[1])  # ("input",): one string is the first message
