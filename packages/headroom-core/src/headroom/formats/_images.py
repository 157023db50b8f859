"""Images that stand in a request themselves. What a URL or a file's id names is never fetched."""

from __future__ import annotations

from collections.abc import Iterator

from headroom.types import JSON, Block, Path, ToolCall


def base64_data(data: JSON, path: Path, tool: ToolCall | None = None) -> Iterator[Block]:
    """Yields the image whose bare base64 data stands at `path`."""
    if isinstance(data, str):
        yield Block(path, "image", data, tool, detail="")


def data_url(url: JSON, path: Path, detail: JSON, tool: ToolCall | None = None) -> Iterator[Block]:
    """Yields the image whose data URL stands at `path`; nothing for a URL of another kind."""
    if isinstance(url, str) and url.startswith("data:image/"):
        yield Block(path, "image", url, tool, detail=detail if isinstance(detail, str) else "")
