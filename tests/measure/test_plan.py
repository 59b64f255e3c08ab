"""How large a measurement has to be."""

from __future__ import annotations

from codex_loop.measure.measured import Task
from codex_loop.measure.plan import design, doubts, plan
from tests.measure.told import even, run


def tasks(count: int, session: str | None = None) -> list[Task]:
    return [Task(name=f"local/{number}", source_session_id=session) for number in range(count)]


def test_more_attempts_need_fewer_tasks_for_the_same_change() -> None:
    found = plan(0.1, 0.8)
    needed = [size.tasks for size in found.sizes]
    assert [size.attempts for size in found.sizes] == [1, 2, 4, 8]
    assert needed == sorted(needed, reverse=True)
    assert all(size.trials == size.tasks * size.attempts for size in found.sizes)


def test_tasks_that_never_waver_need_fewer() -> None:
    steady = plan(0.1, 0.8, attempts=4, baseline=run(even(20, 4), name="steady"))
    wavering = plan(0.1, 0.8, attempts=4, baseline=run(even(20, 2), name="wavering"))
    assert steady.sizes[0].tasks < plan(0.1, 0.8, attempts=4).sizes[0].tasks < wavering.sizes[0].tasks
    assert steady.noise_from == "steady"


def test_tasks_of_one_session_can_show_nothing_and_it_is_said_before() -> None:
    made = design(tasks(9, "one"), 4)
    assert (made.tasks, made.clusters, made.detectable) == (9, 1, None)
    assert "9 tasks of 1 session can never show a change" in next(doubts(made))


def test_few_tasks_see_only_large_changes_and_it_is_said_before() -> None:
    made = design(tasks(6), 1)
    assert made.detectable is not None
    assert "6 tasks at 1 attempt see only changes of" in next(doubts(made))


def test_a_large_design_has_no_doubts() -> None:
    assert list(doubts(design(tasks(40), 4))) == []
