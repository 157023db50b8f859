"""What is saved once agents ask back for what they turn out to need.

    python -m headroom_training.retrievals sessions/ --worth 0 --worth 0.006

Who quotes lines that were left out must have asked for them: a turn more, in which the model reads
everything again from the cache, and the text asked for in every turn after that. The agents of the
recordings could read everything, so that this is an estimate, and there are two: they ask where they
quote a text, or also wherever they name what only that text told them.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from headroom.compressors import BUILTIN, _worth
from headroom.kernels import Trees
from headroom.pipeline.run import Engine, run
from headroom.policy import Policy
from headroom.tokenizers import for_model
from headroom.types import Conversation, Message, Outcome
from headroom.types import Path as BlockPath
from headroom_training.hidden import Hidden
from headroom_training.labels import Later
from headroom_training.sessions import Session, sessions

READ, WRITE, OUTPUT = 0.1, 1.25, 5.0
"""Prices of a token read from the cache, written to it, and generated, in input tokens."""

CALL = 60
"""Tokens of a call that asks for what was left out."""

_MODEL = "gpt-4o"


@dataclass(slots=True)
class Bill:
    """What sessions cost, in input tokens, and how often something is asked for."""

    direct: float = 0.0
    compressed: float = 0.0
    quoted: float = 0.0
    named: float = 0.0
    turns: int = 0
    times_quoted: int = 0
    times_named: int = 0

    def row(self, name: str) -> str:
        """Returns a row of the table."""
        costs = self.compressed, self.compressed + self.quoted, self.compressed + self.named
        shares = " | ".join(f"{cost / self.direct - 1:+.1%}" for cost in costs)
        return f"| {name} | {shares} | {self.times_quoted} | {self.times_named} | {self.turns} |"


class Replay:
    """A session that is compressed and read again, turn by turn.

    Args:
        messages: Of the session.
        outcome: What became of them.
    """

    def __init__(self, messages: Sequence[Message], outcome: Outcome) -> None:
        count = for_model(_MODEL).count
        self._messages = messages
        self._shown = {edit.path: edit.text for edit in outcome.edits}
        self._gaps = {
            d.path: d.tokens_before - d.tokens_after for d in outcome.receipt.decisions if d.ref
        }
        self.before = [sum(count(b.text) for b in m.blocks) for m in messages]
        self.after = [
            sum(count(self._shown.get(b.path, b.text)) for b in m.blocks) for m in messages
        ]
        self.turns = [n for n, m in enumerate(messages) if n and m.role == "assistant"]

    def cost(self, sizes: Sequence[int]) -> float:
        """Returns what the session costs with messages of these sizes."""
        total, last = 0.0, 0
        for turn in self.turns:
            new = sum(sizes[last:turn])
            total += READ * sum(sizes[:last]) + WRITE * new + OUTPUT * sizes[turn]
            last = turn
        return total

    def asked(self, *, names: bool) -> list[float]:
        """Returns what each turn costs more in which something is asked for."""
        hidden, costs = Hidden(), []
        for index, message in enumerate(self._messages):
            if index in self.turns:
                paths = self._asked_in(message, hidden, names=names)
                if paths:
                    costs.append(self._price(index, paths))
                    hidden.show(paths)
            self._read(message, hidden)
        return costs

    def _asked_in(self, message: Message, hidden: Hidden, *, names: bool) -> set[BlockPath]:
        said = Later([block.text.encode("utf-8", "replace") for block in message.blocks])
        return hidden.quoted(said) | (hidden.named(said) if names else set())

    def _read(self, message: Message, hidden: Hidden) -> None:
        for block in message.blocks:
            hidden.read(self._shown.get(block.path, block.text))
        for block in message.blocks:
            if block.path in self._gaps:
                hidden.hide(block.path, block.text)

    def _price(self, turn: int, paths: set[BlockPath]) -> float:
        text = sum(self._gaps[path] for path in paths)
        turns_left = sum(other >= turn for other in self.turns)
        once = READ * sum(self.after[:turn]) + OUTPUT * CALL + WRITE * text
        return once + READ * (CALL + text) * turns_left


def add(bill: Bill, session: Session, engine: Engine) -> None:
    """Adds a session to a bill."""
    replay = Replay(session.messages, run(Conversation(session.messages), engine))
    quoted, named = replay.asked(names=False), replay.asked(names=True)
    bill.direct += replay.cost(replay.before)
    bill.compressed += replay.cost(replay.after)
    bill.quoted += sum(quoted)
    bill.named += sum(named)
    bill.times_quoted += len(quoted)
    bill.times_named += len(named)
    bill.turns += len(replay.turns)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(prog="headroom_training.retrievals", description=__doc__)
    parser.add_argument("sessions", nargs="+", type=Path, help="files and folders of sessions")
    parser.add_argument("--only", default="", help="sessions of repositories that start like this")
    parser.add_argument("--most", type=int, default=10**9, help="how many sessions to take")
    parser.add_argument("--trees", type=Path, help="trees to ask instead of the package's")
    parser.add_argument(
        "--worth", action="append", type=float, help="worth that passages must have"
    )
    options = parser.parse_args(arguments)
    chosen = [s for s in sessions(options.sessions) if s.repo.startswith(options.only)]
    trees = Trees.parse(options.trees.read_bytes()) if options.trees else None
    engine = Engine(Policy(), for_model(_MODEL), BUILTIN)
    print(
        "| worth | asked for nothing | what they quote | what they name | times | times | turns |"
    )
    print("|---|---|---|---|---|---|---|")
    for worth in options.worth or [_worth.LEAST_WORTH]:
        bill = Bill()
        with _told(trees, worth):
            for session in chosen[: options.most]:
                add(bill, session, engine)
        print(bill.row(f"{worth:g}"))


@contextmanager
def _told(trees: Trees | None, worth: float) -> Iterator[None]:
    """Lets the compressors go by other trees and another worth than those in the package."""
    with ExitStack() as changes:
        changes.enter_context(patch.object(_worth, "LEAST_WORTH", worth))
        if trees:
            changes.enter_context(patch.object(_worth, "_trees", lambda: trees))
        yield


if __name__ == "__main__":
    main()
