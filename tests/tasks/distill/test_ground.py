"""Which clone a session worked in, and what its paths are called there."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.scenarios.pen import Change, Pen
from codex_loop.tasks.bundle.recording import from_store
from codex_loop.tasks.distill.distill import Draft, Request, Span, distill_span
from codex_loop.tasks.distill.git import Repository
from codex_loop.tasks.distill.ground import Ground
from tests.tasks.distill import played
from tests.tasks.distill.played import GREEN, RED, RIGHT, WRONG, mending, pen


def drafted(tmp_path: Path, writer: Pen, commit: str | None = None, **more: object) -> Draft:
    with played.record(str(tmp_path / "loop.db"), tmp_path, [writer], [commit]) as database:
        recording = from_store(database, played.session(database, writer))
        return distill_span(recording, Span(), Request(**more), tmp_path / "task")  # type: ignore[arg-type]


def test_a_session_in_a_folder_of_the_repository_runs_its_tests_there(tmp_path: Path) -> None:
    commit = played.repository(tmp_path / "mono", {f"api/{path}": text for path, text in played.FILES.items()})
    draft = drafted(tmp_path, mending(pen("codex", tmp_path / "mono" / "api")), commit)
    assert draft.state == "draft", draft.reason
    assert 'workdir = "/app/api"' in (tmp_path / "task" / "task.toml").read_text()
    assert "cd /app/api || exit 1" in (tmp_path / "task" / "tests" / "test.sh").read_text()
    assert (tmp_path / "task" / "tests" / "hidden" / "api" / "tests" / "test_backoff.py").is_file()


def test_a_worktree_that_is_gone_is_found_in_its_repository(tmp_path: Path) -> None:
    commit = played.repository(tmp_path / "main")
    draft = drafted(tmp_path, mending(pen("codex", "/gone/worktrees/a1/main")), commit, known=(tmp_path / "main",))
    assert draft.state == "draft", draft.reason


def test_without_a_commit_a_clone_of_that_name_counts_if_the_edits_fit_it(tmp_path: Path) -> None:
    played.repository(tmp_path / "clones" / "demo")
    draft = drafted(tmp_path, mending(pen("claude", "/home/ann/demo")), known=(tmp_path / "clones",))
    assert draft.state == "draft", draft.reason
    assert 'source_commit_basis = "date"' in (tmp_path / "task" / "task.toml").read_text()


def test_without_a_commit_a_clone_whose_files_differ_gives_no_task(tmp_path: Path) -> None:
    played.repository(tmp_path / "clones" / "demo", {**played.FILES, "backoff.py": "something else\n"})
    draft = drafted(tmp_path, mending(pen("claude", "/home/ann/demo")), known=(tmp_path / "clones",))
    assert draft.state == "none"
    assert draft.reason is not None
    assert "has the files as the session found them" in draft.reason


def test_a_repository_above_a_lost_folder_is_not_taken_for_its_own(tmp_path: Path) -> None:
    played.repository(tmp_path / "home", {".profile": "x\n"})
    writer = pen("claude", tmp_path / "home" / "demo")
    writer.prompt("Write a first module with a test.")
    writer.edit(Change("backoff.py", None, RIGHT))
    writer.run("python -m pytest -q", 0, GREEN)
    lost = drafted(tmp_path, writer)
    assert lost.state == "none"
    assert lost.reason is not None
    assert "is gone and no commit was recorded" in lost.reason


def test_of_several_clones_the_one_that_fits_is_taken(tmp_path: Path) -> None:
    played.repository(tmp_path / "a" / "demo", {**played.FILES, "backoff.py": "something else\n"})
    played.repository(tmp_path / "b" / "demo")
    draft = drafted(tmp_path, mending(pen("claude", "/home/ann/demo")), repositories=(tmp_path / "a", tmp_path / "b"))
    assert draft.state == "draft", draft.reason


def test_the_base_of_a_later_turn_is_what_the_clone_held_when_the_session_began(tmp_path: Path) -> None:
    project = tmp_path / "demo"
    first = played.repository(project)
    writer = pen("claude", project)
    writer.prompt("delay() has to double with every attempt, please fix it.")
    writer.run("python -m pytest -q", 1, RED)
    writer.edit(Change("backoff.py", WRONG, RIGHT))
    writer.run("python -m pytest -q", 0, GREEN)
    played.commit(project, {"backoff.py": RIGHT, "later.txt": "x\n"}, "Later", at_s=writer.ms // 1000 + 900)
    draft = drafted(tmp_path, writer)
    assert (draft.state, draft.source_commit) == ("draft", first)


@pytest.mark.parametrize(
    ("path", "cwd", "expected"),
    [
        ("/w/demo/a.py", None, "a.py"),
        ("a.py", None, "sub/a.py"),
        ("../a.py", "/w/demo/sub", "a.py"),
        ("/w/demo2/a.py", None, None),
        ("/etc/passwd", None, None),
        ("../../etc/passwd", None, None),
        ("/w/demo/.git/config", None, None),
        ("/w/demo", None, None),
    ],
)
def test_paths_of_the_session_become_those_of_the_clone_and_no_others(
    path: str, cwd: str | None, expected: str | None
) -> None:
    assert Ground(Repository(Path("/clone")), "/w/demo", "sub", None).relative(path, cwd) == expected


def test_paths_of_windows_are_understood() -> None:
    ground = Ground(Repository(Path("/clone")), "C:\\work\\demo".replace("\\", "/"), "", None)
    assert ground.relative("C:\\work\\demo\\src\\a.py") == "src/a.py"
