"""`codex-loop doctor`: whether everything is accounted for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from codex_loop.cli.width import width_of
from codex_loop.sources import registry
from tests.cli.conftest import Json
from tests.store.builder import BORN_MS, Builder

RECORD = '{"schema_version":"%s","thread_id":"t","seq":%d,"ts":"2026-11-18T11:06:40.000Z","kind":"%s","payload":{}}\n'


def test_a_store_that_closes_is_said_to(story: int, said: Callable[..., str]) -> None:
    out = said("doctor")
    assert "Every line is accounted for: read = stored + duplicate + rejected." in out
    assert [line for line in out.splitlines() if width_of(line) > 80] == []
    assert len(out.splitlines()) <= 24


def test_an_account_that_does_not_close_is_a_finding(
    store: Builder, story: int, said: Callable[..., str], told: Callable[..., Json]
) -> None:
    store.database.execute("UPDATE cursors SET stored = stored - 1")
    assert "1 account does not close:" in said("doctor", code=1)
    answer = told("doctor", code=1)
    assert answer["well"] is False
    assert "read 10 is not stored 9 + duplicate 0 + rejected 0" in answer["health"]["violations"][0]


def test_an_empty_store_says_what_to_do(store: Builder, said: Callable[..., str]) -> None:
    assert "Nothing has been read yet; `codex-loop ingest` reads every session." in said("doctor")


def test_what_was_not_understood_is_named_with_counts(store: Builder, said: Callable[..., str]) -> None:
    store.file(rejected=1)
    times = {"first_seen_ms": BORN_MS, "last_seen_ms": BORN_MS}
    for number in range(9):
        store.row("unknown_types", source="s", type=f"t{number}", agent_version="1", count=10 - number, **times)
    values = {"length": 3, "digest": "d", "head": "", "tail": "", "seen_ms": BORN_MS}
    store.row("quarantine", lane="full", reason="not JSON", **values)
    out = said("doctor")
    assert "rejected    1: not JSON × 1" in out
    assert "unknown     54: s t0 1 × 10, s t1 1 × 9," in out
    assert "1 more kinds" in out


def test_files_lists_the_account_of_every_file(store: Builder, story: int, said: Callable[..., str]) -> None:
    store.file(path="/a/very/long/folder/" + "x" * 90 + "/rollout-the-end.jsonl")
    lines = said("doctor", "--files").splitlines()
    assert lines[0].split() == ["file", "lane", "state", "read", "stored", "dup", "rej", "in", "flight"]
    assert lines[1].split()[1:] == ["full", "active", "10", "10", "0", "0", "0", "B"]
    assert any("the-end.jsonl" in line for line in lines)
    assert [line for line in lines if width_of(line) > 80] == []


def test_files_lists_where_rejected_lines_lie(store: Builder, story: int, said: Callable[..., str]) -> None:
    store.file(path="/a/folder/rollout-torn.jsonl", rejected=1)
    values = {"length": 77, "digest": "d", "head": "", "tail": "", "seen_ms": BORN_MS}
    store.row("quarantine", lane="full", reason="not JSON: Input data was truncated", line_offset=4242, **values)
    lines = said("doctor", "--files").splitlines()
    assert lines[-1].split()[:3] == ["…/rollout-torn.jsonl", "4242", "77"]
    assert lines[-1].endswith("not JSON: Input data was truncated")
    assert [line for line in lines if width_of(line) > 80] == []


def test_a_trace_spine_of_the_wrong_schema_without_its_session_is_named(
    store: Builder, tmp_path: Path, said: Callable[..., str], told: Callable[..., Json]
) -> None:
    spine = tmp_path / "trace_spine" / "t" / "segment-000.jsonl"
    spine.parent.mkdir(parents=True)
    spine.write_text(RECORD % ("trace_spine_v9", 0, "event"), encoding="utf-8")
    store.file(path=str(spine), source="trace-spine")
    out = said("doctor", code=1)
    assert "schema-version" in out
    assert "session_meta" in out
    rules = {finding["rule"] for finding in told("doctor", code=1)["spines"]}
    assert "schema-version" in rules


def test_a_spine_that_is_gone_meanwhile_is_no_finding(store: Builder, said: Callable[..., str]) -> None:
    store.file(path="/nowhere/segment-000.jsonl", source="trace-spine")
    said("doctor")


def test_a_broken_plug_in_is_named(story: int, said: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    broken = registry.BrokenSource("mine", "mine:Source", "ImportError: no mine")
    monkeypatch.setattr(registry, "broken", lambda: [broken])
    assert "plug-in     mine (mine:Source) cannot be used: ImportError: no mine" in said("doctor", code=1)
