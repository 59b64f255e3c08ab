"""A commit's files as a tar without history; a repository's own settings start nothing."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest

from codex_loop.errors import NoTask
from codex_loop.tasks.distill import base, git
from codex_loop.tasks.distill.tree import stays_inside
from tests.tasks.distill import played
from tests.tasks.distill.conftest import Opened


def test_the_tar_is_the_same_for_the_same_files_and_holds_no_history(tmp_path: Path, opened: Opened) -> None:
    tars = []
    for name, at_s in (("one", 1_700_000_000), ("two", 1_750_000_000)):
        commit = played.repository(tmp_path / name, at_s=at_s)
        opened(tmp_path / name, commit).pack(tmp_path / f"{name}.tar", lambda _: False)
        tars.append((tmp_path / f"{name}.tar").read_bytes())
    assert tars[0] == tars[1]
    with tarfile.open(fileobj=io.BytesIO(tars[0])) as tar:
        assert tar.getnames() == ["README.md", "backoff.py", "tests/test_backoff.py"]
        assert {(each.uid, each.uname, each.mtime) for each in tar} == {(0, "", 1_767_225_600)}


def test_attributes_that_hide_files_from_an_archive_hide_none_here(tmp_path: Path, opened: Opened) -> None:
    files = {".gitattributes": "tests export-ignore\n*.txt text eol=crlf\n", "tests/t.py": "pass\n", "a.txt": "x\n"}
    tree = opened(tmp_path / "r", played.repository(tmp_path / "r", files))
    assert tree.read("tests/t.py") == b"pass\n"
    assert tree.read("a.txt") == b"x\n"


@pytest.mark.skipif(os.name == "nt", reason="links need a right there")
def test_links_stay_when_they_lead_inside(tmp_path: Path, opened: Opened) -> None:
    folder = tmp_path / "r"
    played.repository(folder)
    (folder / "inside").symlink_to("backoff.py")
    (folder / "outside").symlink_to("../../etc/passwd")
    commit = played.commit(folder, {}, "links")
    assert opened(folder, commit).pack(tmp_path / "r.tar", lambda _: False) == 1
    with tarfile.open(tmp_path / "r.tar") as tar:
        assert [(each.name, each.linkname) for each in tar if each.issym()] == [("inside", "backoff.py")]


@pytest.mark.parametrize(
    ("path", "target", "inside"),
    [
        ("a", "b", True),
        ("d/a", "../b", True),
        ("d/a", "../../b", False),
        ("a", "/etc/passwd", False),
        ("a/b", "../..", False),
    ],
)
def test_where_a_link_leads(path: str, target: str, inside: bool) -> None:
    assert stays_inside(path, target) is inside


def test_a_tree_too_large_is_refused_by_its_sizes_alone(tmp_path: Path, opened: Opened) -> None:
    tree = opened(tmp_path / "r", played.repository(tmp_path / "r", {"big.bin": b"\0" * 5_000_000}))
    with pytest.raises(NoTask, match="holds 5 MB of files, more than the 4 MB"):
        tree.check_size(4_000_000)
    tree.check_size(6_000_000)


def test_a_hostile_repository_starts_no_program(tmp_path: Path, opened: Opened) -> None:
    folder = tmp_path / "r"
    commit = played.repository(folder)
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    for name in ("core.fsmonitor", "core.pager", "core.sshCommand", "gpg.program", "diff.external", "core.editor"):
        played.git(folder, "config", name, str(trap))
    played.git(folder, "config", "log.showSignature", "true")
    played.git(folder, "config", "alias.ls-tree", f"!{trap}")
    hooks = folder / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for hook in ("post-checkout", "reference-transaction", "post-index-change"):
        (hooks / hook).write_text(trap.read_text())
        (hooks / hook).chmod(0o755)
    tree = opened(folder, commit)
    tree.pack(tmp_path / "r.tar", lambda _: False)
    assert base.head_at(tree.repository, "main", played.START_MS // 1000) == commit
    list(base.later(tree.repository, commit, "main", 0))
    tree.repository.urls()
    assert not (tmp_path / "sprung").exists()


def test_a_commit_is_found_that_no_branch_reaches(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    played.repository(folder)
    lost = played.commit(folder, {"a.txt": "1\n"}, "lost")
    played.git(folder, "reset", "-q", "--hard", "HEAD~1")
    found = git.at(folder)
    assert found is not None
    assert found.commit(lost[:10]) == lost
    assert found.commit("--output=/tmp/x") is None
    assert found.commit("0" * 40) is None


def test_where_head_stood_is_read_from_the_clones_own_log(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    first = played.repository(folder, at_s=played.BEFORE_S)
    second = played.commit(folder, {"a.txt": "1\n"}, "later", at_s=played.BEFORE_S + 5000)
    found = git.at(folder)
    assert found is not None
    assert base.head_at(found, "main", played.BEFORE_S + 10) == first
    assert base.head_at(found, "main", played.BEFORE_S + 6000) == second
