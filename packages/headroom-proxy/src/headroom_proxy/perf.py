"""`headroom perf`."""

from __future__ import annotations

import json
import sqlite3

import click
from rich.console import Console
from rich.table import Table

from headroom.home import home
from headroom.types import JSON
from headroom_proxy.books import Books, trouble_with
from headroom_proxy.stats import summary

FILE = "books.db"
_MOST = 12


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def perf(*, as_json: bool) -> None:
    """Show what the gateway did so far: net dollars, tokens, the provider's cache, waiting times.

    Works whether the gateway runs or not. While it runs, /dashboard shows the same live.
    """
    try:
        books = Books(home() / FILE)
        found = summary(books.labels(), books.trials().values())
    except sqlite3.Error as error:
        raise click.ClickException(trouble_with(home() / FILE, error)) from error
    if as_json:
        click.echo(json.dumps(found, indent=1))
    elif not found["total"]["requests"]:
        click.echo("Nothing yet. Start `headroom proxy` and point a client at it.")
    else:
        _print(found)


def _print(found: JSON) -> None:
    console = Console(highlight=False)
    total = found["total"]
    if total["priced"]:
        console.print(
            f"[bold]{_dollars(total['dollars_saved'])}[/] net: {_dollars(total['dollars'])} billed, "
            f"{_dollars(total['without'])} without Headroom"
        )
    if total["unpriced"]:
        console.print(f"{total['unpriced']:,} requests without a known price or usage are left out")
    console.print(
        f"{total['requests']:,} requests, {total['failed']:,} failed; new texts "
        f"{total['tokens_before']:,} → {total['tokens_after']:,} tokens\n"
    )
    for title, kind in (("model", "model"), ("tool", "tool"), ("content", "content")):
        if found[f"by_{kind}"]:
            console.print(_table(title, found[f"by_{kind}"]))
            console.print()
    for name, waits in found["waits"].items():
        if waits:
            shares = ", ".join(f"{share} ≤ {_ms(waits.get(f'{share}_ms'))}" for share in _SHARES)
            console.print(f"{_WAITS[name]}: {shares}")
    _print_output(console, found["output"])


def _print_output(console: Console, found: JSON) -> None:
    """Prints what came of asking models for less; nothing where nobody did."""
    sides = {"asked": found["steered"], "held out": found["held"]}
    if not any(side["conversations"] for side in sides.values()):
        return
    console.print("\n[bold]output[/]: conversations asked for less, against those held out")
    for name, side in sides.items():
        console.print(
            f"  {name}: {side['conversations']:,} conversations, {side['answers']:,} answers, "
            f"{side['output_per_answer'] or 0:,.0f} tokens each"
        )
    if not found["enough"]:
        console.print(f"  not enough yet: {found['needed']} conversations are needed on each side")
    elif found["change"] is not None:
        low, high = _change(found["low"]), _change(found["high"])
        console.print(f"  tokens per answer: {_change(found['change'])} (95 %: {low} to {high})")


def _change(share: float) -> str:
    return f"{100 * share:+.0f} %".replace("-", "−")


_SHARES = ("p50", "p95", "p99")
_WAITS = {"edit": "held up by Headroom", "first_byte": "first byte of the provider"}


def _table(title: str, rows: list[JSON]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(title)
    for name in ("number", "before", "after", "saved", "cache", "net"):
        table.add_column(name, justify="right")
    for row in rows[:_MOST]:
        table.add_row(
            row["name"],
            f"{row['requests']:,}",
            f"{row['tokens_before']:,}",
            f"{row['tokens_after']:,}",
            _percent(row["savings"]),
            _percent(row["cache_hits"]),
            _dollars(row["dollars_saved"]) if title == "model" else "",
        )
    return table


def _dollars(value: float | None) -> str:
    if value is None:
        return "unknown"
    sign = "−" if value < 0 else ""
    return (
        f"{sign}${abs(value):,.2f}" if abs(value) >= 1 or not value else f"{sign}${abs(value):.4f}"
    )


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f} %"


def _ms(value: float | None) -> str:
    return "a minute and more" if value is None else f"{value:g} ms"
