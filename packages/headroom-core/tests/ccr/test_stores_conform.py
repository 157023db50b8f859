"""Both built-in stores keep what stores promise, and so does the fake one that never fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from headroom.ccr.memory import MemoryStore
from headroom.ccr.open import open_store as open_url
from headroom.ccr.sqlite import SQLiteStore
from headroom.protocols import Store
from headroom_testing import StoreConformance
from headroom_testing.fakes import FailingStore
from headroom_testing.stores import OpenStore


class TestSQLite(StoreConformance):
    @pytest.fixture
    def open_store(self) -> OpenStore:
        return lambda folder: SQLiteStore(folder / "store.db")


class TestURL(StoreConformance):
    @pytest.fixture
    def open_store(self) -> OpenStore:
        return lambda folder: open_url(f"sqlite://{folder.as_posix()}/s.db?synchronous=full")


class TestMemory(StoreConformance):
    persistent = False

    @pytest.fixture(params=[MemoryStore, FailingStore], ids=lambda kind: kind.__name__)
    def open_store(self, request: pytest.FixtureRequest) -> OpenStore:
        def opened(_: Path) -> Store:
            store: Store = request.param()
            return store

        return opened
