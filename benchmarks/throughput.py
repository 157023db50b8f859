"""Prints throughput: each kernel through its binding, and compress() end to end, in MB/s.

    python benchmarks/throughput.py [--rounds 5] [--other MODULE]

Beside them, where installed: orjson, tiktoken, and any module with `compress(messages, model=…)`.
Each figure is the median of `--rounds` runs on one thread; compare lines of one run only.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from workloads import STDLIB, api_records, conversation, csv_table, server_log

from headroom import Headroom, kernels
from headroom.formats import read_body, write_body
from headroom.tokenizers import for_model
from headroom.types import Edit

Run = Callable[[], object]


def milliseconds(run: Run, rounds: int) -> float:
    """Returns the median duration of a call."""
    spent = []
    for _ in range(rounds):
        started = time.perf_counter()
        run()
        spent.append(1000 * (time.perf_counter() - started))
    return statistics.median(spent)


def report(name: str, size: int, spent: float, note: str = "") -> None:
    """Prints one line."""
    print(f"{name:36} {size / 1e3:9.1f} KB {spent:9.2f} ms {size / 1e3 / spent:9.1f} MB/s  {note}")


def of_size(text: str, size: int) -> str:
    """Returns whole lines of a text, repeated up to about `size` bytes."""
    lines = text.splitlines(keepends=True)
    return "".join(lines * (size // len(text) + 1))[:size].rpartition("\n")[0]


def kernel_runs(log: str, records: str) -> dict[str, tuple[int, Run]]:
    """Returns what to run for each kernel, with the bytes that it reads."""
    count = for_model("gpt-4o").count
    starts = kernels.line_starts(log)
    intent = "why did billing refuse the connection for worker-3 on /api/v1/orders"

    def seen() -> object:
        index = kernels.SeenLines()
        index.add(log)
        return index.match(log, 160)

    return {
        "json_index": (len(records), lambda: kernels.json_valid(records)),
        "lines: starts": (len(log), lambda: kernels.line_starts(log)),
        "lines: templates": (len(log), lambda: kernels.unit_templates(log, starts)),
        "lines: flags": (len(log), lambda: kernels.unit_flags(log, starts)),
        "rank": (len(log), lambda: kernels.relevance(log, starts, intent)),
        "diff (index and match)": (2 * len(log), seen),
        "bpe, log": (len(log), lambda: count(log)),
        "bpe, JSON": (len(records), lambda: count(records)),
    }


def body_runs(log: str) -> dict[str, tuple[int, Run]]:
    """Returns the steps of editing a request of 250 calls with 4 KB outputs in its bytes."""
    outputs = [log[n * 4000 : (n + 1) * 4000] for n in range(250)]
    messages = [message for output in outputs for message in conversation(output)[1:]]
    data = json.dumps({"model": "gpt-4o", "messages": messages}).encode()
    body = read_body(data)
    blocks = [block for message in body.read().messages for block in message.blocks]
    edits = [Edit(b.path, b.text[:400]) for b in blocks if b.kind == "tool_result"]
    return {
        "json.loads": (len(data), lambda: json.loads(data)),
        "body: read_body": (len(data), lambda: read_body(data)),
        "body: texts of a wire format": (len(data), body.read),
        "body: spans of all texts": (len(data), lambda: body.spans([b.path for b in blocks])),
        "body: write_body, all edited": (len(data), lambda: write_body(body, edits)),
    }


def end_to_end(text: str, rounds: int) -> float:
    """Returns milliseconds of a first compression; nothing is remembered between rounds."""
    headroom = Headroom(store="memory:")
    headroom.compress(conversation("warm up"))
    fresh = iter([conversation(text + " " * n) for n in range(1, rounds + 1)])
    return milliseconds(lambda: headroom.compress(next(fresh)), rounds)


def known_content(text: str, rounds: int) -> float:
    """Returns milliseconds of compressing a text that another conversation had before."""
    headroom = Headroom(store="memory:")
    headroom.compress(conversation(text))
    others = iter([conversation(text, f"What is number {n}?") for n in range(rounds)])
    return milliseconds(lambda: headroom.compress(next(others)), rounds)


def import_time() -> float:
    """Returns milliseconds of `import headroom` in a fresh interpreter."""
    code = "import time; t = time.perf_counter(); import headroom; print(time.perf_counter() - t)"
    runs = [subprocess.check_output([sys.executable, "-c", code]) for _ in range(5)]
    return 1000 * statistics.median(float(run) for run in runs)


def peers(log: str, records: str) -> dict[str, tuple[int, Run]]:
    """Returns what other libraries do with the same bytes, where they are installed."""
    runs: dict[str, tuple[int, Run]] = {}
    if importlib.util.find_spec("orjson"):
        orjson = importlib.import_module("orjson")
        runs["orjson.loads, JSON"] = (len(records), lambda: orjson.loads(records))
    try:
        encoding = importlib.import_module("tiktoken").get_encoding("o200k_base")
    except OSError:  # no ranks at hand and no network
        return runs
    runs["tiktoken, log"] = (len(log), lambda: encoding.encode_ordinary(log))
    runs["tiktoken, JSON"] = (len(records), lambda: encoding.encode_ordinary(records))
    return runs


def main() -> None:
    """Prints kernels, end to end, and what to compare with."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--other", help="a module with compress(messages, model=...)")
    options = parser.parse_args()
    log, records = (
        of_size(server_log(), 1_000_000),
        json.dumps(json.loads(api_records())["items"] * 10),
    )
    for name, (size, run) in (kernel_runs(log, records) | body_runs(log)).items():
        run()
        report(name, size, milliseconds(run, options.rounds))
    print()
    items = json.loads(records)
    for size in (10_000, 100_000, 1_000_000):
        few = json.dumps(items[: len(items) * size // len(records)])
        for label, text in (("log", log), ("JSON", few), ("CSV", csv_table() * 30)):
            part = few if label == "JSON" else of_size(text, size)
            report(f"compress, {label}", len(part), end_to_end(part, options.rounds))
    source = (STDLIB / "argparse.py").read_text("utf-8")
    report("compress, Python source", len(source), end_to_end(source, options.rounds))
    report("the same, in another session", len(source), known_content(source, options.rounds))
    print(f"{'import headroom':36} {'':12} {import_time():9.2f} ms\n")
    for name, (size, run) in peers(log, records).items():
        report(name, size, milliseconds(run, options.rounds))
    if options.other:
        module = importlib.import_module(options.other)
        spent = milliseconds(lambda: module.compress(conversation(log), model="gpt-4o"), 1)
        report(f"{options.other}.compress, log", len(log), spent)


if __name__ == "__main__":
    main()
