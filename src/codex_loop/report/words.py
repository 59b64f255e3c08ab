"""The words that every form of the report uses."""

from __future__ import annotations

import re

from codex_loop.clock import HOUR_MS, MINUTE_MS, SECOND_MS
from codex_loop.report.summary import ProblemLine, Summary

_HIDDEN = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)], "\ufffd")
_BREAKS = dict.fromkeys(map(ord, "\t\n\r\v\f"), " ")

_RULER = re.compile(r"(?<!\S)([_=*#~-])\1{3,}(?!\S)")
"""What test programs draw around their headings: `____ test_x ____`, `==== FAILURES ====`."""
_NAME_ALONE = re.compile(r"(?:\S+:)?")
"""All that is left of `pytest: =====`: who said it."""

_LONGEST = 300
ARROWS = {"up": "↑", "down": "↓", "same": "→", "new": "new"}


def visible(text: str) -> str:
    """The text on one line; what could steer a terminal or reorder a line becomes a visible mark."""
    return text.translate(_HIDDEN | _BREAKS)


def about(problem: ProblemLine) -> str:
    """How often and where, and what a problem cost; what went well cost nothing that anybody minds."""
    told = f"{where(problem)}, severity {problem.severity:.2f}"
    return told if problem.type == "delight" else f"{told}, {cost(problem)}"


def cost(problem: ProblemLine) -> str:
    """What a problem cost, as far as clocks and counters tell."""
    parts = [] if problem.cost_ms is None else [length(problem.cost_ms)]
    parts += [] if problem.cost_tokens is None else [f"{thousands(problem.cost_tokens)} tokens"]
    return ", ".join(parts) or "cost unknown"


def length(span_ms: int) -> str:
    """`3 min`, `2.5 h`."""
    if span_ms < MINUTE_MS:
        return f"{span_ms / SECOND_MS:.0f} s"
    return f"{span_ms / MINUTE_MS:.0f} min" if span_ms < 2 * HOUR_MS else f"{span_ms / HOUR_MS:.1f} h"


def thousands(count: int) -> str:
    """`812`, `12k`, `3.4M`."""
    for size, unit in ((1_000_000, "M"), (1_000, "k")):
        if count >= size:
            value = count / size
            return f"{value:.1f}{unit}" if value < 10 else f"{value:.0f}{unit}"  # two digits are enough
    return str(count)


def where(problem: ProblemLine) -> str:
    """`14 signals in 6 sessions`."""
    signals = "1 signal" if problem.signals == 1 else f"{problem.signals} signals"
    return f"{signals} in {'1 session' if problem.sessions == 1 else f'{problem.sessions} sessions'}"


def period(summary: Summary) -> str:
    return "everything recorded" if summary.days is None else f"the last {summary.days} days"


def unruled(text: str) -> str:
    """The text without the rulers in it; empty where nothing else tells anything."""
    if not _RULER.search(text):
        return text
    left = " ".join(_RULER.sub(" ", text).split())
    return "" if _NAME_ALONE.fullmatch(left) else left


def told(title: str, text: str) -> str:
    """An excerpt in a line: what it is, and its words where it has any."""
    text = unruled(text)
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST - 1].rstrip()}…"
    return f"{title}: {text}" if text else title


def minute(instant: str | None) -> str:
    """`2026-11-21 22:53 UTC` of an instant as JSON writes it."""
    return "unknown" if instant is None else f"{instant[:10]} {instant[11:16]} UTC"
