"""What programs print, made up from a fixed seed: logs, records, tables, configurations, reports."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator

from workloads import csv_table, package_list, server_log, test_run

Case = tuple[str, str, Callable[[], str]]
"""What the user asks, the command that the model runs, and what makes its output."""

HOSTS = ("web-1", "web-2", "db-1", "cache-1")
PATHS = ("/", "/cart", "/login", "/api/orders", "/api/stock", "/static/app.css")
PEOPLE = ("ada", "lin", "grace", "edsger", "barbara")
PACKAGES = ("anchor", "brook", "cinder", "delta", "ember", "fjord", "grove", "harbor")


def _lines(seed: int, count: int, line: Callable[[random.Random, int], str]) -> str:
    rng = random.Random(seed)
    return "".join(line(rng, n) + "\n" for n in range(count))


def _clock(n: int) -> str:
    return f"{8 + n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}"


def access_log() -> str:
    """An access log of a web server, with four failures."""

    def line(rng: random.Random, n: int) -> str:
        status, path = (502, "/api/orders") if n in (90, 91, 260, 333) else (200, rng.choice(PATHS))
        who = f"10.0.{rng.randrange(4)}.{rng.randrange(1, 250)}"
        return f'{who} - - [21/Nov/2026:{_clock(n * 3)} +0000] "GET {path} HTTP/1.1" {status} {rng.randrange(200, 9000)}'

    return _lines(1, 400, line)


def system_log() -> str:
    """A system log in which a service runs out of memory."""

    def line(rng: random.Random, n: int) -> str:
        head = f"Nov 21 {_clock(n * 7)} {HOSTS[0]}"
        if n == 211:
            return f"{head} kernel: Out of memory: Killed process 4821 (stockd) total-vm:8123456kB"
        if n == 212:
            return f"{head} systemd[1]: stockd.service: Main process exited, code=killed, status=9/KILL"
        unit = rng.choice(("cron[712]", "sshd[801]", "stockd[4821]"))
        said = {"cron": "(root) CMD (run-parts /etc/cron.hourly)", "sshd": "Connection closed by"}
        text = said.get(unit.partition("[")[0], f"synced {rng.randrange(10, 900)} entries")
        return f"{head} {unit}: {text}" + (f" 10.0.0.{n % 200}" if unit[0] == "s" else "")

    return _lines(2, 300, line)


def java_log() -> str:
    """A log with a stack trace in the middle."""

    def line(rng: random.Random, n: int) -> str:
        head = f"2026-11-21 {_clock(n)}.{rng.randrange(1000):03}"
        if n == 140:
            frames = "".join(
                f"\n\tat org.example.shop.{c}({c.partition('.')[0]}.java:{40 + 9 * i})"
                for i, c in enumerate(("Stock.take", "Cart.pay", "Orders.post", "Server.handle"))
            )
            return f"{head} ERROR [http-7] o.e.shop.Orders - cannot take stock\njava.lang.IllegalStateException: stock of item 4711 is -1{frames}"
        return f"{head} DEBUG [http-{n % 9}] o.e.shop.Orders - order {rng.randrange(10**5)} accepted in {rng.randrange(4, 60)} ms"

    return _lines(3, 260, line)


def job_log() -> str:
    """A log of a nightly job as JSON lines."""

    def line(rng: random.Random, n: int) -> str:
        level = "error" if n in (77, 190) else "info"
        said = "checksum differs" if level == "error" else "copied"
        record = {"time": f"2026-11-21T{_clock(n)}Z", "level": level, "msg": said}
        return json.dumps(record | {"file": f"part-{n:04}.bin", "bytes": rng.randrange(10**6)})

    return _lines(4, 220, line)


def events() -> str:
    """What a cluster reports about its pods."""

    def line(rng: random.Random, n: int) -> str:
        if n == 0:
            return "LAST SEEN   TYPE      REASON      OBJECT                        MESSAGE"
        pod = f"pod/{rng.choice(PACKAGES)}-{rng.randrange(16**5):05x}"
        if n % 37 == 5:
            return f"{n % 60}m{'':9}Warning   BackOff     {pod:29} Back-off restarting failed container"
        return f"{n % 60}m{'':9}Normal    Pulled      {pod:29} Container image already present"

    return _lines(5, 160, line)


def build_log() -> str:
    """A build in steps, with one that fails."""
    steps = [f"[{n:3}/180] Compiling src/{PACKAGES[n % 8]}/part_{n}.cpp" for n in range(1, 144)]
    error = "src/grove/part_143.cpp:88:14: error: no member named 'size' in 'grove::Leaf'"
    return "\n".join([*steps, error, "    return leaf.size();", "           ~~~~ ^"]) + "\n"


def database_log() -> str:
    """A log of slow queries."""

    def line(rng: random.Random, n: int) -> str:
        spent = rng.lognormvariate(3, 0.7) if n != 99 else 48210.5
        query = rng.choice(("SELECT * FROM orders WHERE id = $1", "UPDATE stock SET n = n - $1"))
        return f"2026-11-21 {_clock(n * 2)}.{rng.randrange(1000):03} UTC [{rng.randrange(300, 340)}] LOG:  duration: {spent:.3f} ms  statement: {query}"

    return _lines(6, 240, line)


def boot_log() -> str:
    """What a kernel says as it starts."""

    def line(rng: random.Random, n: int) -> str:
        said = "nvme0n1: I/O error, dev nvme0n1, sector 88120" if n == 131 else ""
        device = (
            f"pci 0000:{n % 24:02x}:00.0: BAR {n % 6}: assigned [mem {0xE0000000 + 65536 * n:#x}]"
        )
        return f"[{n * 0.013 + rng.random() / 100:12.6f}] {said or device}"

    return _lines(7, 200, line)


def orders() -> str:
    """Records as an API returns them, all alike but for a few."""
    rng = random.Random(8)
    rows = [
        {
            "id": 5000 + n,
            "customer": {"id": rng.randrange(900), "country": rng.choice(["DE", "FR", "PL"])},
            "state": "refused" if n in (31, 88) else "paid",
            "total": round(rng.lognormvariate(3.4, 0.5), 2),
            "currency": "EUR",
        }
        for n in range(120)
    ]
    return json.dumps({"orders": rows, "next": "/orders?page=2"}, indent=2)


def cluster() -> str:
    """A list of objects that differ in shape."""
    rng = random.Random(9)
    items = [
        {
            "kind": "Pod",
            "metadata": {"name": f"{name}-{rng.randrange(16**5):05x}", "namespace": "shop"},
            "status": {"phase": "Pending" if name == "ember" else "Running"}
            | ({"reason": "Unschedulable"} if name == "ember" else {"podIP": f"10.1.0.{n}"}),
        }
        for n, name in enumerate(PACKAGES * 4)
    ]
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items}, indent=4)


def dependencies() -> str:
    """A lock file: one object with many keys."""
    rng = random.Random(10)
    locked = {
        f"node_modules/{name}-{n}": {
            "version": f"{rng.randrange(9)}.{rng.randrange(20)}.{rng.randrange(9)}",
            "resolved": f"https://registry.example.org/{name}-{n}.tgz",
            "license": "MIT",
        }
        for n in range(12)
        for name in PACKAGES
    }
    return json.dumps({"name": "shop", "lockfileVersion": 3, "packages": locked}, indent=2)


def readings() -> str:
    """Numbers in arrays."""
    rng = random.Random(11)
    series = [[1_780_000_000 + 60 * n, round(rng.gauss(21, 0.4), 2)] for n in range(240)]
    series[171][1] = 88.4
    return json.dumps({"sensor": "hall-3", "unit": "°C", "values": series})


def findings() -> str:
    """What a linter finds, as JSON."""
    rng = random.Random(12)
    rows = [
        {
            "code": rng.choice(["E501", "F401", "B006"]),
            "filename": f"/srv/app/{rng.choice(PACKAGES)}.py",
            "location": {"row": rng.randrange(1, 400), "column": rng.randrange(1, 80)},
            "message": "see the rule",
            "fix": None,
        }
        for _ in range(90)
    ]
    return json.dumps(rows, indent=2)


def small_answer() -> str:
    """One record with a nested list."""
    seats = [
        {"row": n, "seat": s, "free": (n + ord(s)) % 3 > 0} for n in range(1, 21) for s in "ABC"
    ]
    return json.dumps({"flight": "XY 204", "from": "GDN", "to": "LIS", "seats": seats})


def settings() -> str:
    """A configuration of many services in YAML."""
    return "services:\n" + "".join(
        f"  {name}-{n}:\n    image: registry.example.org/{name}:1.{n}\n    restart: always\n"
        f"    environment:\n      LOG_LEVEL: {'debug' if (n, name) == (2, 'ember') else 'info'}\n"
        f"    ports:\n      - {8000 + 10 * n}:80\n"
        for n in range(5)
        for name in PACKAGES
    )


def alerts() -> str:
    """Rules of an alert manager in YAML."""
    rules = "".join(
        f'  - alert: {name.title()}TooSlow\n    expr: latency{{job="{name}"}} > {n / 10}\n'
        f"    for: 10m\n    labels:\n      severity: {'page' if n == 5 else 'ticket'}\n"
        for n, name in enumerate(PACKAGES * 5)
    )
    return f"groups:\n- name: latency\n  rules:\n{rules}"


def feed() -> str:
    """A feed in XML."""
    items = "".join(
        f"    <item>\n      <title>{name.title()} {n}.0 released</title>\n"
        f"      <link>https://example.org/{name}/{n}</link>\n      <category>release</category>\n    </item>\n"
        for n in range(1, 9)
        for name in PACKAGES
    )
    return f'<?xml version="1.0"?>\n<rss version="2.0">\n  <channel>\n    <title>News</title>\n{items}  </channel>\n</rss>\n'


def coverage() -> str:
    """Coverage of tests in XML."""
    rng = random.Random(13)
    classes = "".join(
        f'      <class name="{name}_{n}.py" line-rate="{0.12 if n == 4 and name == "delta" else rng.uniform(0.9, 1):.2f}" complexity="0"/>\n'
        for n in range(9)
        for name in PACKAGES
    )
    return f'<?xml version="1.0"?>\n<coverage line-rate="0.94">\n  <packages>\n    <package name="shop">\n{classes}    </package>\n  </packages>\n</coverage>\n'


def disks() -> str:
    """What `df -h` prints on a host with many mounts."""
    rows = "".join(
        f"{'/dev/sd' + chr(97 + n):14} {100 + n:4}G {20 + n * 3:4}G {80 - 2 * n:4}G {97 if n == 9 else 20 + n:3}% /data/{PACKAGES[n % 8]}{n}\n"
        for n in range(24)
    )
    return f"{'Filesystem':14} {'Size':>5} {'Used':>5} {'Avail':>5} Use% Mounted on\n{rows}"


def prices() -> str:
    """A table in Markdown."""
    rng = random.Random(14)
    rows = "".join(
        f"| {name} {n} | {rng.randrange(4, 90)}.{rng.randrange(100):02} | EUR | in stock |\n"
        for n in range(8)
        for name in PACKAGES
    )
    return f"| item | price | currency | state |\n|---|---:|---|---|\n{rows}"


def samples() -> str:
    """Cells between tabs."""

    def line(rng: random.Random, n: int) -> str:
        if n == 0:
            return "sample\tplate\twell\tsignal\tstate"
        signal = 9812 if n == 60 else rng.randrange(300, 420)
        return f"S{n:04}\tP7\t{'ABCDEFGH'[n % 8]}{n % 12 + 1}\t{signal}\tok"

    return _lines(15, 160, line)


def containers() -> str:
    """What `docker ps` prints."""
    rng = random.Random(16)
    rows = "".join(
        f"{rng.getrandbits(48):012x}   {name + ':1.' + str(n):12}   {'Restarting (1) 3 seconds ago' if (n, name) == (1, 'delta') else 'Up 3 hours':30} {name}-{n}\n"
        for n in range(5)
        for name in PACKAGES
    )
    return f"{'CONTAINER ID':15}{'IMAGE':15}{'STATUS':31}NAMES\n{rows}"


def go_tests() -> str:
    """A run of `go test -v` with one failure."""
    out = [
        f"=== RUN   TestPart{n}\n--- PASS: TestPart{n} (0.0{n % 9}s)\n"
        for n in range(70)
        if n != 41
    ]
    failed = (
        "=== RUN   TestPart41\n    part_test.go:88: got 3, want 4\n--- FAIL: TestPart41 (0.01s)\n"
    )
    return "".join([*out[:41], failed, *out[41:]]) + "FAIL\nFAIL\texample.org/shop\t0.412s\n"


def _installed() -> Iterator[str]:
    for n, name in enumerate(PACKAGES * 4):
        yield f"Collecting {name}=={n}.1\n  Downloading {name}-{n}.1-py3-none-any.whl (12 kB)\n"
    yield "Installing collected packages: " + ", ".join(PACKAGES) + "\n"
    yield "ERROR: harbor 31.1 requires grove<20, but you have grove 30.1 which is incompatible.\n"


OUTPUTS: dict[str, dict[str, Case]] = {
    "logs": {
        "access log": ("Which requests failed?", "cat access.log", access_log),
        "system log": ("Why did stockd stop?", "journalctl -b", system_log),
        "stack trace": ("What went wrong with the order?", "cat shop.log", java_log),
        "JSON lines": ("Is the copy complete?", "cat copy.jsonl", job_log),
        "events": ("What is wrong in the cluster?", "kubectl get events", events),
        "slow queries": ("Which query was slow?", "cat postgresql.log", database_log),
        "kernel": ("Is the disk all right?", "dmesg", boot_log),
        "web service": ("Why do requests fail?", "cat web.log", server_log),
    },
    "json_records": {
        "orders": ("Which orders were refused?", "curl -s api.example.org/orders", orders),
        "pods": ("Which pods do not run?", "kubectl get pods -o json", cluster),
        "lock file": ("Which version of ember-3 is locked?", "cat package-lock.json", dependencies),
        "readings": ("Was there an outlier?", "curl -s sensors.example.org/hall-3", readings),
        "findings": ("Where is B006 violated?", "ruff check --output-format json", findings),
        "seats": ("Which seats of row 7 are free?", "seats XY204", small_answer),
    },
    "markup": {
        "services": ("Which service logs too much?", "cat compose.yaml", settings),
        "alerts": ("Which alert pages somebody?", "cat rules.yaml", alerts),
        "feed": ("What is the newest release of fjord?", "curl -s example.org/feed", feed),
        "coverage": ("Which file is hardly tested?", "cat coverage.xml", coverage),
    },
    "tables": {
        "disks": ("Is a disk full?", "df -h", disks),
        "Markdown": ("What does ember 3 cost?", "cat prices.md", prices),
        "tabs": ("Which sample stands out?", "cat plate7.tsv", samples),
        "containers": ("Which container does not start?", "docker ps", containers),
        "packages": ("Is lib42 installed?", "dpkg -l", package_list),
        "measurements": ("When was it hottest?", "cat weather.csv", csv_table),
    },
    "test_runs": {
        "unittest": ("Which test fails?", "python -m unittest -v", test_run),
        "go test": ("Which test fails?", "go test -v ./...", go_tests),
        "build": ("Why does the build fail?", "ninja", build_log),
        "installation": (
            "Why does it not install?",
            "pip install .",
            lambda: "".join(_installed()),
        ),
    },
}
