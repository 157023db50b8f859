"""Obvious credentials, which are not kept: what is remembered is read again and again, by many."""

from __future__ import annotations

import math
import re
from collections import Counter

_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("a private key", r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----"),
        ("an AWS key", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
        ("a GitHub token", r"\b(?:gh[oprsu]_[A-Za-z0-9]{30,}|github_pat_\w{30,})"),
        ("a GitLab token", r"\bglpat-[\w-]{20,}"),
        ("an Anthropic key", r"\bsk-ant-[\w-]{20,}"),
        ("an API key", r"\bsk-(?:proj-|svcacct-|or-v1-)?[A-Za-z0-9_-]{20,}"),
        ("a Stripe key", r"\b[rs]k_live_[A-Za-z0-9]{16,}"),
        ("a Slack token", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"),
        ("a Google key", r"\bAIza[\w-]{35}"),
        ("an npm token", r"\bnpm_[A-Za-z0-9]{36}"),
        ("a PyPI token", r"\bpypi-[\w-]{50,}"),
        ("a Hugging Face token", r"\bhf_[A-Za-z0-9]{30,}"),
        ("a signed token", r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}"),
    )
)
_IN_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/:@]*:([^\s/@]+)@")
_ASSIGNED = re.compile(
    r"(?i)(?:pass(?:word|wd|phrase)?|secret|token|credential|api[_ -]?key|access[_ -]?key)"
    r"""["'`]?\s*(?:[:=]|\bis\b)\s*["'`]?([^\s"'`]+)"""
)
_STANDS_FOR_ONE = re.compile(r"(?i)[<${%*\[(]|x{3,}|example|changeme|your|placeholder|\.\.\.|…")
_LEAST = 12
_LEAST_BITS = 3.0
"""Of a character: words and dates have less than random letters and digits."""


def secret_in(text: str) -> str | None:
    """Returns what kind of credential is in a text, or None.

    Example:
        >>> secret_in("the token is ghp_" + "a1B2" * 9)
        'a GitHub token'
    """
    for kind, pattern in _KINDS:
        if pattern.search(text):
            return kind
    if any(not _STANDS_FOR_ONE.search(found) for found in _IN_URL.findall(text)):
        return "a password in a URL"
    if any(_is_random(found) for found in _ASSIGNED.findall(text)):
        return "what looks like a password or key"
    return None


def _is_random(value: str) -> bool:
    """Returns whether a value is none that a person would write as a word, a path or a place."""
    value = value.rstrip(".,;)")
    if len(value) < _LEAST or _STANDS_FOR_ONE.search(value) or "/" in value:
        return False
    kinds = (str.islower, str.isupper, str.isdigit)
    if sum(any(map(kind, value)) for kind in kinds) < 2 or not any(map(str.isdigit, value)):
        return False
    counts = Counter(value).values()
    bits = -sum(n / len(value) * math.log2(n / len(value)) for n in counts)
    return bits >= _LEAST_BITS
