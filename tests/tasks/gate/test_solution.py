"""What a patch says, and whether a text tells it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.tasks.gate import solution
from tests.harbor.sample import FIX

GIT = """\
diff --git a/a b.py b/a b.py
index 1..2 100644
--- a/a b.py
+++ b/a b.py
@@ -1,2 +1,3 @@
-old = 1
+new = 1
 same
+last = 2
diff --git a/new.txt b/new.txt
new file mode 100644
--- /dev/null
+++ b/new.txt
@@ -0,0 +1 @@
+hello
diff --git a/gone.py b/gone.py
deleted file mode 100644
--- a/gone.py
+++ /dev/null
@@ -1 +0,0 @@
-bye
diff --git a/logo.png b/logo.png
index 1..2 100644
GIT binary patch
literal 3
KcmZ
diff --git a/x b/y
similarity index 100%
rename from x
rename to y
"""


def test_a_patch_is_read_file_by_file() -> None:
    found = [(each.path, each.is_new, each.added, each.removed) for each in solution.changes(GIT)]
    assert found == [
        ("a b.py", False, ("new = 1", "last = 2"), ("old = 1",)),
        ("new.txt", True, ("hello",), ()),
        ("gone.py", False, (), ("bye",)),
        ("logo.png", False, (), ()),
        ("y", False, (), ()),
    ]


def test_a_patch_without_the_headers_of_git_is_read_too() -> None:
    both = FIX.format(limit=60) + "--- /dev/null\n+++ b/DONE\n@@ -0,0 +1 @@\n+yes\n"
    assert [(each.path, each.is_new, len(each.added)) for each in solution.changes(both)] == [
        ("backoff.py", False, 3),
        ("DONE", True, 1),
    ]


@pytest.mark.parametrize("patch", ["", "no patch\n", "diff --git a/x b/y\nrename from x\nrename to y\n"])
def test_a_patch_without_lines_has_no_key_and_no_words(patch: str) -> None:
    assert solution.key(patch) is None
    assert solution.grams_of_patch(patch) == frozenset()


def test_where_lines_stand_and_how_the_patch_is_cut_does_not_change_its_key() -> None:
    moved = GIT.replace("@@ -1,2 +1,3 @@", "@@ -10,2 +12,3 @@ def f():").replace("index 1..2", "index 3..4")
    assert solution.key(moved) == solution.key(GIT)
    assert solution.key(GIT.replace("new = 1", "new = 2")) != solution.key(GIT)
    assert solution.key(GIT.replace("a b.py", "ab.py")) != solution.key(GIT)


def test_lines_that_only_move_are_not_the_solution() -> None:
    line = "the quick brown fox jumps over the lazy dog and runs away"
    patch = f"--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n-{line}\n same\n+{line}\n"
    assert solution.grams_of_patch(patch) == frozenset()


def test_short_lines_are_what_anybody_has_to_say() -> None:
    assert solution.grams("return a + b") == frozenset()
    assert len(solution.grams("return a + b or 7")) == 1


@given(
    words=st.lists(st.from_regex(r"[a-z]{3,6}", fullmatch=True), min_size=8, max_size=40), gap=st.sampled_from(" \n\t")
)
def test_a_text_that_holds_the_solution_tells_all_of_it_however_it_is_wrapped(words: list[str], gap: str) -> None:
    wanted = solution.grams(" ".join(words))
    assert solution.told(wanted, f"before, {gap.join(words)} after") == len(wanted)
    assert solution.told(wanted, "something else entirely") == 0


@given(
    old=st.lists(st.sampled_from("abcd"), max_size=8),
    new=st.lists(st.sampled_from(["a", "b", "- x", "+ y", "@@ z", "c"]), min_size=1, max_size=8),
)
def test_the_lines_of_a_patch_by_git_are_those_that_git_counts(
    tmp_path_factory: pytest.TempPathFactory, old: list[str], new: list[str]
) -> None:
    place = tmp_path_factory.mktemp("diff")
    for name, lines in (("old", old), ("new", new)):
        (place / name).write_text("".join(f"{line}\n" for line in lines))
    patch = _diff(place, "--no-ext-diff")
    counted = _diff(place, "--numstat").split()
    found = solution.changes(patch)
    if not counted:
        assert found == []
    else:
        assert (len(found[0].added), len(found[0].removed)) == (int(counted[0]), int(counted[1]))


def _diff(place: Path, flag: str) -> str:
    command = ["git", "-c", "core.quotePath=false", "diff", "--no-index", flag, "old", "new"]
    return subprocess.run(command, cwd=place, capture_output=True, text=True, check=False).stdout
