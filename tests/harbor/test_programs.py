"""The agent's own program, shown in the sandbox."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from codex_loop.errors import MissingTool
from codex_loop.harbor.programs import shown

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the sandbox exists on Linux only")


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def environ(tmp_path: Path, *folders: Path) -> dict[str, str]:
    return {"PATH": ":".join(map(str, folders)), "CODEX_LOOP_HARBOR_HOME": str(tmp_path / "cache")}


def test_a_single_binary_is_shown_and_nothing_beside_it(tmp_path: Path) -> None:
    binary = program(tmp_path / "home" / "versions" / "2.1.0")
    bin_folder = tmp_path / "home" / "bin"
    bin_folder.mkdir()
    (bin_folder / "claude").symlink_to(binary)
    made = shown("claude-code", environ(tmp_path, bin_folder))
    binds = dict(each.split(":") for each in made["bind"].split(","))
    assert binds[str(binary)] == "/opt/agent/claude"
    assert made["path"] == "/opt/agent/bin"
    (links,) = (Path(source) for source, target in binds.items() if target == "/opt/agent/bin")
    assert (links / "claude").readlink() == Path("/opt/agent/claude")


def test_an_npm_program_comes_with_its_scope_and_a_node_of_the_home(tmp_path: Path) -> None:
    modules = tmp_path / "nvm" / "lib" / "node_modules"
    script = program(modules / "@openai" / "codex" / "bin" / "codex.js")
    program(modules / "other" / "secret.js")
    bin_folder = tmp_path / "nvm" / "bin"
    node = program(bin_folder / "node")
    (bin_folder / "codex").symlink_to(script)
    made = shown("codex", environ(tmp_path, bin_folder))
    binds = dict(each.split(":") for each in made["bind"].split(","))
    assert binds[str(modules / "@openai")] == "/opt/agent/node_modules/@openai"
    assert binds[str(node)] == "/opt/agent/node"
    (links,) = (Path(source) for source, target in binds.items() if target == "/opt/agent/bin")
    assert (links / "codex").readlink() == Path("/opt/agent/node_modules/@openai/codex/bin/codex.js")
    assert (links / "node").readlink() == Path("/opt/agent/node")


def test_the_same_program_is_shown_the_same_way_again(tmp_path: Path) -> None:
    folder = program(tmp_path / "bin" / "codex").parent
    assert shown("codex", environ(tmp_path, folder)) == shown("codex", environ(tmp_path, folder))


@pytest.mark.parametrize("agent", ["oracle", "nop", "my.module:Agent"])
def test_nothing_is_shown_for_agents_without_a_program(tmp_path: Path, agent: str) -> None:
    assert shown(agent, environ(tmp_path, tmp_path / "nothing")) == {}


def test_an_agent_whose_program_is_not_here_is_missing_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(MissingTool, match="claude is not installed; put it on the PATH"):
        shown("claude-code", environ(tmp_path, tmp_path / "nothing"))
