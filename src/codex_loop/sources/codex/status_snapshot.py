"""Codex's limits as JSON: the app-server's answer, and the very same object in a rollout, in its older spelling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from codex_loop.sources.fields import Body, as_body, body, flag, text
from codex_loop.sources.samples.event import NotSaid, Reading, WindowSeen
from codex_loop.sources.samples.spellings import window

OURS = "codex"
"""The limit that every plan has; others are named after themselves."""
FIVE_HOURS, WEEK = 300, 10_080
_NEAR = 0.01
"""Providers round the length of a window: 299 minutes are five hours."""
_NO_LOGIN = "account authentication required"
_NO_PLAN = "chatgpt authentication required"


def answered(result: object) -> Reading:
    """The limits in the result of `account/rateLimits/read`. Raise NotSaid when there are none."""
    of = as_body(result)
    by_id = {name: as_body(value) for name, value in body(of, "rateLimitsByLimitId").items()}
    main = body(of, "rateLimits")
    if main:
        by_id.setdefault(limit_id(main), main)
    if not by_id:
        raise NotSaid("parse", "its answer holds no rateLimits; this version speaks otherwise than those we know")
    reading = snapshot(by_id, None)
    return Reading(
        windows=reading.windows,
        plan=reading.plan,
        credits=reading.credits,
        account=text(of, "accountId"),
    )


def snapshot(limits: Mapping[str, Body], at_ms: int | None) -> Reading:
    """The windows of each limit, ours first. Raise NotSaid when no window and no credits are told."""
    windows: dict[str, WindowSeen] = {}
    for name in sorted(limits, key=lambda each: (each != OURS, each)):
        for slot, seen in _windows(limits[name], at_ms):
            _keep(windows, name, slot, seen)
    ours = limits.get(OURS) or next(iter(limits.values()), {})
    credit = _credits(ours)
    if not windows and credit is None:
        raise NotSaid("unavailable", "the provider states no window for this account")
    return Reading(windows=windows, plan=text(ours, "planType", "plan_type"), credits=credit, observed_ms=at_ms)


def refused(error: object) -> NotSaid:
    """Why the app-server gave an error instead of limits."""
    said = (text(as_body(error), "message") or "it gave an error without a message")[:200]
    lowered = said.lower()
    if _NO_PLAN in lowered:
        return NotSaid("unavailable", "an API key has no plan limits; they come with a ChatGPT login", final=True)
    if _NO_LOGIN in lowered:
        return NotSaid("auth", "Codex is not logged in; run `codex login`", final=True)
    if "401" in said or "unauthorized" in lowered or "refresh" in lowered:
        return NotSaid("auth", f"the login is not accepted: {said}")
    return NotSaid("unavailable", said)


def account_of(result: object) -> str | None:
    """Whose limits they are, from the result of `account/read`: the name that stays longest first."""
    of = as_body(result)
    routed = text(body(of, "workspaceRouting"), "chatgptAccountId")
    return routed or text(of, "userId") or text(body(of, "account"), "email")


def limit_id(limit: Body) -> str:
    return text(limit, "limitId", "limit_id") or OURS


def window_name(limit: str, minutes: int | None, slot: str) -> str:
    """By length, since a plan may have its week in the first place; another limit's windows carry its id."""
    if minutes is None:
        name = slot
    elif abs(minutes - FIVE_HOURS) <= FIVE_HOURS * _NEAR:
        name = "5h_limit"
    elif abs(minutes - WEEK) <= WEEK * _NEAR:
        name = "weekly_limit"
    else:
        name = f"{minutes}m"
    return name if limit == OURS else f"{limit}/{name}"


def _windows(limit: Body, at_ms: int | None) -> Iterator[tuple[str, WindowSeen]]:
    """Windows are data: whatever holds a percentage is one."""
    credit = body(limit, "credits")
    over = bool(flag(credit, "hasCredits") or flag(credit, "has_credits") or flag(credit, "unlimited"))
    reached = text(limit, "rateLimitReachedType", "rate_limit_reached_type")
    flat = {
        slot: {"used_percent": limit[f"{slot}_used_percent"], "window_minutes": limit.get(f"{slot}_window_minutes")}
        for slot in ("primary", "secondary")
        if f"{slot}_used_percent" in limit
    }
    for slot, value in {**limit, **flat}.items():
        told = as_body(value)
        seen = window(told, at_ms, over=over) if "usedPercent" in told or "used_percent" in told else None
        if seen is not None:
            yield (
                slot,
                WindowSeen(
                    used_percent=seen.used_percent,
                    resets_at=seen.resets_at,
                    window_minutes=seen.window_minutes,
                    limit_id=limit_id(limit),
                    slot=slot,
                    reached=reached,
                ),
            )


def _keep(windows: dict[str, WindowSeen], limit: str, slot: str, seen: WindowSeen) -> None:
    name = window_name(limit, seen.window_minutes, slot)
    windows[name if name not in windows else f"{name}/{slot}"] = seen


def _credits(limit: Body) -> str | None:
    told = body(limit, "credits")
    return "unlimited" if flag(told, "unlimited") else text(told, "balance")
