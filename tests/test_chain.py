"""The loop closes, offline: sessions, signals, clusters, a proposal, its approval, the next sessions named by it."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest

from codex_loop.cli.app import run
from codex_loop.clock import SECOND_MS
from codex_loop.store.engine import Database, open_for_reading
from tests.planted import BRANCH, MIGRATION, PEERS, PROBLEMS, plant

Json = dict[str, Any]
Tables = dict[str, list[str]]

WHEN_LOOKED = {"last_seen_ms", "updated_ms"}
LOG = {"runs", "alembic_version"}
NOON_MS = 1_795_608_000_000


class Loop:
    """A home, a store, and the commands of the guide."""

    def __init__(self, place: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.place, self.home, self._capsys = place, folder / "codex", capsys
        self._nobody = folder / "claude"
        self._nobody.mkdir()

    def ingest(self) -> Json:
        homes = ("--codex-home", str(self.home), "--claude-home", str(self._nobody))
        return self.told("ingest", *homes, "--lookback-hours", "8760", "--jobs", "1")

    def told(self, *words: str, code: int = 0) -> Json:
        answer: Json = msgspec.json.decode(self.said(*words, "--json", code=code))
        return answer

    def said(self, *words: str, code: int = 0) -> str:
        assert run([*words, "--db", self.place]) == code, self._capsys.readouterr()
        return self._capsys.readouterr().out

    def closed_once(self) -> None:
        """Everything from files to proposals."""
        self.ingest()
        self.told("signals")
        self.told("cluster")

    def signals(self) -> dict[str, Json]:
        return {each["id"]: each for each in self.told("signals", "list")["signals"]}

    def of(self, sessions: list[str]) -> list[Json]:
        wanted = {f"codex:{native}" for native in sessions}
        return [each for each in self.signals().values() if each["session_id"] in wanted]

    def proposal_about(self, sessions: list[str]) -> Json:
        (cluster,) = {each["cluster_id"] for each in self.of(sessions)}
        proposals = self.told("schema-proposals")["proposals"]
        (found,) = (each for each in proposals if each["cluster_id"] == cluster)
        return dict(found)

    def tables(self) -> Tables:
        """Every row of every table, without when it was last looked at."""
        with open_for_reading(self.place) as database:
            return {name: _content(database, name) for name in sorted(set(database.columns) - LOG)}


def _content(database: Database, table: str) -> list[str]:
    columns = [name for name in database.columns[table] if name not in WHEN_LOOKED]
    return sorted(map(repr, database.rows(f"SELECT {', '.join(columns)} FROM {table}")))


def _differing(one: Tables, two: Tables) -> set[str]:
    return {table for table in one if one[table] != two[table]}


@pytest.fixture
def loop(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Loop:
    monkeypatch.setenv("CODEX_LOOP_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "80")
    # A run after midnight is another day of a cluster: the whole chain happens on one.
    seconds = count(NOON_MS, SECOND_MS)
    monkeypatch.setattr("codex_loop.clock.now_ms", lambda: next(seconds))
    return Loop(place, tmp_path, capsys)


def test_a_problem_of_monday_is_named_when_it_comes_back_on_friday(loop: Loop) -> None:
    planted = {problem.word: plant(loop.home, problem, range(12)) for problem in PROBLEMS}
    loop.closed_once()

    for sessions in planted.values():
        signals = loop.of(sessions)
        assert len(signals) == len(sessions)
        assert len({each["cluster_id"] for each in signals}) == 1
    assert len({each["cluster_id"] for each in loop.signals().values()}) == len(PROBLEMS)

    proposal = loop.proposal_about(planted["peers"])
    assert proposal["distinct_sessions"] >= 10
    assert all(0 <= part <= 1 for part in proposal["confidence_parts"].values())
    decided = loop.told("schema-approve", "--proposal-id", proposal["id"], "--name", "peer_conflict")
    assert (decided["category"], decided["version"]) == ("peer_conflict", 1)

    later = plant(loop.home, PEERS, range(20, 22), day=14)
    other = plant(loop.home, BRANCH, range(20, 21), day=14)
    loop.ingest()
    loop.told("signals")
    assert {each["category_now"] for each in loop.of(later)} == {"peer_conflict"}
    assert {each["category"] for each in loop.of(later)} == {"exec_failure"}
    assert {each["category_now"] for each in loop.of(other)} == {"exec_failure"}

    loop.told("cluster")
    assert {each["cluster_id"] for each in loop.of(later)} == {proposal["cluster_id"]}
    report = loop.told("report")
    (line,) = (each for each in report["categories"] if each["category"] == "peer_conflict")
    named = [each for each in loop.signals().values() if each["category_now"] == "peer_conflict"]
    assert line["signals"] == line["sessions"] == len(named) > len(later) + 8
    assert {each["session_id"] for each in named} <= {f"codex:{native}" for native in planted["peers"] + later}
    assert "peer_conflict" in {each["name"] for each in report["problems"]}
    assert "peer_conflict" in loop.said("report")


def test_every_command_said_twice_changes_nothing(loop: Loop) -> None:
    for problem in PROBLEMS:
        plant(loop.home, problem, range(12))
    loop.closed_once()
    proposal = loop.told("schema-proposals")["proposals"][0]
    loop.told("schema-approve", "--proposal-id", proposal["id"], "--name", "known")
    other = loop.told("schema-proposals")["proposals"][0]
    loop.told("schema-reject", "--proposal-id", other["id"], "--reason", "too vague")
    loop.closed_once()
    before = loop.tables()
    assert loop.ingest()["stored"] == 0
    for words in (("signals",), ("cluster",), ("schema-auto-promote",), ("report",)):
        loop.told(*words)
    loop.told("schema-approve", "--proposal-id", proposal["id"])
    loop.told("schema-reject", "--proposal-id", other["id"], "--reason", "too vague")
    assert _differing(before, loop.tables()) == set()


def test_an_undone_approval_leaves_everything_as_it_was_but_the_history(loop: Loop) -> None:
    for problem in PROBLEMS:
        plant(loop.home, problem, range(12))
    loop.closed_once()
    before = loop.tables()
    proposal = loop.told("schema-proposals")["proposals"][0]
    loop.told("schema-approve", "--proposal-id", proposal["id"], "--name", "hasty")
    assert _differing(before, loop.tables()) == {
        "categories", "category_history", "clusters", "schema_proposals", "signal_categories",
    }  # fmt: skip
    loop.told("schema-undo", "--category", "hasty", "--reason", "two problems in one")
    after = loop.tables()
    assert _differing(before, after) == {"categories", "category_history"}
    assert ["two problems in one" in row for row in after["category_history"]].count(True) == 1
    loop.closed_once()
    assert _differing(after, loop.tables()) == set()


def test_a_forced_regrouping_of_the_same_signals_keeps_every_id(loop: Loop) -> None:
    planted = {problem.word: plant(loop.home, problem, range(12)) for problem in PROBLEMS}
    loop.closed_once()
    before = {word: loop.of(sessions)[0]["cluster_id"] for word, sessions in planted.items()}
    again = loop.told("cluster", "--force")
    assert again["kinds"]["friction"]["events"] == {"kept": 3}
    assert {word: loop.of(sessions)[0]["cluster_id"] for word, sessions in planted.items()} == before


def test_fewer_than_five_signals_wait_until_there_are_more(loop: Loop) -> None:
    plant(loop.home, MIGRATION, range(4))
    loop.closed_once()
    told = loop.told("cluster")
    assert told["kinds"]["friction"]["enough"] is False
    assert told["clusters"] == []
    assert "not enough yet: 4 of 5 signals" in loop.said("cluster")
    plant(loop.home, MIGRATION, range(4, 9))
    loop.closed_once()
    assert len(loop.signals()) == 9
    assert any(each["cluster_id"] for each in loop.signals().values())
