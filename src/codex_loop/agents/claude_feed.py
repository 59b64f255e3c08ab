"""What Claude Code told its status line a moment ago: left in our inbox by `codex-loop statusline`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from codex_loop.sources.claude.usage_control import told
from codex_loop.sources.fields import Body, number
from codex_loop.sources.inbox.statusline import entry
from codex_loop.sources.lines import BadLine
from codex_loop.sources.samples.event import NotSaid, Reading

PATTERN = "statusline-*.jsonl"
FRESH_MS = 5 * 60_000
"""What was told longer ago is not the present: other machines use the same account."""
_TAIL = 1 << 16


def newest(inbox: Path, now_ms: int) -> Reading:
    """What was told last, if that was a moment ago. Raise NotSaid otherwise."""
    files = sorted(inbox.glob(PATTERN)) if inbox.is_dir() else []
    if not files:
        raise NotSaid("unavailable", "no status line has told us anything yet; see `codex-loop statusline --help`")
    for at_ms, line in (found for path in reversed(files[-2:]) for found in _lines(path)):
        if now_ms - FRESH_MS <= at_ms <= now_ms:
            return told(line["rate_limits"], at_ms)
    raise NotSaid("unavailable", f"it told nothing of limits in the last {FRESH_MS // 60_000} minutes")


def _lines(path: Path) -> Iterator[tuple[int, Body]]:
    """The newest first, each with its time."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _TAIL))
            lines = file.read(_TAIL).splitlines()
    except OSError:
        return
    for raw in reversed(lines):
        try:
            line = entry(raw)
        except BadLine:
            continue
        at_ms = number(line, "time_ms")
        if at_ms is not None:
            yield at_ms, line
