"""Fixtures of the tests with real Harbor: without it or bubblewrap they are skipped, in CI they fail."""

from __future__ import annotations

import os

import pytest

from codex_loop.harbor.place import Harbor, managed
from tools import harbor as real
from tools.catalog import MissingToolError


@pytest.fixture(scope="session")
def harbor() -> Harbor:
    """The managed one, whatever the settings and the PATH of this machine say."""
    try:
        real.required()
    except MissingToolError as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))
    found = managed()
    assert found is not None
    return found
