"""Objects of LangChain that become instances of a subclass of their own class.

So everything that we do not touch is the object's own, now and in later versions.
"""

from __future__ import annotations

from typing import Any, TypeAlias

Object: TypeAlias = Any
Kind: TypeAlias = Any
Member: TypeAlias = Any


def subclass(cls: Kind, members: dict[str, Member], **attributes: object) -> Kind:
    """Returns a subclass with the same name, by which LangChain serialises.

    Args:
        cls: A pydantic class.
        members: Methods that it has instead.
        attributes: Values that it has besides; pydantic would copy them if they were members.
    """
    named = {name: getattr(cls, name) for name in ("__module__", "__qualname__", "__doc__")}
    made = type(cls)(cls.__name__, (cls,), {**named, **members})
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


def copy_as(cls: Kind, given: Object) -> Object:
    """Returns a copy that shares what `given` holds, and is an instance of a subclass."""
    made = given.model_copy()
    object.__setattr__(made, "__class__", cls)
    return made
