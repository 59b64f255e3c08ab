"""What Claude Code told its status line a moment ago: left in our inbox by `codex-loop statusline`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from codex_loop.sources.claude.usage_control import told
from codex_loop.sources.fields import Body, as_body, body, number, text, time_ms
from codex_loop.sources.samples.event import NotSaid, Reading

PATTERN = "statusline-*.jsonl"
FRESH_MS = 5 * 60_000
"""What was told longer ago is not the present: other machines use the same account."""
_TAIL = 1 << 16

_any: msgspec.json.Decoder[object] = msgspec.json.Decoder()


def newest(inbox: Path, now_ms: int) -> Reading:
    """What was told last, if that was a moment ago. Raise NotSaid otherwise."""
    files = sorted(inbox.glob(PATTERN)) if inbox.is_dir() else []
    if not files:
        raise NotSaid("unavailable", "no status line has told us anything yet; see `codex-loop statusline --help`")
    for at_ms, line in (found for path in reversed(files[-2:]) for found in _lines(path)):
        limits = body(line, "rate_limits")
        if limits and now_ms - FRESH_MS <= at_ms <= now_ms:
            return told(limits, at_ms)
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
            line = as_body(_any.decode(raw))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        at_ms = number(line, "at_ms", "time_ms", "observed_ms")
        at_ms = time_ms(text(line, "timestamp", "at", "time", "observed_at")) if at_ms is None else at_ms
        if at_ms is not None:
            yield at_ms, line
