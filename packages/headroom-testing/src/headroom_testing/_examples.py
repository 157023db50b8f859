"""Runs a property inside a test, so that strategies may come from fixtures."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy

Property = Callable[..., None]


def for_all(*strategies: SearchStrategy[object], examples: int = 20) -> Callable[[Property], None]:
    """Returns a decorator that runs the decorated property at once, on examples.

    Args:
        strategies: One for each parameter of the property, in order.
        examples: How many to draw.
    """

    def run(holds: Property) -> None:
        configured = settings(
            max_examples=examples,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        )
        configured(given(*strategies)(holds))()

    return run
