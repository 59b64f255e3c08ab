"""Five-hour blocks as the algorithm has them, and provider windows as they were told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_loop.clock import HOUR_MS, MINUTE_MS
from codex_loop.store.spending import QUARTER_MS, Asked, Class, Moment, Used
from codex_loop.usage.blocks import BLOCK_MS, Blocks, blocks, split
from codex_loop.usage.money import Bill
from codex_loop.usage.prices import PriceTable
from tests.store.builder import Builder

TEN_MS = int(datetime(2026, 5, 1, 10, tzinfo=UTC).timestamp() * 1000)
LATER_MS = TEN_MS + 1000 * HOUR_MS


def found(
    store: Builder, table: PriceTable, now_ms: int = LATER_MS, limit: int | Literal["max"] | None = None
) -> Blocks:
    store.write()
    return blocks(store.database, table, Asked(agent="claude"), now_ms=now_ms, limit=limit)


def use(store: Builder, *minutes: float, **tokens: int) -> None:
    key = store.session("s1", agent="claude")
    for each in minutes:
        time_ms = TEN_MS + round(each * MINUTE_MS)
        store.usage(key, **(tokens or {"output": 100}), model="claude-sonnet-4-5", time_ms=time_ms)


def spans(report: Blocks) -> list[tuple[str, str | None, int]]:
    return [(each.id[:16], (each.end_time or "")[11:16], each.entries) for each in report.blocks]


def test_a_block_begins_with_the_hour_and_lasts_five(store: Builder, table: PriceTable) -> None:
    use(store, 17, 40, 299)
    (block,) = found(store, table).blocks
    assert (block.start_time, block.end_time) == ("2026-05-01T10:00:00.000Z", "2026-05-01T15:00:00.000Z")
    assert (block.actual_end_time, block.entries, block.total_tokens) == ("2026-05-01T14:59:00.000Z", 3, 300)
    assert (block.kind, block.is_active, block.burn_rate, block.projection) == ("estimated", False, None, None)
    assert (block.cost_usd, block.cost_micros) == (0.0045, 4500)


def test_what_comes_after_five_hours_begins_another_block(store: Builder, table: PriceTable) -> None:
    use(store, 10, 300, 300.001)
    assert spans(found(store, table)) == [("2026-05-01T10:00", "15:00", 2), ("2026-05-01T15:00", "20:00", 1)]


def test_five_hours_of_nothing_are_a_gap(store: Builder, table: PriceTable) -> None:
    use(store, 30, 30 + 10 * 60)
    first, gap, second = found(store, table).blocks
    assert (first.id, second.id) == ("2026-05-01T10:00:00.000Z", "2026-05-01T20:00:00.000Z")
    assert (gap.id, gap.is_gap, gap.entries, gap.total_tokens) == ("gap-2026-05-01T15:30:00.000Z", True, 0, 0)
    assert (gap.start_time, gap.end_time) == ("2026-05-01T15:30:00.000Z", "2026-05-01T20:30:00.000Z")
    assert gap.actual_end_time is None


def test_an_active_block_says_how_fast_it_is_used(store: Builder, table: PriceTable) -> None:
    use(store, 0, 60, input=600, cached=5_400)
    (block,) = found(store, table, TEN_MS + 120 * MINUTE_MS).blocks
    assert block.is_active
    assert block.burn_rate is not None
    assert block.projection is not None
    assert (block.burn_rate.tokens_per_minute, block.burn_rate.tokens_per_minute_for_indicator) == (200, 20)
    assert (block.projection.total_tokens, block.projection.remaining_minutes) == (12_000 + 200 * 180, 180)
    assert block.burn_rate.cost_per_hour == pytest.approx(0.00684)


def test_a_single_request_has_no_rate(store: Builder, table: PriceTable) -> None:
    use(store, 0)
    (block,) = found(store, table, TEN_MS + MINUTE_MS).blocks
    assert (block.is_active, block.burn_rate, block.projection) == (True, None, None)


@pytest.mark.parametrize(
    ("limit", "percent", "status"), [(1000, 30, "ok"), (370, 81.08, "warning"), (200, 150, "exceeds")]
)
def test_a_block_is_compared_with_the_limit_that_was_chosen(
    store: Builder, table: PriceTable, limit: int, percent: float, status: str
) -> None:
    use(store, 1, 2, 3)
    told = found(store, table, limit=limit).blocks[0].token_limit_status
    assert told is not None
    assert (round(told.percent_used, 2), told.status) == (percent, status)


def test_the_largest_block_can_be_the_limit(store: Builder, table: PriceTable) -> None:
    use(store, 1, 2, 3, 1000)
    told = [each.token_limit_status for each in found(store, table, limit="max").blocks if not each.is_gap]
    assert [each and round(each.percent_used) for each in told] == [100, 33]


def test_a_window_is_as_its_provider_told_and_a_moved_reset_is_the_same_one(store: Builder, table: PriceTable) -> None:
    def told(resets_ms: int, used: float | None, time_ms: int, minutes: int = 300) -> None:
        facts = {"agent": "claude", "host": "h", "limit_id": "claude", "window_minutes": minutes}
        store.row("limit_samples", **facts, resets_ms=resets_ms, used_percent=used, time_ms=time_ms)

    told(TEN_MS + 5 * HOUR_MS, 12.0, TEN_MS + MINUTE_MS)
    told(TEN_MS + 5 * HOUR_MS + 2000, None, TEN_MS + 2 * MINUTE_MS)
    told(TEN_MS + 11 * HOUR_MS, None, TEN_MS + 7 * HOUR_MS)
    told(TEN_MS + 8 * HOUR_MS, 3.0, TEN_MS, minutes=10_080)
    report = found(store, table, TEN_MS + 7 * HOUR_MS)
    assert report.blocks == ()
    first, week, second = report.windows
    assert (week.window_minutes, week.start_time) == (10_080, "2026-04-24T18:00:00.000Z")
    assert (first.used_percent, first.samples, first.kind, first.is_active) == (12.0, 2, "provider", False)
    assert (first.start_time, first.end_time) == ("2026-05-01T10:00:02.000Z", "2026-05-01T15:00:02.000Z")
    assert (second.used_percent, second.is_active) == (None, True)


def quarter(first_ms: int, last_ms: int) -> tuple[Moment, Bill]:
    return Moment("claude", first_ms, last_ms, Class(None, None, 0, None), Used(0, 0, 0, 0, 0, None, 0, 2, 1)), Bill()


def by_definition(times: list[int]) -> list[list[int]]:
    found: list[list[int]] = []
    for at_ms in times:
        start_ms = found[-1][0] // HOUR_MS * HOUR_MS if found else 0
        if not found or at_ms - start_ms > BLOCK_MS or at_ms - found[-1][-1] > BLOCK_MS:
            found.append([])
        found[-1].append(at_ms)
    return found


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 40 * 60) | st.sampled_from([300, 600, 900]), min_size=1, max_size=40))
def test_quarters_of_an_hour_split_as_single_requests_would(minutes: list[int]) -> None:
    times = sorted(TEN_MS + each * MINUTE_MS for each in minutes)
    quarters: dict[int, list[int]] = {}
    for at_ms in times:
        quarters.setdefault((at_ms - 1) // QUARTER_MS, []).append(at_ms)
    rows = [quarter(part[0], part[-1]) for part in quarters.values()]
    ours = [(part[0][0].first_ms, part[-1][0].last_ms) for part in split(rows)]
    assert ours == [(part[0], part[-1]) for part in by_definition(times)]


def test_the_blocks_of_two_agents_are_told_apart(store: Builder, table: PriceTable) -> None:
    use(store, 1)
    store.usage(store.session("s2"), output=7, time_ms=TEN_MS)
    store.write()
    report = blocks(store.database, table, Asked(), now_ms=LATER_MS)
    assert sorted((each.agent, each.total_tokens) for each in report.blocks) == [("claude", 100), ("codex", 7)]
