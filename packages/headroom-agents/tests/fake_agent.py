"""Stands in for a coding agent: asks its provider where it was told, and prints what it was given.

It reads the variables and flags that real ones read, sends a long output of a tool, and says the
model's answer. With `exit N` it ends with that code; with `wait` only when it is told to.
"""

import json
import os
import signal
import sys
import time
import tomllib
import urllib.request
from itertools import pairwise
from pathlib import Path

NAME = Path(sys.argv[0]).name
LOG = "".join(f"2026-11-21 10:00:{n % 60:02} INFO worker {n % 7} done\n" for n in range(400))


def base() -> str:
    """Returns where Anthropic or OpenAI is, without the version."""
    said = os.environ
    if NAME == "codex":
        told = [b for a, b in pairwise(sys.argv) if a == "-c"]
        found = tomllib.loads("\n".join(told))["openai_base_url"]
    elif NAME == "aider":
        found = dict(pairwise(sys.argv))["--openai-api-base"]
    elif NAME == "opencode":
        provider = json.loads(said["OPENCODE_CONFIG_CONTENT"])["provider"]
        found = provider["anthropic"]["options"]["baseURL"]
    elif NAME == "openclaw":
        file = Path(said["HOME"]) / ".openclaw/openclaw.json"
        found = json.loads(file.read_text().partition(" //")[0])["models"]["providers"][
            "anthropic"
        ]["baseUrl"]
    else:
        names = (
            "ANTHROPIC_BASE_URL", "ANTHROPIC_API_BASE", "ANTHROPIC_HOST", "COPILOT_PROVIDER_BASE_URL",
            "LLM_BASE_URL", "GOOGLE_GEMINI_BASE_URL",
        )  # fmt: skip
        found = next(said[name] for name in names if name in said)
    return str(found).removesuffix("/v1")


def ask() -> str:
    call = {"type": "tool_use", "id": "toolu_1", "name": "bash", "input": {"command": "cat log"}}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": LOG}
    body = {
        "model": "claude-opus-5",
        "max_tokens": 100,
        "messages": [
            {"role": "user", "content": "Is all well?"},
            {"role": "assistant", "content": [call]},
            {"role": "user", "content": [result]},
        ],
    }
    headers = {
        "content-type": "application/json",
        "anthropic-version": "2023-06-01",
        "x-api-key": "k",
    }
    request = urllib.request.Request(f"{base()}/v1/messages", json.dumps(body).encode(), headers)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=60) as answer:
        return str(json.load(answer)["content"][0]["text"])


def main() -> None:
    if "--version" in sys.argv:
        print(f"{NAME} 1.2.3")
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    print(
        json.dumps({"pid": os.getpid(), "base": base(), "arguments": sys.argv[1:], "said": ask()}),
        flush=True,
    )
    if "exit" in sys.argv:
        sys.exit(int(sys.argv[sys.argv.index("exit") + 1]))
    if "echo" in sys.argv:
        print(sys.stdin.read(), end="")
    while "wait" in sys.argv:
        time.sleep(0.1)


main()
