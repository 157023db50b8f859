"""Names of a package that may not be installed."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any


def names_of(package: str) -> Callable[[str], Any]:
    """Returns the `__getattr__` of a module that has the names of a package.

    Its first use loads the package, and says with what command to install it where it is missing.
    """

    def get(name: str) -> Any:  # noqa: ANN401 - whatever has the name
        if name.startswith("__") and name != "__all__":
            raise AttributeError(name)
        if find_spec(package) is None:
            raise ImportError(
                f"{package} is not installed: pip install {package.replace('_', '-')}", name=package
            )
        return getattr(import_module(package), name)

    return get
