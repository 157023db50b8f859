"""`headroom lint`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import BinaryIO

import click
from rich.console import Console
from rich.table import Table

from headroom.errors import FormatError
from headroom.home import home, tiktoken_cache
from headroom.lint import Finding, lint
from headroom.policy import DEFAULT_MODEL
from headroom.pricing import parse_prices, price_of
from headroom.tokenizers import for_model
from headroom.types import JSON


@click.command(name="lint")
@click.argument("request", type=click.File("rb"))
@click.argument("following", metavar="[NEXT]", type=click.File("rb"), required=False)
@click.option("--model", help="Whose prices and limits apply; default: the request's own.")
@click.option("--prices", type=click.File("rb"), help="A TOML table that comes before ours.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_context
def lint_request(
    context: click.Context,
    request: BinaryIO,
    following: BinaryIO | None,
    model: str | None,
    prices: BinaryIO | None,
    *,
    as_json: bool,
) -> None:
    """Name what keeps the provider's prompt cache from working for a REQUEST, and what it costs.

    With the NEXT request of the same session, also what changed in between. Nothing is edited.
    The exit code is 1 if there are findings, 2 if a file is no request.
    """
    try:
        table = parse_prices(prices.read().decode("utf-8")) if prices else None
        earlier, now = (_load(request), _load(following)) if following else (None, _load(request))
        model = model or (str(now.get("model") or "") if isinstance(now, dict) else "")
        tokenizer = for_model(
            model or DEFAULT_MODEL, cache_dir=home() / "cache", tiktoken_cache=tiktoken_cache()
        )
        findings = lint(now, tokenizer.count, earlier=earlier, model=model, prices=table)
    except (FormatError, UnicodeDecodeError) as error:
        raise click.UsageError(str(error)) from error
    if as_json:
        click.echo(json.dumps([asdict(f) for f in findings], ensure_ascii=False, indent=1))
    else:
        for finding in findings:
            click.echo(f"{finding.path}: {finding.rule}: {finding.why}{_cost(finding)}")
        price = price_of(model, table)
        known = f"price of {price.date}" if price else "price not known"
        counted = tokenizer.name if tokenizer.exact else f"{tokenizer.name}, estimated"
        _report(findings, f"{model or 'no model'}, {known}; {counted}")
    if findings:
        context.exit(1)


def _load(file: BinaryIO) -> JSON:
    try:
        return json.loads(file.read())
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"{file.name}: expected a request in JSON: {error}") from error


def _cost(finding: Finding) -> str:
    return "" if finding.dollars is None else f" (${finding.dollars:.4f} each time)"


def _report(findings: Sequence[Finding], basis: str) -> None:
    console = Console(stderr=True)
    if not findings:
        console.print(f"Nothing keeps the prompt cache from working ({basis}).", highlight=False)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("rule", "place", "tokens", "each time"):
        table.add_column(name, justify="right" if name in ("tokens", "each time") else "left")
    for f in findings:
        dollars = "" if f.dollars is None else f"${f.dollars:.4f}"
        table.add_row(f.rule, f.path, f"{f.tokens:,}" if f.tokens else "", dollars)
    console.print(table, highlight=False)
    console.print(f"{len(findings)} findings ({basis})", highlight=False)
