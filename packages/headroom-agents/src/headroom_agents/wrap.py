"""`headroom wrap`."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import click

from headroom.errors import HeadroomError
from headroom_agents import routed
from headroom_agents.agents import AGENTS, Address, Agent, Launch, Scene
from headroom_agents.environment import environment
from headroom_agents.errors import Refused
from headroom_agents.gateways import Client, Gateway, ensure
from headroom_agents.gateways.asking import url_at
from headroom_agents.gateways.starting import Wanted, find
from headroom_agents.routing import upstreams, without_proxy
from headroom_proxy.settings import Mode, SettingsError
from headroom_proxy.sources import gather

KNOWN = {agent.name: agent for agent in AGENTS}
NAMES = click.Choice(list(KNOWN))


@dataclass(frozen=True, slots=True)
class _Plan:
    """All that a wrap does, before it does anything."""

    agent: Agent
    program: str
    scene: Scene
    addresses: tuple[Address, ...]
    wanted: Wanted

    def launch(self, url: str) -> Launch:
        """Returns what the agent is started with, for a gateway's address."""
        launch = self.agent.launch(self.scene, self.addresses, url)
        added = {**launch.environment, **without_proxy(self.scene.environment)}
        return Launch(added, launch.arguments)


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("agent", metavar="AGENT", type=NAMES)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.option("--port", type=click.IntRange(1, 65_535), help="Of the gateway, and no other.")
@click.option("--mode", type=click.Choice(get_args(Mode)), help="As for `headroom proxy`.")
@click.option("--linger", type=float, default=15.0, show_default=True,
              help="Seconds that the gateway stays after the last agent.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
def wrap(
    agent: str,
    arguments: tuple[str, ...],
    port: int | None,
    mode: str | None,
    linger: float,
    *,
    dry_run: bool,
) -> None:
    """Start AGENT with Headroom between it and its provider. Arguments of its own go behind `--`.

    A gateway is started, or one that runs is used; it ends when the last agent has. The agent is
    told by its environment or its command line: no file of yours is touched, except where the agent
    has nothing else, and then the file is as it was when the gateway ends. What you have set as its
    provider's address becomes the gateway's.

    AGENT is one of claude, codex, gemini, opencode, copilot, openclaw, aider, goose, openhands,
    cursor, cline and continue. Everything else is as for `headroom proxy`: HEADROOM_MODE, …, or headroom.toml.
    """
    flags = {name: value for name, value in (("port", port), ("mode", mode)) if value is not None}
    try:
        if not dry_run:
            routed.heal(agent)
        plan = _plan(KNOWN[agent], arguments, flags, linger)
        if dry_run:
            _show(plan)
            return
        _go(plan)
    except (HeadroomError, SettingsError) as error:
        raise click.ClickException(str(error)) from error


def _plan(
    agent: Agent, arguments: Sequence[str], flags: Mapping[str, object], linger: float
) -> _Plan:
    if agent.is_remote:
        raise Refused(agent.advice)
    variables = environment()
    program = _program(agent, variables) if agent.executable else ""
    scene = Scene(variables, tuple(arguments), Path.cwd())
    addresses = agent.addresses(scene)
    told = {**flags, **upstreams(addresses), "host": "127.0.0.1", "token": ""}
    settings, _ = gather(told)
    for address in addresses:
        if not getattr(settings, address.provider):
            raise Refused(f"no address of {address.provider} is known: set {address.name}")
    tidies = bool(agent.entries(scene, url_at(settings.port)))
    wanted = Wanted(settings, told, "port" in flags or tidies, tidies, linger)
    return _Plan(agent, program, scene, addresses, wanted)


def _program(agent: Agent, variables: Mapping[str, str]) -> str:
    found = shutil.which(agent.executable, path=variables.get("PATH"))
    if found is None:
        raise Refused(
            f"{agent.title} was not found: there is no {agent.executable} on PATH.\n"
            f"To install it: {agent.install}"
        )
    return found


def _go(plan: _Plan) -> None:
    gateway = ensure(plan.wanted, Client.of(os.getpid()))
    entries = plan.agent.entries(plan.scene, gateway.url)
    if entries:
        routed.put_in(plan.agent.name, gateway.port, entries)
    _greet(plan, gateway)
    if not plan.program:
        _stay()
        return
    launch = plan.launch(gateway.url)
    _become(plan.program, launch.arguments, {**plan.scene.environment, **launch.environment})


def _greet(plan: _Plan, gateway: Gateway) -> None:
    if gateway.note:
        click.echo(f"headroom: {gateway.note}", err=True)
    click.echo(
        f"headroom: {plan.agent.title} asks through {gateway.url} "
        f"({plan.wanted.settings.mode}); what it saves: {gateway.url}/dashboard",
        err=True,
    )
    if plan.agent.advice:
        click.echo(plan.agent.advice.format(url=gateway.url), err=True)


def _become(program: str, arguments: Sequence[str], variables: Mapping[str, str]) -> None:
    """Becomes the agent, which has this process's number, terminal, signals and exit code."""
    command = [program, *arguments]
    if os.name == "nt":  # has no exec: the shell would not wait
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        sys.exit(subprocess.run(command, env=dict(variables), check=False).returncode)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them, and so would the agent
        signal.signal(number, signal.SIG_DFL)
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        os.execve(program, command, dict(variables))
    except OSError as error:
        raise Refused(f"{program}: {error.strerror}") from error


def _stay() -> None:
    """Waits until the user has had enough."""
    click.echo("Ctrl-C ends it.", err=True)
    for number in (signal.SIGINT, signal.SIGTERM):  # scripts start what they leave running without
        signal.signal(number, signal.default_int_handler)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        return


def _is_secret(name: str, value: str) -> bool:
    """Returns whether a variable may hold a key: what is named so, and settings as a whole."""
    return name.endswith(("_KEY", "_TOKEN")) or value.startswith("{")


def _show(plan: _Plan) -> None:
    gateway, why = find(plan.wanted)
    url = gateway.url if gateway else url_at(plan.wanted.settings.port)
    if gateway:
        click.echo(f"gateway      {url}, which runs")
    elif why:
        instead = "none" if plan.wanted.insists else "on a free port"
        click.echo(f"gateway      {instead}: {why}")
    else:
        click.echo(f"gateway      {url}, started and ended with the agent")
    for name, value in plan.wanted.flags.items():
        if name in {address.provider for address in plan.addresses}:
            click.echo(f"upstream     {name}: {value}")
    launch = plan.launch(url)
    for name, value in launch.environment.items():
        click.echo(f"environment  {name}={'…' if _is_secret(name, value) else value}")
    if plan.program:
        click.echo(f"command      {subprocess.list2cmdline([plan.program, *launch.arguments])}")
    for change in routed.planned(plan.agent.entries(plan.scene, url)):
        click.echo(change.diff())
    if plan.agent.advice:
        click.echo(plan.agent.advice.format(url=url))
