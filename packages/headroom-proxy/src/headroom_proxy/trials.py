"""What it changes to ask models for less: conversations that were asked, against those held out.

A conversation is one observation, however many answers it has. Compared are tokens of output per
answer: the ratio of two sums over conversations, with the error that follows from how the
conversations differ (delta method). Below a number of conversations nothing is claimed.

Source: W. G. Cochran, Sampling Techniques, chapter 6 (ratio estimators).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from headroom.types import JSON

ENOUGH = 20
"""Conversations that each side needs before anything is said of the difference."""

_Z = 1.96


@dataclass(frozen=True, slots=True)
class Trial:
    """A conversation that takes part.

    Attributes:
        steered: Whether its model was asked.
        answers: How many it gave.
        output: Tokens of all of them.
    """

    steered: bool
    answers: int = 1
    output: int = 0

    def __add__(self, other: Trial) -> Trial:
        return Trial(self.steered, self.answers + other.answers, self.output + other.output)


def compared(trials: Iterable[Trial]) -> JSON:
    """Returns both sides, and the change of output per answer with its interval of 95 %.

    `change` is -0.2 where models that were asked write a fifth less; it is None, and `enough` false,
    as long as there are too few conversations.
    """
    sides: dict[bool, list[Trial]] = {True: [], False: []}
    for trial in trials:
        sides[trial.steered].append(trial)
    steered, held = sides[True], sides[False]
    found: JSON = {
        "steered": _side(steered),
        "held": _side(held),
        "enough": min(len(steered), len(held)) >= ENOUGH,
        "needed": ENOUGH,
        "change": None,
        "low": None,
        "high": None,
    }
    if found["enough"] and _per_answer(held) and _per_answer(steered):
        middle = math.log(_per_answer(steered) / _per_answer(held))
        width = _Z * math.hypot(_relative_error(steered), _relative_error(held))
        bounds = {"change": middle, "low": middle - width, "high": middle + width}
        found |= {name: math.expm1(value) for name, value in bounds.items()}
    return found


def _side(trials: Sequence[Trial]) -> JSON:
    count, output = len(trials), sum(trial.output for trial in trials)
    answers = sum(trial.answers for trial in trials)
    return {
        "conversations": count,
        "answers": answers,
        "output": output,
        "output_per_answer": output / answers if answers else None,
        "answers_per_conversation": answers / count if count else None,
    }


def _per_answer(trials: Sequence[Trial]) -> float:
    return sum(trial.output for trial in trials) / sum(trial.answers for trial in trials)


def _relative_error(trials: Sequence[Trial]) -> float:
    """Returns the standard error of the output per answer, as a share of it."""
    count, mean = len(trials), _per_answer(trials)
    rest = sum((trial.output - mean * trial.answers) ** 2 for trial in trials) / (count - 1)
    answers = sum(trial.answers for trial in trials) / count
    return math.sqrt(rest / count) / (answers * mean)
