"""`statusline-YYYYMMDD.jsonl`: the limits of a Claude subscription as Claude Code told its statusline.

A line says what holds for the account, whichever session it came from; it is kept without the session.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import isfinite
from pathlib import Path

import msgspec

from codex_loop.model.records import AnyRecord, LimitObserved
from codex_loop.sources.fields import Body, as_body, body, text
from codex_loop.sources.lines import BadLine, parse
from codex_loop.sources.own_files import OwnFiles
from codex_loop.sources.samples.spellings import FULL, minutes_of

NAME = "claude-statusline"
FOLDER = "inbox"
PATTERN = re.compile(r"statusline-\d{8}\.jsonl")
SCHEMA = "codex-loop/statusline/"

_object: msgspec.json.Decoder[object] = msgspec.json.Decoder()
_LATEST_MS = 1 << 48


class ClaudeStatusline(OwnFiles):
    name = NAME
    agent = "claude"
    folder = FOLDER
    pattern = PATTERN

    def fingerprint(self, path: Path, head: bytes) -> bool:
        del path
        return f'"schema":"{SCHEMA}'.encode() in head.split(b"\n", 1)[0]

    def told(self, line: bytes, offset: int) -> tuple[list[AnyRecord], str | None]:
        said = entry(line)
        return list(observed(said, offset)), text(said, "version")


def entry(line: bytes) -> Body:
    """The object on a line. Raise BadLine when it is none of the statusline's."""
    of = as_body(parse(_object, line))
    if not (text(of, "schema") or "").startswith(SCHEMA) or not isinstance(of.get("rate_limits"), dict):
        raise BadLine("no limits that a statusline was told")
    return of


def observed(of: Body, offset: int) -> Iterator[LimitObserved]:
    """Every window of which a line says something that can be."""
    at_ms = _whole(of.get("time_ms"))
    for slot, told in body(of, "rate_limits").items():
        window = as_body(told)
        used, resets_ms = _percent(window.get("used_percentage")), _whole(window.get("resets_at"), 1000)
        if used is None and resets_ms is None:
            continue
        yield LimitObserved(
            offset=offset,
            time_ms=at_ms,
            session="",
            limit_id="claude",
            slot=slot,
            window_minutes=minutes_of(slot),
            used_percent=used,
            resets_ms=resets_ms,
            agent="claude",
            via="statusline",
        )


def _percent(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if isfinite(value) and 0 <= value <= FULL else None


def _whole(value: object, unit: int = 1) -> int | None:
    """A positive number of milliseconds, told in milliseconds or in seconds."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return None
    found = int(value * unit) if abs(value) < _LATEST_MS else 0
    return found if 0 < found < _LATEST_MS else None
