"""Lines counted by a real git, in a ledger that belongs to the repository."""

from __future__ import annotations

import csv
import subprocess
from pathlib import Path

import pytest

from tests.tracker.conftest import Operator


def git(folder: Path, *words: str) -> str:
    identity = ("-c", "user.name=Ann", "-c", "user.email=ann@example.invalid", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(folder: Path, files: dict[str, str]) -> str:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    git(folder, "add", "-A", "--", *files)
    git(folder, "commit", "-q", "-m", "change")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(operator: Operator) -> Operator:
    git(operator.folder, "init", "-q")
    (operator.folder / ".gitignore").write_text("data\n", encoding="utf-8")
    commit(operator.folder, {"src/a.py": "1\n2\n3\n", ".gitignore": "data\n"})
    return operator


def ledger(operator: Operator, path: str = "docs/Ledgers/Churn_Ledger.csv") -> list[dict[str, str]]:
    with (operator.folder / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_run_adds_a_line_and_changes_none(repository: Operator) -> None:
    start = git(repository.folder, "rev-parse", "HEAD")
    end = commit(repository.folder, {"src/a.py": "1\nzwei\n3\n4\n", "docs/ü\tb.md": "x\n"})
    repository.did(f"tracker churn --window W0-01 --commit-start {start} --provider codex --features 2")
    assert "stored churn for W0-01 (files=2 +3 -1)" in repository.out
    before = (repository.folder / "docs/Ledgers/Churn_Ledger.csv").read_bytes()
    repository.did(f"tracker churn --window W0-02 --commit-start {start} --paths src tests")
    assert (repository.folder / "docs/Ledgers/Churn_Ledger.csv").read_bytes().startswith(before)
    first, second = ledger(repository)
    assert (first["window"], first["files"], first["insertions"], first["deletions"]) == ("W0-01", "2", "3", "1")
    assert (first["net"], first["provider"], first["features"]) == ("2", "codex", "2")
    assert (first["commit_start"], first["commit_end"]) == (start, end)
    assert (second["window"], second["files"], second["insertions"]) == ("W0-02", "1", "2")


@pytest.mark.parametrize(("options", "tag"), [("", "missing-start"), (" --commit-start 0123456789", "unknown-start")])
def test_without_a_start_there_is_a_warning_and_zeros_with_a_tag(repository: Operator, options: str, tag: str) -> None:
    repository.did(f"tracker churn --window W0-01{options}")
    assert repository.err.startswith("warning: ")
    (row,) = ledger(repository)
    assert (row["files"], row["insertions"], row["deletions"], row["notes"]) == ("0", "0", "0", tag)
    assert repository.lines("churn")[0]["errors"] == [tag]


def test_the_commits_of_a_finished_window_are_taken(repository: Operator) -> None:
    start = git(repository.folder, "rev-parse", "HEAD")
    end = commit(repository.folder, {"src/a.py": ""})
    commit(repository.folder, {"src/b.py": "later\n"})
    for phase in ("before", "after"):
        repository.did(f"tracker ingest codex --window W0-01 --phase {phase} --stdin", "5h limit: 1% used")
    repository.did(f"tracker complete --window W0-01 --methodology tdd --commit-start {start} --commit-end {end}")
    repository.did("tracker churn --window W0-01")
    (row,) = ledger(repository)
    assert (row["insertions"], row["deletions"], row["methodology"]) == ("0", "3", "tdd")


def test_an_end_that_is_no_commit_is_refused(repository: Operator) -> None:
    repository.run("tracker churn --window W0-01 --commit-end nowhere")
    assert repository.code == 1
    assert "nowhere is no commit" in repository.err
    assert not (repository.folder / "docs").exists()


def test_a_ledger_with_columns_of_its_own_keeps_them(repository: Operator) -> None:
    (repository.folder / "ledger.csv").write_text("window,insertions,mood\nW0-00,7,fine", encoding="utf-8")
    start = git(repository.folder, "rev-parse", "HEAD")
    commit(repository.folder, {"src/a.py": "1\n2\n3\n4\n"})
    repository.did(f"tracker churn --window W0-01 --commit-start {start} --ledger-path ledger.csv")
    assert (repository.folder / "ledger.csv").read_text(encoding="utf-8") == (
        "window,insertions,mood\nW0-00,7,fine\nW0-01,1,\n"
    )


def test_binary_files_have_no_lines(repository: Operator) -> None:
    start = git(repository.folder, "rev-parse", "HEAD")
    (repository.folder / "logo.bin").write_bytes(bytes(range(256)))
    commit(repository.folder, {"src/c.py": "c\n"})
    git(repository.folder, "add", "logo.bin")
    git(repository.folder, "commit", "-q", "-m", "binary")
    repository.did(f"tracker churn --window W0-01 --commit-start {start}")
    (row,) = repository.lines("churn")
    assert (row["files"], row["binary_files"], row["insertions"]) == (2, 1, 1)
