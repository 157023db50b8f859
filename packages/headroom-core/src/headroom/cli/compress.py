"""`headroom compress`."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import BinaryIO

import click
from rich.console import Console
from rich.table import Table

from headroom.engine import Headroom
from headroom.errors import HeadroomError
from headroom.formats import detect_format, find_messages
from headroom.policy import Policy
from headroom.pricing import price_of
from headroom.result import Result
from headroom.types import JSON

POLICIES = {"default": Policy(), "lossless": Policy.lossless()}


@click.command()
@click.argument("file", type=click.File("rb"), default="-")
@click.option("--model", default="gpt-4o", show_default=True, help="Whose tokenizer counts.")
@click.option("--query", help="What you want to know from it; the lines that tell stay.")
@click.option(
    "--policy", type=click.Choice(sorted(POLICIES)), default="default", show_default=True,
    help="lossless: nothing is left out.",
)  # fmt: skip
@click.option(
    "--budget", "budget_tokens", type=click.IntRange(min=1), metavar="TOKENS",
    help="Fold older results where all texts together take more.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print messages and receipt as JSON.")
def compress(
    file: BinaryIO,
    model: str,
    query: str | None,
    policy: str,
    budget_tokens: int | None,
    *,
    as_json: bool,
) -> None:
    """Compress FILE (text, or a JSON list of messages); `-` or nothing reads standard input.

    The compressed text goes to standard output, what was saved to standard error.
    """
    data = file.read()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file.name} is no UTF-8 text: {error}") from error
    messages = _messages(text)
    wrapped = messages is None
    started = time.perf_counter()
    try:
        result = Headroom(policy=replace(POLICIES[policy], budget_tokens=budget_tokens)).compress(
            [{"role": "tool", "tool_call_id": "1", "content": text}]
            if messages is None
            else messages,
            model=model,
            query=query,
        )
    except HeadroomError as error:
        raise click.ClickException(str(error)) from error
    spent = 1000 * (time.perf_counter() - started)
    if as_json:
        click.echo(json.dumps(_as_json(result), ensure_ascii=False, indent=1))
    elif wrapped:
        click.echo(result[0]["content"], nl=False)
    else:
        click.echo(json.dumps(list(result), ensure_ascii=False, indent=1))
    _report(result, model, spent)


def _messages(text: str) -> list[JSON] | None:
    """Returns the messages of a file, also from inside a request body; None: it is just text."""
    if text.lstrip()[:1] not in ("[", "{"):
        return None
    try:
        value = json.loads(text)
        messages = find_messages(value.get)[1] if isinstance(value, dict) else value
        is_conversation = isinstance(messages, list) and _is_conversation(messages)
    except (ValueError, RecursionError):
        return None
    return messages if is_conversation else None


def _is_conversation(messages: list[JSON]) -> bool:
    """Returns whether these are messages, and not just any list of objects."""
    wire_format = detect_format(messages)
    return bool(messages) and (
        wire_format.matches(messages)
        or all(isinstance(m.get("role"), str) and "content" in m for m in messages)
    )


def _as_json(result: Result) -> JSON:
    decisions = [
        {
            "path": list(d.path), "outcome": d.outcome, "tokens_before": d.tokens_before,
            "tokens_after": d.tokens_after, "ref": d.ref, "epoch": d.epoch, "exact": d.exact,
            "bytes_saved": d.bytes_saved,
        }
        for d in result.receipt.decisions
    ]  # fmt: skip
    return {
        "messages": list(result), "tokens_before": result.tokens_before,
        "tokens_after": result.tokens_after, "tokenizer": result.receipt.tokenizer,
        "exact": result.receipt.exact, "refs": result.refs, "decisions": decisions,
        "budget": result.receipt.budget, "fits": result.receipt.fits,
        "epochs": result.receipt.epochs, "warnings": list(result.receipt.warnings),
    }  # fmt: skip


def _report(result: Result, model: str, spent: float) -> None:
    table = Table(title=None, box=None, pad_edge=False, header_style="bold")
    for name in ("block", "outcome", "before", "after", "saved", "reference"):
        table.add_column(name, justify="right" if name in ("before", "after", "saved") else "left")
    edited = [d for d in result.receipt.decisions if d.edited]
    for d in edited[:20]:
        saved = f"{100 * (1 - d.tokens_after / d.tokens_before):.0f} %"
        if d.bytes_saved:
            saved += f", {d.bytes_saved // 1000} KB"
        path = "/".join(map(str, d.path[1:]))
        outcome = f"{d.outcome} (epoch {d.epoch})" if d.epoch else d.outcome
        table.add_row(path, outcome, str(d.tokens_before), str(d.tokens_after), saved, d.ref or "")
    left = len(result.receipt.decisions) - len(edited)
    receipt = result.receipt
    counted = receipt.tokenizer if receipt.exact else f"{receipt.tokenizer}, estimated"
    console = Console(stderr=True)
    if edited:
        console.print(table)
    if left and not edited:
        console.print(f"left as it is: {', '.join(sorted({d.outcome for d in receipt.decisions}))}")
    console.print(
        f"{result.tokens_before} → {result.tokens_after} tokens ({counted}), "
        f"{100 * result.savings:.1f} % saved, {spent:.1f} ms",
        highlight=False,
    )
    for warning in receipt.warnings:
        console.print(warning, highlight=False)
    price, dollars = price_of(model), receipt.dollars(model)
    if price is not None and dollars is not None:
        console.print(
            f"${dollars.before:.4f} → ${dollars.after:.4f} when first sent "
            f"({model}, price of {price.date})",
            highlight=False,
        )
