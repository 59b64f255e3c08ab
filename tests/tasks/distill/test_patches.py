"""Recorded changes fit exactly or not at all, and a difference can be applied."""

from __future__ import annotations

import difflib
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codex_loop.tasks.distill import git, patches
from codex_loop.tasks.distill.patches import Misfit, patched
from codex_loop.tasks.distill.story import Change
from codex_loop.tasks.distill.tree import Tree
from codex_loop.tasks.distill.whole_files import Whole
from tests.tasks.distill import played
from tests.tasks.distill.conftest import Opened

LINES = st.lists(st.sampled_from(["a", "b", "c", "def f():", "    return 1", "", "x = 2", "}"]), max_size=30)


def change(path: str, diff: str | None, *, kind: str = "update", whole: Whole | None = None) -> Change:
    return Change(seq=1, path=path, kind=kind, moved_to=None, diff=diff, whole=whole or Whole())


def unified(old: list[str], new: list[str], context: int = 3) -> str:
    rows = list(difflib.unified_diff(old, new, lineterm="", n=context))[2:]
    return "\n".join(rows) + "\n" if rows else ""


@given(LINES, LINES)
def test_hunks_with_line_numbers_give_the_new_text(old: list[str], new: list[str]) -> None:
    before, after = ("".join(f"{line}\n" for line in lines) for lines in (old, new))
    diff = unified(old, new)
    if diff:
        assert patched(before, diff) == after


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(old=LINES, new=LINES, bare_old=st.booleans(), bare_new=st.booleans())
def test_what_git_tells_of_a_change_gives_the_new_text(
    old: list[str], new: list[str], bare_old: bool, bare_new: bool, tmp_path: Path
) -> None:
    before = "\n".join([*old, "end"]) + ("" if bare_old else "\n")
    after = "\n".join([*new, "end"]) + ("" if bare_new else "\n")
    (tmp_path / "a").write_text(before)
    (tmp_path / "b").write_text(after)
    done = git.run(tmp_path, "diff", "--no-index", "--no-color", "a", "b")
    if before != after:
        assert patched(before, done.stdout.decode().partition("\n@@")[2].join(["@@", ""])) == after


@given(LINES)
def test_hunks_whose_lines_are_not_there_do_not_fit(old: list[str]) -> None:
    text = "".join(f"{line}\n" for line in old)
    with pytest.raises(Misfit):
        patched(text, "@@ -1,1 +1,1 @@\n-never there\n+new\n")


def test_hunks_without_numbers_are_found_in_order() -> None:
    text = "def a():\n    return 1\n\n\ndef b():\n    return 1\n"
    diff = "@@ def b():\n-    return 1\n+    return 2\n"
    assert patched(text, diff) == "def a():\n    return 1\n\n\ndef b():\n    return 2\n"


def test_a_part_of_a_line_is_replaced_where_it_stands_once() -> None:
    assert patched("    return a - b\n", "-a - b\n+a + b") == "    return a + b\n"
    with pytest.raises(Misfit, match="not there exactly once"):
        patched("a - b\na - b\n", "-a - b\n+a + b")


def test_a_missing_newline_at_the_end_stays_missing() -> None:
    assert (
        patched("a\nb", "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n")
        == "a\nc"
    )


@pytest.fixture
def tree(tmp_path: Path, opened: Opened) -> Tree:
    files: dict[str, str | bytes] = {
        "a.txt": "one\r\ntwo\r\n",
        "b.bin": b"\0\xff\1",
        "c.txt": "plain\n",
        "sub/d.txt": "deep\n",
    }
    commit = played.repository(tmp_path / "r", files)
    return opened(tmp_path / "r", commit)


def test_windows_line_ends_stay(tree: Tree) -> None:
    patches.apply(tree, change("a.txt", "@@ -1,2 +1,2 @@\n one\n-two\n+three\n"), "a.txt", None)
    assert tree.read("a.txt") == b"one\r\nthree\r\n"


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (change("b.bin", "@@ -1 +1 @@\n-a\n+b\n"), "binary"),
        (change("c.txt", None), "not recorded"),
        (change("gone.txt", "@@ -1 +1 @@\n-a\n+b\n"), "not there"),
        (change("gone.txt", None, kind="delete"), "not there"),
        (change("c.txt", "@@ -1 +1 @@\n-plain\n+key = [REDACTED:openai_key:0123abcd]\n"), "secret"),
    ],
)
def test_what_cannot_be_done_again_exactly_is_not_done(tree: Tree, told: Change, why: str) -> None:
    before = tree.copy()
    with pytest.raises(Misfit, match=why):
        patches.apply(tree, told, told.path, None)
    assert tree.differing(before) == []


def test_a_whole_new_content_is_taken_only_over_the_recorded_old_one(tree: Tree) -> None:
    fitting = change("c.txt", "@@ -1 +1 @@\n-plain\n+new\n", whole=Whole("plain\n", "new"))
    patches.apply(tree, fitting, "c.txt", None)
    assert tree.read("c.txt") == b"new"
    with pytest.raises(Misfit):
        patches.apply(tree, change("c.txt", "@@ -1 +1 @@\n-x\n+y\n", whole=Whole("x\n", "y\n")), "c.txt", None)


def test_a_difference_brings_one_tree_to_the_other(tree: Tree, tmp_path: Path) -> None:
    after = tree.copy()
    after.write("b.bin", b"\0\2\xfe")
    after.write("new/e.txt", b"no newline")
    after.remove("sub/d.txt")
    after.write("c.txt", b"run me\n", "100755")
    fix = patches.difference(tree, after, after.differing(tree))
    work = tmp_path / "r"
    done = subprocess.run(["git", "apply", "-"], cwd=work, input=fix, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert {path: (work / path).read_bytes() for path in after.paths()} == {
        path: after.read(path) for path in after.paths()
    }
    assert (work / "c.txt").stat().st_mode & 0o100
