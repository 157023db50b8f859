"""What a token costs by where it stands: written once, read again in each later request."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from headroom.pricing import Lifetime, Price, Request, Usage


def rates(
    requests: Sequence[Request], usages: Sequence[Usage], price: Price, lifetime: Lifetime
) -> list[float]:
    """Returns what one token more in each part costs, over all requests.

    Args:
        requests: That continue each other.
        usages: How they were billed: from the front read, written, neither.
        price: Of the model.
        lifetime: How long the provider keeps what is written.
    """
    parts = requests[-1].parts
    ends = list(accumulate(part.tokens for part in parts))
    change = [0.0] * (len(parts) + 1)
    for request, usage in zip(requests, usages, strict=True):
        bounds = [0, *_bounds(ends, len(request.parts), usage), len(request.parts)]
        more = (
            Usage(usage.read + 1, usage.written, usage.fresh),
            Usage(usage.read, usage.written + 1, usage.fresh),
            Usage(usage.read, usage.written, usage.fresh + 1),
        )
        own = price.of(Usage(usage.read, usage.written, usage.fresh), lifetime=lifetime) or 0.0
        for one, start, end in zip(more, bounds, bounds[1:], strict=False):
            if start < end:
                dollars = (price.of(one, lifetime=lifetime) or 0.0) - own
                change[start] += dollars
                change[end] -= dollars
    return list(accumulate(change[:-1]))


def _bounds(ends: Sequence[int], count: int, usage: Usage) -> tuple[int, int]:
    """Returns after how many parts it is no longer read, and no longer written."""
    read = bisect_right(ends, usage.read, 0, count)
    return read, bisect_right(ends, usage.read + usage.written, 0, count)
