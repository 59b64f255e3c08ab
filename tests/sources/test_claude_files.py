"""Transcripts are found by place and name, and recognised by what they hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from codex_loop.sources.base import Homes
from tests.sources.transcripts import LEAD, SOURCE, line, text


def test_every_transcript_is_found_once_also_through_links(tmp_path: Path) -> None:
    projects = tmp_path / "real" / "projects"
    deep = projects / "-w" / "S" / "subagents" / "workflows" / "w1"
    deep.mkdir(parents=True)
    for name in ("S.jsonl", "agent-a1.jsonl", "S/subagents/agent-x.jsonl", "S/subagents/workflows/w1/agent-y.jsonl"):
        (projects / "-w" / name).touch()
    for name in ("notes.md", "S/subagents/agent-x.meta.json", "S/other.jsonl"):
        (projects / "-w" / name).touch()
    home = tmp_path / "home"
    try:
        home.symlink_to(tmp_path / "real")
        (projects / "-again").symlink_to(projects / "-w")
        (deep / "loop").symlink_to(projects / "-w" / "S" / "subagents")
    except OSError:
        pytest.skip("this system lets nobody make symbolic links")
    found = list(SOURCE.discover(Homes(claude=(home, tmp_path / "none"))))
    names = [str(each.path.relative_to(each.path.parents[len(each.path.parts) - 2])) for each in found]
    assert len(found) == 4, names
    assert {each.path.name for each in found} == {"S.jsonl", "agent-a1.jsonl", "agent-x.jsonl", "agent-y.jsonl"}


def test_a_transcript_is_recognised_and_a_stream_is_not() -> None:
    assert SOURCE.fingerprint(Path("x.jsonl"), text(line("user", "x")))
    assert SOURCE.fingerprint(Path("x.jsonl"), text(LEAD))
    assert not SOURCE.fingerprint(Path("x.jsonl"), text({"type": "system", "subtype": "init", "session_id": "S"}))
    assert not SOURCE.fingerprint(Path("x.jsonl"), b"not json\n")
