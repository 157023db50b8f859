"""Whether a framework is one that its adapter was tested with."""

from __future__ import annotations

import re
import warnings
from importlib.metadata import requires, version
from itertools import zip_longest


def warn_unless_supported(adapter: str, framework: str) -> None:
    """Warns where the installed version is outside the range that the adapter declares.

    Args:
        adapter: The distribution whose requirements name the range, as `headroom-langchain`.
        framework: The distribution that it is for, as `langchain-core`.
    """
    here = version(framework)
    declared = next(
        (r for r in requires(adapter) or () if re.match(rf"{framework}(?![\w-])", r)), ""
    )
    bounds: list[tuple[str, str]] = re.findall(r"(>=|<)\s*([\d.]+)", declared.partition(";")[0])
    if not all(_keeps(here, sign, bound) for sign, bound in bounds):
        supported = ",".join(sign + bound for sign, bound in sorted(bounds, reverse=True))
        warnings.warn(
            f"{adapter} supports {framework} {supported}; {here} is installed, and may behave "
            "otherwise",
            RuntimeWarning,
            stacklevel=3,
        )


def _keeps(here: str, sign: str, bound: str) -> bool:
    pairs = list(zip_longest(_numbers(here), _numbers(bound), fillvalue=0))
    ours, theirs = [a for a, _ in pairs], [b for _, b in pairs]
    return ours >= theirs if sign == ">=" else ours < theirs


def _numbers(text: str) -> list[int]:
    release = re.match(r"\d+(?:\.\d+)*", text)
    return [int(n) for n in release[0].split(".")] if release else []
