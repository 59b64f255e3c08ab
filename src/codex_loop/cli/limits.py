"""`codex-loop usage limits`: what is left of every window, and until when it lasts."""

import sys
from collections.abc import Iterator, Sequence
from datetime import date, tzinfo

import msgspec

from codex_loop.cli.moments import day_of, zone_named
from codex_loop.cli.render import UNKNOWN, Column, duration, instant, show, style, table
from codex_loop.cli.width import clean
from codex_loop.clock import DAY_MS, MINUTE_MS, SECOND_MS, now_ms
from codex_loop.errors import Exit, UsageError
from codex_loop.settings import Settings, load
from codex_loop.store.engine import Database, open_for_reading, open_for_writing
from codex_loop.store.sessions import moment
from codex_loop.usage import status_file
from codex_loop.usage.forecast import Forecast, Pace
from codex_loop.usage.limits import Standing, State, Window, effective, standings


class ForecastSaid(msgspec.Struct, frozen=True, kw_only=True):
    """When a window is used up, if it goes on like this."""

    exhausts_at: str | None
    """Null: it lasts until the reset."""
    lasts: bool
    percent_per_hour: float
    rule: str
    """`mean` since the window began, or `recent` hours."""
    confidence: str


class LimitLine(msgspec.Struct, frozen=True, kw_only=True):
    """One window of one limit."""

    agent: str
    account: str | None
    """A keyed hash; null where nobody told whose limit it is."""
    limit: str
    window: str
    window_minutes: int | None
    slot: str | None
    basis: str
    """`provider`: as the provider said; we estimate no limit."""
    state: State
    used_percent: float | None
    left_percent: float | None
    resets_at: str | None
    observed_at: str | None
    age_seconds: float | None
    stale_after_seconds: float
    told_by: str | None
    """Which source told it; `session`: the agent's own file of a session."""
    plan: str | None
    credits: str | None
    reached: str | None
    pace: Pace | None
    forecast: ForecastSaid | None
    recent: ForecastSaid | None
    no_forecast: str | None
    cycle: int | None
    cycle_began_at: str | None


