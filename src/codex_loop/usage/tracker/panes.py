"""Pasted status panes: Codex's `/status` of every layout, Claude's `/usage`. Of several panes, the last one counts.

Codex says in some versions what is used and in others what is left; what leaves here is always what is used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from codex_loop.usage.tracker.records import INSUFFICIENT, NOT_LOADED, TRIMMED, Bars, Number

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
_PERCENT = r"(?P<percent>\d{1,3}(?:\.\d+)?)\s*%\s*(?P<sense>used|left|remaining)?"
_CODEX = re.compile(
    r"\b(?P<name>5h|weekly)\s+limit:?\s*(?:\[[^\]\n]*\]\s*)?" + _PERCENT + r"(?:\s*\(resets?\s+(?P<resets>[^)\n]*)\))?",
    re.IGNORECASE,
)
_CLAUDE_NAME = re.compile(r"current\s+(?P<name>session|week(?:\s*\([^)\n]*\))?)", re.IGNORECASE)
_CLAUDE_VALUE = re.compile(_PERCENT, re.IGNORECASE)
_CLAUDE_RESETS = re.compile(r"resets?\s+(?P<resets>.*?)\s*(?:[│┃|]|$)", re.IGNORECASE | re.MULTILINE)
_CODEX_BARS = {"5h": "fiveh", "weekly": "weekly"}
_CLAUDE_BARS = {"session": "session", "all models": "all_models", "opus": "opus"}
_ANOTHER_TOPIC = re.compile(r"\n[^\n]*\b(?:extra usage|usage credits)\b", re.IGNORECASE)


class _Bar(NamedTuple):
    name: str
    percent: Number
    resets: str | None


def codex(text: str) -> Bars:
    """Percent used of the 5-hour and the weekly limit."""
    bars = [_codex_bar(match) for match in _CODEX.finditer(_plain(text))]
    last, panes = _last_pane(bars)
    errors = [TRIMMED] if panes > 1 else []
    if not last:
        errors.append(INSUFFICIENT)
    fiveh, weekly = last.get("fiveh"), last.get("weekly")
    return Bars(
        fiveh_pct=fiveh.percent if fiveh else None,
        fiveh_resets=fiveh.resets if fiveh else None,
        weekly_pct=weekly.percent if weekly else None,
        weekly_resets=weekly.resets if weekly else None,
        errors=tuple(errors),
    )


def claude(text: str) -> Bars:
    """Percent used of the session, of the week with all models, and of the week with Opus where it is shown."""
    plain = _plain(text)
    bars = _claude_bars(plain)
    last, panes = _last_pane(bars)
    errors = [TRIMMED] if panes > 1 else []
    if not last:
        loading = re.search(r"loading usage|failed to load usage|usage data", plain, re.IGNORECASE)
        errors.append(NOT_LOADED if loading or _CLAUDE_NAME.search(plain) else INSUFFICIENT)
    session, week, opus = last.get("session"), last.get("all_models"), last.get("opus")
    return Bars(
        session_pct=session.percent if session else None,
        session_resets=session.resets if session else None,
        all_models_pct=week.percent if week else None,
        all_models_resets=week.resets if week else None,
        opus_pct=opus.percent if opus else None,
        errors=tuple(errors),
    )


READERS: Mapping[str, Callable[[str], Bars]] = {"codex": codex, "claude": claude}


def _plain(text: str) -> str:
    return _ESCAPES.sub("", text).replace("\r", "\n").replace("\u00a0", " ")


def _codex_bar(match: re.Match[str]) -> _Bar:
    resets = match["resets"]
    return _Bar(_CODEX_BARS[match["name"].lower()], _used(match), resets.strip() if resets else None)


def _claude_bars(text: str) -> list[_Bar]:
    names = list(_CLAUDE_NAME.finditer(text))
    ends = [*(match.start() for match in names), len(text)][1:]
    found = []
    for match, end in zip(names, ends, strict=False):  # a text without names has an end and nothing to end
        room = _ANOTHER_TOPIC.split(text[match.end() : end], maxsplit=1)[0]
        value, resets = _CLAUDE_VALUE.search(room), _CLAUDE_RESETS.search(room)
        bar = next((bar for word, bar in _CLAUDE_BARS.items() if word in match["name"].lower()), None)
        if value is not None and bar is not None:
            found.append(_Bar(bar, _used(value), (resets["resets"] or None) if resets else None))
    return found


def _used(match: re.Match[str]) -> Number:
    stated = float(match["percent"])
    used = stated if (match["sense"] or "used").lower() == "used" else 100 - stated
    return int(used) if used.is_integer() else used


def _last_pane(bars: list[_Bar]) -> tuple[dict[str, _Bar], int]:
    """The bars of the last pane, and how many panes there were: a bar that comes again begins another pane."""
    panes: list[dict[str, _Bar]] = []
    for bar in bars:
        if not panes or bar.name in panes[-1]:
            panes.append({})
        panes[-1][bar.name] = bar
    return (panes[-1], len(panes)) if panes else ({}, 0)
