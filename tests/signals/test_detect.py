"""Signals have an identity: however files come in, the same session has the same signals, and they remember."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.scenarios.cases import PLANTS, Case, pen_for, planted
from benchmarks.scenarios.work import Desk, ask, turn
from codex_loop.signals.catalogue import DETECTORS
from codex_loop.signals.detect import detect
from codex_loop.store import signals as store
from tests.capture.ground import NOW_MS, Ground

Fresh = Callable[[], Ground]
LATER_MS = NOW_MS + 60_000
READ = tuple(plant for plant in PLANTS if not plant.needs & {"spine", "reverts"})
"""Events in single files that the ground's sources read."""
Told = list[tuple[object, ...]]


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    """One session of every kind of event."""
    return list(planted(Random(7), NOW_MS, READ, 1))


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Fresh]:
    made: list[Ground] = []

    def make() -> Ground:
        folder = tmp_path / f"fresh-{len(made)}"
        folder.mkdir()
        made.append(Ground(str(folder / "store.db"), tmp_path / "home", tmp_path / "redaction.key"))
        return made[-1]

    yield make
    for each in made:
        each.close()


def told(ground: Ground) -> Told:
    """Every signal with what it says; keys of rows are the same in every store, numbers of files are not."""
    found = []
    for signal in store.listed(ground.database, store.Wanted(with_absorbed=True)):
        evidence = [(each["record"], each["key"], each["offset"]) for each in msgspec.json.decode(signal.evidence)]
        found.append((signal.id, signal.category, signal.severity, signal.title, signal.absorbed_by, evidence))
    return sorted(found, key=repr)


def place(case: Case) -> str:
    return f"{case.agent}/{case.path}"


def test_the_order_of_files_and_their_pieces_do_not_matter(cases: list[Case], fresh: Fresh) -> None:
    at_once, bit_by_bit = fresh(), fresh()
    for case in cases:
        at_once.put(place(case), case.content)
    at_once.ingest()
    detect(at_once.database, LATER_MS)
    rng = Random(3)
    for case in rng.sample(cases, len(cases)):
        bit_by_bit.put(place(case), case.content[: rng.randrange(len(case.content))])
    bit_by_bit.ingest()
    detect(bit_by_bit.database, NOW_MS)
    for case in rng.sample(cases, len(cases)):
        bit_by_bit.put(place(case), case.content)
    bit_by_bit.ingest()
    detect(bit_by_bit.database, LATER_MS)
    expected = told(at_once)
    assert len(expected) > len(READ)
    assert told(bit_by_bit) == expected


