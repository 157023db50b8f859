"""Two requests of one session: where the second is not the first with something added."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from headroom.lint.findings import Finding, Tariff, json_path
from headroom.lint.layout import Layout, Part, Slot
from headroom.types import JSON, Path

PARTS: tuple[Part, ...] = ("tools", "system", "messages")


def changed(now: Layout, earlier: Layout | None, tariff: Tariff) -> Iterator[Finding]:
    """Yields the first change in each part, and what has to be processed anew because of it."""
    if earlier is None:
        return
    for part in PARTS:
        before, after = _of(earlier, part), _of(now, part)
        if part == "messages":
            after = after[: len(before)]
        found = _difference(before, after)
        if found is None:
            continue
        rule, path, why = found
        start = sum(s.tokens for p in PARTS[: PARTS.index(part)] for s in _of(earlier, p))
        same = next(
            (n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a.key != b.key),
            min(len(before), len(after)),
        )
        tokens = earlier.tokens - start - sum(s.tokens for s in before[:same])
        why = f"{why}; {tokens:,} tokens that were cached are processed anew"
        yield Finding(rule, json_path(path), why, tokens, tariff.rewritten(tokens))


def parameters(now: Layout, earlier: Layout | None, tariff: Tariff) -> Iterator[Finding]:
    """Yields parameters that the cache depends on, and that are not what they were."""
    if earlier is None:
        return
    old, new = earlier.request, now.request
    if old.get("model") != new.get("model"):
        why = f"the model was {old.get('model')!r}; each model has a cache of its own"
        cost = tariff.rewritten(earlier.tokens)
        yield Finding("parameter", "$.model", why, earlier.tokens, cost)
    tokens = sum(slot.tokens for slot in _of(earlier, "messages"))
    for name in ("tool_choice", "thinking") if now.anthropic else ():
        if old.get(name) != new.get(name):
            why = f"it was {old.get(name)!r}; the cached messages ({tokens:,} tokens) are lost"
            yield Finding("parameter", json_path((name,)), why, tokens, tariff.rewritten(tokens))


def _of(request: Layout, part: Part) -> list[Slot]:
    return [slot for slot in request.slots if slot.part == part]


def _difference(before: list[Slot], after: list[Slot]) -> tuple[str, Path, str] | None:
    old, new = [slot.key for slot in before], [slot.key for slot in after]
    if old == new:
        return None
    n = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), None)
    if n is None:
        return _other_length(before, after)
    first, second = before[n], after[n]
    if first.part == "tools" and Counter(old) == Counter(new):
        return "tool-order", second.path, "the same tools in another order"
    if first.value == second.value and first.role == second.role:
        path = _reordered(first.value, second.value, second.path)
        return "key-order", path, "the same keys in another order"
    return "changed", _changed_at(first.value, second.value, second.path), "not what it was"


def _other_length(before: list[Slot], after: list[Slot]) -> tuple[str, Path, str]:
    if len(after) > len(before):
        return "changed", after[len(before)].path, f"{len(after) - len(before)} blocks more"
    path = (*before[len(after)].path[:1],)
    return "changed", path, f"the last {len(before) - len(after)} blocks are gone"


def _reordered(old: JSON, new: JSON, path: Path) -> Path:
    """Returns the path of the first object whose keys are in another order."""
    if isinstance(old, dict):
        if list(old) != list(new):
            return path
        pairs: list[tuple[str | int, JSON, JSON]] = [(k, old[k], new[k]) for k in old]
    elif isinstance(old, list):
        pairs = [(n, a, b) for n, (a, b) in enumerate(zip(old, new, strict=True))]
    else:
        return path
    found = ((k, a, b) for k, a, b in pairs if repr(a) != repr(b))
    key, a, b = next(found, ("", None, None))
    return path if a is None else _reordered(a, b, (*path, key))


def _changed_at(old: JSON, new: JSON, path: Path) -> Path:
    """Returns the path of the smallest value that holds the first change."""
    if isinstance(old, dict) and isinstance(new, dict) and list(old) == list(new):
        key: str | int = next((k for k in old if old[k] != new[k]), "")
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        key = next((n for n in range(len(old)) if old[n] != new[n]), "")
    else:
        return path
    return path if key == "" else _changed_at(old[key], new[key], (*path, key))
