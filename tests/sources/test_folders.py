"""Folders that cannot be looked into are told, by every source that walks."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from codex_loop.capture.plan import survey
from codex_loop.sources.base import Found, Homes, Source
from codex_loop.sources.claude.transcript import ClaudeTranscripts
from codex_loop.sources.codex.rollout import CodexRollouts
from codex_loop.sources.folders import FOLDER

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")


@pytest.mark.parametrize(
    ("source", "folder"),
    [(CodexRollouts(), "sessions"), (CodexRollouts(), "archived_sessions"), (ClaudeTranscripts(), "projects")],
)
def test_a_folder_that_cannot_be_looked_into_is_told_with_the_reason(
    source: Source, folder: str, tmp_path: Path
) -> None:
    (tmp_path / folder).symlink_to(tmp_path / folder)  # which leads nowhere, for root, too
    homes = Homes(codex=(tmp_path,), claude=(tmp_path,))
    assert [(each.path, each.unit) for each in source.discover(homes)] == [(tmp_path / folder, FOLDER)]
    found = survey([source], homes)
    assert found.files == []
    ((path, reason),) = found.unreadable
    assert path == str(tmp_path / folder)
    assert "links" in reason


@pytest.mark.parametrize("source", [CodexRollouts(), ClaudeTranscripts()])
def test_a_folder_that_is_not_there_or_is_a_file_is_nothing_to_tell(source: Source, tmp_path: Path) -> None:
    for name in ("sessions", "projects"):
        (tmp_path / name).write_bytes(b"")
    homes = (tmp_path, tmp_path / "none")
    assert list(source.discover(Homes(codex=homes, claude=homes))) == []


class Broken:
    name, agent = "broken", "other"

    def discover(self, homes: Homes) -> Iterator[Found]:
        yield from (self.refuse() for _ in homes.codex)

    def refuse(self) -> Found:
        raise PermissionError(13, "Permission denied", "/x")


def test_a_source_that_may_not_look_somewhere_is_told_and_stops_no_other(tmp_path: Path) -> None:
    rollout = tmp_path / "sessions" / "rollout-a.jsonl"
    rollout.parent.mkdir()
    rollout.write_bytes(b"{}\n")
    found = survey([cast("Source", Broken()), CodexRollouts()], Homes(codex=(tmp_path,)))
    assert [each.found.path for each in found.files] == [rollout]
    assert found.unreadable == [("/x", "Permission denied")]
