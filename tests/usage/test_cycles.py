"""When a window began anew, and when only its reset moved a little."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from codex_loop.clock import HOUR_MS, MINUTE_MS
from codex_loop.usage.cycles import Cycle, latest

NOW = 1_795_251_600_000
END = NOW + 5 * HOUR_MS
Word = tuple[int, float | None, int | None]


def cycle(*told: Word, minutes: int | None = 300) -> Cycle:
    found = latest(told, minutes)
    assert found is not None
    return found


def word(minute: int, used: float | None, resets: int | None = END) -> Word:
    return NOW + minute * MINUTE_MS, used, resets


def test_of_nothing_told_there_is_no_cycle() -> None:
    assert latest([], 300) is None


def test_a_reset_that_jitters_is_the_same_cycle_and_keeps_its_first_end() -> None:
    found = cycle(word(0, 1), word(5, 2, END + 2_000), word(10, 3, END - 1_000), word(15, 3, None))
    assert (found.number, found.began_ms, found.resets_ms, len(found.told)) == (1, NOW, END, 4)


def test_a_reset_that_moves_with_every_word_is_one_cycle() -> None:
    rolling = [word(5 * n, 0, END + 5 * n * MINUTE_MS) for n in range(200)]
    assert cycle(*rolling).number == 1


def test_a_reset_half_a_window_away_is_another_cycle() -> None:
    moved = END + 150 * MINUTE_MS
    assert cycle(word(0, 50), word(5, 50, moved)).number == 1
    assert cycle(word(0, 50), word(5, 50, moved + 1)).number == 2
    assert cycle(word(0, 50), word(5, 50, END - 151 * MINUTE_MS)).number == 2


def test_of_a_window_without_a_length_five_minutes_are_jitter() -> None:
    assert cycle(word(0, 50), word(1, 50, END + 300_000), minutes=None).number == 1
    assert cycle(word(0, 50), word(1, 50, END + 300_001), minutes=None).number == 2


def test_providers_reset_early_and_rounding_is_no_reset() -> None:
    found = cycle(word(0, 80), word(5, 0.5))
    assert (found.number, found.began_ms) == (2, NOW + 5 * MINUTE_MS)
    assert cycle(word(0, 42.9), word(5, 42.0)).number == 1
    assert cycle(word(0, 43.0), word(5, 42.0)).number == 2


def test_a_drop_is_seen_across_a_word_without_a_percentage() -> None:
    assert cycle(word(0, 80), word(5, None), word(10, 3)).number == 2


def test_what_is_told_after_the_reset_is_of_a_new_cycle_whatever_it_says() -> None:
    late = cycle(word(0, 80), word(300, 80))
    assert (late.number, late.began_ms) == (2, END)


def test_a_clock_that_went_back_makes_no_cycle() -> None:
    # What was told is put in order by its instants, so a step back only puts words closer together.
    told = sorted([word(0, 10), word(60, 20), word(30, 15), word(31, 15)])
    assert cycle(*told).number == 1


def test_a_clock_that_jumps_ahead_beyond_the_reset_counts_as_a_reset() -> None:
    assert cycle(word(0, 10), word(301, 10, END + 5 * HOUR_MS)).number == 2


@given(
    st.lists(
        st.tuples(st.integers(0, 299), st.integers(0, 100), st.integers(-290_000, 290_000)), min_size=1, max_size=20
    )
)
def test_growing_use_before_a_jittering_reset_is_always_one_cycle(told: list[tuple[int, int, int]]) -> None:
    minutes, percents = sorted(at for at, _, _ in told), sorted(used for _, used, _ in told)
    words = [
        (NOW + at * MINUTE_MS - 300_000, float(used), END + jitter)
        for at, used, (_, _, jitter) in zip(minutes, percents, told, strict=True)
    ]
    found = cycle(*words)
    assert (found.number, found.resets_ms, len(found.told)) == (1, words[0][2], len(words))
