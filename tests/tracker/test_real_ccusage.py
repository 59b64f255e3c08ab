"""`tracker ingest codex-ccusage --run` with the real ccusage, on what the real Codex left."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

import pytest

from tests.contract.ccusage_stage import GOLDEN, NEW, OLD, Stage
from tests.contract.conftest import required
from tests.tracker.conftest import Operator
from tools.catalog import find

pytestmark = [
    pytest.mark.contract,
    pytest.mark.skipif(sys.platform == "win32", reason="the program on the PATH is a shell script"),
]
SCOPES = ("session", "daily", "weekly", "monthly")


def put_on_path(tool: tuple[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """As npm would, a script of the tool's name; it sees one recording and nothing of this machine's user.

    Returns the tokens that our own ledger counts in that recording.
    """
    required(*tool)
    stage = Stage(folder / "stage")
    stage.copy(GOLDEN / "codex-0.169.0" / "tools", "codex")
    homes = {"CODEX_HOME": "codex", "CLAUDE_CONFIG_DIR": "claude", "HOME": "empty"}
    seen = [f"{variable}={stage.home / name}" for variable, name in homes.items()]
    words = shlex.join(["env", "TZ=UTC", *seen, *find(*tool).command()])
    place = folder / "bin"
    place.mkdir()
    script = place / tool[0]
    script.write_text(f'#!/bin/sh\nexec {words} "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{place}{os.pathsep}{os.environ['PATH']}")
    return sum(each.counts.total_tokens for each in stage.ledger().entries)


@pytest.mark.parametrize("tool", [NEW, OLD], ids=["ccusage", "ccusage-codex"])
def test_every_scope_is_taken_from_the_real_program(
    tool: tuple[str, str], operator: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = put_on_path(tool, tmp_path, monkeypatch)
    assert tokens > 0
    for scope in SCOPES:
        operator.did(f"tracker ingest codex-ccusage --window W0-01 --scope {scope} --run")
    reports = operator.lines("codex_ccusage")
    assert [each["parsed"]["scope"] for each in reports] == list(SCOPES)
    assert [each["parsed"]["errors"] for each in reports] == [[], [], [], []]
    assert [each["parsed"]["total_tokens"] for each in reports] == [tokens] * 4
    derived = ["derived:weekly" in each["notes"] for each in reports]
    assert derived == [False, False, tool == OLD, False]
    assert all("offline" in each["notes"] for each in reports)
    operator.did("tracker archive-check")
    assert "agrees" in operator.out
