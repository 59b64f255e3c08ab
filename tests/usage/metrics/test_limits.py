"""Limits as samples: ours by their names, dials by theirs, and nothing that is not known."""

from __future__ import annotations

from codex_loop.clock import HOUR_MS, MINUTE_MS
from codex_loop.store.limits import Sample
from codex_loop.usage.limits import judge
from codex_loop.usage.metrics.limits import limit_families
from tests.usage.metrics.month import named, told

NOW = HOUR_MS


def families(*samples: Sample, now_ms: int = NOW) -> dict[str, float]:
    return named(limit_families(judge(samples, now_ms), now_ms))


def week(agent: str, slot: str, used: float | None, **facts: object) -> Sample:
    return told(agent, NOW, used, **({"slot": slot, "minutes": 10_080, "resets_ms": 72 * HOUR_MS} | facts))


def test_the_five_dials_have_the_names_they_always_had() -> None:
    found = families(
        told("codex", NOW, 50.0), week("codex", "secondary", 25.0), told("claude", NOW, 10.0),
        week("claude", "seven_day", 20.0), week("claude", "seven_day_opus", 30.0),
    )  # fmt: skip
    assert {name: value for name, value in found.items() if "_usage_ratio" in name} == {
        'codex_usage_ratio{window="5h_limit"}': 0.5,
        'codex_usage_ratio{window="weekly_limit"}': 0.25,
        'claude_usage_ratio{window="session"}': 0.1,
        'claude_usage_ratio{window="weekly_all"}': 0.2,
        'claude_usage_ratio{window="weekly_opus"}': 0.3,
    }
    assert found['codex_reset_seconds{window="5h_limit"}'] == 4 * 3600
    assert found['codex_pace_ratio{window="5h_limit"}'] == 2.5


def test_a_window_of_another_length_is_called_by_it() -> None:
    found = families(told("codex", NOW, 50.0, minutes=90, resets_ms=NOW + HOUR_MS))
    assert found['codex_usage_ratio{window="90m"}'] == 0.5
    assert found['codexloop_limit_used_ratio{limit="codex",source="codex",window="90m"}'] == 0.5


def test_what_is_not_known_has_no_sample() -> None:
    found = families(told("claude", NOW, None))
    labels = 'limit="claude",source="claude",window="5h"'
    assert f"codexloop_limit_used_ratio{{{labels}}}" not in found
    assert not any(name.startswith(("claude_usage_ratio", "claude_pace_ratio")) for name in found)
    assert found[f"codexloop_limit_reset_timestamp_seconds{{{labels}}}"] == 5 * 3600


def test_a_window_that_began_anew_keeps_no_number_of_the_old_one() -> None:
    found = families(told("codex", NOW, 97.0), now_ms=6 * HOUR_MS)
    assert {name.partition("{")[0] for name in found} == {
        "codexloop_limit_observed_timestamp_seconds",
        "codexloop_limit_stale_after_seconds",
    }


def test_zero_percent_is_a_value() -> None:
    assert families(told("codex", NOW, 0.0))['codex_usage_ratio{window="5h_limit"}'] == 0.0


def test_an_old_word_is_told_with_its_age() -> None:
    found = families(told("codex", NOW, 40.0), now_ms=2 * HOUR_MS)
    labels = 'limit="codex",source="codex",window="5h"'
    assert found[f"codexloop_limit_used_ratio{{{labels}}}"] == 0.4
    age = 2 * 3600 - found[f"codexloop_limit_observed_timestamp_seconds{{{labels}}}"]
    assert age > found[f"codexloop_limit_stale_after_seconds{{{labels}}}"]


def test_two_accounts_are_two_series_and_the_dial_shows_the_one_told_of_last() -> None:
    found = families(
        told("codex", NOW, 90.0, account="aa"), told("codex", NOW - MINUTE_MS, 20.0, account="bb"),
    )  # fmt: skip
    assert found['codexloop_limit_used_ratio{account="aa",limit="codex",source="codex",window="5h"}'] == 0.9
    assert found['codexloop_limit_used_ratio{account="bb",limit="codex",source="codex",window="5h"}'] == 0.2
    assert found['codex_usage_ratio{window="5h_limit"}'] == 0.9


def test_a_limit_of_one_model_of_codex_is_on_no_dial() -> None:
    found = families(told("codex", NOW, 10.0), told("codex", NOW, 99.0, limit_id="codex_spark"))
    assert found['codexloop_limit_used_ratio{limit="codex_spark",source="codex",window="5h"}'] == 0.99
    assert found['codex_usage_ratio{window="5h_limit"}'] == 0.1


def test_a_limit_that_lasts_has_no_end_and_one_that_does_not_ends_before_its_reset() -> None:
    labels = '{limit="codex",source="codex",window="5h"}'
    assert f"codexloop_limit_exhaustion_timestamp_seconds{labels}" not in families(told("codex", NOW, 10.0))
    found = families(told("codex", NOW, 60.0))
    ends = found[f"codexloop_limit_exhaustion_timestamp_seconds{labels}"]
    assert 3600 < ends < found[f"codexloop_limit_reset_timestamp_seconds{labels}"]
