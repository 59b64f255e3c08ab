"""What the commands that run often import when they have a store to read: nothing heavy."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.cli.conftest import ROOT
from tests.store.builder import Builder

MORE = [("usage", "weekly"), ("usage", "monthly"), ("usage", "blocks"), ("usage", "reconcile")]
HEAVY = {
    *("cyclopts", "rich", "sqlalchemy", "alembic", "numpy", "pydantic", "psycopg", "hyperscan", "re2", "zstandard"),
    *("inspect", "typing_extensions", "zoneinfo", "asyncio", "multiprocessing", "subprocess"),
    *("codex_loop.redaction", "codex_loop.capture"),
}
PROBE = """
import sys
from codex_loop.__main__ import main
code = main({words!r})
print("\\n", *sys.modules)
sys.exit(code)
"""


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("sessions",),
        ("show", ROOT),
        ("search", "login"),
        ("status",),
        ("usage", "daily"),
        ("usage", "session"),
        *MORE,
    ],
    ids=lambda words: " ".join(words[:2]) or "home",
)
@pytest.mark.parametrize("form", [(), ("--json",)], ids=["table", "json"])
def test_reading_imports_nothing_heavy(
    store: Builder, story: int, words: tuple[str, ...], form: tuple[str, ...]
) -> None:
    line = [*words, *form, "--db", store.place]
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(words=line)], capture_output=True, text=True, check=False, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "codex_loop.store.ledger" in loaded
    assert sorted(loaded & HEAVY) == []
