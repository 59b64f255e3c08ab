"""The solution in words only: a patch that git applies, and that changes nothing a program does."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_loop.tasks.gate import hollow
from codex_loop.tasks.gate.folder import read
from tests.harbor.sample import BASE
from tests.tasks.gate import ground

TEXTS = st.lists(st.sampled_from(["", "a", "  b", "c\r", "\\ d", "-e", "+f", "é"]), max_size=6)


def patched(place: Path, base: str | None, path: str, patch: str) -> str:
    """What git makes of it."""
    if base is not None:
        target = place / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(base.encode())
    subprocess.run(
        ["git", "apply", "--whitespace=nowarn", "-"], cwd=place, input=patch.encode(), check=True, capture_output=True
    )
    return (place / path).read_bytes().decode()


def test_its_lines_stand_in_comments_below_what_was_there(tmp_path: Path) -> None:
    task = read(ground.task(tmp_path / "one"))
    found = patched(tmp_path, BASE.format(limit=60), "backoff.py", hollow.patch_of(task))
    assert found.startswith(BASE.format(limit=60))
    assert found.splitlines()[-1] == "#             return min(60, int(value))"


@settings(max_examples=60, deadline=None)
@given(lines=TEXTS, ended=st.booleans(), added=st.lists(st.sampled_from(["x", "", "  y -->", "*/ z"]), min_size=1))
def test_git_applies_it_to_any_file_and_nothing_that_was_there_changes(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], ended: bool, added: list[str]
) -> None:
    root = tmp_path_factory.mktemp("hollow")
    base = "\n".join(lines) + ("\n" if ended and lines else "")
    place = ground.task(root / "one")
    ground.base(place, {"src/it.js": base})
    body = "".join(f"+{line}\n" for line in added)
    patch = f"--- a/src/it.js\n+++ b/src/it.js\n@@ -0,0 +1,{len(added)} @@\n{body}"
    (place / "solution/fix.patch").write_text(patch)
    found = patched(root, base, "src/it.js", hollow.patch_of(read(place)))
    assert found.startswith(base)
    comments = found[len(base) :].lstrip("\n").splitlines()
    assert len(comments) == len(added)
    assert all(line.startswith("//") for line in comments)


@pytest.mark.parametrize(("path", "text"), [("DONE", ""), ("data.json", ""), ("DONE.md", "<!-- yes -->\n")])
def test_a_file_that_the_solution_makes_is_there_and_says_nothing(tmp_path: Path, path: str, text: str) -> None:
    place = ground.task(tmp_path / "one")
    (place / "solution/fix.patch").write_text(f"--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+yes\n")
    assert patched(tmp_path, None, path, hollow.patch_of(read(place))) == text


@pytest.mark.parametrize(
    "patch",
    ["--- a/backoff.py\n+++ b/backoff.py\n@@ -1 +0,0 @@\n-x\n", "diff --git a/x b/y\nrename from x\nrename to y\n"],
)
def test_a_solution_that_adds_nothing_has_no_hollow_version(tmp_path: Path, patch: str) -> None:
    place = ground.task(tmp_path / "one")
    (place / "solution/fix.patch").write_text(patch)
    assert hollow.stage([read(place)], tmp_path / "staged") == {}


def test_the_copy_that_is_tried_leaves_the_task_as_it_is(tmp_path: Path) -> None:
    place = ground.task(tmp_path / "one")
    before = {each: each.read_bytes() for each in place.rglob("*") if each.is_file()}
    task = read(place)
    copy = hollow.stage([task], tmp_path / "staged")[place]
    assert (copy / "solution/fix.patch").read_text() == hollow.patch_of(task)
    assert (copy / "tests/spec.json").read_bytes() == before[place / "tests/spec.json"]
    assert {each: each.read_bytes() for each in place.rglob("*") if each.is_file()} == before
