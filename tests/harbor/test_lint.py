"""Harbor's linter, when it does not answer. What it finds is in `test_harbor.py`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from codex_loop.errors import HarborUnusable
from codex_loop.harbor.lint import LintFinding, lint
from codex_loop.harbor.place import VERSION, Harbor
from tests.harbor.pretend import pretend

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the programs that pretend are scripts")


def harbor(tmp_path: Path, body: str) -> Harbor:
    return Harbor(pretend(tmp_path, body), VERSION, "settings")


def test_findings_are_read_whatever_its_exit_code(tmp_path: Path) -> None:
    body = 'print(\'[{"rule": "x", "path": "/t", "message": "m", "line": 3, "column": null, "new": 1}]\')\nsys.exit(1)'
    assert lint(harbor(tmp_path, body), [tmp_path]) == [LintFinding("x", "/t", "m", 3)]


def test_a_linter_that_crashes_has_found_nothing_and_that_is_not_clean(tmp_path: Path) -> None:
    with pytest.raises(HarborUnusable, match="failed with exit code 1: no such module"):
        lint(harbor(tmp_path, "sys.exit('no such module')"), [tmp_path])


def test_a_linter_that_cannot_be_started_says_so(tmp_path: Path) -> None:
    with pytest.raises(HarborUnusable, match="cannot be started"):
        lint(Harbor(tmp_path / "nothing", VERSION, "settings"), [tmp_path])


def test_no_tasks_need_no_linter(tmp_path: Path) -> None:
    assert lint(Harbor(tmp_path / "nothing", VERSION, "settings"), []) == []
