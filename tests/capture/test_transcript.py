"""A session read again from the archive."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import codex_loop
from codex_loop.capture import orders
from codex_loop.capture.ingest import ingest
from codex_loop.capture.transcript import transcript
from codex_loop.clock import now_ms
from codex_loop.model import records as r
from codex_loop.settings import load
from codex_loop.sources import registry
from codex_loop.sources.base import Homes
from codex_loop.store import places
from codex_loop.store.engine import open_for_writing

SAMPLES = Path(codex_loop.__file__).parent / "samples"


@pytest.mark.parametrize("agent", ["codex", "claude"])
def test_every_line_comes_back_with_its_records_after_the_agent_deleted_its_file(
    agent: str, place: str, tmp_path: Path
) -> None:
    home = tmp_path / agent
    shutil.copytree(SAMPLES / agent, home)
    file = max(home.rglob("*.jsonl"), key=lambda each: each.stat().st_size)
    lines = len(file.read_bytes().splitlines())
    settings = load({"db": place, "data_dir": tmp_path / "data"}, environ={})
    homes = Homes(codex=(home,)) if agent == "codex" else Homes(claude=(home,))
    with open_for_writing(place) as database:
        ingest(database, registry.all_sources(), orders.order(database, settings, homes, now_ms(), asked=False))
        shutil.rmtree(home)
        name = file.stem[-36:]
        told = transcript(database, places.find(database, name))
    assert [line.seq for line in told] == list(range(1, lines + 1))
    kinds = {type(record) for line in told for record in line.records}
    assert {r.UserMessage, r.AgentMessage, r.ToolCall, r.ToolResult} <= kinds
    assert not any(line.inherited for line in told)
    assert all(record.offset == line.offset for line in told for record in line.records)
