"""Claude Code's /usage as text: the lines of `claude -p "/usage"`, and the page of its terminal, which has bars."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from codex_loop.clock import format_ms
from codex_loop.sources.claude.usage_control import NAMES, window_name
from codex_loop.sources.samples.event import NotSaid, Reading, WindowSeen
from codex_loop.sources.wall_clock import instant_ms

Ready = Literal["prompt", "a login", "whether to trust a folder", "how it shall look", "a question"]

_TITLE = re.compile(r"Current (?P<length>session|week)(?: \((?P<of>[^)]{1,40})\))?(?P<rest>:.*)?")
_PERCENT = re.compile(r"(?P<percent>\d{1,4})% (?P<side>used|left)")
_RESETS = re.compile(r"[Rr]esets? (?P<written>[^·]{1,60}?)\s*$")
_SIDES = re.compile(r"^[\s│┃▎]+|[\s│┃]+$")
_ALL = "all models"
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9]+")
_MENU = re.compile(r"^[│ ]*[\u276f>] \d\. ", re.MULTILINE)
_PROMPT = re.compile(r"^[│ ]*[\u276f>](?:\s|$)", re.MULTILINE)
"""Both begin with a pointer to the right, whose shape changed with the releases."""
_TYPED = re.compile(r"^[│ ]*[\u276f>]\s/usage[\s│]*$", re.MULTILINE)
_QUESTION = re.compile(r"\b(?:enter|return) to (?:confirm|continue|select)\b", re.IGNORECASE)
_WEEK = 10_080
_API_KEY = ("total cost", "estimated cost")
_ASKS: tuple[tuple[str, Ready], ...] = (
    ("select login method", "a login"),
    ("trust", "whether to trust a folder"),
    ("text style", "how it shall look"),
    ("renderer", "how it shall look"),
)


def limits(text: str, now_ms: int) -> Reading | None:
    """The windows in it, the last telling of each; None when there are none."""
    windows: dict[str, WindowSeen] = {}
    name, seen = "", WindowSeen()
    for raw in text.splitlines():
        line = _SIDES.sub("", raw)
        title = _TITLE.fullmatch(line)
        if title is not None:
            name, seen = _named(title)
            windows.pop(name, None)
            line = title["rest"] or ""
        elif not name or not line:
            continue
        said = _said(seen, line, now_ms)
        if said is not None:
            windows[name] = seen = said
        elif line:
            name = ""  # something else begins, and its numbers are not this window's
    return Reading(windows=windows) if windows else None


def why_not(text: str) -> NotSaid:
    """Why there are no limits in it."""
    lowered = text.lower()
    if any(word in lowered for word in _API_KEY):
        return NotSaid("unavailable", "/usage tells of costs and of no limits, as it does with an API key")
    if "log in" in lowered or "/login" in lowered:
        return NotSaid("auth", "Claude Code is not logged in; run `claude` and /login", final=True)
    return NotSaid("parse", "/usage shows no limits that we can read")


def ready(screen: str) -> Ready | None:
    """What the screen waits for: a prompt, or an answer that only its user can give; None while it is coming up."""
    if _MENU.search(screen) or _QUESTION.search(screen):
        lowered = screen.lower()
        return next((asks for word, asks in _ASKS if word in lowered), "a question")
    return "prompt" if _PROMPT.search(screen) else None


def typed(screen: str) -> bool | None:
    """True once the prompt holds our command and nothing else."""
    return True if _TYPED.search(screen) and not _QUESTION.search(screen) else None


def _named(title: re.Match[str]) -> tuple[str, WindowSeen]:
    of = (title["of"] or "").lower().removesuffix(" only").strip()
    if title["length"] == "session":
        slot = "five_hour"
    elif of in ("", _ALL):
        slot = "seven_day"
    else:
        slot = f"seven_day_{_NOT_IN_A_NAME.sub('_', of).strip('_')}"
    name = window_name(slot) if slot in NAMES else slot.replace("seven_day", "weekly", 1)
    minutes = NAMES[slot][1] if slot in NAMES else _WEEK
    return name, WindowSeen(window_minutes=minutes, slot=slot)


def _said(seen: WindowSeen, line: str, now_ms: int) -> WindowSeen | None:
    """The window with what this line adds to it; None when it adds nothing."""
    percent, resets = _PERCENT.search(line), _RESETS.search(line)
    if percent is None and resets is None:
        return None
    found = seen
    if percent is not None and seen.used_percent is None:
        said = float(percent["percent"])
        found = msgspec.structs.replace(found, used_percent=said if percent["side"] == "used" else 100.0 - said)
    if resets is not None and seen.resets_at is None:
        at_ms = instant_ms(resets["written"], now_ms, coming=True)
        found = msgspec.structs.replace(found, resets_at=None if at_ms is None else format_ms(at_ms))
    return found
