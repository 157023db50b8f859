"""Logs: lines that repeat a pattern."""

from __future__ import annotations

from headroom.compressors._writer import Writer
from headroom.protocols import Context
from headroom.types import Compressed, Segment, Span


class Logs:
    """Folds runs of equal lines."""

    name = "logs"

    def priority(self, segment: Segment) -> float:
        """Returns a low priority: any text of lines will do."""
        return 0.1

    def compress(self, segment: Segment, context: Context) -> Compressed | None:
        """Returns the text without lines that equal the line before."""
        if not context.omit:
            return None
        out = Writer()
        position, previous, run = 0, b"", 0
        for number, line in enumerate(segment.data.splitlines(keepends=True), start=1):
            if line == previous:
                run += 1
            else:
                if run:
                    out.omit(
                        Span(position - run * len(previous), position), number - run, number - 1
                    )
                out.write(line)
                previous, run = line, 0
            position += len(line)
        return out.done()
