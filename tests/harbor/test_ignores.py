"""Patterns of files that are left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from codex_loop.harbor.ignores import Ignores


@pytest.mark.parametrize(
    ("pattern", "path", "ignored"),
    [
        ("*.log", "a/b.log", True),
        ("*.log", "a/b.log.txt", False),
        ("/b.log", "b.log", True),
        ("/b.log", "a/b.log", False),
        ("build/", "build/x", True),
        ("build/", "a/build/x", True),
        ("build/", "build", False),
        ("a/*.txt", "a/x.txt", True),
        ("a/*.txt", "a/b/x.txt", False),
        ("a/**/x.txt", "a/x.txt", True),
        ("a/**/x.txt", "a/b/c/x.txt", True),
        ("**/x.txt", "x.txt", True),
        ("a/**", "a/b/c", True),
        ("a/**", "a", False),
        ("x[0-9].txt", "x7.txt", True),
        ("x[!0-9].txt", "x7.txt", False),
        ("x?.txt", "x/.txt", False),
        ("\\#notes", "#notes", True),
        ("# notes", "# notes", False),
        ("kept ", "kept", True),
        ("", "x", False),
    ],
)
def test_a_pattern_means_what_it_means_to_git(pattern: str, path: str, ignored: bool) -> None:
    assert Ignores([pattern]).ignored(path) is ignored


def test_the_last_pattern_that_matches_decides() -> None:
    ignores = Ignores(["*.txt", "!keep.txt"])
    assert ignores.ignored("a/x.txt")
    assert not ignores.ignored("a/keep.txt")


def test_no_file_is_not_an_empty_file(tmp_path: Path) -> None:
    assert Ignores.of(tmp_path / ".gitignore") is None
    (tmp_path / ".gitignore").touch()
    assert Ignores.of(tmp_path / ".gitignore") is not None
