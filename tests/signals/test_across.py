"""What only several sessions together show."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from benchmarks.scenarios.codex import CodexPen
from benchmarks.scenarios.pen import Change
from codex_loop.signals.detect import detect
from codex_loop.store import signals as store
from tests.capture.ground import NOW_MS, Ground

MINUTE_MS = 60_000
START_MS = NOW_MS - 5 * 86_400_000


@pytest.fixture
def ground(place: str, tmp_path: Path) -> Iterator[Ground]:
    made = Ground(place, tmp_path / "home", tmp_path / "redaction.key")
    yield made
    made.close()


def begun(start_ms: int, seed: int) -> CodexPen:
    pen = CodexPen("0.120.0", Random(seed), start_ms, "/home/dev/shop")
    pen.prompt("Fix the totals of the report")
    return pen


def kept(ground: Ground, pen: CodexPen) -> None:
    ground.put(f"codex/{pen.path}", pen.content)


def left_failing(ground: Ground) -> CodexPen:
    pen = begun(START_MS, 1)
    pen.edit(Change("src/report.py", "a = 1\n", "a = 2\n"))
    pen.run("make all", 2, "make: *** [all] Error 1\n")
    kept(ground, pen)
    return pen


def begun_anew(ground: Ground, start_ms: int, file: str) -> None:
    pen = begun(start_ms, 2)
    pen.edit(Change(file, "a = 1\n", "a = 3\n"))
    pen.say("Done.", final=True)
    kept(ground, pen)


def found(ground: Ground, category: str) -> list[store.Signal]:
    return store.listed(ground.database, store.Wanted(category=category))


def test_work_left_failing_and_begun_anew_soon_on_the_same_files_is_one_signal(ground: Ground) -> None:
    first = left_failing(ground)
    begun_anew(ground, first.ms + 10 * MINUTE_MS, "src/report.py")
    ground.ingest()
    detect(ground.database, NOW_MS)
    (signal,) = found(ground, "abandoned_restart")
    assert signal.session_id == f"codex:{first.thread}"
    assert len(store.proof(ground.database, signal)) == 1


@pytest.mark.parametrize(("minutes", "file"), [(31, "src/report.py"), (10, "src/other.py")])
def test_later_or_on_other_files_is_none(ground: Ground, minutes: int, file: str) -> None:
    first = left_failing(ground)
    begun_anew(ground, first.ms + minutes * MINUTE_MS, file)
    ground.ingest()
    detect(ground.database, NOW_MS)
    assert len(found(ground, "abandoned_tool_flow")) == 1
    assert not found(ground, "abandoned_restart")


def spend(ground: Ground, seed: int, rounds: int) -> CodexPen:
    """A session of one request that takes about this many calls."""
    pen = begun(START_MS + seed * 60 * MINUTE_MS, seed)
    for number in range(rounds + seed % 3):
        pen.run(f"ls {number}", 0, f"{number}\n")
    pen.say("Done.", final=True)
    kept(ground, pen)
    return pen


def test_a_session_that_takes_far_more_than_its_like_stands_out_once_there_are_enough(ground: Ground) -> None:
    for seed in range(1, 20):
        spend(ground, seed, 4)
    dear = spend(ground, 40, 200)
    ground.ingest()
    detect(ground.database, NOW_MS)
    assert not found(ground, "cost_outlier")
    spend(ground, 41, 4)
    ground.ingest()
    detect(ground.database, NOW_MS + 1)
    (signal,) = found(ground, "cost_outlier")
    assert signal.session_id == f"codex:{dear.thread}"
    assert signal.cost_tokens is not None


def test_looking_again_changes_nothing_and_a_changed_session_keeps_what_others_told_of_it(ground: Ground) -> None:
    first = left_failing(ground)
    begun_anew(ground, first.ms + 10 * MINUTE_MS, "src/report.py")
    ground.ingest()
    report = detect(ground.database, NOW_MS)
    assert report.new >= 2
    again = detect(ground.database, NOW_MS + 1)
    assert (again.new, again.changed, again.gone, again.back) == (0, 0, 0, 0)
    first.pause(5)
    first.run("make all", 2, "make: *** [all] Error 1\n")
    kept(ground, first)
    ground.ingest()
    grown = detect(ground.database, NOW_MS + 2)
    assert (grown.gone, grown.back) == (0, 0)
    assert len(found(ground, "abandoned_restart")) == 1
