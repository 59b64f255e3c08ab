"""One redactor for each engine of this machine."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from codex_loop.redaction import Redactor

KEY = bytes(range(32))
ENGINES = tuple(engine for engine in ("hyperscan", "re2", "pure") if engine == "pure" or find_spec(engine))


@pytest.fixture(scope="session")
def redactor() -> Redactor:
    return Redactor(KEY)


@pytest.fixture(scope="session")
def strict() -> Redactor:
    """As for everything that leaves the machine."""
    return Redactor(KEY, candidate=True)


@pytest.fixture(scope="session")
def every_engine() -> tuple[Redactor, ...]:
    return tuple(Redactor(KEY, engine=engine) for engine in ENGINES)
