"""The guide's own lines, typed into a shell one after the other, on the bundled sessions, with the real programs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pytest

from codex_loop.samples.repositories import materialise
from tests.contract.conftest import required
from tests.test_loop_closure import CODEX, mending, model
from tools import chroma
from tools import harbor as real_harbor
from tools.catalog import MissingToolError, find

pytestmark = [pytest.mark.contract, pytest.mark.slow]

LOOK = """
codex-loop init --db ./codex_loop.db
codex-loop ingest --codex-home ~/.codex --db ./codex_loop.db
codex-loop ingest --codex-home ~/.codex --db ./codex_loop.db --lookback-hours 8760
codex-loop signals --db ./codex_loop.db
codex-loop daily --codex-home ~/.codex --db ./codex_loop.db
codex-loop report --db ./codex_loop.db
codex-loop cluster --db ./codex_loop.db --vectors ./vectors
codex-loop schema-proposals --db ./codex_loop.db
"""
NAME = """
codex-loop schema-approve --db ./codex_loop.db --proposal-id proposal_abc123
codex-loop schema-reject --db ./codex_loop.db --proposal-id proposal_def456 --reason "Too vague"
codex-loop schema-auto-promote --db ./codex_loop.db --confidence 0.85 --min-samples 10
codex-loop schema-export --db ./codex_loop.db --output schema.json
"""
CLOSE = """
codex-loop distill --db ./codex_loop.db --signal-id sig_123 --output ./harbor_task
codex-loop distill --db ./codex_loop.db --cluster-id cluster_456 --output ./harbor_dataset
codex-loop measure --dataset ./harbor_dataset --agent codex --model gpt-5.2
codex-loop measure --dataset ./harbor_dataset --agent codex --model gpt-5.2 --baseline ./baseline.json
codex-loop ticket --db ./codex_loop.db --cluster-id cluster_456 --output ticket.md
codex-loop trends --db ./codex_loop.db --dataset harbor_dataset_001 --days 30
codex-loop daily --codex-home ~/.codex --db ./codex_loop.db --lookback-hours 24 --verbose
"""
TRACES = """
codex-loop trace bundle --session-id <uuid> --output ./bundle
codex-loop trace distill --bundle ./bundle --output ./task --start-seq 10 --end-seq 50 --signal-type friction \
--cluster-id cluster_123 --signal-category repeated_denial
codex-loop trace dataset --task ./task1 --task ./task2 --output ./dataset
codex-loop trace atif --bundle ./bundle --output ./atif
"""
SAVE = """codex-loop measure --dataset ./harbor_dataset --agent codex --model gpt-5.2 --attempts 1 \
--save-baseline ./baseline.json"""
DEGRADED = 4
"""Few tasks say little of a change, and say so."""


class Shell:
    """A home with the bundled sessions, and a shell in an empty folder."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, home = folder / "codex-loop", folder / "home"
        self.folder.mkdir()
        with as_file(files("codex_loop") / "samples") as samples:
            shutil.copytree(samples / "codex", home / ".codex")
        # Of the other repositories no clone is left: some tasks show the same as all, in half the time.
        clones = {clone.name: clone.path for clone in materialise(folder / "clones")}
        (folder / "site").mkdir()
        (folder / "site" / "sitecustomize.py").write_text(f"import sys\nsys.path.append({str(chroma.packages())!r})\n")
        programs = (Path(sys.executable).parent, Path(find("codex", CODEX).command()[0]).parent)
        self._environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CODEX")},
            "HOME": str(home),
            "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache"),
            "PATH": os.pathsep.join((*map(str, programs), os.environ["PATH"])),
            "PYTHONPATH": str(folder / "site"),
            "CODEX_LOOP_REPOSITORIES": f"{clones['accounts']},{clones['slugs']}",
            "OPENAI_API_KEY": "sk-EXAMPLE",
            "OPENAI_BASE_URL": url,
            "COLUMNS": "80",
        }

    def type(self, line: str, code: tuple[int, ...] = (0,)) -> str:
        done = subprocess.run(
            ["bash", "-c", line], cwd=self.folder, env=self._environ, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        assert done.returncode in code, (line, done.returncode, done.stdout[-2000:], done.stderr[-2000:])
        return done.stdout

    def ask(self, line: str) -> Any:
        return json.loads(self.type(f"{line} --db ./codex_loop.db --json"))


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    try:
        real_harbor.required()
        chroma.packages()
    except MissingToolError as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))
    required("codex", CODEX)
    with model(mending(right=True)) as url:
        yield Shell(tmp_path, url)


def test_the_guide_runs_as_it_is_written(shell: Shell) -> None:
    for line in LOOK.strip().splitlines():
        shell.type(line)
    assert (shell.folder / "vectors").is_dir()
    proposals = shell.ask("codex-loop schema-proposals")["proposals"]
    assert len(proposals) >= 2
    names = {"proposal_abc123": proposals[0]["id"], "proposal_def456": proposals[1]["id"]}
    for line in NAME.strip().splitlines():
        shell.type(_with(line, names))
    assert json.loads((shell.folder / "schema.json").read_text(encoding="utf-8"))["categories"]

    signals = shell.ask("codex-loop signals list --limit 1000")["signals"]
    signal = _of_accounts(shell, signals)
    names = {"cluster_456": signal["cluster_id"], "sig_123": signal["id"]}
    for line in CLOSE.strip().splitlines():
        if "--baseline" in line:
            shell.type(SAVE, (0, DEGRADED))
        shell.type(_with(line, names), (0, DEGRADED) if "measure" in line else (0,))
    for name in ("harbor_task", *_tasks(shell)):
        for part in ("instruction.md", "task.toml", "environment/Dockerfile", "tests/test.sh"):
            assert (shell.folder / name / part).is_file()
    runs = shell.ask("codex-loop trends --dataset harbor_dataset_001 --days 30")["runs"]
    assert [run["reward"] for run in runs] == [1.0, 1.0, 1.0]
    assert "harbor_dataset_001" in (shell.folder / "ticket.md").read_text(encoding="utf-8")

    for number, name in enumerate(_tasks(shell)[:2], start=1):
        shutil.copytree(shell.folder / name, shell.folder / f"task{number}")
    first = str(signal["session_id"]).partition(":")[2]
    for line in TRACES.strip().splitlines():
        names = {"<uuid>": first, "cluster_123": names.get("cluster_456", "cluster_123")}
        where = "CODEX_LOOP_DB=./codex_loop.db "
        shell.type(where + _with(line, names), (0, DEGRADED) if "trace distill" in line else (0,))
    assert (shell.folder / "bundle" / "bundle.json").is_file()
    assert (shell.folder / "task" / "instruction.md").is_file()
    assert list((shell.folder / "atif").glob("*.json"))


def _with(line: str, names: dict[str, str]) -> str:
    for shown, real in names.items():
        line = line.replace(shown, real)
    return line


def _of_accounts(shell: Shell, signals: list[dict[str, Any]]) -> dict[str, Any]:
    """An edit that did not fit, in a session that ended with its tests green."""
    sessions = {each["id"]: each["cwd"] for each in shell.ask("codex-loop sessions")["sessions"]}
    failed = (each for each in signals if each["category"] == "patch_failure")
    return next(each for each in failed if str(sessions[each["session_id"]]).endswith("accounts"))


def _tasks(shell: Shell) -> list[str]:
    return sorted(f"harbor_dataset/{path.parent.name}" for path in shell.folder.glob("harbor_dataset/*/task.toml"))