@settings(max_examples=12, deadline=None)
@given(cut=st.floats(0.02, 0.98), number=st.integers(0, len(READ) - 1))
def test_wherever_a_file_is_cut_the_whole_has_the_same_signals(
    cut: float, number: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    case = next(planted(Random(number), NOW_MS, READ[number : number + 1], 1))
    folder = tmp_path_factory.mktemp("cut")
    grounds = [Ground(str(folder / f"{name}.db"), folder / "home", folder / "redaction.key") for name in "ab"]
    try:
        whole, halves = grounds
        halves.put(place(case), case.content[: int(len(case.content) * cut)])
        halves.ingest()
        detect(halves.database, NOW_MS)
        for ground in (whole, halves):
            ground.put(place(case), case.content)
            ground.ingest()
            detect(ground.database, LATER_MS)
        assert told(halves) == told(whole)
    finally:
        for ground in grounds:
            ground.close()


def test_a_copy_of_a_file_adds_no_signal(cases: list[Case], fresh: Fresh) -> None:
    ground = fresh()
    for case in cases[:12]:
        ground.put(place(case), case.content)
    ground.ingest()
    detect(ground.database, NOW_MS)
    before = told(ground)
    for case in cases[:12]:
        if case.agent == "codex":
            ground.put(place(case).replace("/sessions/", "/archived_sessions/"), case.content)
    ground.ingest()
    detect(ground.database, LATER_MS)
    assert {signal[:4] for signal in told(ground)} == {signal[:4] for signal in before}


def test_looking_twice_changes_nothing_and_opens_nothing(cases: list[Case], fresh: Fresh) -> None:
    ground = fresh()
    for case in cases:
        ground.put(place(case), case.content)
    ground.ingest()
    first = detect(ground.database, NOW_MS)
    assert first.new > len(READ)
    before = told(ground)
    again = detect(ground.database, LATER_MS)
    assert (again.files, again.new, again.changed, again.gone) == (0, 0, 0, 0)
    assert told(ground) == before


def history(ground: Ground, key: str) -> list[tuple[int, str]]:
    rows = ground.rows("SELECT version, event, signal_key FROM signal_history ORDER BY time_ms, id")
    return [(version, event) for version, event, signal in rows if f"sig_{signal:016x}" == key]


def loop(repeats: int) -> Case:
    """A session whose last turn repeats one failing command."""
    pen = pen_for("codex", "0.120.0", Random(5), NOW_MS)
    desk = Desk(Random(5))
    turn(pen, desk)
    ask(pen, desk)
    for _ in range(repeats):
        pen.run("make all", 2, "make: *** [all] Error 1\n")
    return Case(pen.agent, pen.version, pen.path, pen.session, pen.content, (), frozenset())


def only(ground: Ground, category: str) -> store.Signal:
    (signal,) = store.listed(ground.database, store.Wanted(category=category))
    return signal


def test_a_loop_that_goes_on_is_the_same_signal_and_grows(fresh: Fresh) -> None:
    ground = fresh()
    ground.put(place(loop(3)), loop(3).content)
    ground.ingest()
    detect(ground.database, NOW_MS)
    before = only(ground, "retry_loop")
    ground.put(place(loop(6)), loop(6).content)
    ground.ingest()
    report = detect(ground.database, LATER_MS)
    after = only(ground, "retry_loop")
    assert (after.id, after.detected_at) == (before.id, before.detected_at)
    assert after.severity > before.severity
    assert report.changed >= 1
    assert history(ground, after.id) == [(1, "new"), (1, "changed")]


def test_what_is_no_longer_so_is_gone_and_may_come_back(fresh: Fresh) -> None:
    ground = fresh()
    ground.put(place(loop(3)), loop(3).content)
    ground.ingest()
    detect(ground.database, NOW_MS)
    signal = only(ground, "retry_loop")
    without = tuple(each for each in DETECTORS if each.id != "retry_loop")
    assert detect(ground.database, NOW_MS + 1, detectors=without).gone == 1
    assert not store.listed(ground.database, store.Wanted(category="retry_loop"))
    (kept,) = store.listed(ground.database, store.Wanted(category="retry_loop", with_gone=True))
    assert kept.gone_at is not None
    assert detect(ground.database, NOW_MS + 2).back == 1
    assert only(ground, "retry_loop").id == signal.id
    assert history(ground, signal.id) == [(1, "new"), (1, "gone"), (1, "back")]


def test_a_new_version_of_a_rule_supersedes_what_the_old_one_said(fresh: Fresh) -> None:
    ground = fresh()
    ground.put(place(loop(3)), loop(3).content)
    ground.ingest()
    detect(ground.database, NOW_MS)
    before = only(ground, "retry_loop")
    second = tuple(each._replace(version=2) if each.id == "retry_loop" else each for each in DETECTORS)
    detect(ground.database, LATER_MS, detectors=second)
    after = only(ground, "retry_loop")
    assert (after.id, after.version) == (before.id, 2)
    assert history(ground, after.id) == [(1, "new"), (2, "changed")]


def test_a_store_without_sessions_has_no_signals(fresh: Fresh) -> None:
    report = detect(fresh().database, NOW_MS)
    assert (report.files, report.sessions, report.new) == (0, 0, 0)
