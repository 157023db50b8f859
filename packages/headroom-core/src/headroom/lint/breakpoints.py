"""Breakpoints: where there are none, too many, too early, too far apart, or of no effect.

Source: https://platform.claude.com/docs/en/build-with-claude/prompt-caching
"""

from __future__ import annotations

from collections.abc import Iterator

from headroom.lint.findings import Finding, Tariff, json_path
from headroom.lint.layout import Layout, Slot
from headroom.types import JSON, Path

MOST = 4
LOOKBACK = 20
"""Blocks that a breakpoint looks back for an entry, its own counted."""

WORTH_MARKING = 1024
"""Tokens of history from which it is a pity to send them as input; the usual minimum."""


def too_short(now: Layout, earlier: Layout | None, tariff: Tariff) -> Iterator[Finding]:
    """Yields prefixes below the provider's minimum: they are not cached, without a word."""
    del earlier
    if now.automatic:
        places: list[tuple[Path, int]] = [((), now.tokens)]
    else:
        places = [(now.slots[n].path, now.ends[n]) for n in now.marks]
    for path, tokens in places:
        if 0 < tokens < tariff.minimum:
            yield Finding(
                "too-short",
                json_path(path),
                f"the prefix up to here has {tokens:,} tokens; below {tariff.minimum:,} nothing "
                "is cached for this model",
                tokens,
                tariff.uncached(tokens),
            )


def unmarked(now: Layout, earlier: Layout | None, tariff: Tariff) -> Iterator[Finding]:
    """Yields what is sent as input every time, because no breakpoint covers it."""
    del earlier
    if now.automatic or now.tokens < max(tariff.minimum, WORTH_MARKING):
        return
    if not now.marks:
        why = f"no breakpoint: all {now.tokens:,} tokens are sent as input every time"
        yield Finding("no-breakpoint", "$", why, now.tokens, tariff.uncached(now.tokens))
        return
    last = now.marks[-1]
    end = _end_of_turn_before(now)
    history = now.ends[end - 1] - now.ends[last] if end - 1 > last else 0
    if history >= WORTH_MARKING:
        yield Finding(
            "no-breakpoint",
            json_path(now.slots[last].path),
            f"after the last breakpoint {history:,} tokens of history are sent as input every time",
            history,
            tariff.uncached(history),
        )


def too_many(now: Layout, earlier: Layout | None, tariff: Tariff) -> Iterator[Finding]:
    """Yields the breakpoints above the limit: the request is refused."""
    del earlier, tariff
    count = len(now.marks) + (now.anthropic and now.automatic)
    if now.anthropic and count > MOST:
        path = json_path(now.slots[now.marks[min(MOST, len(now.marks) - 1)]].path)
        why = f"{count} breakpoints; above {MOST} the request is refused"
        yield Finding("too-many-breakpoints", path, why)


def out_of_reach(now: Layout, earlier: Layout | None, tariff: Tariff) -> Iterator[Finding]:
    """Yields turns that added so many blocks that the next breakpoint misses the last entry.

    Without the request before, it is taken to have ended before the last message of the assistant.
    """
    if not now.anthropic:
        return
    marks = now.marks + ([len(now.slots) - 1] if now.automatic and now.slots else [])
    end = _last_entry(now, earlier)
    if end < 0 or not any(n > end for n in marks):
        return
    if any(end <= n < end + LOOKBACK for n in marks):
        return
    first = min(n for n in marks if n > end)
    tokens = now.ends[end]
    yield Finding(
        "out-of-reach",
        json_path(now.slots[first].path),
        f"{first - end} blocks after the end of the previous request; a breakpoint looks back "
        f"{LOOKBACK}, so the {tokens:,} tokens before may be written again: set one in between",
        tokens,
        tariff.rewritten(tokens),
    )


def misused(now: Layout, earlier: Layout | None, tariff: Tariff) -> Iterator[Finding]:
    """Yields breakpoints that are refused or have no effect."""
    del earlier, tariff
    short = False
    for n in now.marks:
        slot = now.slots[n]
        reason = _reason(slot, now)
        if not reason and short and _is_1h(slot):
            reason = 'a breakpoint of "1h" must not come after one of "5m"'
        short = short or not _is_1h(slot)
        if reason:
            yield Finding("cache-control", json_path((*slot.path, "cache_control")), reason)
    for n, message in enumerate(now.request.get("messages") or []):
        if "cache_control" in message:
            path = json_path(("messages", n, "cache_control"))
            why = "breakpoints belong to a content block, not to a message"
            yield Finding("cache-control", path, why)


def _reason(slot: Slot, now: Layout) -> str:
    mark: JSON = slot.mark
    if not now.anthropic:
        return "this provider caches by itself; it ignores or refuses `cache_control`"
    if not isinstance(mark, dict) or mark.get("type") != "ephemeral":
        return 'expected {"type": "ephemeral"}'
    if mark.get("ttl", "5m") not in ("5m", "1h"):
        return f'ttl: expected "5m" or "1h", got {mark["ttl"]!r}'
    kind = slot.value.get("type") if isinstance(slot.value, dict) else ""
    if kind in ("thinking", "redacted_thinking"):
        return "a thinking block cannot carry a breakpoint"
    if kind == "text" and not slot.value.get("text"):
        return "an empty text cannot carry a breakpoint"
    return ""


def _is_1h(slot: Slot) -> bool:
    return isinstance(slot.mark, dict) and slot.mark.get("ttl") == "1h"


def _end_of_turn_before(now: Layout) -> int:
    """Returns the index of the first block of the assistant's last message; 0: there is none."""
    index = 0
    message: object = None
    for n, slot in enumerate(now.slots):
        if slot.role == "assistant" and slot.path[1] != message:
            index, message = n, slot.path[1]
    return index


def _last_entry(now: Layout, earlier: Layout | None) -> int:
    """Returns the index of the last block that the request before wrote to the cache; -1: none."""
    if earlier is None:
        return _end_of_turn_before(now) - 1
    if earlier.automatic:
        return min(len(earlier.slots), len(now.slots)) - 1
    return min(earlier.marks[-1], len(now.slots) - 1) if earlier.marks else -1
