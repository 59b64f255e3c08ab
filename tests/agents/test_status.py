"""The sources of an agent's limits are asked in their order until one answers."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis.strategies import floats, integers

from codex_loop.agents.accounts import account_hash
from codex_loop.agents.place import NoProgram
from codex_loop.agents.processes import CannotStart
from codex_loop.agents.status import Look, Source, look
from codex_loop.clock import format_ms
from codex_loop.sources.samples.event import NotSaid, Reading, WindowSeen

NOW = 1_795_264_800_000


class Clock:
    """Stands still unless it is moved."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def now_ms(self) -> int:
        return NOW

    def monotonic_s(self) -> float:
        return self.seconds


def window(used: float | None, resets_ms: int = NOW + 3_600_000) -> WindowSeen:
    return WindowSeen(used_percent=used, resets_at=format_ms(resets_ms), window_minutes=300)


def says(**windows: WindowSeen) -> Callable[[float], Reading]:
    return lambda _: Reading(windows=windows, account="acct-EXAMPLE")


def fails(error: Exception) -> Callable[[float], Reading]:
    def ask(_: float) -> Reading:
        raise error

    return ask


def looked(*sources: Source, timeout_s: float = 20, clock: Clock | None = None) -> Look:
    return look(
        "codex",
        sources,
        timeout_s=timeout_s,
        clock=clock or Clock(),
        hostname="here",
        account=lambda name: f"hash of {name}",
    )


def test_the_first_that_answers_is_believed_and_the_others_are_not_asked() -> None:
    event = looked(
        Source("rollout", fails(NotSaid("unavailable", "nothing new"))),
        Source("app-server", says(a=window(41))),
        Source("status-pane", fails(AssertionError())),
    ).event
    assert (event.via, event.windows["a"].used_percent, event.error) == ("app-server", 41, None)
    assert event.tried == ["rollout: nothing new"]
    assert (event.account, event.hostname, event.source_tool) == ("hash of acct-EXAMPLE", "here", "codex")
    assert event.timestamp == format_ms(NOW)


def test_the_time_is_that_of_the_telling() -> None:
    reading = Reading(windows={"a": window(1)}, observed_ms=NOW - 60_000)
    assert looked(Source("rollout", lambda _: reading)).event.timestamp == format_ms(NOW - 60_000)


def test_a_window_that_has_ended_since_is_unknown() -> None:
    event = looked(Source("rollout", says(a=window(99, NOW - 1), b=window(3)))).event
    assert event.windows["a"].used_percent is None
    assert event.windows["a"].resets_at is not None
    assert event.windows["b"].used_percent == 3


@pytest.mark.parametrize("windows", [{}, {"a": window(99, NOW - 1)}, {"a": window(None)}])
def test_a_source_that_knows_no_use_is_as_good_as_none(windows: dict[str, WindowSeen]) -> None:
    event = looked(Source("rollout", says(**windows)), Source("app-server", says(a=window(5)))).event
    assert event.via == "app-server"
    assert len(event.tried) == 1


def test_nothing_used_is_an_answer() -> None:
    event = looked(Source("rollout", says(a=window(0)))).event
    assert (event.error, event.windows["a"].used_percent) == (None, 0)


def test_credits_alone_are_an_answer() -> None:
    event = looked(Source("app-server", lambda _: Reading(credits="12.5"))).event
    assert (event.error, event.credits, event.windows) == (None, "12.5", {})


def test_after_a_final_word_only_what_lies_on_disk_is_looked_at() -> None:
    sources = [
        Source("get-usage", fails(NotSaid("unavailable", "an API key", final=True))),
        Source("usage-text", fails(AssertionError())),
        Source("statusline", says(a=window(7)), passive=True),
    ]
    assert looked(*sources).event.via == "statusline"
    event = looked(*sources[:2]).event
    assert event.error is not None
    assert (event.error.reason, event.error.detail) == ("unavailable", "get-usage: an API key")


def test_a_missing_program_is_told_and_looked_for_once() -> None:
    found = looked(
        Source("app-server", fails(NoProgram("codex is not here"))), Source("status-pane", fails(KeyError()))
    )
    assert found.missing
    assert found.event.error is not None
    assert (found.event.error.reason, found.event.error.detail) == ("exec", "codex is not here")


@pytest.mark.parametrize(
    ("misses", "told"),
    [
        ([NotSaid("unavailable", "u"), NotSaid("auth", "a"), NotSaid("timeout", "t")], "auth"),
        ([NotSaid("parse", "p"), NotSaid("timeout", "t")], "timeout"),
        ([NotSaid("unavailable", "u"), CannotStart("c")], "exec"),
        ([NotSaid("unavailable", "u")], "unavailable"),
    ],
)
def test_of_several_failures_the_most_telling_is_the_error(misses: list[Exception], told: str) -> None:
    names = itertools.cycle(("rollout", "app-server", "status-pane"))
    event = looked(*(Source(name, fails(miss)) for name, miss in zip(names, misses, strict=False))).event  # type: ignore[arg-type]
    assert event.error is not None
    assert event.error.reason == told
    assert len(event.tried) == len(misses)
    assert event.windows == {}


def test_without_a_source_there_is_an_error() -> None:
    assert looked().event.error is not None


@given(timeout_s=floats(1.5, 60), hanging=integers(0, 3))
def test_however_many_hang_the_next_still_has_time_and_all_end_in_time(timeout_s: float, hanging: int) -> None:
    clock = Clock()
    left: list[float] = []

    def hang(until_s: float) -> Reading:
        left.append(until_s - clock.seconds)
        clock.seconds = until_s
        raise NotSaid("timeout", "hung")

    looked(
        *[Source("app-server", hang, share=0.5)] * hanging,
        Source("status-pane", hang),
        timeout_s=timeout_s,
        clock=clock,
    )
    assert len(left) == hanging + 1
    assert all(seconds > 0 for seconds in left)
    assert clock.seconds <= 1000 + timeout_s


def test_a_source_that_took_all_the_time_leaves_none() -> None:
    clock = Clock()

    def late(_: float) -> Reading:
        clock.seconds += 99
        raise NotSaid("timeout", "hung")

    event = looked(Source("app-server", late), Source("status-pane", fails(AssertionError())), clock=clock).event
    assert event.tried[1] == "status-pane: no time was left for it"


def test_an_account_is_hidden_behind_the_key() -> None:
    first = account_hash(b"k" * 32, "codex", "acct-EXAMPLE")
    assert first == account_hash(b"k" * 32, "codex", "acct-EXAMPLE")
    assert (
        len(
            {first, account_hash(b"x" * 32, "codex", "acct-EXAMPLE"), account_hash(b"k" * 32, "claude", "acct-EXAMPLE")}
        )
        == 3
    )
    assert "acct" not in first
