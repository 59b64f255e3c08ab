"""What the trials say of a task."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codex_loop.harbor.trials import Trial
from codex_loop.tasks.gate import behaviour, measured
from codex_loop.tasks.gate.folder import read
from codex_loop.tasks.gate.measured import Report
from codex_loop.tasks.gate.rounds import Outcome
from tests.tasks.gate import ground


def trial(reward: float | None, *, cause: str | None = None, folder: str = "", verifier_ms: int | None = 900) -> Trial:
    return Trial(
        task="local/one", directory="one", digest=None, trial_id="t", folder=folder, attempt=1, reward=reward,
        valid=reward is not None and cause is None, cause=cause, exception="SomeError" if cause else None,
        message="it broke" if cause else None, input=None, cached=None, output=None, cost_microusd=None, setup_ms=50,
        agent_ms=1, verifier_ms=verifier_ms, started_ms=1, ended_ms=2, agent="nop", agent_version=None, model=None,
    )  # fmt: skip


def outcome(*trials: Trial, problem: str | None = None) -> Outcome:
    return Outcome(tuple(trials), problem)


@pytest.mark.parametrize(
    ("agent", "given", "wanted", "name", "verdict"),
    [
        ("nop", (0.0, 0.0, 0.0), 0.0, "nop", "passed"),
        ("nop", (1.0, 1.0, 1.0), 0.0, "nop", "failed"),
        ("nop", (0.5, 0.5, 0.5), 0.0, "nop", "failed"),
        ("nop", (0.0, 1.0, 0.0), 0.0, "flaky", "failed"),
        ("oracle", (1.0, 1.0, 1.0), 1.0, "oracle", "passed"),
        ("oracle", (0.0, 0.0, 0.0), 1.0, "oracle", "failed"),
        ("oracle", (1.0, 0.0, 1.0), 1.0, "flaky", "failed"),
        ("oracle", (1.0, 1.0), 1.0, "oracle", "skipped"),
        ("oracle", (), 1.0, "oracle", "skipped"),
    ],
)
def test_every_attempt_has_to_be_given_the_same_wanted_reward(
    agent: str, given: tuple[float, ...], wanted: float, name: str, verdict: str
) -> None:
    found = behaviour.rewards(agent, outcome(*map(trial, given)), 3, wanted)
    assert (found.name, found.outcome) == (name, verdict)


@pytest.mark.parametrize(
    ("cause", "verdict"),
    [("verifier_failed", "failed"), ("sandbox_failed", "skipped"), ("cancelled", "skipped"), (None, "passed")],
)
def test_a_trial_without_a_grade_is_the_tasks_fault_only_when_its_verifier_broke(
    cause: str | None, verdict: str
) -> None:
    last = trial(None, cause=cause) if cause else trial(0.0)
    found = behaviour.rewards("nop", outcome(trial(0.0), trial(0.0), last), 3, 0.0)
    assert found.outcome == verdict
    if cause:
        assert "SomeError: it broke" in found.detail


def reported(place: Path, **seen: str) -> Trial:
    place.mkdir(parents=True)
    (place / "verifier").mkdir()
    named = {f"tests/test_backoff.py::test_{name}": result for name, result in seen.items()}
    (place / "verifier/report.json").write_text(json.dumps({"seen": named, "missing": [], "resolved": False}))
    return trial(0.0, folder=str(place))


def test_a_test_that_comes_out_differently_is_flaky_even_when_the_reward_is_not(tmp_path: Path) -> None:
    task = read(ground.task(tmp_path / "one"))
    same = {"exponential": "passed", "retry_after": "failed"}
    runs = [reported(tmp_path / str(n), cap="failed" if n == 1 else "passed", **same) for n in range(3)]
    found = behaviour.steady(task, "nop", outcome(*runs))
    assert found is not None
    assert (found.name, found.outcome) == ("flaky", "failed")
    assert found.seen["tests"] == ["tests/test_backoff.py::test_cap"]
    steady = behaviour.steady(task, "nop", outcome(runs[0], runs[2]))
    assert steady is not None
    assert steady.outcome == "passed"
    assert behaviour.steady(task, "nop", outcome(trial(0.0))) is None


@pytest.mark.parametrize(
    ("base", "gold", "verdict"),
    [
        ({"retry_after": "failed", "cap": "passed", "exponential": "passed"}, {}, "passed"),
        ({"retry_after": "passed", "cap": "passed", "exponential": "passed"}, {}, "failed"),
        ({"retry_after": "failed", "cap": "failed", "exponential": "passed"}, {}, "failed"),
        ({"retry_after": "failed", "cap": "passed", "exponential": "passed"}, {"cap": "skipped"}, "failed"),
    ],
)
def test_each_test_has_to_do_what_the_task_says_of_it(
    tmp_path: Path, base: dict[str, str], gold: dict[str, str], verdict: str
) -> None:
    task = read(ground.task(tmp_path / "one"))
    green = {"retry_after": "passed", "cap": "passed", "exponential": "passed"} | gold
    sides = outcome(reported(tmp_path / "a", **base)), outcome(reported(tmp_path / "b", **green))
    found = behaviour.tests(task, *sides)
    assert found is not None
    assert found.outcome == verdict


def test_a_task_that_guards_nothing_of_what_worked_is_told(tmp_path: Path) -> None:
    place = ground.task(tmp_path / "one")
    ground.spec(place, pass_to_pass=[])
    sides = (
        outcome(reported(tmp_path / "a", retry_after="failed")),
        outcome(reported(tmp_path / "b", retry_after="passed")),
    )
    found = behaviour.tests(read(place), *sides)
    assert found is not None
    assert (found.outcome, "nothing guards" in found.detail) == ("warned", True)


@pytest.mark.parametrize(("longest", "verdict"), [(24_000, "passed"), (24_001, "failed"), (None, "skipped")])
def test_a_slower_machine_must_have_time_enough(tmp_path: Path, longest: int | None, verdict: str) -> None:
    task = read(ground.task(tmp_path / "one"))  # may take 120 s
    assert behaviour.timing(task, outcome(trial(0.0, verifier_ms=longest))).outcome == verdict


def test_an_attempt_that_also_built_the_verifiers_image_is_no_slow_test(tmp_path: Path) -> None:
    task = read(ground.task(tmp_path / "one"))  # may take 120 s
    built = outcome(trial(0.0, verifier_ms=90_000), trial(0.0, verifier_ms=91_000), trial(0.0, verifier_ms=1_000))
    assert not behaviour.is_slow(built)
    assert behaviour.timing(task, built).outcome == "passed"
    slow = outcome(trial(1.0, verifier_ms=90_000), trial(1.0, verifier_ms=91_000))
    assert behaviour.is_slow(slow)
    assert behaviour.timing(task, built, slow).outcome == "failed"


def test_tests_in_a_file_of_the_work_itself_are_no_check_of_it(tmp_path: Path) -> None:
    place = ground.task(tmp_path / "one")
    (place / "tests/hidden/tests").mkdir(parents=True, exist_ok=True)
    (place / "tests/hidden/tests/delay.rs").write_text("#[test]\nfn doubles() {}\n")
    turned = ("src/lib.rs::tests::adds", "tests/delay.rs::doubles", "tests/test_a.py::test_a")
    shown = measured.only_brought(read(place), measured.Shown(turned, (), turned[:1], ()))
    assert shown.fail_to_pass == turned[1:]
    assert (shown.weak, shown.own) == ((), turned[:1])


def test_what_turns_green_is_measured_and_what_was_skipped_shows_nothing() -> None:
    base = Report({"a": "failed", "b": "passed", "c": "skipped", "d": "failed", "e": "passed"})
    gold = Report({"a": "passed", "b": "passed", "c": "passed", "d": "failed", "e": "failed", "new": "passed"})
    shown = measured.compare(base, gold)
    assert shown.fail_to_pass == ("a", "new")
    assert shown.pass_to_pass == ("b",)
    assert shown.weak == ("new",)
    assert shown.never == ("d", "e")


def test_what_was_measured_replaces_what_was_promised_also_in_the_provenance(tmp_path: Path) -> None:
    place = ground.task(tmp_path / "one")
    ground.spec(place, note="stays")
    line = 'fail_to_pass = ["old::a[x]"]'
    ground.edit(place / "task.toml", "codex_loop_task_schema = 1\n", f"codex_loop_task_schema = 1\n{line}\n")
    shown = measured.Shown(('t::a["é]', "t::b"), ("t::c",), ("t::b",), ())
    measured.settle(read(place), shown)
    task = read(place)
    assert task.config.metadata["fail_to_pass"] == ['t::a["é]', "t::b"]
    assert task.spec is not None
    assert (task.spec.fail_to_pass, task.spec.weak_fail_to_pass) == (('t::a["é]', "t::b"), ("t::b",))
    assert ground.told(place)["note"] == "stays"
    before = (place / ground.SPEC).read_bytes()
    measured.settle(task, shown)
    assert (place / ground.SPEC).read_bytes() == before
