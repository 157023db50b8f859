"""Which agents are here, where they ask, and what they lose."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from headroom.errors import ConfigError, HeadroomError
from headroom.home import user_file
from headroom_agents.agents import AGENTS, Agent, Scene
from headroom_agents.doctor._finding import Finding
from headroom_agents.environment import environment
from headroom_agents.gateways import ask, places
from headroom_agents.gateways.asking import is_free
from headroom_proxy.settings import is_local_name

_SECONDS = 20


def check() -> Iterator[Finding]:
    """Yields what is to be said of each agent."""
    variables = environment()
    users = _users()
    with ThreadPoolExecutor() as pool:
        for findings in pool.map(partial(_agent, variables=variables, users=users), AGENTS):
            yield from findings


def _agent(agent: Agent, variables: Mapping[str, str], users: Mapping[str, int]) -> list[Finding]:
    program = (
        shutil.which(agent.executable, path=variables.get("PATH")) if agent.executable else None
    )
    if program is None and not (agent.home and user_file(agent.home).exists()):
        return [Finding(agent.title, "note", "not found")]
    if program is None and agent.executable:
        said = f"{user_file(agent.home)} is there, but no {agent.executable} on PATH"
        return [Finding(agent.title, "note", said)]
    name = f"{agent.title} {_version(program, variables)}".strip() if program else agent.title
    found = [_where(agent, name, variables, users)]
    return found + [Finding(name, "note", lost) for lost in agent.loses]


def _where(
    agent: Agent, name: str, variables: Mapping[str, str], users: Mapping[str, int]
) -> Finding:
    if (port := users.get(agent.name)) is not None:
        return Finding(name, "well", f"wrapped now, asks through port {port}")
    try:
        addresses = agent.addresses(Scene(variables, (), Path.cwd()))
    except ConfigError as error:
        return Finding(name, "broken", str(error))
    except HeadroomError as error:
        return Finding(name, "note", str(error))
    for address in addresses:
        parts = urlsplit(address.yours)
        if not (is_local_name(parts.hostname or "") and parts.port):
            continue
        if ask(parts.port) is not None:
            said = f"{address.name} leads to the gateway on port {parts.port}, also without a wrap"
            return Finding(name, "well", said)
        if is_free(parts.port):
            said = f"{address.name} is {address.yours}, where nothing listens: unset it"
            return Finding(name, "broken", said)
    return Finding(name, "well", f"not wrapped now: headroom wrap {agent.name}")


def _users() -> dict[str, int]:
    """Returns the agents that use a gateway now, with its port."""
    found = {}
    for place in places():
        for client in place.clients():
            for agent in AGENTS:
                if _is(client.pid, agent):
                    found[agent.name] = place.port
    return found


def _is(pid: int, agent: Agent) -> bool:
    """Returns whether a process is an agent, or keeps a gateway for one."""
    try:
        command = psutil.Process(pid).cmdline()
    except psutil.Error:
        return False
    names = {re.sub(r"\.(exe|cmd|js)$", "", Path(part).name) for part in command[:3]}
    return (agent.executable or None) in names or command[-1:] == [agent.name]


def _version(program: str, variables: Mapping[str, str]) -> str:
    """Returns what a program says of its version, as far as it is a number."""
    try:
        done = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=_SECONDS,
            check=False, env=dict(variables), stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return "(does not say its version)"
    found = re.search(r"\d+(\.\d+)+(-[\w.]+)?", done.stdout + done.stderr)
    return found[0] if found else ""
