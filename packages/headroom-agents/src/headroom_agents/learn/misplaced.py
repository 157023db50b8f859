"""Files that were looked for where they are not, and where they were found then."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence

from headroom_agents.learn import quote
from headroom_agents.learn.absent import LEAST
from headroom_agents.learn.findings import At, Finding, calls, finding
from headroom_agents.learn.trace import Trace

_COMMON = frozenset(
    {
        "__init__.py", "__main__.py", "conftest.py", "index.js", "index.ts", "index.html", "main.py",
        "main.go", "main.rs", "mod.rs", "lib.rs", "readme.md", "package.json", "makefile", "setup.py",
        "test.py", "tests.py", "models.py", "views.py", "utils.py", "types.ts", "config.py",
    }
)  # fmt: skip
"""Names that several files of a project have, as a rule."""

_PASSING = ("/tmp/", "/var/tmp/", "/private/tmp/", "/dev/", "/proc/")


def misplaced(traces: Sequence[Trace]) -> Iterator[Finding]:
    """Yields paths that were wrong more than once, with the right one."""
    missing: dict[str, list[At]] = {}
    there: set[str] = set()
    made: set[str] = set()
    moving = {trace.session: _moves(trace) for trace in traces}
    for at in calls(traces):
        moves = moving[at.trace.session]
        missing_here = {name for kind, name in at.call.complaints if kind == "no-file"}
        for name in missing_here:
            if name.startswith("/") or not moves:
                missing.setdefault(_normal(name, at.trace), []).append(at)
        if at.call.failed is False and (at.call.reads or not at.call.commands):
            paths = [name for name in at.call.paths if name.startswith("/") or not moves]
            there |= {_normal(name, at.trace) for name in paths if _is_kept(name)}
        made |= {_normal(name, at.trace) for name in at.call.writes}
    for name, ats in missing.items():
        if len(ats) < LEAST or name in there or name in made:
            continue
        right = {one for one in there - made if _is_meant(name, one)}
        if len(right) != 1:
            continue
        (found,) = right
        if not (quote.may_be_quoted(name) and quote.may_be_quoted(found)):
            continue
        said = quote.times(len(ats)), quote.sessions(len({at.trace.session for at in ats}))
        where = f"{quote.path(name)} was not there, {said[0]} in {said[1]}"
        yield finding("no-file", f"{where}; {quote.path(found)} was.", ats)


def _normal(name: str, trace: Trace) -> str:
    """Returns a path from the project's folder on, if it is in it."""
    name = name.replace("\\", "/")
    project = trace.project.replace("\\", "/").rstrip("/") + "/"
    is_folder = project.startswith("/") or project[1:2] == ":"
    return posixpath.normpath(name.removeprefix(project) if is_folder else name)


def _is_kept(name: str) -> bool:
    return not name.startswith(_PASSING) and "*" not in name


def _is_meant(name: str, found: str) -> bool:
    """Returns whether another path is that of the file that was looked for."""
    own, other = posixpath.basename(name), posixpath.basename(found)
    if own.lower() in _COMMON or name == found or name.startswith(_PASSING):
        return False
    return own == other or ("." not in own and posixpath.splitext(other)[0] == own and len(own) > 4)


def _moves(trace: Trace) -> bool:
    """Returns whether relative paths may be relative to several folders."""
    return any(command.program in ("cd", "pushd") for c in trace.calls for command in c.commands)
