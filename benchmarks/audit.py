"""Audits recorded sessions as `gateway_sessions.py` plays them, to compare the two.

That plays each session against a provider on a socket, through gateways; this works it out.

    python benchmarks/audit.py FOLDER --turns 40
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

from _sessions import PROMPT

from headroom.tokenizers import for_model
from headroom_agents.audit import Assumptions, audit_session
from headroom_agents.audit.report import report_of
from headroom_agents.transcripts import find, sessions


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="claude-opus-5-5")
    parser.add_argument("--asks", type=float, default=0.3)
    parser.add_argument("--turns", type=int, default=40)
    told = parser.parse_args()
    found = find([told.folder])
    assumed = Assumptions(told.model, told.asks, for_model(told.model).count(PROMPT))
    started = time.perf_counter()
    audited = [
        audit_session(replace(session, turns=session.turns[: told.turns]), assumed)
        for session in sessions(found)
    ]
    seconds = time.perf_counter() - started
    report = report_of(audited, assumed)
    requests = sum(one.requests for one in audited)
    print(f"{len(audited)} sessions of at most {told.turns} requests, {requests} requests")
    print(f"${report.without.dollars:.2f} as they came")
    for mode, side in report.sides.items():
        share = side.share_of(report.without) or 0.0
        print(f"${side.dollars:.2f} in mode {mode} ({share:+.1%}); dearer: {report.dearer(mode)}")
    size = sum(one.size for one in found) / 1e6
    print(f"{size:.1f} MB in {seconds:.1f} s, in one process")


if __name__ == "__main__":
    main()
