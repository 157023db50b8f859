"""`headroom memory search`, `list`, `show` and `history`."""

from __future__ import annotations

from datetime import datetime

import click

from headroom_memory.cli.common import (
    echo_facts,
    echo_json,
    filtered,
    json_option,
    line_of,
    plain,
    with_memory,
)
from headroom_memory.memory import Memory
from headroom_memory.records import as_json
from headroom_memory.types import Fact, Source, Which

_at = click.option(
    "--at", type=click.DateTime(), help="What was known then (local time), in place of now."
)


@click.command()
@click.argument("query", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1, 1000), default=10, show_default=True)
@_at
@filtered
@json_option
@with_memory
def search(  # noqa: PLR0913 - as the command line has them
    memory: Memory,
    *,
    query: tuple[str, ...],
    limit: int,
    at: datetime | None,
    category: str,
    tag: str,
    agent: str,
    as_json_: bool,
) -> None:
    """Find facts by words, identifiers, paths; the best first."""
    words = " ".join(query)
    found = memory.search(words, limit=limit, category=category, tag=tag, agent=agent, at=at)
    if as_json_:
        name = memory.project.name
        echo_json([{**as_json(m.fact), "project": name, "score": m.score} for m in found])
        return
    for match in found:
        click.echo(line_of(match.fact))
    if not found:
        click.echo(f"Nothing found in project {memory.project.name}.", err=True)


@click.command("list")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True)
@click.option("--all", "ended", is_flag=True, help="Also what holds no longer.")
@_at
@filtered
@json_option
@with_memory
def list_(  # noqa: PLR0913 - as the command line has them
    memory: Memory,
    *,
    limit: int,
    at: datetime | None,
    category: str,
    tag: str,
    agent: str,
    ended: bool,
    as_json_: bool,
) -> None:
    """List facts, the newest first."""
    which = Which(category=category, tag=tag, agent=agent, at=at, ended=ended)
    found = memory.list(which, limit=limit)
    echo_facts(found, memory, as_json_=as_json_)
    if not found and not as_json_:
        click.echo(f"Nothing is known of project {memory.project.name}.", err=True)


@click.command()
@click.argument("id")
@json_option
@with_memory
def show(memory: Memory, *, id: str, as_json_: bool) -> None:
    """Show a fact whole, with all who said it. The beginning of an ID is enough."""
    fact = memory.get(id)
    if as_json_:
        echo_json({**as_json(fact), "project": memory.project.name})
        return
    click.echo(plain(fact.text))
    click.echo()
    for name, value in _about(fact, memory):
        click.echo(f"{name:<10} {value}")


@click.command()
@click.argument("id")
@json_option
@with_memory
def history(memory: Memory, *, id: str, as_json_: bool) -> None:
    """Show what a fact said before, the first version first."""
    echo_facts(memory.history(id), memory, as_json_=as_json_)


def _about(fact: Fact, memory: Memory) -> list[tuple[str, str]]:
    lines = [("id", fact.id), ("project", plain(memory.project.name))]
    lines += [("category", plain(fact.category))] if fact.category else []
    lines += [("tags", plain(", ".join(fact.tags)))] if fact.tags else []
    lines += [("since", f"{fact.valid_from:%Y-%m-%d %H:%M} UTC")]
    if fact.valid_until:
        by = f", then {fact.superseded_by}" if fact.superseded_by else ""
        lines += [("until", f"{fact.valid_until:%Y-%m-%d %H:%M} UTC{by}")]
    return lines + [("said by", _who(source)) for source in fact.sources]


def _who(source: Source) -> str:
    place = f"{source.path}:{source.line}" if source.path else ""
    session = f"session {source.session}" if source.session else ""
    parts = (source.agent or "somebody", place, session, f"{source.at:%Y-%m-%d %H:%M} UTC")
    return plain(", ".join(part for part in parts if part))
