"""`codex-loop` without a command, and `codex-loop init`."""

from __future__ import annotations

import stat
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from codex_loop.cli.app import run
from codex_loop.cli.width import width_of
from codex_loop.clock import now_ms
from codex_loop.store import runs
from tests.cli.conftest import Json
from tests.clusters.told import put, signal
from tests.store.builder import BORN_MS, Builder


@pytest.fixture
def bare(page: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with agents' folders that are not there."""
    monkeypatch.setenv("CODEX_HOME", str(tmp_path / "codex"))
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "claude"))
    return tmp_path


def test_without_a_store_it_says_where_it_looks_and_what_to_do(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (bare / "codex").mkdir()
    assert run(["--db", str(bare / "none.db")]) == 0
    out = capsys.readouterr().out
    assert "(no store yet)" in out
    assert f"codex   {bare / 'codex'}\n" in out
    assert "(not there)" in out
    assert "  codex-loop daily           read every session, find what went wrong, report" in out
    assert not (bare / "none.db").exists()


def test_without_any_agent_it_says_so(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["--db", str(bare / "none.db")])
    assert "no agent has left a session here" in capsys.readouterr().out


def test_with_a_store_it_says_what_it_holds(store: Builder, story: int, said: Callable[..., str]) -> None:
    runs.record(store.database, BORN_MS, BORN_MS, "ingest", "{}")
    values = {"length": 3, "digest": "d", "head": "", "tail": "", "seen_ms": BORN_MS}
    store.file(rejected=1)
    store.row("quarantine", lane="full", reason="not JSON", **values)
    out = said()
    assert "read last  Nov 18 11:06" in out
    assert "holds      1 session of codex, last Nov 18 11:15" in out
    assert "problems   1 line rejected" in out
    assert "codex-loop sessions" in out


def test_its_json_has_the_same(store: Builder, story: int, told: Callable[..., Json]) -> None:
    answer = told()
    assert (answer["schema"], answer["store_found"]) == ("codex-loop/home/1", True)
    assert answer["recorded"]["status"]["agents"][0]["sessions"] == 1
    assert answer["recorded"]["tokens_today"] is None
    assert answer["recorded"]["last_ingest_at"] is None


def test_it_says_what_the_last_days_are_worth_and_how_much_has_no_price(
    store: Builder, told: Callable[..., Json], said: Callable[..., str]
) -> None:
    key = store.session("s1")
    store.usage(key, input=1_000_000, model="gpt-5", time_ms=now_ms())
    store.usage(key, input=2_000, model="nobody-knows-1", time_ms=now_ms())
    recorded = told()["recorded"]
    assert (recorded["worth_7_days_micros"], recorded["unpriced_7_days"]) == (1_250_000, 2_000)
    assert recorded["tokens_7_days"]["total"] == 1_002_000
    assert "worth      $1.25 in 7 days at public prices, not a bill; 2.0k tokens unpriced" in said()


def test_a_store_that_cannot_be_read_is_part_of_the_answer(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (bare / "broken.db").write_bytes(b"this is no database, and long enough to be sure of it" * 20)
    assert run(["--db", str(bare / "broken.db"), "--json"]) == 4
    answer = msgspec.json.decode(capsys.readouterr().out)
    assert "cannot be used as a database" in answer["trouble"]
    assert answer["next_steps"] == []


def test_init_makes_a_private_store_and_may_be_run_again(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = bare / "deep" / "loop.db"
    assert run(["init", "--db", str(place)]) == 0
    assert f"The store is {place} (sqlite, schema" in capsys.readouterr().out
    if sys.platform != "win32":
        assert stat.S_IMODE(place.stat().st_mode) == 0o600
    before = place.read_bytes()
    assert run(["init", "--db", str(place), "--json"]) == 0
    assert msgspec.json.decode(capsys.readouterr().out)["store"] == str(place)
    assert place.read_bytes() == before


def test_a_store_without_sessions_says_where_it_looks_and_offers_the_samples(
    bare: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = str(bare / "loop.db")
    run(["init", "--db", place])
    capsys.readouterr()
    assert run(["--db", place]) == 0
    out = capsys.readouterr().out
    assert f"{bare / 'codex'} (not there)\n" in out
    assert "no agent has left a session here" in out
    assert "codex-loop demo --use-fixtures" in out


def test_what_was_found_is_told_and_where_to_read_of_it(
    store: Builder, story: int, told: Callable[..., Json], said: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert "codex-loop report" not in said()
    put(store.database, [signal(1, "x"), signal(2, "y"), signal(3, "z", kind="delight")])
    assert told()["recorded"]["signals"] == {"friction": 2, "delight": 1}
    drawn = said()
    assert "found      2 moments of friction, 1 of delight\n" in drawn
    assert "  codex-loop report " in drawn
    places = ("store", "codex ", "claude ")
    assert max(width_of(line) for line in drawn.splitlines() if not line.startswith(places)) <= 80
