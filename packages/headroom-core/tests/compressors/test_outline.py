"""What stays of a source file: how to call what is in it, and what was asked for."""

from __future__ import annotations

import re

import pytest

from headroom import Headroom, Policy
from headroom.compressors._languages import language_of
from headroom.compressors.source_code import SourceCode
from headroom.protocols import Context
from headroom.tokenizers import for_model
from headroom.types import Detection, Intent, Segment

FILES = {
    "python": ("app.py", "def {}(self, items: list[int]) -> int:", '    """Adds {}."""\n', "    {}\n", "\n\n"),
    "javascript": ("app.js", "export function {}(items) {{", "", "  {};\n", "}}\n\n"),
    "typescript": ("app.ts", "export function {}(items: number[]): number {{", "", "  {};\n", "}}\n\n"),
    "go": ("app.go", "func {}(items []int) (int, error) {{", "", "\t{}\n", "}}\n\n"),
    "rust": ("app.rs", "pub fn {}(items: &[i64]) -> i64 {{", "", "    {};\n", "}}\n\n"),
    "java": ("App.java", "    public static int {}(int[] items) {{", "", "        {};\n", "    }}\n\n"),
    "c": ("app.c", "static int {}(const int *items, int count) {{", "", "  {};\n", "}}\n\n"),
    "cpp": ("app.cpp", "std::int64_t Store::{}(const std::vector<int>& items) {{", "", "  {};\n", "}}\n\n"),
}  # fmt: skip
AROUND = {"java": ("public class App {\n", "}\n"), "go": ("package app\n\n", "")}


def source(language: str) -> str:
    _, head, doc, line, tail = FILES[language]
    start, end = AROUND.get(language, ("", ""))
    functions = []
    for n in range(12):
        body = "".join(line.format(f"total_{n} = add(total_{n}, {k})") for k in range(14))
        if language == "python":
            body += "    raise Overflow(total)\n"
        functions.append(head.format(f"sum_{n}") + "\n" + doc.format(n) + body + tail.format())
    return start + "".join(functions) + end


def read(text: str, request: str = "What is in this file?", command: str = "cat app") -> str:
    call = {"name": "bash", "arguments": f'{{"command": "{command}"}}'}
    messages = [
        {"role": "user", "content": request},
        {"role": "assistant", "tool_calls": [{"id": "1", "type": "function", "function": call}]},
        {"role": "tool", "tool_call_id": "1", "content": text},
    ]
    headroom = Headroom(store="memory:")
    result = headroom.compress(messages)
    assert headroom.restore(result) == messages
    for ref, lines in re.findall(r'headroom_retrieve\("(\w+)", lines="([\d-]+)"\)', str(result[2])):
        assert headroom.retrieve(ref, lines=lines) in text
    return str(result[2]["content"])


@pytest.mark.parametrize("language", FILES)
def test_signatures_stay_and_bodies_go(language: str) -> None:
    text = read(source(language))
    head = FILES[language][1]
    assert all(head.format(f"sum_{n}") in text for n in range(12))
    assert "add(total_5, 7)" not in text
    assert len(text) < len(source(language)) / 2


@pytest.mark.parametrize("language", FILES)
def test_what_was_asked_for_stays_whole(language: str) -> None:
    text = read(source(language), "Why does sum_7 overflow?")
    assert all(f"add(total_7, {k})" in text for k in range(14))
    assert "add(total_5, 7)" not in text


@pytest.mark.parametrize("language", FILES)
def test_lines_and_names_of_files_tell_the_language(language: str) -> None:
    found = language_of(source(language).encode(), "")
    assert found is not None
    assert found.name == language
    named = language_of(b"1 + 1\n", f"cat src/{FILES[language][0]}")
    assert named is not None
    assert named.name == language


def test_what_a_function_says_first_and_raises_stays() -> None:
    text = read(source("python"))
    assert text.count('"""Adds') == text.count("raise Overflow(total)") == 12


def test_lines_that_were_asked_for_by_number_stay() -> None:
    assert read(source("python"), command="sed -n '1,200p' app.py") == source("python")


def test_nothing_is_left_out_without_leave() -> None:
    messages = [{"role": "tool", "tool_call_id": "1", "content": source("go")}]
    assert list(Headroom(policy=Policy.lossless()).compress(messages)) == messages


def test_markers_go_by_the_numbers_of_a_listing() -> None:
    lines = source("python").splitlines()
    listing = "".join(f"{n:6}\t{line}\n" for n, line in enumerate(lines, start=300))
    text = read(listing)
    first = re.search(r"\[…(\d+)-(\d+) left out", text)
    assert first is not None
    assert int(first[1]) > 300
    assert text.index(f"{int(first[2]) + 1}\t") > first.start()


def test_syntax_errors_and_parts_of_files_keep_their_lines_in_order() -> None:
    text = source("python")
    broken = text.replace("def sum_3(self", "def sum_3((self")[200:]
    shown = read(broken)
    kept = [line for line in shown.splitlines() if not line.startswith("[…")]
    positions = iter(broken.splitlines())
    assert all(line in positions for line in kept)


OTHERS = {
    "app.rb": ("  def {}(items, limit)", "    {}", "  end\n"),
    "app.ex": ("  def {}(items, limit) do", "    {}", "  end\n"),
    "app.kt": ("    override fun {}(items: List<Int>): Int {{", "        {}", "    }}\n"),
    "app.swift": ("    private func {}(items: [Int]) -> Int {{", "        {}", "    }}\n"),
    "app.php": ("    public function {}(array $items): int {{", "        {};", "    }}\n"),
    "app.cs": ("    public async Task<int> {}(int[] items)\n    {{", "        {};", "    }}\n"),
    "app.sh": ("{}() {{", "  {}", "}}\n"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_indentation_tells_bodies_where_there_is_no_grammar(name: str) -> None:
    head, line, tail = OTHERS[name]
    functions = []
    for n in range(12):
        body = "\n".join(line.format(f"total_{n} = add(total_{n}, {k})") for k in range(14))
        functions.append(f"{head.format(f'sum_{n}')}\n{body}\n{tail.format()}")
    text = read("\n".join(functions), "Why does sum_7 overflow?", f"cat {name}")
    assert all(head.format(f"sum_{n}") in text for n in range(12))
    assert all(f"add(total_7, {k})" in text for k in range(14))
    assert "add(total_5, 7)" not in text


def test_a_carriage_return_within_a_line_moves_no_line_number() -> None:
    bodies = "\n".join(f"    total_{n} = add(total_{n})" for n in range(14))
    functions = (f"  def sum_{n}(items) do\n    x\r = 1\n{bodies}\n  end\n" for n in range(12))
    segment = Segment("\n".join(functions).encode(), Detection("text", 0.0))
    context = Context(Intent("What is in this file?"), for_model("gpt-4o"))
    compressed = SourceCode().compress(segment, context)
    assert compressed is not None
    assert len(compressed.omissions) == 12
    assert compressed.data.count(b"  end\n") == 12
