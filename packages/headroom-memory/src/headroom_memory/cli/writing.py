"""`headroom memory save`, `edit`, `forget`, `delete`, `prune` and `purge`."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime, timedelta

import click

from headroom_memory.cli.common import (
    agreed,
    counted,
    echo_facts,
    json_option,
    line_of,
    with_memory,
    yes_option,
)
from headroom_memory.memory import Memory
from headroom_memory.types import Which

_YOU = "you"
_AGES = {"d": 1, "w": 7, "m": 30, "y": 365}
_tag = click.option("--tag", "tags", multiple=True, help="May be given several times.")
_category = click.option("--category", help="What kind of thing it is.")


@click.command()
@click.argument("text")
@click.option("--agent", default=_YOU, show_default=True, help="Who says it.")
@_category
@_tag
@click.option("--replaces", default="", metavar="ID", help="The fact that holds no longer.")
@click.option("--allow-secret", is_flag=True, help="Also with what looks like a credential.")
@json_option
@with_memory
def save(  # noqa: PLR0913 - as the command line has them
    memory: Memory,
    *,
    text: str,
    agent: str,
    category: str | None,
    tags: tuple[str, ...],
    replaces: str,
    allow_secret: bool,
    as_json_: bool,
) -> None:
    """Save TEXT as a fact; `-` reads it from standard input."""
    memory = memory.allowing_secrets() if allow_secret else memory
    fact = memory.save(
        _text(text), agent=agent, category=category or "", tags=tags, replaces=replaces
    )
    echo_facts([fact], memory, as_json_=as_json_)


@click.command()
@click.argument("id")
@click.argument("text", required=False)
@click.option("--agent", default=_YOU, show_default=True, help="Who says it.")
@_category
@_tag
@json_option
@with_memory
def edit(  # noqa: PLR0913 - as the command line has them
    memory: Memory,
    *,
    id: str,
    text: str | None,
    agent: str,
    category: str | None,
    tags: tuple[str, ...],
    as_json_: bool,
) -> None:
    """Have TEXT take the place of fact ID, or change its category or tags."""
    if text is None and category is None and not tags:
        text = click.edit(memory.get(id).text)
        if text is None:
            raise click.ClickException("nothing was changed")
    new = None if text is None else _text(text)
    fact = memory.edit(id, new, agent=agent, category=category, tags=tags or None)
    echo_facts([fact], memory, as_json_=as_json_)


@click.command()
@click.argument("id")
@with_memory
def forget(memory: Memory, *, id: str) -> None:
    """Have fact ID hold no longer; it stays in the history."""
    click.echo(line_of(memory.forget(id)))


@click.command()
@click.argument("id")
@yes_option
@with_memory
def delete(memory: Memory, *, id: str, yes: bool) -> None:
    """Delete fact ID with its history, for good."""
    for fact in memory.history(id):
        click.echo(line_of(fact))
    agreed("Delete this for good?", yes=yes)
    click.echo(f"{memory.delete(id)} deleted.")


@click.command()
@click.option(
    "--older-than", "age", default="90d", show_default=True, metavar="AGE",
    help="Such as 12d, 8w, 6m, 1y.",
)  # fmt: skip
@yes_option
@with_memory
def prune(memory: Memory, *, age: str, yes: bool) -> None:
    """Delete, for good, what has held no longer for some time."""
    before = datetime.now(UTC) - _days(age)
    old = [
        fact
        for fact in memory.list(Which(ended=True), limit=memory.limits.facts)
        if fact.valid_until and fact.valid_until < before
    ]
    if not old:
        click.echo(f"Nothing has held no longer for {age}.")
        return
    for fact in old:
        click.echo(line_of(fact))
    agreed(f"Delete {len(old)} for good?", yes=yes)
    click.echo(f"{memory.prune(before)} deleted.")


@click.command()
@yes_option
@with_memory
def purge(memory: Memory, *, yes: bool) -> None:
    """Delete all that is known of the project, for good."""
    stats = memory.stats()
    facts = counted(stats.facts + stats.ended, "fact")
    values = counted(stats.values, "shared value")
    agreed(f"Delete {facts} and {values} of project {memory.project.name} for good?", yes=yes)
    memory.purge()
    click.echo(f"{facts} and {values} deleted.")


def _text(given: str) -> str:
    if given != "-":
        return given
    return sys.stdin.read()


def _days(age: str) -> timedelta:
    match = re.fullmatch(r"(\d{1,5})([dwmy])", age)
    if not match:
        raise click.BadParameter(f"expected an age such as 12d, 8w, 6m or 1y, got {age!r}")
    return timedelta(days=int(match[1]) * _AGES[match[2]])
