"""One cycle of the sampler: ask Claude's program, then Codex's, and keep an event of each that answered.

Each source has its own deadline, its own failure and its own number in the state; what one does never stops the
other. An event that says only why nothing is known is no capture: it is counted and shown, the files keep none of it.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple, NoReturn

import msgspec

from codex_loop.capture.secrets import without_secrets
from codex_loop.clock import MINUTE_MS, Clock, format_ms, parse_ms
from codex_loop.errors import Degraded
from codex_loop.sources.samples.event import SCHEMA, Failure, StatusEvent
from codex_loop.sources.samples.spellings import Tool
from codex_loop.usage.lock import Held, locked
from codex_loop.usage.sampler import files as sample_files
from codex_loop.usage.sampler import state as sampler_state
from codex_loop.usage.sampler.state import SamplerState
from codex_loop.usage.sampler.tools import Ran, Run, StatusTool, answer, arguments
from codex_loop.usage.sampler.wake import wait

CYCLE_S = 30.0
"""A cycle fits into this, also when both programs hang."""
OWN_S = 2.0
"""What the sampler itself may take of it."""
ENDING_S = 1.5
"""What a program gets beyond the timeout it was told, and what ending it may take."""
AWAKE_S, AWAKE_TRIES = 30.0, 3
"""A machine that just woke up has no network yet: how soon, and how often, it is tried again when nobody answers."""
LOCK = "sampler.lock"
_PARALLEL_SOCKET = "codex-loop-sampler"
_OLDEST_MS = 1_735_689_600_000
"""2025 in UTC: a program that says less has not set its time. One that repeats an old word is believed its age."""


class Plan(NamedTuple):
    """What every cycle does."""

    folder: Path
    tools: tuple[StatusTool, ...]
    key_file: str
    status_timeout_s: float = 20.0
    columns: int = 160
    lines: int = 50
    tmux_socket: str | None = None
    parallel: bool = False

    @property
    def active(self) -> tuple[StatusTool, ...]:
        """The sources that are asked."""
        return tuple(tool for tool in self.tools if tool.command is not None)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one source gave in one cycle: an event that was kept, or a failure."""

    source: Tool
    seq_no: int | None
    event: StatusEvent | None
    failure: str | None
    """timeout, exec, parse, auth, unavailable; `write`: it answered, and the answer could not be kept."""
    detail: str | None
    seconds: float


class Cycle(NamedTuple):
    """A cycle, and the state after it."""

    outcomes: tuple[Outcome, ...]
    state: SamplerState
    seconds: float
    problem: str | None = None
    """Why the state could not be written; the samples say where to go on."""


class _Answered(NamedTuple):
    tool: StatusTool
    said: StatusEvent | Failure
    seconds: float


def begin(plan: Plan) -> SamplerState:
    """The state to go on from: the file's, brought up to the last line that was written."""
    kept = sampler_state.load(plan.folder)
    state = (kept or SamplerState()).caught_up(sample_files.last_events(plan.folder), counting=kept is not None)
    disabled = {tool.source: tool.warning or "" for tool in plan.tools if tool.command is None}
    return msgspec.structs.replace(state, disabled=disabled)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep every other sampler out of the folder, which is made if need be."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with locked(folder / LOCK):
            yield
    except Held as error:
        raise Degraded(f"another sampler writes to {folder} ({error}); stop it, or let it do this") from error


def cycle(plan: Plan, state: SamplerState, clock: Clock, run: Run) -> Cycle:
    """Ask every source once and keep what they say. The state is on the disk after every step."""
    began = clock.monotonic_s()
    with suppress(OSError):  # somebody may have removed the folder; what cannot be made fails when it is written to
        plan.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    outcomes = []
    for answered in _answers(plan, clock, run):
        outcome, state = _settle(plan, state, answered, clock)
        outcomes.append(outcome)
        _keep(plan, state)
    state = state.ended(captured=any(outcome.failure is None for outcome in outcomes))
    problem = _keep(plan, state)
    return Cycle(tuple(outcomes), state, round(clock.monotonic_s() - began, 3), problem)


def _keep(plan: Plan, state: SamplerState) -> str | None:
    """Write the state; a disk that is full now must not end a sampler that goes on for years."""
    try:
        sampler_state.save(plan.folder, state)
    except OSError as error:
        return f"{plan.folder / sampler_state.NAME} cannot be written: {error.strerror or error}"
    return None


