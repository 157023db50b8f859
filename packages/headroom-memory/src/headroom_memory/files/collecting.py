"""From files to facts: read once, and followed from then on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from headroom_memory.errors import Refused
from headroom_memory.files.agent import Agent
from headroom_memory.files.markdown import Item, items
from headroom_memory.memory import Memory
from headroom_memory.merging import Synced
from headroom_memory.types import Draft

_MOST_BYTES = 1 << 20


def collected(memory: Memory, agent: Agent, root: Path | None) -> Iterator[tuple[str, Synced]]:
    """Takes in an agent's files about a project; yields the name of each, and what it changed.

    Args:
        memory: Of the project, or the user's.
        agent: Whose files.
        root: The project's folder; None: what the agent keeps for all projects.
    """
    for name, file in _files(agent, root):
        try:
            text = _read(file)
        except Refused as refused:
            yield name, Synced(refused=((0, str(refused)),))
            continue
        yield (
            name,
            memory.sync(
                [_draft(memory, agent, name, item) for item in items(text)],
                path=name,
                agent=agent.name,
            ),
        )


def _files(agent: Agent, root: Path | None) -> Iterator[tuple[str, Path]]:
    """Yields files with the names by which facts know them; a link out of the folder is none."""
    if root is None:
        yield from _below(agent.home(), agent.user, f"~{agent.name}/")
        return
    yield from _below(root, agent.project, "")
    own = agent.own(root)
    if own is not None:
        yield from _below(own, ("*.md",), f"~{agent.name}/memory/")


def _below(folder: Path, patterns: tuple[str, ...], prefix: str) -> Iterator[tuple[str, Path]]:
    folder = folder.resolve()
    for pattern in patterns:
        for file in sorted(folder.glob(pattern)):
            real = file.resolve()
            if real.is_file() and folder in real.parents:
                yield prefix + file.relative_to(folder).as_posix(), real


def _read(file: Path) -> str:
    with file.open("rb") as content:
        data = content.read(_MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise Refused(f"{file} has more than {_MOST_BYTES:,} bytes")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise Refused(f"{file} is no UTF-8 text: {error}") from error


def _draft(memory: Memory, agent: Agent, name: str, item: Item) -> Draft:
    source = memory.source(agent.name, path=name, line=item.line)
    category = "".join(c for c in item.heading if c.isprintable())
    return Draft(item.text, source, category)
