"""`codex-loop trends` on 80 columns, as JSON and as a drawing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from codex_loop.cli.width import width_of
from tests.cli.conftest import Json
from tests.report.told import NOW, looked_at, proven, ran, sessions, troubled
from tests.store.builder import Builder


@pytest.fixture
def history(store: Builder, monkeypatch: pytest.MonkeyPatch) -> Builder:
    monkeypatch.setattr("codex_loop.clock.now_ms", lambda: NOW)
    sessions(store, (22.0, 21.0), version="0.120.0")
    sessions(store, (8.0, 7.0, 2.0, 1.0))
    troubled(store, (8.0, 2.0, 1.0))
    looked_at(store)
    proven(store)
    ran(store, "a-rather-long-name-of-a-run-over-the-shop-dataset-for-the-night", "codex", 0.75, verdict="improvement")
    return store


def test_weeks_are_shown_with_a_bar_a_zero_and_a_question_mark(history: Builder, said: Callable[..., str]) -> None:
    drawn = said("trends")
    lines = drawn.splitlines()
    assert max(map(width_of, lines)) <= 80
    (line,) = (each for each in lines if each.startswith("exec_failure"))
    assert line.split()[1] == "·?▅█"
    assert any(each.startswith("(sessions at work)") for each in lines)
    assert "codex 0.169.0" in drawn


def test_one_category_is_told_week_by_week(history: Builder, said: Callable[..., str]) -> None:
    drawn = said("trends", "--signals", "--category", "exec_failure")
    rows = [each.split() for each in drawn.splitlines() if each.startswith("2026-")]
    assert rows[0][1:4] == ["2", "0", "0.0"]
    assert rows[1][1:5] == ["0", "–", "–", "?"]
    assert rows[2][1:4] == ["2", "1", "50.0"]
    assert max(map(width_of, drawn.splitlines())) <= 80


def test_the_weeks_before_anything_was_recorded_are_left_out(
    history: Builder, told: Callable[..., Json], said: Callable[..., str]
) -> None:
    assert len(told("trends")["weeks"]) == 4
    assert len(told("trends", "--days", "70")["weeks"]) >= 10


def test_a_week_begins_where_the_calendar_says(
    history: Builder, told: Callable[..., Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEX_LOOP_TIMEZONE", "Asia/Tokyo")
    monkeypatch.setenv("CODEX_LOOP_WEEK_START", "sunday")
    begins = [week["begins_at"] for week in told("trends")["weeks"]]
    assert begins[-1] == "2026-11-21T15:00:00.000Z"


def test_runs_of_a_dataset_fit_the_page(history: Builder, said: Callable[..., str], told: Callable[..., Json]) -> None:
    drawn = said("trends", "--dataset", "shop_001", "--days", "30")
    assert "0.75" in drawn
    assert "improvement" in drawn
    assert max(map(width_of, drawn.splitlines())) <= 80
    assert told("trends", "--dataset", "shop_001")["schema"] == "codex-loop/trends-dataset/1"


def test_no_run_says_which_command_makes_one_and_has_no_drawing(
    history: Builder, said: Callable[..., str], tmp_path: Path
) -> None:
    history.database.execute("DELETE FROM eval_runs")
    drawn = said("trends", "--dataset", "shop_001", "--svg", str(tmp_path / "trends.svg"))
    assert "codex-loop measure --dataset shop_001" in drawn
    assert "drawn in" not in drawn
    assert not (tmp_path / "trends.svg").exists()


@pytest.mark.parametrize("words", [("trends",), ("trends", "--dataset", "shop_001")])
def test_a_drawing_is_one_file(
    words: tuple[str, ...], history: Builder, said: Callable[..., str], tmp_path: Path
) -> None:
    file = tmp_path / "trends.svg"
    picture = tmp_path / "trends.png"
    drawn = said(*words, "--svg", str(file), "--png", str(picture))
    assert f"drawn in {file}" in drawn
    assert f"drawn in {picture}" in drawn
    assert file.read_text(encoding="utf-8").startswith("<svg ")
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_many_weeks_are_drawn_as_far_as_they_fit_and_told_whole(
    history: Builder, said: Callable[..., str], told: Callable[..., Json], tmp_path: Path
) -> None:
    drawn = said("trends", "--days", "3650", "--svg", str(tmp_path / "trends.svg"))
    assert max(map(width_of, drawn.splitlines()[:-1])) <= 80
    assert "bars are of the latest 26 of" in drawn
    assert len(told("trends", "--days", "3650")["weeks"]) > 500
    weekly = said("trends", "--days", "3650", "--category", "exec_failure")
    assert "nobody was at work in the" in weekly
    assert len(weekly.splitlines()) < 20


def test_no_period_is_too_long(history: Builder, told: Callable[..., Json]) -> None:
    assert told("trends", "--days", "100000000")["weeks"][0]["begins_at"].startswith(("1969-12", "1970-01"))
    assert len(told("trends", "--dataset", "shop_001", "--days", "100000000")["runs"]) == 1


def test_many_runs_are_drawn_as_far_as_they_fit(history: Builder, said: Callable[..., str]) -> None:
    for number in range(90):
        ran(history, f"night-{number}", "codex", 0.5)
    (line,) = (each for each in said("trends", "--dataset", "shop_001").splitlines() if each.startswith("reward "))
    assert width_of(line) <= 80


def test_a_picture_is_asked_for_by_its_own_flag(history: Builder, refused: Callable[..., str], tmp_path: Path) -> None:
    assert "--png" in refused("trends", "--svg", str(tmp_path / "trends.png"))
    assert not (tmp_path / "trends.png").exists()


def test_what_cannot_be_right_is_refused(history: Builder, refused: Callable[..., str]) -> None:
    assert "give 1 or more" in refused("trends", "--days", "0")
    assert "no signal was ever called nonsense" in refused("trends", "--category", "nonsense")
    assert "--dataset shows runs" in refused("trends", "--dataset", "shop_001", "--category", "x")
    assert "there is shop_001" in refused("trends", "--dataset", "nothing")


def test_an_empty_store_is_no_trend(store: Builder, said: Callable[..., str]) -> None:
    assert "No sessions in the last" in said("trends")
