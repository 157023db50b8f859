"""Advice in the words of a model, where somebody configured one. The evidence stays beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPException
from urllib.request import Request, urlopen

from headroom.errors import ConfigError
from headroom.types import JSON
from headroom_agents.learn.findings import Finding

_CODE = re.compile(r"`[^`]*`")
_NUMBER = re.compile(r"\d[\d,.]*")
_LONGEST = 240
_SECONDS = 120
_ASKED = (
    "Below are findings about the work of a coding agent, one on each line of a JSON list. Turn each "
    "into one short piece of advice to that agent. Keep every text in backticks as it is, add no facts, "
    "no numbers and no other code. Answer with a JSON list of as many strings, and nothing else."
)


@dataclass(frozen=True, slots=True)
class Model:
    """A model behind an OpenAI-compatible endpoint: the URL up to `/v1`, and its name."""

    url: str
    name: str


def model_of(told: str) -> Model:
    """Returns the model that `URL/MODEL` names.

    Raises:
        ConfigError: It does not.

    Example:
        >>> model_of("http://127.0.0.1:11434/v1/qwen3:8b").name
        'qwen3:8b'
    """
    url, mark, name = told.partition("/v1/")
    if not mark or not name or not url.startswith(("http://", "https://")):
        raise ConfigError(f"--word-with {told}: expected http://HOST/v1/MODEL")
    return Model(f"{url}/v1", name)


def worded(findings: Sequence[Finding], model: Model, key: str = "") -> list[str]:
    """Returns the advice in the words of a model; empty where those cannot be taken.

    Args:
        findings: What is to be said.
        model: Says it.
        key: Of the endpoint, if it wants one.

    Raises:
        ConfigError: The endpoint did not answer, or not as it should.
    """
    said = json.dumps([one.advice for one in findings], ensure_ascii=False, indent=0)
    messages = [{"role": "system", "content": _ASKED}, {"role": "user", "content": said}]
    body = {"model": model.name, "messages": messages, "temperature": 0}
    headers = {"content-type": "application/json"}
    headers |= {"authorization": f"Bearer {key}"} if key else {}
    data = json.dumps(body).encode()
    request = Request(f"{model.url}/chat/completions", data, headers)
    try:
        with urlopen(request, timeout=_SECONDS) as answer:
            text = json.loads(answer.read())["choices"][0]["message"]["content"]
    except (OSError, HTTPException, ValueError, LookupError, TypeError) as error:
        raise ConfigError(f"--word-with {model.url}: {type(error).__name__}: {error}") from error
    return [
        _checked(own, new) for own, new in zip(findings, _list(text, len(findings)), strict=True)
    ]


def _list(text: JSON, count: int) -> list[str]:
    start, end = str(text).find("["), str(text).rfind("]")
    try:
        found = json.loads(str(text)[start : end + 1])
    except ValueError:
        found = None
    if not isinstance(found, list) or len(found) != count:
        return [""] * count
    return [one if isinstance(one, str) else "" for one in found]


def _checked(finding: Finding, text: str) -> str:
    """Returns words that say nothing that the finding does not: no other code, no other number."""
    code, numbers = set(_CODE.findall(finding.advice)), set(_NUMBER.findall(finding.advice))
    words = _CODE.sub("", text)
    is_plain = text.isprintable() and not set("`<>[](){}#|*_\\") & set(words)
    is_true = set(_CODE.findall(text)) <= code and set(_NUMBER.findall(words)) <= numbers
    return text.strip() if is_plain and is_true and len(text) <= _LONGEST else ""
