"""Twin of `lines`: line starts, templates and flags of units, spelled out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

ERROR, WARNING, FRAME, BLANK, SUMMARY = 1, 2, 4, 8, 16

WORD = re.compile(rb"[A-Za-z0-9_\x80-\xff]+")
SPACE = b" \t\n\v\f\r"
PATH_END = SPACE + b"\"'`()[]{}<>,;:=|&?#\x1b"
DIGITS = b"0123456789"
HEX = DIGITS + b"abcdefABCDEF"
MASK = "\0"


def named(words: str) -> frozenset[str]:
    """Returns the words of a list."""
    return frozenset(words.split())


SAYS_ERROR = named(
    "error errors err fatal fail failed fails failing failure failures exception exceptions"
    " denied panic panicked traceback critical crit emerg emergency alert abort aborted"
    " aborting segfault segmentation refused unable cannot uncaught unhandled killed oom"
    " corrupt corrupted corruption unreachable crash crashed rejected invalid timed mismatch"
    " violation undefined unresolved unauthorized forbidden overflow deadlock severe"
)
SAYS_WARNING = named("warn warning warnings deprecated deprecation")
SAYS_SUMMARY = {"total", "totals", "summary"}
COUNTED = named(
    "error errors failed failing failure failures warning warnings passed passing skipped"
    " tests specs suites problems xfailed xpassed deselected assertions examples"
)
FRAME_LINES = (
    re.compile(rb"at .*(\(|:[0-9])", re.DOTALL),
    re.compile(rb"Caused by: |Traceback \(most recent call last\)|The above exception was"),
    re.compile(rb"During handling of the above exception"),
    re.compile(rb"\.\.\. [0-9].* more\Z", re.DOTALL),
    re.compile(rb"goroutine [0-9]"),
    re.compile(rb"#[0-9]+ .*(?<=) in |#[0-9]+(?= in )", re.DOTALL),
    re.compile(rb"[0-9]+: .*::|[0-9]+: ?::", re.DOTALL),
)


def line_starts(data: bytes) -> list[int]:
    """Returns the offsets at which lines start, and the length of the text."""
    starts = [0]
    for line in data.split(b"\n"):
        starts.append(starts[-1] + len(line) + 1)
    starts[-1] -= 1
    return starts if (len(starts) == 2 and data) or starts[-1] != starts[-2] else starts[:-1]


def unit_shapes(data: bytes, starts: Sequence[int]) -> tuple[list[int], list[int]]:
    """Returns a template number and flags for every unit."""
    numbers: dict[tuple[str, int], int] = {}
    templates, flags = [], []
    frames = Frames()
    for start, end in pairwise(starts):
        unit = Unit(data[start:end])
        unit.scan()
        found = unit.flags | (0 if unit.seen else BLANK)
        found |= FRAME if frames.next(unit.data) else 0
        shape = ("".join(unit.shape), found & ERROR)
        templates.append(numbers.setdefault(shape, len(numbers)))
        flags.append(found)
    return templates, flags


def meaning_flags(word: str) -> int:
    """Returns ERROR and WARNING as a word says them."""
    word = word.lower()
    return ERROR * (word in SAYS_ERROR) | WARNING * (word in SAYS_WARNING)


def name_flags(word: str) -> int:
    """Returns what a name says: ValueError, DeprecationWarning, disk_error."""
    if found := meaning_flags(word):
        return found
    if word.lower() in KNOWN:
        return 0
    if word.endswith(("Error", "Exception", "Failure")):
        return ERROR
    if word.endswith("Warning"):
        return WARNING
    return meaning_flags(word.rpartition("_")[2]) if "_" in word else 0


KNOWN = SAYS_SUMMARY | COUNTED | named("code status exit exited no zero without not")


@dataclass
class Unit:
    """One unit, read from left to right."""

    data: bytes
    at: int = 0
    shape: list[str] = field(default_factory=list)
    flags: int = 0
    seen: bool = False
    previous: str = ""
    after_mask: int = -1
    last: bytes = b""
    gap: bool = False
    fresh: bool = True
    masks: int = 0
    token: tuple[int, int, bool] = (0, -1, False)
    exit: bool = False
    after_exit: bool = False

    def byte(self, i: int) -> bytes:
        """Returns the byte at i, empty outside."""
        return self.data[i : i + 1] if i >= 0 else b""

    def scan(self) -> None:
        """Reads the unit."""
        while self.at < len(self.data):
            c = self.byte(self.at)
            if c in SPACE:
                self.gap = self.fresh = True
                self.at += 1
                continue
            if self.fresh:
                self.token = (len(self.shape), self.after_mask, self.gap)
                self.masks, self.fresh = 0, False
            if WORD.match(c):
                self.word()
            elif c == b"\x1b":
                match = re.compile(rb"\x1b(\[[^@-~]*[@-~]?)?", re.DOTALL).match(self.data, self.at)
                self.at = match.end() if match else self.at + 1
            else:
                self.mark(c)

    def mark(self, c: bytes) -> None:
        """Reads a quoted string, a path or a single mark."""
        self.seen = True
        if c in b"\"'`" and self.quoted(c):
            return
        after = self.byte(self.at + 1)
        if c in b"/\\" and after and (WORD.match(after) or after in b"./\\-~*"):
            self.path()
            return
        sign = c in b"-+" and after != b"" and after in DIGITS
        self.fresh = c not in b"-:.@+~"
        self.masks = 0 if self.fresh else self.masks
        if not sign and self.masks < 2 and (c != self.last or self.gap):
            self.flush_gap()
            self.shape.append(c.decode("latin-1"))
            self.last = c
        self.at += 1

    def path(self) -> None:
        """Reads a path: a value, of which only the last part may say something."""
        self.mask()
        start = self.at
        while self.at < len(self.data) and self.byte(self.at) not in PATH_END:
            self.at += 1
        last = re.split(rb"[/\\]", self.data[start : self.at])[-1]
        self.said_in(last)
        self.fresh = True
        self.previous = ""

    def said_in(self, text: bytes) -> None:
        """Looks at what the words of a value say."""
        for word in re.findall(rb"\w+", text):
            if len(word) > 1:
                self.flags |= meaning_flags(word.decode("latin-1"))

    def quoted(self, quote: bytes) -> bool:
        """Reads a quoted string that is a value, if one starts here."""
        if WORD.match(self.byte(self.at - 1)):
            return False
        close = self.data.find(quote, self.at + 1, self.at + 1 + 256)
        if close < 0 or WORD.match(self.byte(close + 1)):
            return False
        self.said_in(self.data[self.at + 1 : close])
        self.mask()
        self.fresh = True
        self.at = close + 1
        status = re.compile(rb" ([45])[0-9]{2}(?![^ \t-\r])").match(self.data, self.at)
        if quote == b'"' and status:
            self.flags |= ERROR if status[1] == b"5" else WARNING
        return True

    def word(self) -> None:
        """Reads a word."""
        match = WORD.match(self.data, self.at)
        assert match
        self.seen = True
        start, word = self.at, match[0]
        self.at = match.end()
        text = word.decode("latin-1")
        runs = [m[0] for m in re.finditer(rb"[0-9]+|[^0-9]+", word)]
        if word.isdigit():
            self.number(text)
        elif self.varies(start, word, runs):
            self.mask()
        elif len(runs) > 1 or runs[0].isdigit():
            for run in runs:
                self.mask() if run.isdigit() else self.letters(run.decode("latin-1"))
            if start == 0 and len(word) == 5 and word[1:2].isdigit() and self.byte(self.at) == b" ":
                self.flags |= {"E": ERROR, "F": ERROR, "W": WARNING}.get(text[0], 0)
        else:
            self.letters(text)
            self.name(text, start)
        self.previous = text

    def varies(self, start: int, word: bytes, runs: list[bytes]) -> bool:
        """Returns whether a word is a value as a whole: hexadecimal, an id, a digest."""
        if len(word) > 40 or len(runs) > 3 or word[:2] in (b"0x", b"0X"):
            return True
        if any(bytes([c]) not in HEX for c in word):
            return False
        if len(word) >= 8 or (len(word) >= 6 and any(bytes([c]) in DIGITS for c in word)):
            return True
        return len(word) >= 4 and self.after_mask >= 0 and self.byte(start - 1) == b"-"

    def letters(self, text: str) -> None:
        """Adds letters to the shape."""
        if self.masks >= 2:
            return
        self.flush_gap()
        self.shape.append(text)
        self.after_mask = -1
        self.last = b""

    def number(self, text: str) -> None:
        """Adds a number to the shape, and looks at what it counts."""
        self.mask()
        if self.previous.lower() == "ran":
            self.flags |= SUMMARY
        if self.after_exit:
            self.flags |= SUMMARY | (ERROR if text.strip("0") else 0)
            self.after_exit = False

    def name(self, text: str, start: int) -> None:
        """Looks at what a word says."""
        if len(text) == 1:
            self.letter_level(text, start)
            return
        before, word = self.previous.lower(), text.lower()
        if (before, word) in {("not", "found"), ("no", "such"), ("could", "not")}:
            self.flags |= ERROR
        if before == "build" and word.startswith("success"):
            self.flags |= SUMMARY
        self.exit |= word in ("exit", "exited")
        self.after_exit |= word in ("exit", "exited") or (self.exit and word in ("code", "status"))
        if word in SAYS_SUMMARY or (word in COUNTED and re.fullmatch("[0-9]+", before)):
            self.flags |= SUMMARY
        after = re.compile(rb"[:= ]{1,2}0(?![A-Za-z0-9_\x80-\xff.])").match(self.data, self.at)
        if before not in ("0", "no", "zero", "without") and not after:
            self.flags |= name_flags(text)

    def letter_level(self, letter: str, start: int) -> None:
        """Looks for the one-letter levels of logcat and pytest."""
        after = self.byte(self.at)
        if after not in (b" ", b"/"):
            return
        after_number = self.previous[:1].isdigit() and self.byte(start - 1) == b" "
        margin = letter == "E" and start == 0 and len(self.data) > 3 and self.byte(2) == b" "
        if after_number or margin:
            self.flags |= {"E": ERROR, "F": ERROR, "W": WARNING}.get(letter, 0)

    def mask(self) -> None:
        """Adds a value; several with only punctuation between them are one, as is a token."""
        if self.masks >= 2:
            return
        if self.after_mask < 0 or self.masks == 0:
            self.masks += 1
        if self.masks == 2:
            size, self.after_mask, self.gap = self.token
            del self.shape[size:]
        if self.after_mask >= 0:
            del self.shape[self.after_mask :]
        else:
            self.flush_gap()
            self.shape.append(MASK)
            self.after_mask = len(self.shape)
        self.gap = False
        self.last = b""

    def flush_gap(self) -> None:
        """Adds a pending space."""
        if self.gap:
            self.shape.append(" ")
        self.gap = False


class Frames:
    """Tells lines of stack traces; below a Python frame its source line is one too."""

    def __init__(self) -> None:
        self.below = ""

    def next(self, unit: bytes) -> bool:
        """Returns whether the next unit is a line of a stack trace."""
        line = unit.strip(SPACE)
        indented = unit[:1] in (b" ", b"\t")
        if line.startswith(b'File "') and b'", line ' in line:
            self.below = "file"
        elif self.below == "file" and indented and line:
            self.below = "source"
        elif self.below == "source" and indented and line and not line.strip(b"^~"):
            self.below = ""
        else:
            self.below = ""
            if b".go:" in line and b" +0x" in line and line[:1] not in b"aCTD.g#0123456789":
                return True
            return any(pattern.match(line) for pattern in FRAME_LINES)
        return True
