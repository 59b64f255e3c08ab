"""Two runs get one verdict, for the reason that is said."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.errors import Exit
from codex_loop.measure.compare import Comparison, compare
from codex_loop.measure.measured import Measured, Tokens, shares
from codex_loop.measure.verdicts import EXITS
from tests.measure.told import KEY, even, run, trial

SOLVED = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=0, max_size=9)


def runs(pairs: list[tuple[int, int]]) -> tuple[Measured, Measured]:
    before = {f"local/{number}": (good, 4) for number, (good, _) in enumerate(pairs)}
    after = {f"local/{number}": (good, 4) for number, (_, good) in enumerate(pairs)}
    return run(before, name="before"), run(after, name="after")


def test_six_tasks_that_all_fall_are_a_regression() -> None:
    found = compare(run(even(6, 4)), run(even(6, 0)))
    assert found.verdict == "regression"
    assert EXITS[found.verdict] == Exit.FINDING
    assert found.is_material
    assert found.difference == -1.0
    assert found.p == 0.03125
    assert "0 % now, 100 % before" in found.why
    assert "ticket --cluster-id cluster_1" in found.next


def test_six_tasks_that_all_rise_are_an_improvement() -> None:
    found = compare(run(even(6, 1)), run(even(6, 4)))
    assert (found.verdict, EXITS[found.verdict], found.is_material) == ("improvement", Exit.OK, False)


def test_five_tasks_that_all_fall_say_that_five_are_too_few() -> None:
    found = compare(run(even(5, 4)), run(even(5, 0)))
    assert found.verdict == "insufficient_power"
    assert EXITS[found.verdict] == Exit.DEGRADED
    assert found.detectable is None
    assert "6 are the least" in found.why
    assert "tasks are needed" in found.next


def test_equal_runs_over_many_tasks_are_equivalent() -> None:
    solved = {f"local/{number}": (number % 5, 4) for number in range(60)}
    found = compare(run(solved), run(solved))
    assert found.verdict == "equivalent"
    assert found.equivalence is not None
    assert -0.1 < found.equivalence.low < 0 < found.equivalence.high < 0.1


def test_equal_runs_over_few_tasks_show_no_equality() -> None:
    found = compare(run(even(8, 4)), run(even(8, 4)))
    assert found.verdict == "inconclusive"
    assert found.difference == 0.0
    assert found.p == 1.0
    assert found.equivalence is not None
    assert found.equivalence.high > 0.1


def test_a_wide_margin_lets_fewer_tasks_show_equality() -> None:
    assert compare(run(even(8, 4)), run(even(8, 4)), margin=0.25).verdict == "equivalent"


def test_tasks_of_one_session_count_as_one() -> None:
    sessions = {task: f"session-{number // 2}" for number, task in enumerate(even(8, 4))}
    found = compare(run(even(8, 4), sessions=sessions), run(even(8, 0), sessions=sessions))
    assert (found.tasks, found.clusters) == (8, 4)
    assert found.verdict == "insufficient_power"
    assert any("8 tasks come from 4 sessions" in warning for warning in found.warnings)


def test_two_tasks_in_common_cannot_be_compared() -> None:
    found = compare(run(even(2, 4)), run(even(9, 4)))
    assert (found.verdict, EXITS[found.verdict]) == ("not_comparable", Exit.USAGE)
    assert "only 2 tasks in common" in found.why
    assert len(found.extra) == 7


@pytest.mark.parametrize(
    ("other", "word"),
    [
        (msgspec.structs.replace(KEY, env_kind="bubblewrap"), "another environment: bubblewrap now, docker"),
        (msgspec.structs.replace(KEY, timeout_multipliers={"all": 2.0}), 'other timeouts: {"all":2.0} now, none in'),
        (msgspec.structs.replace(KEY, harbor_version="0.26.1"), "another Harbor: 0.26.1 now, 0.25.0"),
    ],
)
def test_another_harness_is_no_baseline(other: msgspec.Struct, word: str) -> None:
    found = compare(run(even(9, 4)), run(even(9, 0), key=other))  # type: ignore[arg-type]
    assert found.verdict == "not_comparable"
    assert word in found.why


def test_a_patch_release_of_harbor_changes_nothing() -> None:
    other = msgspec.structs.replace(KEY, harbor_version="0.25.3")
    assert compare(run(even(9, 4)), run(even(9, 0), key=other)).verdict == "regression"


def test_what_the_runs_differ_in_is_named_and_two_things_at_once_are_warned_of() -> None:
    one = msgspec.structs.replace(KEY, model="openai/gpt-6")
    two = msgspec.structs.replace(one, agent_version="0.170.0")
    found = compare(run(even(9, 4)), run(even(9, 0), key=one))
    assert [(each.field, each.before, each.after) for each in found.varied] == [
        ("model", "openai/gpt-5.2", "openai/gpt-6")
    ]
    assert not any("at once" in warning for warning in found.warnings)
    found = compare(run(even(9, 4)), run(even(9, 0), key=two))
    assert any("2 things at once (agent version, model)" in warning for warning in found.warnings)


def test_infrastructure_that_failed_is_not_a_task_that_failed() -> None:
    broken = tuple(trial(task, 5, None, exception_type="SandboxBuildFailedError") for task in even(3, 4))
    found = compare(run(even(9, 4)), run(even(9, 4), more=broken))
    assert found.difference == 0.0
    assert found.candidate.invalid == {"sandbox_failed": 3}
    assert any("3 invalid trials in this run, not counted: sandbox_failed ×3" in each for each in found.warnings)


def test_a_run_that_mostly_broke_cannot_be_compared() -> None:
    broken = tuple(trial(task, attempt, None) for task in even(6, 4) for attempt in (5, 6))
    found = compare(run(even(6, 4)), run(even(6, 0), more=broken))
    assert found.verdict == "not_comparable"
    assert "33 % of the trials of this run are invalid (sandbox_failed ×12)" in found.why


def test_a_task_without_a_valid_attempt_is_left_out_and_named() -> None:
    candidate = run({**even(8, 4), "local/task-07": (0, 0)}, more=(trial("local/task-07", 1, None),))
    found = compare(run(even(8, 4)), candidate)
    assert (found.tasks, found.ungraded) == (7, ("local/task-07",))
    assert found.by_task[-1].after is None


def test_a_changed_task_is_another_task() -> None:
    baseline = run(even(8, 4))
    first = msgspec.structs.replace(baseline.tasks[0], digest="sha256:other")
    older = msgspec.structs.replace(baseline, tasks=(first, *baseline.tasks[1:]))
    found = compare(older, run(even(8, 0)))
    assert (found.tasks, found.changed, found.missing, found.extra) == (7, ("local/task-00",), (), ())


def test_a_verifier_that_loops_only_now_is_pointed_out() -> None:
    looping = (trial("local/task-03", 5, None, cause="verifier_failed", exception_type="VerifierTimeoutError"),)
    found = compare(run(even(8, 4)), run(even(8, 4), more=looping))
    assert any("ran out of time only in this run" in each and "local/task-03" in each for each in found.warnings)
    found = compare(run(even(8, 4), more=looping), run(even(8, 4), more=looping))
    assert not any("ran out of time" in each for each in found.warnings)


def test_single_attempts_are_told_by_mcnemar() -> None:
    before = {f"local/{number}": (1, 1) for number in range(10)}
    after = {f"local/{number}": (number // 7, 1) for number in range(10)}
    found = compare(run(before), run(after))
    assert found.mcnemar is not None
    assert (found.mcnemar.lost, found.mcnemar.won) == (7, 0)
    assert found.p == pytest.approx(found.mcnemar.p)
    assert compare(run(even(8, 4)), run(even(8, 0))).mcnemar is None


def test_tokens_and_time_are_told_as_ratios() -> None:
    baseline, candidate = run(even(8, 4)), run(even(8, 4))
    dearer = tuple(msgspec.structs.replace(each, tokens=Tokens(input=2_000, output=200)) for each in candidate.trials)
    found = compare(baseline, msgspec.structs.replace(candidate, trials=dearer))
    assert found.times["tokens"].ratio == pytest.approx(2.0)
    assert found.times["tokens"].p_holm < 0.05
    assert found.times["cost"].ratio == pytest.approx(1.0)
    assert found.times["cost"].p_holm == 1.0


def test_an_amount_that_an_attempt_does_not_state_is_no_amount_of_its_task() -> None:
    baseline = run({"local/a": (2, 2), "local/b": (2, 2)})
    silent = msgspec.structs.replace(baseline.trials[0], cost_usd=None)
    found = shares(msgspec.structs.replace(baseline, trials=(silent, *baseline.trials[1:])))
    assert found[0].amounts["cost"] is None
    assert found[1].amounts["cost"] == pytest.approx(0.01)


def test_what_one_task_did_is_shown_and_is_no_verdict() -> None:
    found = compare(run(even(20, 4)), run({**even(20, 4), "local/task-03": (0, 4)}))
    assert found.verdict == "inconclusive"
    worst = found.by_task[0]
    assert (worst.task, worst.difference, worst.before_solved, worst.after_solved) == ("local/task-03", -1.0, 4, 0)
    assert worst.p == pytest.approx(1 / 35)
    assert worst.p_holm == pytest.approx(20 * 1 / 35)


@given(pairs=SOLVED)
def test_every_comparison_has_a_verdict_with_a_reason_and_a_next_step(pairs: list[tuple[int, int]]) -> None:
    found = compare(*runs(pairs))
    assert found.verdict in EXITS
    assert found.why
    assert found.next
    assert msgspec.json.decode(msgspec.json.encode(found), type=Comparison) == found


@given(rewards=st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=0, max_size=9))
def test_rewards_that_are_no_shares_are_compared_all_the_same(rewards: list[tuple[float, float]]) -> None:
    names = [f"local/{number}" for number in range(len(rewards))]
    empty = run(dict.fromkeys(names, (0, 0)))
    sides = [
        msgspec.structs.replace(
            empty, trials=tuple(trial(name, 1, pair[side]) for name, pair in zip(names, rewards, strict=True))
        )
        for side in (0, 1)
    ]
    found = compare(sides[0], sides[1])
    assert found.verdict in EXITS
    assert found.mcnemar is None or all(value in (0, 1) for pair in rewards for value in pair)


@given(pairs=SOLVED)
def test_turning_the_runs_around_turns_the_verdict_around(pairs: list[tuple[int, int]]) -> None:
    there, back = compare(*runs(pairs)), compare(*reversed(runs(pairs)))
    turned = {"regression": "improvement", "improvement": "regression"}
    assert back.verdict == turned.get(there.verdict, there.verdict)
    assert (back.p, back.difference) == (
        there.p,
        None if there.difference is None else pytest.approx(-there.difference),
    )


@given(pairs=SOLVED)
def test_the_order_of_tasks_changes_nothing(pairs: list[tuple[int, int]]) -> None:
    baseline, candidate = runs(pairs)
    turned = msgspec.structs.replace(candidate, tasks=candidate.tasks[::-1], trials=candidate.trials[::-1])
    assert compare(baseline, turned) == compare(baseline, candidate)
