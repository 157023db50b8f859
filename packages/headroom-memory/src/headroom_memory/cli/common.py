"""What the commands share: whose memory it is, errors as sentences, facts as lines."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from headroom.errors import HeadroomError
from headroom_memory.memory import Memory
from headroom_memory.project import USER
from headroom_memory.records import as_json
from headroom_memory.types import Fact

json_option = click.option("--json", "as_json_", is_flag=True, help="Print as JSON.")
yes_option = click.option("--yes", "-y", is_flag=True, help="Do it without asking.")
filters: tuple[Callable[..., Any], ...] = (
    click.option("--category", default="", help="Only of this category."),
    click.option("--tag", default="", help="Only with this tag."),
    click.option("--agent", default="", help="Only said by this agent."),
)


def with_memory(work: Callable[..., None]) -> Callable[..., None]:
    """Gives a command a memory, by --project or --user, and has its errors be sentences."""

    @click.option("--project", metavar="FOLDER|NAME", help="Default: around the working directory.")
    @click.option("--user", is_flag=True, help="What concerns you and no project.")
    @functools.wraps(work)
    def command(project: str | None, *, user: bool, **options: Any) -> None:  # noqa: ANN401
        if user and project:
            raise click.UsageError("--user and --project exclude each other")
        with sentences():
            memory = Memory(USER if user else project)
            try:
                work(memory, **options)
            finally:
                memory.close()

    return command


@contextmanager
def sentences() -> Iterator[None]:
    """Has errors of ours be what a command says before it ends with 1."""
    try:
        yield
    except HeadroomError as error:
        raise click.ClickException(plain(str(error))) from error


def filtered(command: Callable[..., None]) -> Callable[..., None]:
    """Adds --category, --tag and --agent."""
    for option in reversed(filters):
        command = option(command)
    return command


def plain(text: str) -> str:
    """Returns a text without what a terminal would obey."""
    return "".join(c if c.isprintable() or c in "\n\t" else repr(c)[1:-1] for c in text)


def agreed(question: str, *, yes: bool) -> None:
    """Returns if the user agrees; else the command ends, and has done nothing."""
    if not yes and not click.confirm(question):
        raise click.ClickException("nothing was changed")


def counted(count: int, thing: str) -> str:
    """Returns how many things there are, as one says it."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def echo_json(value: Any) -> None:  # noqa: ANN401 - JSON
    """Prints JSON for programs."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=1))


def echo_facts(facts: Sequence[Fact], memory: Memory, *, as_json_: bool) -> None:
    """Prints facts, one a line, or as JSON."""
    if as_json_:
        echo_json([{**as_json(fact), "project": memory.project.name} for fact in facts])
        return
    for fact in facts:
        click.echo(line_of(fact))


def line_of(fact: Fact) -> str:
    """Returns a fact in a line."""
    first, *more = plain(fact.text).strip().splitlines()
    agent = fact.sources[0].agent if fact.sources else ""
    about = [fact.id, f"{fact.valid_from:%Y-%m-%d}", *([plain(agent)] if agent else [])]
    ended = "" if fact.holds else f"  (until {fact.valid_until:%Y-%m-%d})"
    return f"{'  '.join(about)}  {first.expandtabs()}{' …' if more else ''}{ended}"
