"""Objects of frameworks that become instances of a subclass of their own class.

So everything that we do not touch is the object's own, now and in later versions.
"""

from __future__ import annotations

import copy
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")
Kind: TypeAlias = Any
Member: TypeAlias = Any


def subclass(cls: Kind, members: dict[str, Member], **attributes: object) -> Kind:
    """Returns a subclass with the same name, by which frameworks store their objects.

    Args:
        cls: The class of an object.
        members: Methods that it has instead.
        attributes: Values that it has besides; pydantic would copy them if they were members.
    """
    named = {name: getattr(cls, name) for name in ("__module__", "__qualname__", "__doc__")}
    made = type(cls)(cls.__name__, (cls,), {**named, **members})
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


def copy_as(cls: Kind, given: T) -> T:
    """Returns a copy that shares what `given` holds, and is an instance of another class.

    Args:
        cls: A subclass of the object's class, or the one that its class was made from.
        given: The object.
    """
    made = copy.copy(given)
    object.__setattr__(made, "__class__", cls)  # pydantic's own setattr takes fields only
    return made
