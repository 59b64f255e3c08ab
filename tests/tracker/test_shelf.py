"""The logbook's lines in the store: all of them, once, without secrets."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from codex_loop.store import tracker
from codex_loop.store.engine import Database, open_for_writing
from codex_loop.usage.tracker.journal import Logbook, append, delete, live
from codex_loop.usage.tracker.records import Bars, Ccusage, DailySummary, Finalized, Snapshot
from codex_loop.usage.tracker.shelf import bring, place_of
from tests.store.builder import BORN_MS, MINUTE, Builder
from tests.tracker.conftest import Operator, fixture_text


@pytest.fixture
def book(tmp_path: Path) -> Logbook:
    book = Logbook(tmp_path / "live", tmp_path / "state")
    bars = Bars(fiveh_pct=1, errors=("multi-pane-trimmed",))
    taken = Snapshot(window="W0-01", provider="codex", phase="before", captured_at="2026-05-01T10:00:00Z", parsed=bars)
    append(book, "snapshots", taken)
    append(book, "snapshots", taken)
    append(book, "codex_ccusage", Ccusage(window="W0-DD", scope="daily", captured_at="?", parsed=DailySummary()))
    append(book, "windows", Finalized(window="W0-01", finalized_at="2026-05-01T11:00:00Z"))
    return book


def stored(database: Database) -> list[tuple[str, str, str | None]]:
    return sorted((each.kind, each.window_id, each.phase) for each in tracker.records(database))


def test_every_line_is_brought_once(place: str, book: Logbook) -> None:
    with open_for_writing(place) as database:
        assert [bring(book, database, "host", BORN_MS) for _ in range(3)] == [4, 0, 0]
        assert stored(database) == [
            ("codex_ccusage", "W0-DD", None),
            ("snapshots", "W0-01", "before"),
            ("snapshots", "W0-01", "before"),
            ("windows", "W0-01", None),
        ]
        snapshot = next(each for each in tracker.records(database) if each.kind == "snapshots")
        assert (snapshot.time_ms, snapshot.errors) == (1777629600000, '["multi-pane-trimmed"]')
        assert msgspec.json.decode(snapshot.body, type=Snapshot).parsed.percent("fiveh") == 1
        assert tracker.records(database, place_of(book, "another")) == []


def test_a_line_that_was_deleted_is_gone_from_the_store_too(place: str, book: Logbook) -> None:
    with open_for_writing(place) as database:
        bring(book, database, "host", BORN_MS)
        delete(book, live(book, "snapshots", Snapshot)[1], BORN_MS)
        assert bring(book, database, "host", BORN_MS) == 1
        assert [each.kind for each in tracker.records(database)].count("snapshots") == 1
        assert bring(book, database, "host", BORN_MS) == 0


def test_a_line_deleted_before_it_was_brought_never_shows(place: str, book: Logbook) -> None:
    delete(book, live(book, "windows", Finalized)[0], BORN_MS)
    with open_for_writing(place) as database:
        bring(book, database, "host", BORN_MS)
        assert "windows" not in [each.kind for each in tracker.records(database)]


def test_secrets_stay_out_of_the_store(place: str, book: Logbook) -> None:
    secret = "sk-ant-api03-" + "aB3dE5gH7j" * 9 + "AA"
    append(book, "snapshots", Snapshot(window="W0-02", raw_text=f'export KEY="{secret}"\n'))
    with open_for_writing(place) as database:
        bring(book, database, "host", BORN_MS)
        body = next(each.body for each in tracker.records(database) if each.window_id == "W0-02")
    assert secret not in body
    assert "[REDACTED:" in msgspec.json.decode(body)["raw_text"]


def test_the_week_is_the_latest_word_on_the_agents_own_limit(place: str) -> None:
    builder = Builder(place)

    def sample(used: float | None, minute: int, limit: str = "codex", minutes: int = 10080) -> None:
        values = {"agent": "codex", "host": "h", "limit_id": limit, "window_minutes": minutes, "used_percent": used}
        builder.row("limit_samples", **values, time_ms=BORN_MS + minute * MINUTE, resets_ms=BORN_MS)

    sample(10.0, 0)
    sample(20.0, 2, minutes=10079)
    sample(90.0, 3, minutes=300)
    sample(99.0, 4, limit="codex_mini")
    sample(None, 5)
    sample(30.0, 9)
    builder.write()
    seen = tracker.latest_week(builder.database, "codex", BORN_MS + 8 * MINUTE)
    assert seen is not None
    assert (seen.used_percent, seen.observed_ms) == (20.0, BORN_MS + 2 * MINUTE)
    assert tracker.latest_week(builder.database, "claude", BORN_MS + 8 * MINUTE) is None
    builder.close()


def test_without_a_store_none_is_made(operator: Operator) -> None:
    operator.did("tracker alias start codex --stdin", fixture_text("panes/wide_status_82_1.txt"))
    assert not Path(operator.store).exists()


def test_a_named_store_is_made_and_has_the_line_of_the_same_command(operator: Operator) -> None:
    text = fixture_text("panes/wide_status_82_1.txt")
    operator.did("tracker alias start codex --stdin --db named.db", text)
    with open_for_writing("named.db") as database:
        assert stored(database) == [("snapshots", "W0-01", "before")]


def test_a_store_that_cannot_be_used_stops_nothing(operator: Operator) -> None:
    Path(operator.store).write_text("no database at all, but long enough to be taken for one" * 20, encoding="utf-8")
    operator.did("tracker alias start codex --stdin", fixture_text("panes/wide_status_82_1.txt"))
    assert "stored codex before snapshot for W0-01" in operator.out
    assert operator.err.startswith("warning: the store ")
    assert len(operator.lines("snapshots")) == 1
