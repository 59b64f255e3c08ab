"""Codex's /status page as text, framed (up to 0.120) or bare (since): it says what is LEFT, we keep what is USED."""

from __future__ import annotations

import re
from typing import Literal

from codex_loop.clock import format_ms
from codex_loop.sources.codex.status_snapshot import OURS, window_name
from codex_loop.sources.samples.event import NotSaid, Reading, WindowSeen
from codex_loop.sources.wall_clock import instant_ms

Ready = Literal["prompt", "a login", "whether to trust a folder", "which model to use", "an update", "a question"]

_FRAME = str.maketrans(dict.fromkeys("│╭╮╰╯─┃┏┓┗┛━", " "))
_BANNER = "OpenAI Codex (v"
_NOT_YET = re.compile(r"Limits:\s+(?:data )?not available|refresh requested|limits? .{0,20}loading", re.IGNORECASE)
_WINDOW = re.compile(
    r"^[ ]*(?P<name>[\w][\w .-]{0,40}?) limit:\s*(?:\[[^\]\n]*\]\s*)?(?P<percent>\d{1,3})%\s+(?P<side>left|used)"
    r"(?:\s*\(resets\s+(?P<resets>[^)\n]{1,40})\))?",
    re.MULTILINE,
)
_HEADING = re.compile(r"^[ ]*(?P<name>[\w][\w .-]{0,40}?) limit:[ ]*$", re.MULTILINE)
_CREDITS = re.compile(r"^[ ]*Credits:\s+(?P<credits>[\d.,]+|Unlimited)", re.MULTILINE | re.IGNORECASE)
_MENU = re.compile(r"^\s*[\u203a\u276f>▌]\s*\d\. ", re.MULTILINE)
_PROMPT = re.compile(r"^[\u203a▌] ", re.MULTILINE)
"""Both begin with a pointer to the right, whose shape changed with the releases."""
_TYPED = re.compile(r"^[\u203a▌] /status\s*$", re.MULTILINE)
_QUESTION = re.compile(r"\b(?:enter|return)(?:/esc)? (?:to )?(?:confirm|continue|select)\b", re.IGNORECASE)
_LOADING = re.compile(r"model:\s+loading")
_HOURS = re.compile(r"(\d{1,3})h")
_MINUTES = {"weekly": 10_080, "daily": 1_440, "monthly": 43_200, "annual": 525_600}
_ASKS: tuple[tuple[str, Ready], ...] = (
    ("sign in", "a login"),
    ("trust", "whether to trust a folder"),
    ("update", "an update"),
    ("model", "which model to use"),
)


def limits(screen: str, now_ms: int) -> Reading | None:
    """The limits on the last page that is to be seen; None when there are none on it, or not yet."""
    page = screen.translate(_FRAME)
    page = page[max(0, page.rfind(_BANNER)) :]
    windows: dict[str, WindowSeen] = {}
    for found in _WINDOW.finditer(page):
        seen = _window(found, page, now_ms)
        windows.setdefault(window_name(seen.limit_id or OURS, seen.window_minutes, seen.slot or ""), seen)
    credit = _CREDITS.search(page)
    if not windows and credit is None:
        return None
    return Reading(
        windows=windows,
        credits=_credits(credit["credits"]) if credit else None,
    )


def why_not(screen: str) -> NotSaid:
    """Why there are no limits on a page."""
    if says_later(screen):
        return NotSaid("unavailable", "its /status page says that limits are not available yet")
    return NotSaid("parse", "its /status page shows no limits that we can read")


def says_later(screen: str) -> bool:
    """Whether the last page says that the limits are still on their way."""
    return _NOT_YET.search(screen, max(0, screen.rfind(_BANNER))) is not None


def typed(screen: str) -> bool | None:
    """True once the prompt holds our command and nothing else."""
    return True if _TYPED.search(screen) and not _QUESTION.search(screen) else None


def ready(screen: str) -> Ready | None:
    """What the screen waits for: a prompt, or an answer that only its user can give; None while it is coming up."""
    if _MENU.search(screen) or _QUESTION.search(screen):
        lowered = screen.lower()
        return next((asks for word, asks in _ASKS if word in lowered), "a question")
    if "sign in with" in screen.lower():
        return "a login"
    return "prompt" if _PROMPT.search(screen) and not _LOADING.search(screen) else None


def _window(found: re.Match[str], page: str, now_ms: int) -> WindowSeen:
    name = found["name"].strip()
    # Another limit's windows stand below a line with its name.
    heading = next((each["name"] for each in reversed(list(_HEADING.finditer(page, 0, found.start())))), OURS)
    percent = float(found["percent"])
    resets_ms = instant_ms(found["resets"], now_ms, coming=False) if found["resets"] else None
    return WindowSeen(
        used_percent=100.0 - percent if found["side"] == "left" else percent,
        resets_at=None if resets_ms is None else format_ms(resets_ms),
        window_minutes=_minutes(name),
        limit_id=heading.strip(),
        slot=name,
    )


def _minutes(name: str) -> int | None:
    hours = _HOURS.fullmatch(name.lower())
    return int(hours[1]) * 60 if hours else _MINUTES.get(name.lower())


def _credits(written: str) -> str:
    """The page rounds them."""
    return "unlimited" if written.lower() == "unlimited" else f"about {written.rstrip('.')}"
