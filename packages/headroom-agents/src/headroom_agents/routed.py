"""Agents whose files lead to a gateway while it runs: put in, and taken out by whoever ends it.

Which files those are is noted beside the gateway before they are touched. What ends the gateway takes
the entries out; where it was killed, the next `wrap`, `unwrap` or `doctor --fix` does.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from headroom.configs import Change, Entry, plan_install, plan_uninstall, state, write
from headroom.configs.files import replace
from headroom.errors import ConfigError
from headroom_agents.agents import FORMATS
from headroom_agents.gateways import Place, ask, places


@dataclass(frozen=True, slots=True)
class Routed:
    """Entries of an agent that lead to a gateway, as they are noted."""

    agent: str
    port: int
    entries: tuple[Entry, ...]

    @property
    def is_there(self) -> bool:
        """Whether any of them is still in its file."""
        return any(state(entry) != "absent" for entry in self.entries)

    def remove(self) -> list[str]:
        """Takes the entries out, and returns what could not be."""
        failed = []
        for entry in self.entries:
            try:
                change = plan_uninstall(entry)
                if change is not None:
                    write(change)
            except ConfigError as error:
                failed.append(str(error))
        if not failed:
            _note(self.agent, self.port).unlink(missing_ok=True)
        return failed


def planned(entries: Sequence[Entry]) -> list[Change]:
    """Returns the changes that put entries in.

    Raises:
        ConfigError: A file is broken, or has an entry that is not ours.
    """
    return [change for entry in entries if (change := plan_install(entry)) is not None]


def put_in(agent: str, port: int, entries: Sequence[Entry]) -> None:
    """Puts the entries of an agent in, all of them or none; does nothing if they are there."""
    note = _note(agent, port)
    if note.exists():
        return
    changes = planned(entries)
    note.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace(note, json.dumps([_noted(entry) for entry in entries]).encode())
    routed = Routed(agent, port, tuple(entries))
    try:
        for change in changes:
            write(change)
    except ConfigError:
        routed.remove()
        raise


def take_out(port: int) -> None:
    """Takes out all entries that lead to a gateway."""
    for routed in all_routed():
        if routed.port == port:
            routed.remove()


def heal(agent: str) -> None:
    """Takes out entries of an agent that lead to a gateway which was killed."""
    for routed in all_routed():
        if routed.agent == agent and ask(routed.port) is None:
            routed.remove()


def all_routed() -> list[Routed]:
    """Returns what is noted of agents whose files lead to gateways."""
    return [routed for place in places() for routed in _of(place)]


def _of(place: Place) -> Iterator[Routed]:
    for note in sorted((place.folder / "routed").glob("*.json")):
        entries = (
            Entry(
                Path(kept["file"]),
                FORMATS[kept["format"]],
                tuple(kept["path"]),
                kept["value"],
                replaces=kept["replaces"],
            )
            for kept in json.loads(note.read_text())
        )
        yield Routed(note.stem, place.port, tuple(entries))


def _note(agent: str, port: int) -> Path:
    return Place(port).folder / "routed" / f"{agent}.json"


def _noted(entry: Entry) -> dict[str, object]:
    form = next(name for name, form in FORMATS.items() if form is entry.format)
    return {
        "file": str(entry.file), "format": form, "path": entry.path,
        "value": entry.value, "replaces": entry.replaces,
    }  # fmt: skip
