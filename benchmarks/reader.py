"""Lets a small model answer questions from contexts as they are and compressed; prints how often it is right.

    python benchmarks/reader.py MODEL.gguf FOLDER ANSWERS.jsonl [--sets hotpotqa_distractor] [--items 100]

FOLDER holds sets of questions as `qa.py` takes them. Greedy decoding, one prompt for both; what is left
out cannot be retrieved here, as a model in a session could. Every answer is appended to ANSWERS.jsonl
under the digest of its prompt, so a run may be stopped and goes on where it was; `--print` only prints.
Needs `pip install xllamacpp`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import string
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from qa import MODEL, conversation, items_of

from headroom import Headroom
from headroom.types import JSON

PROMPT = (
    "Answer the question with a short phrase from the document below: a name, a date, a number or "
    "a few words, and nothing else.\n\n"
    "Question: {question}\n\nDocument:\n{context}\n\nQuestion: {question}\nAnswer:"
)
CONTEXT_TOKENS = 16_384
ANSWER_TOKENS = 32

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)

Reader = Callable[[str], str]


@dataclass(frozen=True)
class Pair:
    """A question with its context as it is and as Headroom gives it."""

    name: str
    question: str
    answers: list[str]
    full: str
    compressed: str
    before: int
    after: int

    @property
    def prompts(self) -> tuple[str, str, str]:
        """The prompts with all of the context, with what is left of it, and without any."""
        contexts = (self.full, self.compressed, "(none)")
        full, compressed, none = (
            PROMPT.format(question=self.question, context=context) for context in contexts
        )
        return full, compressed, none


def pairs_of(file: Path, least: int) -> Iterator[Pair]:
    """Yields the items of a set whose context is above `least` tokens."""
    for context, question, answers in items_of(file, least):
        result = Headroom(store="memory:").compress(conversation(context, question), model=MODEL)
        decision = result.receipt.decisions[-1]
        compressed = str(result[-1]["content"])
        tokens = decision.tokens_before, decision.tokens_after
        yield Pair(file.stem, question, answers, context, compressed, *tokens)


def reader(model: Path, threads: int) -> Reader:
    """Returns a function that asks the model one prompt, greedily."""
    import xllamacpp  # type: ignore[import-not-found, unused-ignore]  # noqa: PLC0415 - optional

    settings = xllamacpp.CommonParams()
    settings.model.path = str(model)
    settings.n_ctx, settings.n_parallel, settings.verbosity = CONTEXT_TOKENS, 1, 0
    settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = threads
    server = xllamacpp.Server(settings)

    def read(prompt: str) -> str:
        message = {"role": "user", "content": prompt}
        request = {"messages": [message], "temperature": 0, "max_tokens": ANSWER_TOKENS}
        answer: JSON = server.handle_chat_completions(request)
        return str(answer["choices"][0]["message"]["content"])

    return read


def digest(prompt: str) -> str:
    """Returns the key of a prompt's answer."""
    return hashlib.blake2b(prompt.encode(), digest_size=12).hexdigest()


def known_answers(file: Path) -> dict[str, str]:
    """Returns the answers given so far, by the digests of their prompts."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    rows: list[JSON] = [json.loads(line) for line in lines]
    return {row["prompt"]: row["answer"] for row in rows}


def ask(pairs: list[Pair], read: Reader, file: Path) -> None:
    """Asks what is not answered yet, and writes each answer down at once."""
    known = known_answers(file)
    with file.open("a", encoding="utf-8") as out:
        for pair in pairs:
            for prompt in pair.prompts:
                if (key := digest(prompt)) not in known:
                    known[key] = read(prompt)
                    row = {"prompt": key, "set": pair.name, "answer": known[key]}
                    print(json.dumps(row, ensure_ascii=False), file=out, flush=True)


def normal(text: str) -> str:
    """Returns a text as SQuAD's metric compares it: lower case, no punctuation or articles."""
    words = _ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split()
    return " ".join(words)


def exact(answer: str, expected: list[str]) -> bool:
    """Returns whether an answer is one of the expected ones."""
    return normal(answer) in map(normal, expected)


def overlap(answer: str, expected: list[str]) -> float:
    """Returns the F1 of the words of an answer, against the expected one that fits best."""
    words = normal(answer).split()
    best = 0.0
    for right in (normal(e).split() for e in expected):
        common = sum((Counter(words) & Counter(right)).values())
        best = max(best, 2 * common / (len(words) + len(right)) if common else 0.0)
    return best


def print_table(pairs: list[Pair], known: dict[str, str]) -> None:
    """Prints one row per set of what is answered both ways, and one for all."""
    print(
        f"{'set':22} {'items':>5} {'tokens':>8} {'after':>8} {'EM full':>8} {'EM less':>8} "
        f"{'points':>7} {'F1 full':>8} {'F1 less':>8} {'only full':>9} {'only less':>9} {'closed':>7}"
    )
    done = [p for p in pairs if all(digest(prompt) in known for prompt in p.prompts)]
    names = list(dict.fromkeys(p.name for p in done))
    for name in [*names, *(["all"] if len(names) > 1 else [])]:
        print_row(name, [p for p in done if name in (p.name, "all")], known)


def print_row(name: str, pairs: list[Pair], known: dict[str, str]) -> None:
    """Prints exact match with and without compression, and on how many items they differ."""
    said = [tuple(known[digest(prompt)] for prompt in p.prompts) for p in pairs]
    full, less, none = (
        [exact(answers[n], p.answers) for answers, p in zip(said, pairs, strict=True)]
        for n in range(3)
    )
    f1 = [
        sum(overlap(answers[n], p.answers) for answers, p in zip(said, pairs, strict=True))
        for n in range(2)
    ]
    part = 100 / len(pairs)
    print(
        f"{name:22} {len(pairs):5} {sum(p.before for p in pairs):8} {sum(p.after for p in pairs):8} "
        f"{part * sum(full):7.1f}% {part * sum(less):7.1f}% {part * (sum(less) - sum(full)):+7.1f} "
        f"{part * f1[0]:7.1f}% {part * f1[1]:7.1f}% "
        f"{sum(a and not b for a, b in zip(full, less, strict=True)):9} "
        f"{sum(b and not a for a, b in zip(full, less, strict=True)):9} {part * sum(none):6.1f}%"
    )


def main() -> None:
    """Asks, then prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("answers", type=Path)
    parser.add_argument("--sets", default="hotpotqa_distractor,squad_v2_article")
    parser.add_argument("--items", type=int, default=100)
    parser.add_argument("--least", type=int, default=1000, metavar="TOKENS")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--print", action="store_true", dest="only_print")
    options = parser.parse_args()
    pairs = [
        pair
        for name in options.sets.split(",")
        for pair in sorted(
            pairs_of(options.folder / f"{name}.jsonl", options.least), key=lambda p: p.before
        )
    ][: options.items]
    if not options.only_print:
        ask(pairs, reader(options.model, options.threads), options.answers)
    print_table(pairs, known_answers(options.answers))


if __name__ == "__main__":
    main()
