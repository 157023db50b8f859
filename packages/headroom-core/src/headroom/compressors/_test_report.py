"""What test runners and builds print: which lines are routine, and how to write reports tighter."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence

from headroom.compressors._fold import Item

REPORT = re.compile(
    rb"=+ test (?:session|process) starts =+|=+ (?:FAILURES|ERRORS|warnings summary) =+"
    rb"|Ran \d+ tests? in |(?:FAIL|ERROR): \w+ \(|(?:PASS|FAIL) \S+\.[jt]sx?\b"
    rb"| *Tests: +.*\d+ (?:passed|failed)| *Test Files +\d| *(?:=== RUN|--- (?:PASS|FAIL|SKIP):) "
    rb"|ok +\t?\S+\t[\d.]+s|running \d+ tests?$|test result: |test \S+ \.\.\. (?:ok|FAILED)"
    rb"|(?:\[\w+\] )?Tests run: \d+, |> Task :|\[INFO\] BUILD |\d+% tests passed| *Start +\d+: "
    rb"|g?make(?:\[\d+\]: |: (?:\*\*\*|Entering|Leaving|Nothing))|npm (?:ERR!|WARN) "
    rb"| *\[(?:javac|exec|ant)\] |Build (?:succeeded|FAILED)|BUILD (?:SUCCESS|FAILED)|tox: "
    rb"|\d+\. (?:WARNING|ERROR) in \S"
)
"""What only a test runner or a build prints: one such line will do."""

CRASH = b"Traceback (most recent call last):"

STEP = re.compile(rb"Traceback \(most recent call last\):| *\[ *\d+(?:/\d+|%)\] [A-Z]\w+ \S")
"""What crashes and builds print, but people quote too."""

_FINDING = re.compile(
    rb"\s*+(?:\[\w+\] )?[\[\"]?(?:[A-Za-z]:[\\/])?(?P<path>[^:(\n]*+)(?:[:(]\[?\d+[:,]\d+[\])]*:? +\S"
    rb"|(?::\d+|\(\d+\)|:\[\d+\]|: line \d+|) ?: ?(?:(?:fatal )?error|warning|note|remark|info)\b"
    rb"|:\d+ (?:in|at) |:\d+: [A-Z]{1,4}\d{2,5}\b|: .* at line \d)",
    re.IGNORECASE,
)

_PASSED = (
    rb"\S+ PASSED\b|\S.* \.\.\. ok\s*$|\s*--- PASS: |\s*=== (?:RUN|PAUSE|CONT|NAME) "
    rb"|\s*(?:\xe2\x9c\x93|\xe2\x88\x9a|\xe2\x9c\x94) |ok +\t?\S+\t|PASS\b| *Start +\d+: "
    rb"| *\d+/\d+ Test +#\d+: .* Passed |\S.* PASSED\s*$|(?:\[INFO\] )?Running [\w.$]+\s*$"
    rb"|(?:\[INFO\] )?Tests run: \d+, Failures: 0, Errors: 0, .*Time elapsed"
)
_STEP = (
    rb"\s*\[ *\d+(?:/\d+|%)\] |(?:\S*/)?(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+|ar|ld|javac|rustc|cl)(?:\.exe)? "
    rb"|\s+(?:CC|CXX|LD|AR|AS|GEN|HOSTCC|HOSTLD|LINK|COPY|INSTALL)(?: \[M\])? +\S"
    rb"|(?:\[INFO\] )?\s*(?:Compiling|Downloading|Downloaded|Checking|Fetching|Collecting|Installing"
    rb"|Unpacking|Preparing|Requirement already|Using cached|Updating|Fresh|Linking|Copying|Created"
    rb"|Processing|Generating|Scanning|Resolving|Progress|Extracting|Selecting previously|Setting up"
    rb"|Adding|Locking|Removing|Building wheel|Created wheel|Stored in directory)\b"
    rb"|(?:Get|Hit|Ign):\d+ |\s+\xe2\x94\x81|go: (?:downloading|extracting|finding) |> Task :\S+(?: UP-TO-DATE| NO-SOURCE)?\s*$"
    rb"|#\d+ (?:\[|sha256:|DONE|CACHED|extracting|transferring|resolve|exporting|\.\.\.)|-- (?:Looking for|Performing Test|Check)"
    rb"|checking (?:for|whether|if|how) .*\.\.\. |[0-9a-f]{12}: (?:Pulling|Waiting|Verifying|Download|Extracting|Pull|Already)"
)
"""What package managers, compilers and image builds print for each thing that they get done."""
_ROUTINE = re.compile(rb"(?P<passed>" + _PASSED + rb")|(?P<step>" + _STEP + rb")")
_LEAST_RUN = 4

_FAILING = re.compile(rb">\s")
_SOURCE = re.compile(rb"(?:    |\t|\s*$)")
_SIGNATURE = re.compile(rb"\s+(?:@|(?:async )?def |class )")
_NEAR = 4
"""Source lines that stay above the failing one."""

_RULES = frozenset((b"=", b"_", b"*", b"#", b"-", b"."))
_THIN_RULE = re.compile(rb"(?:[_*.-] ){8,}[_*.-]?\s*$")
_TITLE = re.compile(rb"([=_*#-])\1{3,} (\S.*?) \1{4,}(\r?\n?)$")
_OUTCOMES = re.compile(
    rb"(?P<file>\S+\.(?:py|rst|txt|md) )?(?P<letters>[.sxXFEfpP]+) +\[ *\d+%\]\r?\n"
)
_WARNINGS = b" warnings summary "
_PERCENT = (b"%]\n", b"%]\r\n")
_HEADING = re.compile(rb"(?:\.\./)*+(\S*[^\s:]:\d++)\r?\n")
_LONG_RUN = re.compile(rb"(.)\1{11,}")


def is_finding(line: bytes) -> bool:
    """Returns whether a line says what is wrong at a place in a file: compilers and linters."""
    match = _FINDING.match(line)
    words = match["path"].split() if match else []
    return bool(words) and any(sign in words[-1] for sign in (b"/", b"\\", b"."))


def is_routine(line: bytes) -> bool:
    """Returns whether a line reports a passed test or a build step."""
    return _ROUTINE.match(line) is not None


def is_passed(line: bytes) -> bool:
    """Returns whether a line reports a passed test."""
    match = _ROUTINE.match(line)
    return match is not None and match.lastgroup == "passed"


def routine(lines: Sequence[bytes]) -> Iterator[int]:
    """Yields lines that report what went as it should, of each run all but the first."""
    start, kind = 0, ""
    for n, line in enumerate([*lines, b""]):
        match = _ROUTINE.match(line)
        found = (match.lastgroup or "") if match else ""
        if found != kind:
            if kind and n - start >= _LEAST_RUN:
                yield from range(start + 1, n)
            start, kind = n, found


def quoted_source(lines: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """Yields the parts of quoted functions that lie well above the line that failed (pytest)."""
    for n, line in enumerate(lines):
        if line[:1] != b">" or not _FAILING.match(line):
            continue
        start = n
        while start > 0 and _SOURCE.match(lines[start - 1]):
            start -= 1
        while start < n and (_SIGNATURE.match(lines[start]) or not lines[start].strip()):
            start += 1
        if n - _NEAR - start >= _LEAST_RUN:
            yield start, n - _NEAR


def _outcome(line: bytes) -> re.Match[bytes] | None:
    return _OUTCOMES.fullmatch(line)


def outcomes(lines: Sequence[bytes]) -> Iterator[int]:
    """Yields the lines that hold one letter a test."""
    return (n for n, line in enumerate(lines) if line.endswith(_PERCENT) and _outcome(line))


def tidy(items: Sequence[Item], verbatim: Container[bytes]) -> list[Item]:
    """Returns the lines without blank ones, with short rules and with outcomes joined."""
    out: list[Item] = []
    waiting: list[bytes] = []
    if any(item and _WARNINGS in item for item in items):
        items = _said_once(items, verbatim)
    for item in items:
        outcome = item and item.endswith(_PERCENT) and item not in verbatim and _outcome(item)
        if waiting and not (outcome and not outcome["file"]):
            out.append(_joined(waiting))
            waiting = []
        if item is None or item in verbatim:
            out.append(item)
        elif outcome:
            waiting.append(item)
        elif item.strip():
            out.append(_short_rule(item) if item[:1] in _RULES else item)
    if waiting:
        out.append(_joined(waiting))
    return out


def _said_once(items: Sequence[Item], verbatim: Container[bytes]) -> list[Item]:
    """Returns pytest's warnings without the heading that only repeats the place below it.

    src/cart.py:7                                  ->
      /srv/src/cart.py:7: FutureWarning: use x       /srv/src/cart.py:7: FutureWarning: use x
    """
    out: list[Item] = []
    at, fresh = 0, False
    while at < len(items):
        item = items[at]
        match = _HEADING.fullmatch(item) if fresh and item and item not in verbatim else None
        if match:
            end = at + 1
            while end < len(items) and items[end] == item:
                end += 1
            warning = items[end] if end < len(items) else None
            if warning and warning not in verbatim and _is_at(warning, match[1]):
                times = b" (x%d)" % (end - at) if end - at > 1 else b""
                out.append(warning.replace(match[1], match[1] + times, 1))
                at, fresh = end + 1, False
                continue
        fresh = item is not None and not item.strip(b"=\r\n warnings summary")
        out.append(item)
        at += 1
    return out


def _is_at(warning: bytes, place: bytes) -> bool:
    """Returns whether an indented line starts with a path that ends with a place."""
    found = warning.find(place + b": ")
    return found >= 2 and warning[:2] == b"  " and b" " not in warning[2:found]


def _short_rule(line: bytes) -> bytes:
    if _THIN_RULE.match(line):
        return line[:5] + b"\n"
    match = _TITLE.match(line)
    return b"%s %s %s%s" % (match[1] * 3, match[2], match[1] * 3, match[3]) if match else line


def _joined(lines: Sequence[bytes]) -> bytes:
    """Returns pytest's outcomes of several lines as one, runs of a letter counted."""
    if len(lines) == 1:
        return lines[0]
    matches = [m for line in lines if (m := _OUTCOMES.fullmatch(line))]
    letters = b"".join(m["letters"] for m in matches)
    counted = _LONG_RUN.sub(lambda m: b" %s\xc3\x97%d " % (m[1], len(m[0])), letters)
    percent = lines[-1][lines[-1].rindex(b"[") :]
    return b"%s%s %s" % (matches[0]["file"] or b"", b" ".join(counted.split()), percent)
