"""Whatever happens to a sampler over the days, the numbers in its files are 1, 2, 3, … in the order of writing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codex_loop.usage.sampler.cycle import Plan, begin, cycle
from codex_loop.usage.sampler.state import NAME, load
from codex_loop.usage.sampler.tools import Ran, StatusTool

BEGAN_MS = 1_795_251_600_000
EVENT = Ran(0, b'{"windows":{"session":{"used_percent":1}}}')
FATES = {
    "works": EVENT,
    "hangs": Ran(None),
    "fails": Ran(1),
    "garbage": Ran(0, b"?"),
    "absent": Ran(None, problem="no"),
}


class Days:
    """A sampler's days: its programs' fates, its clock, and what happens to its files."""

    def __init__(self, folder: Path) -> None:
        self.plan = Plan(folder, (StatusTool("claude", ("a",)), StatusTool("codex", ("b",))), str(folder / "key"))
        self.ms = BEGAN_MS
        self.fates: list[str] = []
        self.order: list[tuple[str, int]] = []
        self.kept_state: bytes | None = None

    def now_ms(self) -> int:
        return self.ms

    def monotonic_s(self) -> float:
        return 0.0

    def run(self, command: Sequence[str], seconds: float) -> Ran:
        return FATES[self.fates.pop(0)]

    def cycle(self, claude: str, codex: str) -> None:
        self.fates = [claude, codex]
        done = cycle(self.plan, begin(self.plan), self, self.run)
        self.order += [(each.source, each.seq_no) for each in done.outcomes if each.seq_no is not None]

    def set_clock(self, hours: int) -> None:
        self.ms += hours * 3_600_000

    def state_is_remembered(self) -> None:
        path = self.plan.folder / NAME
        self.kept_state = path.read_bytes() if path.exists() else None

    def state_goes_back(self) -> None:
        """As after a crash between a line and the state."""
        if self.kept_state is None:
            (self.plan.folder / NAME).unlink(missing_ok=True)
        else:
            (self.plan.folder / NAME).write_bytes(self.kept_state)

    def tear(self) -> None:
        """As after a crash within a line of the newest file."""
        files = sorted(self.plan.folder.glob("usage-*"), key=lambda path: path.stat().st_mtime_ns)
        if files:
            with files[-1].open("ab") as file:
                file.write(b'{"source_tool":"claude","seq_no":')

    def written(self) -> list[tuple[str, int]]:
        found = []
        for path in self.plan.folder.glob("usage-*"):
            for line in path.read_bytes().splitlines():
                try:
                    event = json.loads(line)
                except ValueError:
                    continue
                found.append((str(event["source_tool"]), int(event["seq_no"])))
        return sorted(found, key=lambda event: event[1])


_fate = st.sampled_from(sorted(FATES))
_step = st.one_of(
    st.tuples(st.just("cycle"), _fate, _fate),
    st.tuples(st.just("set_clock"), st.integers(-72, 72)),
    st.sampled_from([("state_is_remembered",), ("state_goes_back",), ("tear",)]),
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(_step, max_size=12))
def test_every_event_has_the_number_after_the_one_before_it(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str | int, ...]]
) -> None:
    days = Days(tmp_path_factory.mktemp("days"))
    for name, *words in steps:
        getattr(days, str(name))(*words)
    assert [seq_no for _, seq_no in days.order] == list(range(1, len(days.order) + 1))
    assert days.written() == days.order


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.tuples(_fate, _fate), min_size=1, max_size=8))
def test_the_counts_are_those_of_the_files(
    tmp_path_factory: pytest.TempPathFactory, cycles: list[tuple[str, str]]
) -> None:
    days = Days(tmp_path_factory.mktemp("days"))
    for claude, codex in cycles:
        days.cycle(claude, codex)
    state = load(days.plan.folder)
    assert state is not None
    for place, source in enumerate(("claude", "codex")):
        mine = [seq_no for tool, seq_no in days.written() if tool == source]
        failures = sum(state.failures.get(source, {}).values())
        assert (state.captures.get(source, 0), failures) == (len(mine), len(cycles) - len(mine))
        assert len(mine) == sum(fates[place] == "works" for fates in cycles)
