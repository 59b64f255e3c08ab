"""Which program is asked, and with which environment."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from codex_loop.agents.place import NoProgram, find

posix = pytest.mark.skipif(sys.platform == "win32", reason="a bit that says what may be run")


def put(folder: Path, name: str, mode: int = 0o755) -> Path:
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(mode)
    return path


@posix
def test_without_a_name_the_path_decides(tmp_path: Path) -> None:
    program = put(tmp_path, "codex")
    found = find("codex", None, home=None, folder=tmp_path / "own", environ={"PATH": str(tmp_path)})
    assert found.command == (str(program),)
    assert found.folder.is_dir()


@posix
def test_the_named_program_beats_the_path(tmp_path: Path) -> None:
    put(tmp_path, "codex")
    other = put(tmp_path, "codex-nightly")
    found = find("codex", str(other), home=None, folder=tmp_path, environ={"PATH": str(tmp_path)})
    assert found.command == (str(other),)


@pytest.mark.parametrize(("named", "said"), [(None, "--claude-bin"), ("/nowhere/claude", "no program /nowhere/claude")])
def test_a_program_that_is_not_there_is_named(tmp_path: Path, named: str | None, said: str) -> None:
    with pytest.raises(NoProgram, match=said):
        find("claude", named, home=None, folder=tmp_path, environ={"PATH": str(tmp_path)})


@posix
def test_a_program_that_may_not_be_run_is_told_apart(tmp_path: Path) -> None:
    path = put(tmp_path, "codex", 0o644)
    with pytest.raises(NoProgram, match="executable"):
        find("codex", str(path), home=None, folder=tmp_path, environ={"PATH": ""})


@posix
def test_the_home_is_told_only_where_it_is_not_the_usual_one(tmp_path: Path) -> None:
    put(tmp_path, "claude")
    environ = {"PATH": str(tmp_path)}
    usual = find("claude", None, home=Path.home() / ".claude", folder=tmp_path, environ=environ)
    other = find("claude", None, home=tmp_path / "else", folder=tmp_path, environ=environ)
    assert "CLAUDE_CONFIG_DIR" not in usual.environ
    assert other.environ["CLAUDE_CONFIG_DIR"] == str(tmp_path / "else")


@posix
def test_what_an_agent_tells_its_own_children_is_not_passed_on(tmp_path: Path) -> None:
    put(tmp_path, "claude")
    environ = {"PATH": str(tmp_path), "CLAUDECODE": "1", "TMUX": "/tmp/x,1,0", "LANG": "C"}  # no file
    found = find("claude", None, home=None, folder=tmp_path, environ=environ)
    assert found.environ == {"PATH": str(tmp_path), "LANG": "C"}
    assert os.fspath(found.folder)
