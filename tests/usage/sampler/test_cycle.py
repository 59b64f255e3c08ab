"""A cycle with real programs: each source has its own fate, and every event its own number."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from codex_loop.clock import SystemClock, parse_ms
from codex_loop.errors import Degraded
from codex_loop.usage.sampler.cycle import CYCLE_S, Cycle, Plan, alone_in, begin, cycle, forever
from codex_loop.usage.sampler.state import SamplerState, load
from codex_loop.usage.sampler.tools import Ran, runner
from tests.usage.status_programs import SEEN, Programs

Planned = Callable[..., Plan]
CLOCK = SystemClock()
DAY_MS = 1_795_251_600_000  # 2026-11-21T09:00:00Z


def sampled(plan: Plan, times: int = 1) -> Cycle:
    """Cycles as separate processes would do them: each begins from what is on the disk."""
    for _ in range(times - 1):
        cycle(plan, begin(plan), CLOCK, runner(plan.folder, CLOCK))
    return cycle(plan, begin(plan), CLOCK, runner(plan.folder, CLOCK))


def written(plan: Plan) -> list[dict[str, Any]]:
    files = sorted(plan.folder.glob("usage-*.jsonl"))
    return [json.loads(line) for path in files for line in path.read_bytes().splitlines()]


def state(plan: Plan) -> SamplerState:
    found = load(plan.folder)
    assert found is not None
    return found


def test_two_cycles_are_two_records_of_each_source_numbered_without_a_gap(programs: Programs, planned: Planned) -> None:
    plan = planned(programs.works("a"), programs.works("b"))
    sampled(plan, 2)
    assert [(event["source_tool"], event["seq_no"]) for event in written(plan)] == [
        ("claude", 1), ("codex", 2), ("claude", 3), ("codex", 4)
    ]  # fmt: skip
    assert state(plan).captures == {"claude": 2, "codex": 2}
    assert (state(plan).seq_no, state(plan).last_claude_seq_no, state(plan).last_codex_seq_no) == (4, 3, 4)


def test_each_program_runs_once_a_cycle_with_the_arguments_it_knows(programs: Programs, planned: Planned) -> None:
    plan = planned(programs.works("a"), programs.make("b", "sys.exit(7)"), columns=99, lines=11, tmux_socket="own")
    sampled(plan)
    said = ["--format", "json", "--columns", "99", "--lines", "11", "--status-timeout"]
    (a,), (b,) = programs.calls("a"), programs.calls("b")
    assert a[:7] == b[:7] == said
    assert a[8:] == b[8:] == ["--tmux-socket", "own"]


def test_a_numbered_state_goes_on_with_the_next_number(programs: Programs, planned: Planned) -> None:
    plan = planned(programs.works("a"), programs.works("b"))
    (plan.folder / "sampler-state.json").write_text('{"seq_no":99,"consecutive_failures":3}')
    sampled(plan)
    assert [(event["source_tool"], event["seq_no"]) for event in written(plan)] == [("claude", 100), ("codex", 101)]
    assert state(plan).consecutive_failures == 0


def test_an_event_is_kept_as_it_was_told_but_for_whose_and_which_it_is(programs: Programs, planned: Planned) -> None:
    windows = {"session": {"percent_left": 58}}
    told = {"via": "get-usage", "account": "k1", "plan": "max", "hostname": "elsewhere", "windows": windows}
    plan = planned(programs.works("a", **told), None)
    sampled(plan)
    (event,) = written(plan)
    assert (event["source_tool"], event["via"], event["account"], event["plan"]) == ("claude", "get-usage", "k1", "max")
    assert event["windows"]["session"]["used_percent"] == 42.0
    assert event["hostname"] == socket.gethostname()


def test_a_time_that_cannot_be_is_replaced_by_the_capture_s(programs: Programs, planned: Planned) -> None:
    future, past = "2099-01-01T00:00:00Z", "1970-01-01T00:00:01Z"
    plan = planned(programs.works("a", timestamp=future), programs.works("b", timestamp=past))
    before = CLOCK.now_ms()
    sampled(plan)
    times = [parse_ms(event["timestamp"]) or 0 for event in written(plan)]
    assert all(before <= time <= CLOCK.now_ms() for time in times)


def test_a_program_that_repeats_an_old_word_is_believed_its_age(programs: Programs, planned: Planned) -> None:
    plan = planned(programs.works("a", timestamp="2026-01-02T03:04:05Z"), None)
    sampled(plan)
    assert written(plan)[0]["timestamp"] == "2026-01-02T03:04:05.000Z"


FATES = {
    "garbage": ("print('usage: 42%')", "parse"),
    "nothing": ("pass", "parse"),
    "an array": ("print('[1]')", "parse"),
    "no windows": ("print('{}')", "parse"),
    "no window": ("print(json.dumps({'windows': {}}))", "unavailable"),
    "an exit code": ("print('oops', file=sys.stderr); sys.exit(9)", "exec"),
    "its own word": ("print(json.dumps({'error': {'reason': 'auth', 'detail': 'log in'}})); sys.exit(4)", "auth"),
    "a crash after the event": (f"print(json.dumps({{'windows': {SEEN!r}}})); sys.exit(1)", "exec"),
}


@pytest.mark.parametrize("fate", FATES)
def test_what_is_no_event_is_counted_by_its_reason_and_the_other_source_goes_on(
    programs: Programs, planned: Planned, fate: str
) -> None:
    body, reason = FATES[fate]
    plan = planned(programs.make("a", body), programs.works("b"))
    done = sampled(plan)
    assert [event["source_tool"] for event in written(plan)] == ["codex"]
    assert [outcome.failure for outcome in done.outcomes] == [reason, None]
    assert (state(plan).failures, state(plan).captures) == ({"claude": {reason: 1}}, {"codex": 1})
    assert state(plan).last_failure["claude"].detail
    assert len(programs.calls("a")) == 1


def test_a_missing_program_fails_and_the_other_source_goes_on(programs: Programs, planned: Planned) -> None:
    plan = planned(programs.works("a"), str(programs.folder / "absent"))
    done = sampled(plan)
    assert [outcome.failure for outcome in done.outcomes] == [None, "exec"]
    assert "absent" in state(plan).last_failure["codex"].detail


def test_both_hanging_are_two_timeouts_each_at_its_own_deadline(programs: Programs, planned: Planned) -> None:
    plan = planned(programs.hangs("a"), programs.hangs("b"), status_timeout_s=0.2)
    done = sampled(plan)
    assert [outcome.failure for outcome in done.outcomes] == ["timeout", "timeout"]
    assert (written(plan), state(plan).consecutive_failures) == ([], 1)


class Told:
    """A clock and a program runner without waiting: programs take as long as they are said to, or until their end."""

    def __init__(self, *takes_s: float) -> None:
        self.now_s = 0.0
        self.takes = list(takes_s)
        self.asked: list[tuple[float, float]] = []

    def now_ms(self) -> int:
        return DAY_MS + int(self.now_s * 1000)

    def monotonic_s(self) -> float:
        return self.now_s

    def run(self, command: Any, seconds: float) -> Ran:
        self.asked.append((float(command[command.index("--status-timeout") + 1]), seconds))
        takes = self.takes.pop(0)
        # Ending a program that does not want to end takes half a second.
        self.now_s += min(takes, seconds + 0.5)
        return Ran(None) if takes > seconds else Ran(0, json.dumps({"windows": SEEN}).encode())


def test_a_cycle_fits_thirty_seconds_with_both_programs_hanging(planned: Planned) -> None:
    told = Told(1000, 1000)
    done = cycle(planned("a", "b"), SamplerState(), told, told.run)
    assert done.seconds < CYCLE_S - 1
    assert all(timeout >= 10 for timeout, _ in told.asked)


def test_a_slow_first_program_leaves_the_second_its_share_and_a_quick_one_more(planned: Planned) -> None:
    slow, quick = Told(1000, 1), Told(1, 1)
    cycle(planned("a", "b"), SamplerState(), slow, slow.run)
    cycle(planned("a", "b"), SamplerState(), quick, quick.run)
    assert slow.asked[1][0] >= slow.asked[0][0]
    assert quick.asked[1][0] == 20.0


def test_a_single_source_has_the_whole_timeout(planned: Planned) -> None:
    told = Told(1)
    cycle(planned(None, "b"), SamplerState(), told, told.run)
    assert told.asked[0][0] == 20.0


def test_waiting_grows_while_both_fail_and_any_success_ends_it(planned: Planned) -> None:
    told = Told(99, 99, 99, 99, 99, 1)
    plan, now, waits = planned("a", "b"), SamplerState(), []
    for _ in range(3):
        now = cycle(plan, now, told, told.run).state
        waits.append((now.consecutive_failures, now.backoff_s))
    assert waits == [(1, 30.0), (2, 60.0), (0, 0.0)]


def test_waiting_grows_no_further_than_a_quarter_of_an_hour() -> None:
    now = SamplerState()
    for _ in range(2000):
        now = now.ended(captured=False)
    assert (now.consecutive_failures, now.backoff_s) == (2000, 900.0)


def test_a_sample_that_cannot_be_kept_is_a_failure_and_takes_no_number(planned: Planned) -> None:
    told, plan = Told(1, 1, 1, 1), planned("a", "b")
    in_the_way = plan.folder / "usage-20261121.jsonl"
    in_the_way.mkdir()
    refused = cycle(plan, SamplerState(), told, told.run)
    in_the_way.rmdir()
    kept = cycle(plan, refused.state, told, told.run)
    assert [outcome.failure for outcome in refused.outcomes] == ["write", "write"]
    assert refused.state.consecutive_failures == 1
    assert [outcome.seq_no for outcome in kept.outcomes] == [1, 2]
    assert kept.state.captures == {"claude": 1, "codex": 1}
    assert kept.state.failures == {"claude": {"write": 1}, "codex": {"write": 1}}


def test_parallel_programs_get_tmux_servers_of_their_own(programs: Programs, planned: Planned) -> None:
    plan = planned(programs.works("a"), programs.works("b"), parallel=True)
    sampled(plan)
    (a,), (b,) = programs.calls("a"), programs.calls("b")
    assert a[-2] == b[-2] == "--tmux-socket"
    assert a[-1] != b[-1]
    assert [event["source_tool"] for event in written(plan)] == ["claude", "codex"]


def test_a_disabled_source_is_not_asked_and_the_state_says_so(programs: Programs, planned: Planned) -> None:
    plan = planned(programs.works("a"), None)
    done = sampled(plan)
    assert [outcome.source for outcome in done.outcomes] == ["claude"]
    assert (state(plan).failures, list(state(plan).disabled)) == ({}, ["codex"])


def test_a_second_sampler_is_refused_while_the_first_one_works(tmp_path: Path) -> None:
    with (
        alone_in(tmp_path / "samples"),
        pytest.raises(Degraded, match="another sampler"),
        alone_in(tmp_path / "samples"),
    ):
        pass
    with alone_in(tmp_path / "samples"):
        pass


def test_what_a_program_says_of_its_failure_is_kept_without_secrets(programs: Programs, planned: Planned) -> None:
    secret = "sk-ant-api03-" + "Ab3" * 31 + "AA"
    plan = planned(programs.make("a", f"print('bad key {secret}', file=sys.stderr); sys.exit(1)"), None)
    done = sampled(plan)
    assert done.outcomes[0].detail
    assert secret not in done.outcomes[0].detail
    assert secret not in (plan.folder / "sampler-state.json").read_text()


def test_a_state_that_is_behind_the_samples_goes_on_after_them(programs: Programs, planned: Planned) -> None:
    plan = planned(programs.works("a"), programs.works("b"))
    sampled(plan)
    behind = (plan.folder / "sampler-state.json").read_bytes()
    sampled(plan)
    (plan.folder / "sampler-state.json").write_bytes(behind)
    sampled(plan)
    assert [event["seq_no"] for event in written(plan)] == [1, 2, 3, 4, 5, 6]
    assert state(plan).captures == {"claude": 3, "codex": 3}


@pytest.mark.parametrize("lost", ["removed", "torn"])
def test_a_lost_state_goes_on_after_the_samples(programs: Programs, planned: Planned, lost: str) -> None:
    plan = planned(programs.works("a"), programs.works("b"))
    sampled(plan)
    if lost == "removed":
        (plan.folder / "sampler-state.json").unlink()
    else:
        (plan.folder / "sampler-state.json").write_bytes(b'{"seq_no":')
    sampled(plan)
    assert [event["seq_no"] for event in written(plan)] == [1, 2, 3, 4]
    assert (state(plan).last_claude_seq_no, state(plan).last_codex_seq_no) == (3, 4)


def test_a_state_that_cannot_be_written_costs_no_sample_and_is_told(programs: Programs, planned: Planned) -> None:
    plan = planned(programs.works("a"), programs.works("b"))
    (plan.folder / "sampler-state.json").mkdir()
    (plan.folder / "sampler-state.json" / "in-the-way").touch()
    problems = [sampled(plan).problem, sampled(plan).problem]
    assert all(problem and "sampler-state.json cannot be written" in problem for problem in problems)
    assert [event["seq_no"] for event in written(plan)] == [1, 2, 3, 4]


def test_a_folder_that_somebody_removed_is_made_again(planned: Planned) -> None:
    told, plan = Told(1, 1), planned("a", "b")
    plan.folder.rmdir()
    assert [outcome.failure for outcome in cycle(plan, SamplerState(), told, told.run).outcomes] == [None, None]


class Over(Exception):
    """The test has seen enough."""


def loop(plan: Plan, told: Told, cycles: int, sleep: Callable[[float], None] | None = None) -> list[float]:
    """When each cycle of a loop began, in seconds."""
    began: list[float] = []

    def after(done: Cycle) -> None:
        began.append(told.now_s - done.seconds)
        if len(began) == cycles:
            raise Over

    def pass_time(seconds: float) -> None:
        told.now_s += seconds

    with pytest.raises(Over):
        forever(plan, 300, told, told.run, sleep or pass_time, after)
    return began


def test_cycles_begin_at_the_cadence_however_long_they_take(planned: Planned) -> None:
    assert loop(planned("a", "b"), Told(1, 3, 5, 1, 2, 2), 3) == [0, 300, 600]


def test_while_both_fail_the_next_cycle_comes_later(planned: Planned) -> None:
    assert loop(planned("a", "b"), Told(*[99] * 4, 1, 1, 1, 1), 4) == [0, 330, 690, 990]


def test_after_a_sleep_of_the_machine_both_are_captured_at_once(planned: Planned) -> None:
    told = Told(1, 1, 1, 1)
    naps: list[float] = []
    day_ms = told.now_ms

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        told.now_s += seconds

    # The time of day goes on over the sleep, the steady clock does not.
    told.now_ms = lambda: day_ms() + (8 * 3_600_000 if len(naps) >= 3 else 0)  # type: ignore[method-assign]
    assert loop(planned("a", "b"), told, 2, sleep) == [0, 32]
    assert len(naps) == 3


def test_a_machine_that_woke_without_a_network_is_asked_again_soon_but_not_for_ever(planned: Planned) -> None:
    told = Told(1, 1, *[99] * 12)
    day_ms = told.now_ms
    told.now_ms = lambda: day_ms() + (8 * 3_600_000 if told.now_s > 10 else 0)  # type: ignore[method-assign]
    began = loop(planned("a", "b"), told, 7)
    assert [after - before for before, after in pairwise(began)][1:4] == [30, 30, 30]
    assert began[5] - began[4] > 300


def test_timeouts_are_told_in_whole_seconds(planned: Planned) -> None:
    told = Told(0.7, 0.7)
    cycle(planned("a", "b"), SamplerState(), told, told.run)
    assert all(timeout == int(timeout) for timeout, _ in told.asked)


def test_a_clock_that_is_set_back_writes_on_with_the_next_number(planned: Planned) -> None:
    told, plan = Told(1, 1, 1, 1), planned("a", "b")
    first = cycle(plan, begin(plan), told, told.run)
    told.now_s -= 3 * 86_400
    cycle(plan, begin(plan), told, told.run)
    numbers = [event["seq_no"] for event in sorted(written(plan), key=lambda event: int(event["seq_no"]))]
    assert (first.state.seq_no, numbers) == (2, [1, 2, 3, 4])
    assert sorted(path.name for path in plan.folder.glob("usage-*")) == ["usage-20261118.jsonl", "usage-20261121.jsonl"]
