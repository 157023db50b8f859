"""Models find their encoding; what cannot be exact says so."""

from __future__ import annotations

import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from headroom.protocols import Tokenizer
from headroom.tokenizers import for_model
from headroom.tokenizers.ranks import load_ranks


@pytest.mark.parametrize(
    ("model", "encoding"),
    [
        ("gpt-4o", "o200k_base"),
        ("openai/gpt-4.1-mini", "o200k_base"),
        ("gpt-5.6", "o200k_base"),
        ("azure/gpt-6.1-sol", "o200k_base"),
        ("o3-mini", "o200k_base"),
        ("gpt-oss-120b", "o200k_base"),
        ("gpt-4", "cl100k_base"),
        ("gpt-4-turbo", "cl100k_base"),
        ("gpt-4-0613", "cl100k_base"),
        ("gpt-3.5-turbo", "cl100k_base"),
        ("text-embedding-3-small", "cl100k_base"),
    ],
)
def test_openai_models_are_exact(model: str, encoding: str) -> None:
    tokenizer = for_model(model)
    assert (tokenizer.name, tokenizer.exact) == (encoding, True)


@pytest.mark.parametrize(
    "model", ["claude-opus-5-5", "us.anthropic.claude-sonnet-5", "gemini-4-argon", "some-new-model"]
)
def test_other_models_are_labelled_estimates(model: str) -> None:
    tokenizer = for_model(model)
    assert not tokenizer.exact
    assert "×" in tokenizer.name
    assert tokenizer.count("word " * 100) >= for_model("gpt-4o").count("word " * 100)


def test_the_compact_form_is_made_once_private_and_survives_damage(tmp_path: Path) -> None:
    first = load_ranks("cl100k_base", tmp_path, None)
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert load_ranks("cl100k_base", tmp_path, None).count("hello world") == first.count(
        "hello world"
    )
    file.write_bytes(file.read_bytes()[:1000])
    assert load_ranks("cl100k_base", tmp_path, None).count("hello world") == 2


def test_threads_that_ask_at_once_share_one_table(tmp_path: Path) -> None:
    models = ("gpt-4", "gpt-4-turbo", "gpt-4-0613", "gpt-3.5-turbo")
    together = Barrier(len(models))

    def ask(model: str) -> Tokenizer:
        together.wait()
        return for_model(model, cache_dir=tmp_path)

    with ThreadPoolExecutor(len(models)) as pool:
        assert len(set(map(id, pool.map(ask, models)))) == 1


def test_an_unwritable_cache_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert load_ranks("cl100k_base", tmp_path / "file" / "cache", None).count("hello world") == 2


def test_counting_does_not_import_tiktoken() -> None:
    code = (
        "import sys; from headroom.tokenizers import for_model; for_model('gpt-4o').count('x');"
        "print([m for m in ('tiktoken', 'regex', 'numpy', 'requests') if m in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
