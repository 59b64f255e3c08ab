"""A command line taken apart: programs, folders, and whether the exit status is theirs."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.tasks.distill.commands import parts


def told(line: str) -> list[tuple[str, str, bool]]:
    return [(part.text, part.folder, part.reliable) for part in parts(line)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("pytest -q", [("pytest -q", "", True)]),
        ("bash -lc 'pytest -q'", [("pytest -q", "", True)]),
        ("cd backend && timeout 60 uv run pytest -q tests | tail -5",
         [("pytest -q tests", "backend", False), ("tail -5", "backend", True)]),
        ("set -o pipefail; make check | tee log", [("make check", "", True), ("tee log", "", True)]),
        ("npm test || true", [("npm test", "", False)]),
        ("go build ./... && go test ./...", [("go build ./...", "", True), ("go test ./...", "", True)]),
        ("pytest -q; echo done", [("pytest -q", "", False)]),
        ("pytest -k 'a && b' 2>&1", [("pytest -k 'a && b'", "", True)]),
        ("cd a && cd b && make", [("make", "a/b", True)]),
        ("python -c 'assert f(3) > 2; g()' 2>/dev/null", [("python -c 'assert f(3) > 2; g()'", "", True)]),
        ("make >'my log' 2>&1", [("make", "", True)]),
        (r"echo it\'s > out; pytest -k it\'s > 'a b' 2>&1", [(r"pytest -k it\'s", "", True)]),
        (r"make \"a > b\" 2>&1", [(r"make \"a", "", True)]),
        ("cd a && python3 - <<'EOF'\nimport b\nassert b.c() > 1; d()\nEOF\n",
         [("python3 -c 'import b\nassert b.c() > 1; d()'", "a", True)]),
        ("node <<\"X\"\nf('a')\nX\nmake", [("node -e 'f('\"'\"'a'\"'\"')'", "", False), ("make", "", True)]),
    ],
)  # fmt: skip
def test_wrappers_go_and_an_unreliable_status_is_marked(line: str, expected: list[tuple[str, str, bool]]) -> None:
    assert told(line) == expected


def test_variables_are_kept_apart() -> None:
    (part,) = parts("export A=1; PYTHONPATH=src python -m pytest")
    assert (part.variables, part.words) == ((("A", "1"), ("PYTHONPATH", "src")), ("python", "-m", "pytest"))


@pytest.mark.parametrize("line", ["", "'", "echo 'unclosed", "&& ||", "(((", "a=b"])
def test_a_line_nobody_understands_does_no_harm(line: str) -> None:
    assert all(part.words for part in parts(line))


def test_shells_in_shells_are_opened_up_to_where_anybody_means_it() -> None:
    assert told("sh -c \"bash -lc 'pytest -q'\"") == [("pytest -q", "", True)]
    ((text, _, _),) = told("bash -c '" * 5000 + "pytest" + "'" * 5000)
    assert text.startswith("bash -c ")


@pytest.mark.parametrize(
    "line", ["python <<'A'\n" * 30_000, "python <<'A'\nAA" * 20_000, 'echo "' + '\\"' * 100_000, "a\n" * 50_000]
)
def test_a_long_line_is_no_long_work(line: str) -> None:
    """Nothing is looked through anew for each of its beginnings: that would be minutes."""
    assert {part.words[0] for part in parts(line)} <= {"python", "AApython", "AA", "a"}


@given(st.lists(st.sampled_from(["python", "-", " ", "<<'E'", "E", "\n", "'", '"', "\\", ">", "&", "|", ";", "x"])))
def test_whatever_a_line_holds_each_of_its_programs_has_words(pieces: list[str]) -> None:
    assert all(part.words and shlex.split(shlex.join(part.words)) for part in parts("".join(pieces)))
