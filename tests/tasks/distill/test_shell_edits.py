"""Edits by shell commands are done again as the shell did them, or not at all."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from codex_loop.tasks.distill import shell_edits
from codex_loop.tasks.distill.story import Run
from codex_loop.tasks.distill.tree import Tree
from tests.tasks.distill import played
from tests.tasks.distill.conftest import Opened

FILES = {"a.txt": "one two two\nx + y\n", "dir/b.txt": "b\n", "dir/c.txt": "c\n"}
COMMANDS = [
    "sed -i 's/two/2/' a.txt",
    "sed -i 's/two/2/g' a.txt dir/b.txt",
    "sed -i 's|x + y|x * y|' a.txt",
    "sed -i 's/t.o/2/' a.txt",
    "cat > new.txt <<'EOF'\nfirst $HOME\nlast\nEOF",
    "cat <<'EOF' >> a.txt\nmore\nEOF",
    "cd dir && mv b.txt d.txt && rm c.txt",
    "mv dir other",
    "rm -rf dir",
    "mv a.txt dir",
]


def run(command: str, status: str = "ok") -> Run:
    return Run(
        seq=1, ended=2, call_id="c", command=command, cwd=None, exit_code=0, status=status, output="", duration_ms=1
    )


def relative(path: str, cwd: str | None, folder: str) -> str | None:
    return f"{folder}/{path}" if folder else path


@pytest.fixture
def tree(tmp_path: Path, opened: Opened) -> Tree:
    return opened(tmp_path / "r", played.repository(tmp_path / "r", FILES))


@pytest.mark.skipif(shutil.which("sed") is None, reason="needs a shell with sed")
@pytest.mark.parametrize("command", COMMANDS)
def test_the_tree_becomes_what_the_shell_makes_of_the_folder(command: str, tree: Tree, tmp_path: Path) -> None:
    assert shell_edits.edits(run(command))
    shell_edits.redo(tree, run(command), relative)
    folder = tmp_path / "r"
    subprocess.run(["bash", "-c", command], cwd=folder, check=True)
    there = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }
    assert {path: tree.read(path) for path in tree.paths()} == there


@pytest.mark.parametrize(
    "command",
    [
        "sed -i 's/[a-z]*/x/' a.txt",
        "sed -i -E 's/(one)/\\1/' a.txt",
        "sed -i '1d' a.txt",
        "cat > new.txt <<EOF\n$HOME\nEOF",
        'python -c \'open("a.txt", "w")\'',
    ],
)
def test_what_is_not_understood_changes_nothing(command: str, tree: Tree) -> None:
    before = tree.copy()
    shell_edits.redo(tree, run(command), relative)
    assert tree.differing(before) == []


def test_a_command_that_failed_changed_nothing() -> None:
    assert not shell_edits.edits(run("sed -i 's/a/b/' a.txt", status="failed"))


def test_taking_back_gives_the_commits_file_again(tree: Tree) -> None:
    tree.write("a.txt", b"changed\n")
    tree.write("dir/b.txt", b"changed\n")
    shell_edits.redo(tree, run("git checkout -- a.txt"), relative)
    assert (tree.read("a.txt"), tree.read("dir/b.txt")) == (FILES["a.txt"].encode(), b"changed\n")
    shell_edits.redo(tree, run("git reset --hard"), relative)
    assert tree.changes() == []