class NoticeSaid(msgspec.Struct, frozen=True, kw_only=True):
    """A notice that was sent now, and on which channels it could not be."""

    message: str
    threshold: str
    channels: tuple[str, ...]
    problems: dict[str, str]


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Every window that is known, the tightest first."""

    now: str | None
    timezone: str
    limits: tuple[LimitLine, ...]
    effective: LimitLine | None
    """The window that ends the work first."""
    exhausted: bool
    notices: tuple[NoticeSaid, ...] | None
    """Null: not asked for."""


def limits(
    *,
    db: str | None = None,
    source: str | None = None,
    timezone: str | None = None,
    notify: bool = False,
    json: bool = False,
) -> int:
    """Show what is left of every limit, when it resets, and whether it lasts.

    The tightest window comes first. Exit code 0: fine, 1: a limit is used up, 4: nothing is known.

    Examples:
        codex-loop usage limits
        codex-loop usage limits --source codex --json
        codex-loop usage limits --notify

    Args:
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        source: Only this agent, codex or claude.
        timezone: Zone that instants are shown in, e.g. Europe/Berlin; by default this machine's.
        notify: Tell what was not told yet, on the channels of the settings, once per cycle of a window.
        json: Print one JSON object.
    """
    settings = load({"db": db, "timezone": timezone})
    zone, now = zone_named(settings.timezone), now_ms()
    if notify:
        open_for_reading(settings.db).close()  # writing would make a store where there is none
    with (open_for_writing if notify else open_for_reading)(settings.db) as database:
        found = standings(database, now)
        _refuse_unknown(source, found)
        mine = [each for each in found if source in (None, "all", each.window.agent)]
        notices = _notify(database, mine, now, settings) if notify else None
        if db is None:
            status_file.put(settings.status_file, status_file.page(status_file.look(database, now, found)))
    report = _report(mine, now, settings, notices)
    show(report, lambda _: _draw(report, mine, now, zone), schema="usage-limits", as_json=json)
    if report.effective is None:
        return Exit.DEGRADED
    return Exit.FINDING if report.exhausted else Exit.OK


def _refuse_unknown(source: str | None, found: Sequence[Standing]) -> None:
    known = sorted({"claude", "codex", *(each.window.agent for each in found)})
    if source not in (None, "all", *known):
        raise UsageError(f"--source {source}: no such agent; write all, {', '.join(known)}")


def _notify(database: Database, found: Sequence[Standing], now: int, settings: Settings) -> tuple[NoticeSaid, ...]:
    # Programs and channels are for those who ask for notices.
    from codex_loop.usage import notices

    due = notices.due(database, found, now, settings.notify_at)
    sent = notices.send(database, due, notices.channels(settings))
    return tuple(
        NoticeSaid(
            message=each.notice.message,
            threshold=each.notice.threshold,
            channels=each.notice.channels,
            problems=dict(each.problems),
        )
        for each in sent
    )


def _report(
    found: Sequence[Standing], now: int, settings: Settings, notices: tuple[NoticeSaid, ...] | None
) -> Limits:  # fmt: skip
    tightest = effective(found)
    return Limits(
        now=moment(now),
        timezone=settings.timezone or "local",
        limits=tuple(_line(each, now) for each in found),
        effective=None if tightest is None else _line(tightest, now),
        exhausted=any(_used_up(each) for each in found),
        notices=notices,
    )


def _used_up(standing: Standing) -> bool:
    """Use only grows until the reset, so an old word still says that nothing is left."""
    window = standing.window
    if window.state == "expired":
        return False
    return window.reached is not None or (window.used_percent is not None and window.used_percent >= 100)


def _line(standing: Standing, now: int) -> LimitLine:
    window = standing.window
    used, observed = window.used_percent, window.observed_ms
    return LimitLine(
        agent=window.agent,
        account=window.account,
        limit=window.limit_id,
        window=window.key,
        window_minutes=window.minutes,
        slot=window.slot,
        basis="provider",
        state=window.state,
        used_percent=used,
        left_percent=None if used is None else max(100.0 - used, 0.0),
        resets_at=moment(window.resets_ms),
        observed_at=moment(observed),
        age_seconds=None if observed is None else max(now - observed, 0) / SECOND_MS,
        stale_after_seconds=window.stale_after_ms / SECOND_MS,
        told_by=window.via or "session",
        plan=window.plan,
        credits=window.credits,
        reached=window.reached,
        pace=standing.pace,
        forecast=_said(standing.forecast),
        recent=_said(standing.recent),
        no_forecast=standing.no_forecast,
        cycle=standing.cycle,
        cycle_began_at=moment(standing.cycle_began_ms),
    )


def _said(forecast: Forecast | None) -> ForecastSaid | None:
    if forecast is None:
        return None
    return ForecastSaid(
        exhausts_at=moment(forecast.exhausts_ms),
        lasts=forecast.lasts,
        percent_per_hour=forecast.percent_per_hour,
        rule=forecast.rule,
        confidence=forecast.confidence,
    )


def _draw(report: Limits, found: Sequence[Standing], now: int, zone: tzinfo | None) -> Iterator[str]:
    if not found:
        yield "No limit is known yet; `codex-loop sample` asks both agents, `codex-loop ingest` reads what they kept."
        return
    tightest = effective(found)
    yield _headline(tightest, now, zone)
    if tightest is not None and (tightest.window.used_percent or 0) < 100 and tightest.forecast is not None:
        rule, confidence = tightest.forecast.rule, tightest.forecast.confidence
        yield style(f"forecast by the rule `{rule}`, with {confidence} confidence", "dim")
    yield ""
    columns = (
        Column("agent"),
        Column("window", shrinks=True),
        Column("used", right=True),
        Column("resets"),
        Column("pace", right=True),
        Column("lasts"),
        Column("told by", shrinks=True),
        Column("age", right=True),
    )
    yield from table(columns, [_row(each, now, zone) for each in found])
    yield from _beside(found)
    for notice in report.notices or ():
        yield style(clean(f"notice: {notice.message}"), "yellow")
        for channel, problem in notice.problems.items():
            sys.stderr.write(f"codex-loop: warning: {channel} did not take the notice: {clean(problem)}\n")


def _headline(tightest: Standing | None, now: int, zone: tzinfo | None) -> str:
    if tightest is None:
        return style("How much is used is not known of any window.", "yellow")
    window, forecast = tightest.window, tightest.forecast
    used = window.used_percent or 0.0
    name = f"{window.agent} {_name(tightest)}"
    kind = "red" if used >= 100 else "yellow" if used >= 80 or (forecast and not forecast.lasts) else "green"
    until = "" if window.resets_ms is None else f" until {_at(window.resets_ms, now, zone)}"
    if window.state == "stale":
        until += (
            ", as told at a time nobody knows" if window.observed_ms is None else f", as told {_age(window, now)} ago"
        )
    if used >= 100:
        return style(clean(f"{name} is used up{until}."), kind)
    said = f"{100 - used:.0f} % left of {name}{until}"
    if forecast is None:
        return style(clean(f"{said}; no forecast: {tightest.no_forecast}."), kind)
    if forecast.lasts or forecast.exhausts_ms is None:
        return style(clean(f"{said}; it lasts."), kind)
    return style(clean(f"{said}; runs out {_at(forecast.exhausts_ms, now, zone)}."), kind)


def _row(standing: Standing, now: int, zone: tzinfo | None) -> tuple[str | None, ...]:
    window, pace = standing.window, standing.pace
    used = None if window.used_percent is None else f"{window.used_percent:.0f} %"
    age = _age(window, now)
    return (
        window.agent,
        _name(standing),
        used,
        "began anew" if window.state == "expired" else _at(window.resets_ms, now, zone),
        None if pace is None or pace.ratio is None else f"{pace.ratio:.2f}",
        _lasts(standing, now, zone),
        window.via or "session",
        f"{age} old" if window.state == "stale" and age else age,
    )


def _lasts(standing: Standing, now: int, zone: tzinfo | None) -> str | None:
    forecast = standing.forecast
    if forecast is None:
        return None
    doubt = "?" if forecast.confidence == "low" else ""
    return ("yes" if forecast.exhausts_ms is None else f"to {_at(forecast.exhausts_ms, now, zone)}") + doubt


def _beside(found: Sequence[Standing]) -> Iterator[str]:
    """What the table has no room for: plans, credits, and the windows whose last hours say something else."""
    plans = dict.fromkeys(f"{each.window.agent} {each.window.plan}" for each in found if each.window.plan)
    balances = dict.fromkeys(f"{each.window.agent} {each.window.credits}" for each in found if each.window.credits)
    if plans or balances:
        yield ""
    if plans:
        yield clean(f"plan: {', '.join(plans)}")
    if balances:
        yield clean(f"credits: {', '.join(balances)}")
    for each in found:
        if each.recent is not None and each.forecast is not None and each.recent.lasts != each.forecast.lasts:
            outcome = "would last" if each.recent.lasts else "would not last"
            yield clean(f"{each.window.agent} {_name(each)}: at the pace of its last hours it {outcome}.")


def _name(standing: Standing) -> str:
    window = standing.window
    limit = "" if window.limit_id == window.agent else f"{window.limit_id} "
    account = "" if window.account is None else f" ({window.account[:6]})"
    return f"{limit}{window.key.replace('_', ' ')}{account}"


def _at(at_ms: int | None, now: int, zone: tzinfo | None) -> str:
    """`14:05` of today, `Mon 14:05` of this week, else the date."""
    if at_ms is None:
        return UNKNOWN
    text = instant(at_ms, zone=zone)
    if text == UNKNOWN or day_of(zone)(at_ms) == day_of(zone)(now):
        return text[-5:] if text != UNKNOWN else text
    if 0 < at_ms - now < 6 * DAY_MS:
        return f"{_weekday(text)} {text[-5:]}"
    return text[5:]


def _weekday(text: str) -> str:
    return f"{date.fromisoformat(text[:10]):%a}"


def _age(window: Window, now: int) -> str | None:
    if window.observed_ms is None:
        return None
    age_ms = max(now - window.observed_ms, 0)
    return "now" if age_ms < MINUTE_MS else duration(age_ms // MINUTE_MS * MINUTE_MS).partition(" 00")[0]
