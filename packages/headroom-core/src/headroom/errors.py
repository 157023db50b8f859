"""Errors that a caller can act on.

HeadroomError
├── FormatError      a message is not of the wire format; names the index and the field
├── KeyMissing       a reference that the store does not know
├── Ambiguous        one text would stand for two originals; the second goes out as it is
├── KeyCollision     two originals share a short key; the caller retries with longer keys
├── SelectorError    a retrieval asks for lines, rows or a path that are not there
├── ConfigError      a file of settings is broken, or not as expected; names file and line
├── StoreError       the store could not be read or written
└── TokenizerError   ranks are missing or are not the published ones
"""


class HeadroomError(Exception):
    """The base of every error that Headroom raises on purpose."""


class FormatError(HeadroomError, ValueError):
    """A message is not of the wire format. Says where, what was expected and what came."""


class KeyMissing(HeadroomError, KeyError):
    """The store has no original under this reference."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class KeyCollision(HeadroomError):
    """Two different originals have the same key of this length."""


class Ambiguous(HeadroomError):
    """A replacement already stands for another original in the same context.

    Attributes:
        ref: The reference of the original that came second.
    """

    def __init__(self, ref: str) -> None:
        super().__init__(f"the text that would stand for {ref} stands for another original")
        self.ref = ref


class SelectorError(HeadroomError, ValueError):
    """A retrieval asks for something that the original does not have; says what it has."""


class ConfigError(HeadroomError, ValueError):
    """A file of settings is broken, or has something that is not ours to change.

    Attributes:
        why: What was expected and what came.
        line: Where, from 1; 0 if it concerns the whole file.
        file: Which.
    """

    def __init__(self, why: str, line: int = 0, file: str = "") -> None:
        super().__init__(why)
        self.why, self.line, self.file = why, line, file

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.file and self.line else self.file
        return f"{where}: {self.why}" if where else self.why


class StoreError(HeadroomError):
    """The store could not be read or written: full disk, lock, corruption."""


class TokenizerError(HeadroomError):
    """An encoding's ranks are missing, or differ from the published ones."""
