"""Waiting: by a clock that never goes back, ended by a sleep of the machine."""

from __future__ import annotations

from codex_loop.usage.sampler.wake import SLICE_S, wait

BEGAN_MS = 1_795_251_600_000


class Machine:
    """Its sleep passes the time; at some moments the time of day jumps."""

    def __init__(self, jumps: dict[int, float] | None = None, *, counts_sleep: bool = False) -> None:
        self.jumps = jumps or {}
        self.counts_sleep = counts_sleep
        self.spent = self.jumped = 0.0
        self.slices: list[float] = []

    def now_ms(self) -> int:
        return BEGAN_MS + round((self.spent + self.jumped) * 1000)

    def monotonic_s(self) -> float:
        return self.spent + (self.jumped if self.counts_sleep else 0.0)

    def sleep(self, seconds: float) -> None:
        self.slices.append(seconds)
        self.spent += seconds
        self.jumped += self.jumps.get(len(self.slices), 0.0)


def test_it_waits_as_long_as_asked_in_slices() -> None:
    machine = Machine()
    assert not wait(300, machine, machine.sleep)
    assert machine.spent == 300
    assert max(machine.slices) <= SLICE_S


def test_it_does_not_wait_for_what_is_over() -> None:
    machine = Machine()
    assert not wait(-5, machine, machine.sleep)
    assert machine.slices == []


def test_it_ends_at_the_first_look_after_a_sleep_of_the_machine() -> None:
    machine = Machine({3: 8 * 3600})
    assert wait(300, machine, machine.sleep)
    assert len(machine.slices) == 3


def test_a_machine_whose_steady_clock_counts_sleep_is_due_all_the_same() -> None:
    machine = Machine({3: 8 * 3600}, counts_sleep=True)
    wait(300, machine, machine.sleep)
    assert len(machine.slices) == 3


def test_a_clock_that_is_set_back_neither_ends_nor_prolongs_the_wait() -> None:
    machine = Machine({2: -3 * 3600, 4: 5.0})
    assert not wait(300, machine, machine.sleep)
    assert machine.spent == 300
