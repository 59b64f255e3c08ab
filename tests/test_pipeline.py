"""The loop on one page: eight stages, each timed, kept and isolated from the others."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import msgspec
import pytest

from codex_loop.clock import SystemClock
from codex_loop.errors import Degraded
from codex_loop.pipeline import DailyReport, Stage, Wanted, run_daily
from codex_loop.remote.budget import Budget
from codex_loop.semantics.engines import Engine, choose
from codex_loop.settings import Settings, load
from codex_loop.sources.base import Homes
from codex_loop.store.engine import Database, open_for_writing

NAMES = ["find", "ingest", "mechanical signals", "semantic signals", "embed", "cluster", "propose", "report"]
CALLS = {
    "find": "survey",
    "ingest": "ingest",
    "cluster": "clustering.cluster",
    "propose": "propose",
    "report": "summarise",
}
"""What each of these stages calls."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with as_file(files("codex_loop") / "samples" / "codex") as samples:
        shutil.copytree(samples, tmp_path / "codex")
    return tmp_path / "codex"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("CODEX_LOOP_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CODEX_LOOP_CONFIG", str(tmp_path / "none.toml"))
    (tmp_path / "data").mkdir()
    return msgspec.structs.replace(load(), jobs=1)


@pytest.fixture
def database(place: str) -> Iterator[Database]:
    with open_for_writing(place) as opened:
        yield opened


def local() -> Engine | None:
    return choose("local", model="", budget=Budget(0.0, 0), rates=None, cache=Path("unused"), environ={})


def run(database: Database, settings: Settings, home: Path, told: Callable[[Stage], None] = lambda _: None) -> Any:
    return run_daily(database, settings, Wanted(Homes((home,), ()), engine=local), SystemClock(), told)


def counted(database: Database) -> list[int]:
    tables = ("sessions", "messages", "signals", "clusters", "cluster_members", "schema_proposals")
    found = [database.one(f"SELECT count(*) FROM {table}") for table in tables]
    return [row[0] for row in found if row is not None]


def problems(report: DailyReport) -> dict[str, str]:
    return {stage.name: stage.problem for stage in report.stages if stage.problem is not None}


def test_the_eight_stages_of_the_guide_run_in_its_order_and_are_kept(
    database: Database, settings: Settings, home: Path
) -> None:
    told: list[Stage] = []
    report = run(database, settings, home, told.append)
    assert [stage.name for stage in told] == NAMES
    assert (problems(report), report.degraded) == ({}, False)
    assert all(stage.seconds >= 0 for stage in told)
    assert report.summary is not None
    assert report.summary.sessions > 0
    (row,) = database.rows("SELECT result FROM runs WHERE command = 'daily'")
    assert msgspec.json.decode(row[0], type=tuple[Stage, ...]) == report.stages


def test_a_second_run_finds_nothing_new(database: Database, settings: Settings, home: Path) -> None:
    run(database, settings, home)
    before = counted(database)
    again = {stage.name: stage.facts for stage in run(database, settings, home).stages}
    assert (again["ingest"]["stored"], again["mechanical signals"]["new"], again["embed"]["new"]) == (0, 0, 0)
    assert counted(database) == before


def test_a_run_that_was_killed_is_made_up_for_by_the_next(
    database: Database, settings: Settings, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("codex_loop.pipeline.clustering.cluster", killed)
        with pytest.raises(KeyboardInterrupt):
            run(database, settings, home)
    assert database.one("SELECT 1 FROM runs WHERE command = 'daily'") is None
    assert problems(run(database, settings, home)) == {}
    with open_for_writing(str(tmp_path / "whole.db")) as whole:
        run(whole, settings, home)
        assert counted(database) == counted(whole)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("error", [Degraded("no room"), ZeroDivisionError("oh")], ids=["expected", "bug"])
def test_a_stage_that_fails_costs_no_other(
    name: str,
    error: Exception,
    settings: Settings,
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(f"codex_loop.pipeline.{CALLS[name]}", broken)
    with open_for_writing(str(tmp_path / "loop.db")) as database:
        report = run(database, settings, home)
    told = "no room" if isinstance(error, Degraded) else "a bug: ZeroDivisionError: oh"
    assert [stage.name for stage in report.stages] == NAMES
    assert (problems(report), report.degraded) == ({name: told}, True)


def test_words_that_nobody_can_judge_cost_no_other_stage(settings: Settings, home: Path, tmp_path: Path) -> None:
    def none() -> Engine | None:
        raise Degraded("no model is there")

    with open_for_writing(str(tmp_path / "loop.db")) as database:
        report = run_daily(database, settings, Wanted(Homes((home,), ()), engine=none), SystemClock(), lambda _: None)
    assert problems(report) == {"semantic signals": "no model is there"}


def test_a_file_that_cannot_be_read_degrades_the_run_and_the_rest_is_stored(
    database: Database, settings: Settings, home: Path
) -> None:
    whole = next(home.rglob("*.jsonl"))
    torn = "rollout-2026-11-21T09-00-00-019a1b2c-0000-7000-8000-00000000dead.jsonl.zst"
    (whole.parent / torn).write_bytes(b"no compressed file")
    report = run(database, settings, home)
    assert list(problems(report)) == ["ingest"]
    assert "what is readable was stored" in problems(report)["ingest"]
    assert int(report.stages[1].facts["stored"]) > 0
