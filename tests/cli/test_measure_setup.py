"""`codex-loop measure setup`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from codex_loop.harbor.place import VERSION
from tools import harbor as real
from tools.catalog import MissingToolError

pytestmark = pytest.mark.contract


@pytest.fixture(autouse=True)
def _installed() -> None:
    try:
        real.required()
    except MissingToolError as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))


def command(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "codex_loop", "measure", "setup", *arguments],
        env={**os.environ, "CODEX_LOOP_CONFIG": os.devnull, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_says_what_is_there_and_where_tasks_can_run() -> None:
    done = command("--json")
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert (report["schema"], report["version"]) == ("codex-loop/measure-setup/1", VERSION)
    environments = {each["name"]: each for each in report["environments"]}
    assert environments["bubblewrap"]["usable"] is True
    assert all(each["detail"] for each in environments.values())


def test_a_person_reads_it_in_eighty_columns_with_the_next_command() -> None:
    done = command()
    assert done.returncode == 0
    first, *rest = done.stdout.splitlines()
    assert first.startswith(f"Harbor {VERSION}")
    assert all(len(line) <= 80 for line in rest)
    assert "bubblewrap   yes" in done.stdout
    assert rest[-1].startswith("Next: codex-loop measure --dataset")


def test_a_harbor_that_the_settings_name_and_that_will_not_do_is_told(tmp_path: Path) -> None:
    program = tmp_path / "harbor"
    program.write_text("#!/bin/sh\necho 0.19.0\n", encoding="utf-8")
    program.chmod(0o755)
    done = command(CODEX_LOOP_HARBOR=str(program))
    assert "is Harbor 0.19.0, and 0.25.x is needed" in done.stdout
