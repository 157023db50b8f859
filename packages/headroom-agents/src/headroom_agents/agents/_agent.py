"""What an agent is to `wrap`: where it is, and what tells it where its provider is.

All functions of an agent are pure but for reading the user's files. Addresses are put into the
environment of the process where the agent has a variable, into its arguments where it has a flag,
and into a file only where there is neither.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from headroom.configs import Entry


@dataclass(frozen=True, slots=True)
class Scene:
    """What an agent is started with.

    Attributes:
        environment: The user's variables.
        arguments: What the user gives to the agent.
        folder: The current one.
    """

    environment: Mapping[str, str] = field(repr=False)
    arguments: tuple[str, ...] = ()
    folder: Path = Path()


@dataclass(frozen=True, slots=True)
class Address:
    """Where an agent is told that a provider is.

    Attributes:
        name: Of the variable, or of what else says it.
        provider: The gateway's setting that names the provider.
        path: What stands behind the gateway's address there, such as `/v1`.
        yours: What the user has there; empty: the provider's own address.
    """

    name: str
    provider: str
    path: str = ""
    yours: str = ""


@dataclass(frozen=True, slots=True)
class Launch:
    """What an agent is started with instead.

    Attributes:
        environment: Variables that are added.
        arguments: All of its arguments.
    """

    environment: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()


Addresses: TypeAlias = Callable[[Scene], tuple[Address, ...]]
Launching: TypeAlias = Callable[[Scene, tuple[Address, ...], str], Launch]


@dataclass(frozen=True, slots=True)
class Agent:
    """A program that asks models.

    Attributes:
        name: On our command line.
        title: As it calls itself.
        executable: Its name on PATH; empty: it is no program of the terminal.
        install: The command that installs it.
        addresses: Returns where it is told where its providers are; raises `Refused` where what the
            user has there cannot be kept, or nothing can be routed.
        launch: Returns what it is started with, for the gateway's address.
        entries: Returns what its files are to say meanwhile, where only they say it.
        advice: What the user has to set by hand; `{url}` is the gateway's address.
        is_remote: Whether it asks from other machines, which do not reach a gateway on this one.
        loses: What it does not do behind another address than its provider's, in a sentence each.
        home: A file or folder that is there where the agent is.
    """

    name: str
    title: str
    executable: str
    install: str
    addresses: Addresses = lambda scene: ()
    launch: Launching = lambda scene, addresses, url: Launch({}, scene.arguments)
    entries: Callable[[Scene, str], tuple[Entry, ...]] = lambda scene, url: ()
    advice: str = ""
    is_remote: bool = False
    loses: tuple[str, ...] = ()
    home: str = ""


def variables(*addresses: Address) -> Addresses:
    """Returns addresses that are variables of the environment, with what the user has in them."""

    def given(scene: Scene) -> tuple[Address, ...]:
        return tuple(told(address, scene.environment) for address in addresses)

    return given


def told(address: Address, environment: Mapping[str, str]) -> Address:
    """Returns an address with what the user has in its variable."""
    yours = environment.get(address.name, "").strip()
    return Address(address.name, address.provider, address.path, yours)


def in_environment(**restored: str) -> Launching:
    """Returns what puts addresses into variables.

    Args:
        restored: Variables that are set besides, where the user has not set them.
    """

    def launch(scene: Scene, addresses: tuple[Address, ...], url: str) -> Launch:
        kept = {name: scene.environment.get(name, value) for name, value in restored.items()}
        return Launch(kept | {a.name: url + a.path for a in addresses}, scene.arguments)

    return launch
