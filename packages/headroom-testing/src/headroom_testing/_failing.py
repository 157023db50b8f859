"""Runs a conformance class by hand, to see which of its tests an implementation fails."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import Phase, settings

from headroom.pipeline.run import attempt


def failing(suite: object, only: str = "", **fixtures: object) -> set[str]:
    """Returns the names of the tests that fail, always on the same examples.

    Args:
        suite: An instance of a conformance class.
        only: The one test to run; default: all.
        fixtures: What pytest would give the tests, by name.
    """
    before = settings.get_current_profile_name()
    settings.register_profile("failing", database=None, derandomize=True, phases=[Phase.generate])
    settings.load_profile("failing")
    try:
        names = [only] if only else [name for name in dir(suite) if name.startswith("test_")]
        return {name for name in names if _fails(getattr(suite, name), fixtures)}
    finally:
        settings.load_profile(before)


def _fails(test: Callable[..., object], fixtures: dict[str, object]) -> bool:
    given = {name: fixtures[name] for name in inspect.signature(test).parameters}
    try:
        return isinstance(attempt(partial(test, **given)), Exception)
    except pytest.fail.Exception:  # what `pytest.raises` says is no Exception
        return True
