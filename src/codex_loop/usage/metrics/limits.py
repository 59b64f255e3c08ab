"""Standings as samples: by their own names, and by those that dials have always had."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from codex_loop.clock import SECOND_MS
from codex_loop.usage.limits import Standing
from codex_loop.usage.metrics.family import Family, Sample, gauge, sample, seconds

DIALS = {
    "codex": {"5h": "5h_limit", "weekly": "weekly_limit"},
    "claude": {"5h": "session", "weekly": "weekly_all"},
}
"""Agents whose dials have metrics of their own, and what their windows have always been called there."""

Value = Callable[[Standing], float | None]


def limit_families(standings: Sequence[Standing], now_ms: int) -> Iterator[Family]:
    """Every window that a provider told of. One that has begun anew since has no use, pace or end."""
    for name, text, value in (
        (
            "codexloop_limit_used_ratio",
            "Share of a limit that is used, as last told.",
            _used,
        ),
        ("codexloop_limit_pace_ratio", "Use against elapsed time; above 1 the window will not last.", _pace),
        ("codexloop_limit_reset_timestamp_seconds", "When the window ends.", _reset),
        ("codexloop_limit_exhaustion_timestamp_seconds", "When the limit is used up if it goes on like this.", _end),
        ("codexloop_limit_observed_timestamp_seconds", "When the provider last told of this window.", _observed),
        ("codexloop_limit_stale_after_seconds", "How old what was told may be and still count as current.", _fresh),
    ):
        yield gauge(name, text, (each for standing in standings for each in sample(_labels(standing), value(standing))))
    for agent in DIALS:
        yield from _dials(agent, standings, now_ms)


def _dials(agent: str, standings: Sequence[Standing], now_ms: int) -> Iterator[Family]:
    """A dial has room for one account, that which was told of last, and none for a limit of one model of Codex."""
    ours = [each for each in standings if each.window.agent == agent == each.window.limit_id]
    ours.sort(key=lambda each: each.window.observed_ms or 0, reverse=True)

    def left(standing: Standing) -> float | None:
        ends_ms = standing.window.resets_ms
        return None if ends_ms is None or ends_ms <= now_ms else (ends_ms - now_ms) / SECOND_MS

    def dial(value: Value) -> Iterator[Sample]:
        for standing in ours:
            yield from sample({"window": DIALS[agent].get(standing.window.key, standing.window.key)}, value(standing))

    yield gauge(f"{agent}_usage_ratio", f"Share of a limit of {agent} that is used, as last told.", dial(_used))
    yield gauge(f"{agent}_pace_ratio", f"Use of a limit of {agent} against elapsed time.", dial(_pace))
    yield gauge(f"{agent}_reset_seconds", f"Seconds until a window of {agent} ends.", dial(left))


def _labels(standing: Standing) -> dict[str, str | None]:
    window = standing.window
    return {
        "source": window.agent,
        "window": window.key,
        "limit": window.limit_id,
        "account": window.account,
    }


def _used(standing: Standing) -> float | None:
    percent = standing.window.used_percent
    return None if percent is None or standing.window.state in ("expired", "unknown") else percent / 100


def _pace(standing: Standing) -> float | None:
    return None if standing.pace is None else standing.pace.ratio


def _reset(standing: Standing) -> float | None:
    return None if standing.window.state == "expired" else seconds(standing.window.resets_ms)


def _end(standing: Standing) -> float | None:
    return None if standing.forecast is None else seconds(standing.forecast.exhausts_ms)


def _observed(standing: Standing) -> float | None:
    return seconds(standing.window.observed_ms)


def _fresh(standing: Standing) -> float | None:
    return seconds(standing.window.stale_after_ms)
