"""Claude Code's limits as JSON: its answer to the control request `get_usage`, and what it tells its status line.

The provider's windows are read as they come, whatever their names; of its own names, the usual ones are turned into
ours. A window that was never begun has no end: nothing is known of it, which is not 0 %.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from codex_loop.sources.fields import Body, as_body, body, flag, items, number, text
from codex_loop.sources.samples.event import NotSaid, Reading, WindowSeen
from codex_loop.sources.samples.spellings import window

NAMES = {
    "five_hour": ("session", 300),
    "seven_day": ("weekly_all", 10_080),
    "seven_day_opus": ("weekly_opus", 10_080),
    "seven_day_sonnet": ("weekly_sonnet", 10_080),
}
"""The provider's name of a window: ours, and its length in minutes."""
_WEEK = 10_080
_MONEY = "extra_usage"
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")


def answered(response: object) -> Reading:
    """The limits in the answer to `get_usage`. Raise NotSaid when there are none."""
    of = as_body(response)
    plan = text(of, "subscription_type")
    if flag(of, "rate_limits_available") is False:
        raise NotSaid("unavailable", _no_plan(plan), final=True)
    limits = body(of, "rate_limits")
    if not limits:
        raise NotSaid("unavailable", _no_limits(of))
    windows = dict(_windows(limits))
    if not windows:
        raise NotSaid("unavailable", "the provider states no window for this account")
    return Reading(windows=windows, plan=plan, credits=_credits(limits))


def told(limits: object, observed_ms: int | None) -> Reading:
    """The limits in the `rate_limits` of a status line. Raise NotSaid when there are none."""
    windows = dict(_windows(as_body(limits)))
    if not windows:
        raise NotSaid("unavailable", "no window is told there")
    return Reading(windows=windows, observed_ms=observed_ms)


def refused(error: object) -> NotSaid:
    """Why a control request gave an error."""
    said = (error if isinstance(error, str) else text(as_body(error), "message")) or "it gave no reason"
    return NotSaid("unavailable", f"it does not answer get_usage: {said[:200]}")


def window_name(slot: str) -> str:
    return NAMES[slot][0] if slot in NAMES else slot


def _windows(limits: Body) -> Iterator[tuple[str, WindowSeen]]:
    over = flag(body(limits, _MONEY), "is_enabled") is True
    for slot, value in limits.items():
        told = as_body(value)
        if slot != _MONEY and {"utilization", "used_percentage"} & told.keys():
            yield window_name(slot), _window(slot, told, over=over)
    for entry in items(limits, "model_scoped"):
        told = as_body(entry)
        name = _of_model(told)
        if name and "utilization" in told:
            yield name, _window(name, told, over=over)


def _window(slot: str, told: Body, *, over: bool) -> WindowSeen:
    seen = window(told, None, over=over) or WindowSeen()
    begun = seen.resets_at is not None or bool(seen.used_percent)
    _, minutes = NAMES.get(slot, (slot, _WEEK if slot.startswith("seven_day") else None))
    return msgspec.structs.replace(
        seen,
        used_percent=seen.used_percent if begun else None,
        window_minutes=number(told, "window_minutes") or minutes,
        slot=slot,
    )


def _of_model(told: Body) -> str | None:
    """How long such a window is, the provider does not say."""
    named = text(told, "model", "display_name", "name", "id")
    return f"model_{_NOT_IN_A_NAME.sub('_', named.lower()).strip('_')}" if named else None


def _credits(limits: Body) -> str | None:
    """What was spent beyond the plan, of what may be."""
    extra = body(limits, _MONEY)
    used, most = extra.get("used_credits"), extra.get("monthly_limit")
    if flag(extra, "is_enabled") is not True or used is None:
        return None
    return f"{used} used" if most is None else f"{used} of {most} used"


def _no_plan(plan: str | None) -> str:
    if plan is None:
        return "an API key has no plan limits; they come with a Claude subscription (`claude` and /login)"
    return f"this login of the {plan} plan may not see its limits; log in with `claude` and /login"


def _no_limits(of: Body) -> str:
    if flag(of, "rate_limits_available"):
        return (
            "it may see limits and was told none; CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC keeps it from asking, "
            "or the provider did not answer"
        )
    return "its answer holds no rate_limits; this version speaks otherwise than those we know"