def _answers(plan: Plan, clock: Clock, run: Run) -> Iterator[_Answered]:
    """One after the other; the later one also has what the earlier one left of its time."""
    began = clock.monotonic_s()
    if plan.parallel and len(plan.active) > 1:
        yield from _at_once(plan, clock, run)
        return
    for place, tool in enumerate(plan.active):
        left_s = CYCLE_S - OWN_S - (clock.monotonic_s() - began)
        timeout_s = min(plan.status_timeout_s, left_s / (len(plan.active) - place) - 2 * ENDING_S)
        yield _ask(plan, tool, _told(timeout_s), plan.tmux_socket, clock, run)


def _told(timeout_s: float) -> float:
    """Whole seconds: other status programs may not understand a part of one."""
    return timeout_s if 0 < timeout_s < 1 else max(float(int(timeout_s)), 1.0)


def _at_once(plan: Plan, clock: Clock, run: Run) -> Iterator[_Answered]:
    """Both at the same time; two programs in one tmux server would type into each other's panes."""
    # Threads are for the few who ask for this; everybody else's cycle is spared the import.
    from concurrent.futures import ThreadPoolExecutor

    timeout_s = _told(min(plan.status_timeout_s, CYCLE_S - OWN_S - 2 * ENDING_S))
    with ThreadPoolExecutor(len(plan.active)) as pool:
        socket_ = plan.tmux_socket or _PARALLEL_SOCKET
        asked = [
            pool.submit(_ask, plan, tool, timeout_s, f"{socket_}-{tool.source}", clock, run) for tool in plan.active
        ]
        yield from (each.result() for each in asked)


def _ask(
    plan: Plan, tool: StatusTool, timeout_s: float, tmux_socket: str | None, clock: Clock, run: Run
) -> _Answered:  # fmt: skip
    began = clock.monotonic_s()
    command = [*(tool.command or ()), *arguments(plan.columns, plan.lines, timeout_s, tmux_socket)]
    ran: Ran = run(command, timeout_s + ENDING_S)
    return _Answered(tool, answer(ran, timeout_s), round(clock.monotonic_s() - began, 3))


def _settle(plan: Plan, state: SamplerState, answered: _Answered, clock: Clock) -> tuple[Outcome, SamplerState]:
    """Keep an event under the next number; count what could not be had or kept."""
    source, said, now_ms = answered.tool.source, answered.said, clock.now_ms()
    if isinstance(said, StatusEvent):
        event = _ours(said, source, state.seq_no + 1, now_ms)
        try:
            sample_files.append(plan.folder, now_ms, event)
        except OSError as error:
            return _failed(plan, state, answered, "write", f"{plan.folder}: {error.strerror or error}", now_ms)
        outcome = Outcome(
            source=source, seq_no=event.seq_no, event=event, failure=None, detail=None, seconds=answered.seconds
        )  # fmt: skip
        return outcome, state.captured(event, now_ms)
    return _failed(plan, state, answered, said.reason, said.detail, now_ms)


def _failed(
    plan: Plan, state: SamplerState, answered: _Answered, reason: str, detail: str, now_ms: int
) -> tuple[Outcome, SamplerState]:
    source = answered.tool.source
    plain = without_secrets(plan.key_file, detail) or ""
    outcome = Outcome(
        source=source, seq_no=None, event=None, failure=reason, detail=plain, seconds=answered.seconds
    )  # fmt: skip
    return outcome, state.failed(source, reason, plain, now_ms)


def _ours(said: StatusEvent, source: Tool, seq_no: int, now_ms: int) -> StatusEvent:
    """The event as it is kept: whose it is and its number are ours to say, when it was seen only within reason."""
    told_ms = parse_ms(said.timestamp)
    believed = told_ms is not None and _OLDEST_MS <= told_ms <= now_ms + MINUTE_MS
    return msgspec.structs.replace(
        said,
        schema=SCHEMA,
        source_tool=source,
        seq_no=seq_no,
        timestamp=said.timestamp if believed else format_ms(now_ms),
        hostname=socket.gethostname(),
    )


def forever(
    plan: Plan,
    cadence_s: float,
    clock: Clock,
    run: Run,
    sleep: Callable[[float], None],
    after: Callable[[Cycle], None],
) -> NoReturn:
    """A cycle at every cadence, later after failures, at once after a sleep of the machine. Ends by an exception."""
    state, tries = begin(plan), 0
    while True:
        began = clock.monotonic_s()
        done = cycle(plan, state, clock, run)
        after(done)
        state = done.state
        pause_s = cadence_s + state.backoff_s
        if tries and state.consecutive_failures:
            tries, pause_s = tries - 1, min(pause_s, AWAKE_S)
        else:
            tries = 0
        if wait(pause_s - (clock.monotonic_s() - began), clock, sleep):
            tries = AWAKE_TRIES
