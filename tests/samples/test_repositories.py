"""Repositories kept as text become the same clones everywhere."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop import samples
from codex_loop.errors import MissingTool, UsageError
from codex_loop.samples.repositories import Commit, build, bundled, materialise, read, write

FOLDER = Path(samples.__file__).parent
NAMES = st.from_regex(r"\A[a-z]{1,8}(/[a-z]{1,8})?\.[a-z]{1,3}\Z")
LINES = st.lists(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), max_size=20), max_size=4)
FILES = st.dictionaries(
    NAMES, LINES.map(lambda lines: "".join(f"| {line}\n" for line in lines)), min_size=1, max_size=3
)
COMMITS = st.lists(
    st.builds(Commit, st.from_regex(r"\A[A-Z][a-z ]{0,20}[a-z]\Z"), FILES, st.just("2026-01-05T10:00:00Z")), min_size=1
)
TWO = (
    Commit("Start", {"a.txt": "one\n", "b/c.txt": "two\n"}),
    Commit("More", {"a.txt": "three\n"}, "2026-01-06T10:00:00Z"),
)


@given(COMMITS)
def test_what_is_written_is_read_again(commits: list[Commit]) -> None:
    assert list(read(write(commits))) == commits


def test_a_text_without_commits_is_one() -> None:
    assert read("-- a.txt --\nhello\n") == (Commit("Start", {"a.txt": "hello\n"}),)


def test_the_hashes_are_the_same_whatever_this_machine_is_set_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = build(TWO, tmp_path / "plain")
    settings = "[core]\nautocrlf = true\n[commit]\ngpgsign = true\n[init]\ndefaultBranch = odd\n[user]\nname = Else\n"
    (tmp_path / "gitconfig").write_text(settings, encoding="utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Else")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert build(TWO, tmp_path / "other") == plain
    assert len(set(plain)) == 2


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="not empty"):
        build(TWO, tmp_path)


def test_without_git_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingTool, match="git"):
        build(TWO, tmp_path / "new")


def test_every_codex_session_started_from_a_commit_that_is_bundled(tmp_path: Path) -> None:
    known = {commit for clone in materialise(tmp_path) for commit in clone.commits}
    heads = [path.read_text(encoding="utf-8").partition("\n")[0] for path in (FOLDER / "codex").rglob("*.jsonl")]
    assert heads
    assert {json.loads(head)["payload"]["git"]["commit_hash"] for head in heads} <= known


def test_clones_that_are_there_already_are_told_again(tmp_path: Path) -> None:
    first = materialise(tmp_path)
    (first[0].path / "mine.txt").write_text("mine", encoding="utf-8")
    assert materialise(tmp_path) == first
    assert [clone.name for clone in first] == sorted(bundled())
    told = subprocess.run(["git", "status", "--short"], cwd=first[0].path, capture_output=True, text=True, check=True)
    assert told.stdout == "?? mine.txt\n"


def test_samples_are_small_and_name_no_machine() -> None:
    files = [path for path in FOLDER.rglob("*") if path.suffix in (".jsonl", ".json", ".txt", ".md")]
    texts = [path.read_bytes() for path in files]
    assert sum(map(len, texts)) < 1_000_000
    assert not [path for path, text in zip(files, texts, strict=True) if re.search(rb"/root/|/tmp/\w|\.pyenv", text)]
