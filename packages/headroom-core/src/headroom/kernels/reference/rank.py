"""Twin of `rank`: how well units answer an intent, spelled out."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

WORD = re.compile(rb"[A-Za-z0-9_\x80-\xff]+")
DENSE = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
)
MARKS = (
    "\xa0-\xa9\xab-\xb4\xb6-\xb9\xbb-\xbf\u060c\u061b\u061f\u06d4\u0964\u0965\u2000-\u206f"
    "\u3000-\u3004\u3008-\u3020\u30fb\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
)
SCRIPTS = re.compile(f"(?P<dense>[{DENSE}]+)|[^{DENSE}{MARKS}]+")
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
        for word, _ in words_in(unit):
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
    for word, dense in words_in(intent):
        if len(word) < 2 or word.lower() in STOP:
            continue
        turns = re.search(rb"[0-9_]|[^A-Z_][A-Z]", word)
        weight = PART if dense else NAME if turns else PLAIN
        words[word.lower()] = max(words.get(word.lower(), 0.0), weight)
        for part in parts_of(word):
            if part.lower() not in STOP and not part.isdigit():
                words.setdefault(part.lower(), PART)
    return words


def words_in(text: bytes) -> Iterator[tuple[bytes, bool]]:
    """Yields words; of a script without spaces every two neighbours, with True."""
    for run in WORD.findall(text):
        # What is no UTF-8 becomes surrogates, which are in no range: letters.
        characters = run.decode("utf-8", "surrogateescape")
        for match in SCRIPTS.finditer(characters):
            word, dense = match[0], match.lastgroup == "dense"
            pairs = [a + b for a, b in pairwise(word)] if dense and len(word) > 1 else [word]
            for pair in pairs:
                yield pair.encode("utf-8", "surrogateescape"), dense


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
