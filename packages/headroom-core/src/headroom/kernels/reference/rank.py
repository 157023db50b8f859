"""Twin of `rank`: how well units answer an intent, spelled out."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

WORD = re.compile(rb"[A-Za-z0-9_\x80-\xff]+")
EXACT, NAME, FILE, PLAIN, PART = 1.2, 1.0, 0.8, 0.6, 0.25
STOP = set(
    b"a about above after again all also am an and any are around as at be because been before"
    b" being below between both but by can cmd command could did do does doing done down each"
    b" few find for from further get give had has have having he help her here hers him his how"
    b" if in into is it its just let line lines look make matter matters may me more most my"
    b" need no nor not now of off on once only or other our out output over own please quote"
    b" same say says see she should show so some such tell than that the their them then there"
    b" these they this those through to too under until up us use very want was we were what"
    b" when where which while who why will with would you your".split()
)


def relevance(data: bytes, starts: Sequence[int], intent: bytes) -> list[float]:
    """Returns a score for every unit."""
    words, texts = terms_of(intent)
    hits: dict[tuple[bytes, str], set[int]] = defaultdict(set)
    units = [data[a:b] for a, b in pairwise(starts)]
    for number, unit in enumerate(units):
        for word in WORD.findall(unit):
            if word.lower() in words:
                hits[word.lower(), "word"].add(number)
            for part in parts_of(word):
                if part.lower() in words:
                    hits[part.lower(), "part"].add(number)
        for text in texts:
            if stands_in(unit, text):
                hits[text, "exact"].add(number)
    plain = sum(weight in (PLAIN, PART) for weight in words.values())
    scale = math.sqrt(24 / plain) if plain > 24 else 1.0
    sums = [0] * len(units)
    for (term, how), where in hits.items():
        weight = texts[term] if how == "exact" else words[term]
        weight *= scale if weight in (PLAIN, PART) else 1.0
        weight *= 0.4 if how == "part" else 1.0
        points = math.floor(1024 * weight * rarity(len(where), len(units)) + 0.5)
        for number in where:
            sums[number] += points
    return [s / 1024 for s in sums]


def rarity(hits: int, units: int) -> float:
    """Returns 1 for a term that hits few units, 0 for one that hits half of them or more."""
    if hits * 2 > units:
        return 0.0
    if hits <= 5:
        return 1.0
    return max(0.0, 1.0 - math.log(hits / 5) / math.log(units / 10))


def terms_of(intent: bytes) -> tuple[dict[bytes, float], dict[bytes, float]]:
    """Returns words and exact texts with their weights. Bounded to 1,024 and 64 in the kernel."""
    return words_of(intent), exact_texts_of(intent)


def words_of(intent: bytes) -> dict[bytes, float]:
    """Returns words and parts of names with their weights."""
    words: dict[bytes, float] = {}
    for word in WORD.findall(intent):
        if len(word) < 2 or word.lower() in STOP:
            continue
        turns = re.search(rb"[0-9_]|[^A-Z_][A-Z]", word)
        words[word.lower()] = max(words.get(word.lower(), 0.0), NAME if turns else PLAIN)
        for part in parts_of(word):
            if part.lower() not in STOP and not part.isdigit():
                words.setdefault(part.lower(), PART)
    return words


def exact_texts_of(intent: bytes) -> dict[bytes, float]:
    """Returns quoted strings and tokens such as paths with their weights."""
    texts: dict[bytes, float] = {}
    for match in re.finditer(rb"[\"'`]", intent):
        before = intent[: match.start()][-1:]
        close = intent.find(match[0], match.end(), match.end() + 201)
        if WORD.match(before) or close < 0:
            continue
        if close - match.end() < 200 and WORD.match(intent[close + 1 : close + 2]):
            continue
        add_exact(texts, intent[match.end() : close], EXACT, 2)
    for token in re.split(rb"[ \t-\r]+", intent):
        text = token.lstrip(b"\"'`()[]{}<>,;:!?=*").rstrip(b"\"'`()[]{}<>,;:!?=*.")
        if not WORD.fullmatch(text):
            add_exact(texts, text, EXACT, 4)
            if b"/" in text:
                add_exact(texts, text.rpartition(b"/")[2], FILE, 4)
    return texts


def add_exact(texts: dict[bytes, float], text: bytes, weight: float, shortest: int) -> None:
    """Adds an exact text, if it holds a word and is neither too short nor too long."""
    if shortest <= len(text) <= 200 and WORD.search(text):
        texts.setdefault(text.lower(), weight)


def parts_of(word: bytes) -> list[bytes]:
    """Returns the parts of a name that has several, from three bytes on."""
    return [part for part in split_name(word) if 3 <= len(part) < len(word)]


def split_name(word: bytes) -> list[bytes]:
    """Returns retry, count for retry_count and read, File for readFile."""
    parts = [b""]
    for i, c in enumerate(word):
        here, before = bytes([c]), word[i - 1 : i] if i else b""
        if here == b"_":
            parts.append(b"")
            continue
        if here.isupper() and before and not before.isupper() and before != b"_":
            parts.append(b"")
        parts[-1] += here
    return parts


def stands_in(unit: bytes, text: bytes) -> bool:
    """Returns whether an exact text stands in a unit, not inside longer words."""
    lower, at = unit.lower(), -1
    word = WORD.search(text)
    assert word
    while (at := lower.find(text, at + 1)) >= 0:
        end = at + len(text)
        inside = WORD.match(lower[end - 1 : end]) and WORD.match(lower[end : end + 1])
        begins = word.start() > 0 or at == 0 or not WORD.match(lower[at - 1 : at])
        if begins and not inside:
            return True
    return False
