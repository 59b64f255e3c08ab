"""All recordings, read into one store once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from codex_loop.store.engine import Database
from codex_loop.tasks.bundle.recording import Recording
from tests.tasks.atif.recordings import every, golden_store, recording


@pytest.fixture(scope="package")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with golden_store(tmp_path_factory.mktemp("golden")) as database:
        yield database


@pytest.fixture(scope="package")
def recorded_sessions(golden: Database) -> dict[str, Recording]:
    """Every session of them, by its id."""
    return {session.id: recording(golden, session.id) for session in every(golden)}
