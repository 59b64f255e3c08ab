"""A ground for the tests of capture: a home, a store, one redaction key for all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.capture.ground import Ground


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("key") / "redaction.key"


@pytest.fixture
def ground(place: str, tmp_path: Path, key_file: Path) -> Iterator[Ground]:
    made = Ground(place, tmp_path / "home", key_file)
    yield made
    made.close()


@pytest.fixture
def sqlite_ground(tmp_path: Path, key_file: Path) -> Iterator[Ground]:
    """On the default engine only: for what cannot depend on the engine."""
    made = Ground(str(tmp_path / "store.db"), tmp_path / "home", key_file)
    yield made
    made.close()
