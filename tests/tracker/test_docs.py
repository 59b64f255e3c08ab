"""What docs/tracker.md shows can be typed."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from codex_loop.usage.tracker import records, summaries
from tests.tracker.conftest import Operator, fixture_text

TEXT = (Path(__file__).parents[2] / "docs" / "tracker.md").read_text(encoding="utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="the page shows a POSIX shell")
def test_the_first_steps_work_as_they_are_written(operator: Operator) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not installed")
    (block,) = re.findall(r"```bash\n(.*?)```", TEXT, re.DOTALL)
    (operator.folder / "status.txt").write_text(fixture_text("panes/wide_status_82_1.txt"), encoding="utf-8")
    (operator.folder / "daily.json").write_text(fixture_text("ccusage/tracker_daily.json"), encoding="utf-8")
    program = shlex.join([sys.executable, "-m", "codex_loop.cli.tracker"])
    script = f'set -e\ntracker() {{ {program} "$@"; }}\n{block}'
    done = subprocess.run([bash, "-c", script], capture_output=True, text=True, check=False, cwd=operator.folder)
    assert done.returncode == 0, done.stderr
    assert "stored codex before snapshot for W0-01" in done.stdout
    assert "finalized W0-01 (codex)" in done.stdout
    assert "- daily: latest=2025-10-19" in done.stdout


def test_every_tag_is_explained() -> None:
    tags = {value for name, value in vars(records).items() if name.isupper() and isinstance(value, str)}
    tags -= {records.AGENT_NOTE, records.SCHEMA_VERSION}
    tags |= {summaries.MIXED, summaries.NOT_CODEX, summaries.MISSING_FIELDS, summaries.DERIVED, summaries.STALE}
    assert [tag for tag in sorted(tags) if f"`{tag}`" not in TEXT] == []


def test_every_file_is_named() -> None:
    assert [kind for kind in records.KINDS if f"`{kind}`" not in TEXT] == []
