"""Programming languages: how a file of one is recognised, and where its functions have their bodies.

A grammar is a wheel of its own, from the extra `code`, and is loaded when the first file of its
language comes. Without it such files keep all their lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import tree_sitter


@dataclass(frozen=True, slots=True)
class Language:
    """A language that can be outlined.

    Attributes:
        module: The grammar's module; `function` in it returns the grammar.
        files: Extensions of its files.
        signs: What lines of it start with, and few lines of other languages do.
        functions: Node types of a definition, whose field `body` may be left out.
        comments: Patterns of comments.
        braces: Whether bodies stand in braces, which stay.
    """

    name: str
    module: str
    files: str
    signs: re.Pattern[bytes]
    functions: tuple[str, ...]
    comments: tuple[str, ...] = ("(comment)",)
    function: str = "language"
    braces: bool = True


_SCRIPT = (
    "function_declaration", "generator_function_declaration", "function_expression",
    "method_definition", "arrow_function",
)  # fmt: skip
_SCRIPT_SIGNS = rb"\s*(?:export |import (?:[\w*{]|['\"])|const (?:\w+|[{\[][^=]*)(?:: [^=]+)? =|let \w|var \w|(?:async )?function\b|module\.exports"
_TYPES = (
    rb"\s*(?:(?:declare )?(?:export )?(?:interface|enum) \w|(?:export )?type \w+(?:<[^>]*>)? ="
    rb"|(?:private|public|protected|readonly) (?:readonly |static )*\w+\??: \w"
    rb"|(?:[^:]*+:)+?(?:(?<=\w:)|(?<=\w\?:)) (?:string|number|boolean|any|unknown|void)\b)"
)
_C_SIGNS = rb"#\s*(?:include|define|if|ifdef|ifndef|pragma)\b|static (?:inline |const )?\w|typedef "

LANGUAGES = (
    Language(
        "python", "tree_sitter_python", "py pyi pyx",
        re.compile(rb"\s*(?:def \w+\([^)]*(?:\).*:\s*(?:#.*)?$|$)|async def |class \w+[(:]|from [\w.]+ import |import [\w.]+$)"),
        ("function_definition",),
        ("(comment)", "(module . (expression_statement (string) @comment))",
         "(class_definition body: (block . (expression_statement (string) @comment)))"),
        braces=False,
    ),
    Language(
        "javascript", "tree_sitter_javascript", "js jsx mjs cjs",
        re.compile(_SCRIPT_SIGNS + rb")"), _SCRIPT,
    ),
    Language(
        "typescript", "tree_sitter_typescript", "ts mts cts",
        re.compile(_TYPES),
        _SCRIPT, function="language_typescript",
    ),
    Language(
        "tsx", "tree_sitter_typescript", "tsx", re.compile(rb"\Z.", re.DOTALL), _SCRIPT,
        function="language_tsx",
    ),
    Language(
        "go", "tree_sitter_go", "go",
        re.compile(rb"package \w+$|func (?:\(\w+ \*?\w+\) )?\w+\(|type \w+ (?:struct|interface)\b|import \("),
        ("function_declaration", "method_declaration", "func_literal"),
    ),
    Language(
        "rust", "tree_sitter_rust", "rs",
        re.compile(rb"\s*(?:pub(?:\(\w+\))? )?(?:fn \w+[<(]|impl\b|use [\w:]+|mod \w+|trait \w+|struct \w+"
                   rb"|enum \w+|let (?:mut )?\w+)|\s*#!?\["),
        ("function_item",), ("(line_comment)", "(block_comment)"),
    ),
    Language(
        "java", "tree_sitter_java", "java",
        re.compile(rb"(?:package|import)(?: static)? [\w.*]+;|\s*(?:public|private|protected) (?:static |final "
                   rb"|abstract )*[\w<>\[\], ]+[\w>\]] \w+\(|(?:public |final |abstract )*(?:class|interface|enum) \w"),
        ("method_declaration", "constructor_declaration"), ("(line_comment)", "(block_comment)"),
    ),
    Language(
        "c", "tree_sitter_c", "c h",
        re.compile(_C_SIGNS + rb"|struct \w+ \{|(?:int|void|char|static|size_t|const) [\w* ]+\("),
        ("function_definition",),
    ),
    Language(
        "cpp", "tree_sitter_cpp", "cpp cc cxx hpp hh hxx inl ipp",
        re.compile(rb"\s*(?:template ?<|namespace \w+|using \w|class \w+|(?:public|private|protected):"
                   rb"|[\w:<>*& ]+::~?\w+\()|" + _C_SIGNS),
        ("function_definition",),
    ),
)  # fmt: skip

_FILES = {f".{end}": language for language in LANGUAGES for end in language.files.split()}
_FILE = re.compile(r"[\w\-./\\+@]*\w(\.\w{1,4})(?![\w/])")
_HEAD = 12_000
_LINES = 120
"""Lines of code that are looked at, of the first `_HEAD` bytes."""

_WIDE = 200
_COMMENT = (b"*", b"//", b"/*", b"# ")
_FEWEST_SIGNS = 3


def language_of(data: bytes, call: str) -> Language | None:
    """Returns the language of a file: by the only kind of file that the call names, or its lines."""
    named = {_FILES[end] for end in _FILE.findall(call) if end in _FILES}
    if len(named) == 1:
        return named.pop()
    stripped = ((line, line.lstrip()) for line in data[:_HEAD].splitlines())
    code = (line for line, text in stripped if text and not text.startswith(_COMMENT))
    lines = [line[:_WIDE] for line in islice(code, _LINES)]
    signs = {x.name: sum(map(bool, map(x.signs.match, lines))) for x in LANGUAGES}
    if signs["typescript"]:  # what has types, and looks like a script otherwise
        signs["typescript"] += signs["javascript"]
    best = max(LANGUAGES, key=lambda x: signs[x.name])
    return best if signs[best.name] >= _FEWEST_SIGNS else None


class Grammar(NamedTuple):
    """A loaded grammar, and what finds bodies and comments."""

    language: tree_sitter.Language
    parts: tree_sitter.Query


@cache
def grammar_of(language: Language) -> Grammar | None:
    """Returns the grammar of a language, or None where it is not installed."""
    try:
        import tree_sitter  # noqa: PLC0415 - an extra

        grammar = tree_sitter.Language(getattr(import_module(language.module), language.function)())
    except ImportError:
        return None
    # The field `body` is looked up later: to compile patterns of one node is several times as fast.
    parts = [f"({kind}) @function" for kind in language.functions]
    parts += [x if "@" in x else f"{x} @comment" for x in language.comments]
    return Grammar(grammar, tree_sitter.Query(grammar, "\n".join(parts)))
