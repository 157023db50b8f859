"""`headroom demo`: real outputs, made on the spot."""

from __future__ import annotations

import time

import click
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from headroom.cli.outputs import Output, outputs
from headroom.engine import Headroom
from headroom.result import Result
from headroom.types import JSON

_WIDTH = 100
_EXCERPT = 14


@click.command()
@click.option("--full", is_flag=True, help="Show every compressed output whole.")
def demo(*, full: bool) -> None:
    """Compress real outputs of this machine and show what the model reads instead."""
    console = Console(width=None if full else min(Console().width, _WIDTH), highlight=False)
    headroom = Headroom(store="memory:")
    headroom.compress(_messages(Output("warm up", "true", "", "line\n" * 500)))
    made = outputs()
    results = []
    for output in made:
        started = time.perf_counter()
        result = headroom.compress(_messages(output))
        results.append((output, result, 1000 * (time.perf_counter() - started)))
    for output, result, _ in results:
        _show(console, output, result, full=full)
    _table(console, headroom, results)
    _retrieval(console, headroom, results)


def _messages(output: Output) -> list[JSON]:
    call = {"id": "call_1", "type": "function", "function": {"name": "bash", "arguments": "{}"}}
    return [
        {"role": "user", "content": output.question},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": output.text},
    ]


def _show(console: Console, output: Output, result: Result, *, full: bool) -> None:
    text = str(result[-1]["content"])
    lines = text.splitlines()
    if not full and len(lines) > _EXCERPT:
        lines = [*lines[:_EXCERPT], f"    ({len(lines) - _EXCERPT} more lines; --full shows them)"]
    body = Text("\n".join(line if full else line[: _WIDTH - 4] for line in lines))
    body.highlight_regex(r"\[…[^\n]*\]", "cyan")
    body.highlight_regex(r"(?i)\b(error|fail(ed|ure)?|traceback)\b", "red")
    title = f"$ {output.command}"
    console.print(Panel(body, title=title, title_align="left", border_style="dim"))


def _table(
    console: Console, headroom: Headroom, results: list[tuple[Output, Result, float]]
) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("output", "tokens", "after", "saved", "ms", "MB/s", "restored"):
        table.add_column(name, justify="left" if name == "output" else "right")
    for output, result, spent in results:
        exact = headroom.restore(result) == _messages(output)
        decision = result.receipt.decisions[-1]
        table.add_row(
            output.name,
            f"{decision.tokens_before:,}",
            f"{decision.tokens_after:,}",
            f"{100 * (1 - decision.tokens_after / max(1, decision.tokens_before)):.0f} %",
            f"{spent:.1f}",
            f"{len(output.text) / 1e3 / spent:.0f}",
            "[green]exact[/]" if exact else "[red]NO[/]",
        )
    console.print(table)
    receipt = results[0][1].receipt
    console.print(f"[dim]counted with {receipt.tokenizer}; the first sight of each output[/]\n")


def _retrieval(
    console: Console, headroom: Headroom, results: list[tuple[Output, Result, float]]
) -> None:
    found = next(((o, r) for o, r, _ in results if r.refs and o.retrieve), None)
    if found is None:
        return
    output, result = found
    ref = result.refs[0]
    text = headroom.retrieve(ref, lines=output.retrieve)
    console.print(
        f'The model asks for more: [cyan]headroom_retrieve("{ref}", lines="{output.retrieve}")[/]'
    )
    console.print(Panel(Text(text.rstrip()), border_style="dim"))
    whole = headroom.retrieve(ref) == output.text
    console.print(
        f"Without a selector it gets the original, byte for byte: {'yes' if whole else 'NO'}."
    )
