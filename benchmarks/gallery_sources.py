"""What tools print about this repository and about this Python: files, listings, hits, changes, pages."""

from __future__ import annotations

import difflib
import random
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from gallery_outputs import PACKAGES, PEOPLE, Case
from workloads import diff, long_listing

ROOT = Path(__file__).resolve().parent.parent
CORE = "packages/headroom-core/src/headroom"


def _read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def _tracked(folder: str, ending: str = "") -> list[str]:
    files = (p for p in (ROOT / folder).rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return sorted(p.relative_to(ROOT).as_posix() for p in files if p.name.endswith(ending))


def _numbered(name: str) -> str:
    return "".join(f"{n:6}\t{line}\n" for n, line in enumerate(_read(name).splitlines(), 1))


def _hits(pattern: str, folder: str, ending: str, *, heading: bool = False) -> Iterator[str]:
    for name in _tracked(folder, ending):
        lines = enumerate(_read(name).splitlines(), 1)
        found = [f"{n}:{line}\n" for n, line in lines if re.search(pattern, line)]
        if heading and found:
            yield f"{name}\n"
        yield from (hit if heading else f"{name}:{hit}" for hit in found)
        if heading and found:
            yield "\n"


def _search(pattern: str, folder: str, ending: str, *, heading: bool = False) -> str:
    return "".join(_hits(pattern, folder, ending, heading=heading))


def _around(pattern: str, name: str) -> str:
    """Hits with two lines of context, as `grep -n -C 2` prints them."""
    lines = _read(name).splitlines()
    hits = [n for n, line in enumerate(lines) if re.search(pattern, line)]
    out: list[str] = []
    last = -1
    for n in hits:
        first = max(n - 2, last + 1)
        if last >= 0 and first > last + 1:
            out.append("--\n")
        for m in range(first, min(n + 3, len(lines))):
            sign = ":" if m in hits else "-"
            out.append(f"{name}{sign}{m + 1}{sign}{lines[m]}\n")
        last = min(n + 2, len(lines) - 1)
    return "".join(out)


def _recursive(folder: str) -> str:
    """What `ls -R` prints."""
    below: dict[str, set[str]] = {}
    for name in _tracked(folder):
        parts = name.split("/")
        for n in range(folder.count("/") + 1, len(parts)):
            below.setdefault("/".join(parts[:n]), set()).add(parts[n])
    return "\n".join(
        f"{place}:\n" + "\n".join(sorted(names)) + "\n" for place, names in sorted(below.items())
    )


def _tree(folder: str) -> str:
    """What `tree` prints."""

    def rows(place: Path, indent: str) -> Iterator[str]:
        entries = sorted(p for p in place.iterdir() if p.name != "__pycache__")
        for n, entry in enumerate(entries, 1):
            last = n == len(entries)
            yield f"{indent}{'└── ' if last else '├── '}{entry.name}\n"
            if entry.is_dir():
                yield from rows(entry, indent + ("    " if last else "│   "))

    return f"{folder}\n" + "".join(rows(ROOT / folder, ""))


def _sizes(folder: str) -> str:
    return "".join(f"{(ROOT / name).stat().st_size}\t{name}\n" for name in _tracked(folder))


def _archive() -> str:
    """What `unzip -l` prints."""
    rows = "".join(
        f"{(ROOT / name).stat().st_size:9}  2026-11-21 08:00   {name}\n"
        for name in _tracked("cpp/src")
    )
    return f"  Length      Date    Time    Name\n---------  ---------- -----   ----\n{rows}"


def _edited(name: str, old: str, new: str) -> str:
    before = _read(name).splitlines(keepends=True)
    after = [line.replace(old, new) for line in before]
    head = f"diff --git a/{name} b/{name}\nindex 4b6150f..1f51fe4 100644\n"
    return head + "".join(difflib.unified_diff(before, after, f"a/{name}", f"b/{name}"))


def _added(name: str) -> str:
    lines = _read(name).splitlines(keepends=True)
    head = f"diff --git a/{name} b/{name}\nnew file mode 100644\nindex 0000000..1f51fe4\n"
    return (
        head
        + f"--- /dev/null\n+++ b/{name}\n@@ -0,0 +1,{len(lines)} @@\n"
        + "".join("+" + x for x in lines)
    )


def _commits(*, stat: bool) -> str:
    rng = random.Random(21)
    out = []
    for n in range(30):
        name, who = rng.choice(PACKAGES), rng.choice(PEOPLE)
        out.append(
            f"commit {rng.getrandbits(160):040x}\nAuthor: {who.title()} <{who}@example.org>\n"
            f"Date:   Mon Nov {n % 28 + 1} 10:{n:02}:00 2026 +0100\n\n    {name}: repair part {n}\n\n"
        )
        if stat:
            out.append(
                f" src/{name}/part_{n}.py | {n % 9 + 1} {'+' * (n % 9 + 1)}\n 1 file changed, {n % 9 + 1} insertions(+)\n\n"
            )
    return "".join(out)


def _short_commits() -> str:
    rng = random.Random(22)
    return "".join(
        f"{rng.getrandbits(28):07x} {rng.choice(PACKAGES)}: {rng.choice(['repair', 'add', 'rename'])} part {n}\n"
        for n in range(150)
    )


def _statuses() -> str:
    return "".join(
        f"{'MMMA'[n % 4] if n != 17 else 'D'}\t{name}\n"
        for n, name in enumerate(_tracked(CORE, ".py"))
    )


def _page(title: str, body: str) -> str:
    menu = "".join(f'<li><a href="/{name}">{name.title()}</a></li>' for name in PACKAGES)
    return (
        f"<!DOCTYPE html><html><head><title>{title}</title><style>body {{ margin: 0 }}</style></head>\n"
        f"<body><nav><ul>{menu}</ul></nav><main><h1>{title}</h1>\n{body}\n</main>"
        "<footer>Imprint</footer><script>track()</script></body></html>\n"
    )


def _price_page() -> str:
    rows = "".join(
        f"<tr><td>{name} {n}</td><td>{n * 7 + len(name)} EUR</td></tr>\n"
        for n in range(8)
        for name in PACKAGES
    )
    return _page("Prices", f"<table><tr><th>item</th><th>price</th></tr>\n{rows}</table>")


def _question_page() -> str:
    answers = "".join(
        f"<h2>Why does {name} stop?</h2>\n<p>{name.title()} stops when part {n} is worn. "
        f"It runs again once the part is replaced.</p><p>Ask us if it does not.</p>\n"
        for n, name in enumerate(PACKAGES * 3)
    )
    return _page("Questions", answers)


def _folder_page() -> str:
    links = "".join(
        f'<a href="{Path(x).name}">{Path(x).name}</a>   21-Nov-2026\n' for x in _tracked("cpp")
    )
    return f"<html><head><title>Index of /cpp</title></head><body><h1>Index of /cpp</h1><pre>\n{links}</pre></body></html>\n"


def _compared() -> str:
    name = "CONTRIBUTING.md"
    lines = _read(name).splitlines()
    other = [line.replace("commit", "change") for line in lines]
    return difflib.HtmlDiff().make_file(lines, other, name, name)


def _file(question: str, name: str, *, numbered: bool = False) -> Case:
    make = _numbered if numbered else _read
    return question, f"cat {'-n ' if numbered else ''}{name}", partial(make, name)


def _call(question: str, command: str, make: Callable[..., str], *given: str) -> Case:
    return question, command, partial(make, *given)


SOURCES: dict[str, dict[str, Case]] = {
    "source_code": {
        "pipeline": _file("When does a block fail open?", f"{CORE}/pipeline/run.py"),
        "memory": _file("How are originals kept?", f"{CORE}/ccr/memory.py"),
        "numbered": _file("Where is a marker rendered?", f"{CORE}/ccr/marker.py", numbered=True),
        "paths": _file("Why is a path refused?", f"{CORE}/ccr/json_path.py"),
        "policy": _file("What is omit_from?", f"{CORE}/policy.py"),
        "kernel": _file("How is a printed number read?", "cpp/src/diff.cpp"),
        "splicing": _file("Where are edits sorted?", "cpp/src/splice.cpp"),
        "binding": _file("Fix a leak in split_aligned.", "cpp/src/aligned.cpp"),
    },
    "prose": {
        "architecture": _file("What is the way of a block?", "ARCHITECTURE.md"),
        "readme": _file("How do I install it?", "README.md"),
        "changes": _file("What is new about HTML?", "CHANGELOG.md"),
        "costs": _file("What does a cache write cost?", "docs/costs.md"),
        "limits": _file("Is the store encrypted?", "docs/limits.md"),
        "security": _file("How do I report a flaw?", "SECURITY.md"),
    },
    "search_results": {
        "classes": _call(
            "Which class holds the memo?", "grep -rn '^class' src", _search, "^class ", CORE, ".py"
        ),
        "imports": _call(
            "Who imports the kernels?",
            "grep -rn kernels src",
            _search,
            "headroom.kernels",
            CORE,
            ".py",
        ),
        "headings": _call(
            "Where is an error raised?",
            "rg 'raise ' src/formats",
            partial(_search, heading=True),
            "raise ",
            f"{CORE}/formats",
            ".py",
        ),
        "context": _call(
            "Where is the store asked?",
            "grep -n -C 2 store engine.py",
            _around,
            r"self\.store",
            f"{CORE}/engine.py",
        ),
        "C++": _call(
            "Where is memchr used?",
            "grep -rn 'std::' cpp/src",
            _search,
            "std::mem",
            "cpp/src",
            ".cpp",
        ),
        "tests": _call(
            "Which test restores?",
            "grep -rn 'def test_' tests",
            _search,
            "def test_",
            "packages/headroom-core/tests/ccr",
            ".py",
        ),
    },
    "listings": {
        "ls -R": _call("Where is the diff kernel?", "ls -R cpp", _recursive, "cpp"),
        "tree": _call("Which stores are there?", f"tree {CORE}", _tree, CORE),
        "sizes": _call("Which file is the largest?", f"du -ab {CORE}", _sizes, CORE),
        "paths": (
            "Which compressors are there?",
            f"find {CORE}",
            lambda: "\n".join(_tracked(CORE)) + "\n",
        ),
        "archive": _call("Is rank.cpp in it?", "unzip -l cpp.zip", _archive),
        "ls -lR": _call("Which packages are there?", "ls -lR", long_listing),
    },
    "diffs": {
        "renamed": _call(
            "What was renamed?", "git diff", _edited, f"{CORE}/engine.py", "outcome", "decided"
        ),
        "small": _call("What changed?", "git diff", _edited, f"{CORE}/policy.py", "1000", "2000"),
        "new file": _call("What does it do?", "git show", _added, f"{CORE}/pipeline/memo.py"),
        "commits": ("Who repaired harbor?", "git log", partial(_commits, stat=False)),
        "statistics": (
            "Which commit is the largest?",
            "git log --stat",
            partial(_commits, stat=True),
        ),
        "subjects": _call("When was ember renamed?", "git log --oneline", _short_commits),
        "statuses": _call("Which file is gone?", "git diff --name-status", _statuses),
        "library": _call("What was renamed?", "git diff", diff),
    },
    "html": {
        "prices": _call("What does fjord 3 cost?", "curl -s example.org/prices", _price_page),
        "questions": _call("Why does grove stop?", "curl -s example.org/help", _question_page),
        "folder": _call("Is bpe.cpp there?", "curl -s example.org/cpp/", _folder_page),
        "comparison": _call("What differs?", "curl -s example.org/comparison", _compared),
    },
}
