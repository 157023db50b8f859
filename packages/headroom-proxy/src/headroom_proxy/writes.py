"""Fewer system calls: what is written while one event is handled leaves in one piece."""

from __future__ import annotations

import asyncio
from typing import Any


class JoinedWrites(asyncio.Transport):
    """A transport that gives on what it was given in one piece, before the loop waits again.

    The head of an answer, its body and its end are three writes, and mostly one packet.

    Args:
        transport: What writes.
        loop: Whose turns are meant.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._waiting: list[bytes | bytearray | memoryview] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Takes bytes; they leave in this turn of the loop."""
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting.append(data)

    def close(self) -> None:
        """Closes behind what was taken."""
        self._flush()
        self._transport.close()

    def abort(self) -> None:
        """Closes at once."""
        self._waiting.clear()
        self._transport.abort()

    def is_closing(self) -> bool:
        """Returns whether it is closed, or about to be."""
        return self._transport.is_closing()

    def get_extra_info(self, name: str, default: object = None) -> Any:  # noqa: ANN401 - as asyncio
        """Returns what is known of the connection."""
        return self._transport.get_extra_info(name, default)

    def pause_reading(self) -> None:
        """Takes nothing more from the peer."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Takes from the peer again."""
        self._transport.resume_reading()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Sets who is told what comes in."""
        self._transport.set_protocol(protocol)

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Returns who is told what comes in."""
        return self._transport.get_protocol()

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._transport.write(waiting[0] if len(waiting) == 1 else b"".join(waiting))
