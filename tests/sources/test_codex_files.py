"""Rollouts are found by place and name, through links and around what cannot be read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from codex_loop.sources.base import Homes
from codex_loop.sources.codex.history import CodexHistory
from codex_loop.sources.codex.rollout import CodexRollouts
from tests.sources.rollouts import PLAYS, meta, rollouts_of, user


def made(home: Path, *names: str) -> None:
    for name in names:
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"{}\n")


def found(*homes: Path) -> dict[str, str]:
    return {str(one.path): one.unit for one in CodexRollouts().discover(Homes(codex=homes))}


def test_every_kind_of_rollout_is_found_with_its_unit(tmp_path: Path) -> None:
    made(tmp_path, "sessions/2026/11/21/rollout-a.jsonl", "sessions/2026/11/rollout-b.jsonl.zst")
    made(tmp_path, "archived_sessions/rollout-c.jsonl", "sessions/rollout-2025-05-01-d.json")
    made(tmp_path, "sessions/notes.jsonl", "sessions/rollout-e.jsonl.tmp", "log/rollout-f.jsonl", "history.jsonl")
    assert {Path(path).name: unit for path, unit in found(tmp_path).items()} == {
        "rollout-a.jsonl": "lines",
        "rollout-b.jsonl.zst": "zstd",
        "rollout-c.jsonl": "lines",
        "rollout-2025-05-01-d.json": "document",
    }


def test_several_homes_and_homes_that_do_not_exist(tmp_path: Path) -> None:
    made(tmp_path / "a", "sessions/rollout-a.jsonl")
    made(tmp_path / "b", "sessions/rollout-b.jsonl")
    assert len(found(tmp_path / "a", tmp_path / "b", tmp_path / "none")) == 2


@pytest.mark.skipif(os.name == "nt", reason="making links needs a privilege on Windows")
def test_links_are_followed_and_loops_end(tmp_path: Path) -> None:
    made(tmp_path / "disk", "2026/rollout-a.jsonl")
    home = tmp_path / "home"
    (home / "sessions").mkdir(parents=True)
    (home / "sessions" / "2026").symlink_to(tmp_path / "disk" / "2026")
    (home / "sessions" / "again").symlink_to(home / "sessions")
    (home / "sessions" / "rollout-dangling.jsonl").symlink_to(tmp_path / "gone")
    linked = tmp_path / "linked"
    linked.symlink_to(home)
    assert [Path(path).name for path in found(linked)] == ["rollout-a.jsonl"]


@pytest.mark.skipif(os.name == "nt", reason="making links needs a privilege on Windows")
def test_a_file_with_two_paths_is_known_by_its_own(tmp_path: Path) -> None:
    made(tmp_path, "sessions/2026/rollout-a.jsonl")
    (tmp_path / "sessions" / "0-link").symlink_to(tmp_path / "sessions" / "2026")
    assert list(found(tmp_path)) == [str(tmp_path / "sessions" / "2026" / "rollout-a.jsonl")]


def test_a_file_in_the_place_of_a_folder_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "sessions").write_bytes(b"")
    assert found(tmp_path) == {}


def test_rollouts_are_recognised_by_their_beginning() -> None:
    source = CodexRollouts()
    for play in PLAYS:
        for path in rollouts_of(play):
            assert source.fingerprint(Path("x"), path.read_bytes()[:4096])
    assert source.fingerprint(Path("x"), b'{"id":"u","timestamp":"2025-08-19T08:25:08.000Z","instructions":null}\n')
    assert source.fingerprint(Path("x"), b'{\n "session": {"id": "u"}, "items": []}')
    assert source.fingerprint(Path("rollout-a.jsonl.zst"), b"\x28\xb5\x2f\xfd rest")


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"plain text",
        user("a"),
        b'{"schema_version":"codex_trace_spine_v1","type":"session_meta","payload":{}}',
        b'{"type":"thread.started","thread_id":"x"}',
        b'{"sessionId":"x","type":"user"}',
    ],
)
def test_other_files_are_not_taken_for_rollouts(head: bytes) -> None:
    assert not CodexRollouts().fingerprint(Path("x.jsonl"), head)
    assert CodexRollouts().fingerprint(Path("x.jsonl"), meta())


def test_the_history_is_found_once_per_home(tmp_path: Path) -> None:
    made(tmp_path, "history.jsonl")
    assert [one.path for one in CodexHistory().discover(Homes(codex=(tmp_path, tmp_path / "none")))] == [
        tmp_path / "history.jsonl"
    ]
