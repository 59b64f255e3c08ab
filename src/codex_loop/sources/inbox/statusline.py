"""`statusline-YYYYMMDD.jsonl`: the limits of a Claude subscription as Claude Code told its statusline.

A line says what holds for the account, whichever session it came from; it is kept without the session.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from math import isfinite
from pathlib import Path

import msgspec

from codex_loop.model.keys import chain, key
from codex_loop.model.records import LimitObserved
from codex_loop.sources.base import Decoded, Found, Homes, Line, Reject
from codex_loop.sources.fields import Body, as_body, body, text
from codex_loop.sources.lines import BadLine, parse, trim
from codex_loop.sources.samples.spellings import FULL, minutes_of

NAME = "claude-statusline"
FOLDER = "inbox"
PATTERN = re.compile(r"statusline-\d{8}\.jsonl")
SCHEMA = "codex-loop/statusline/"

_object: msgspec.json.Decoder[object] = msgspec.json.Decoder()
_LATEST_MS = 1 << 48


class StatuslineState(msgspec.Struct):
    last: int = 0
    """Key of the line before, and how often it came in a row."""
    repeated: int = 0


class ClaudeStatusline:
    name = NAME
    agent = "claude"
    version = 1
    state = StatuslineState

    def discover(self, homes: Homes) -> Iterator[Found]:
        for place in (*homes.data, *homes.extra):
            for folder in (place / FOLDER, place):
                yield from (Found(path, NAME) for path in _files(folder))

    def fingerprint(self, path: Path, head: bytes) -> bool:
        del path
        return f'"schema":"{SCHEMA}'.encode() in head.split(b"\n", 1)[0]

    def identify(self, state: StatuslineState, path: str, lines: Sequence[bytes]) -> list[int]:
        del path
        keys = []
        for raw in lines:
            found = chain(key(NAME, 0), trim(raw))
            state.repeated = state.repeated + 1 if found == state.last else 0
            state.last = found
            keys.append(chain(key(NAME, state.repeated), trim(raw)) if state.repeated else found)
        return keys

    def decode(self, state: StatuslineState, path: str, lines: Sequence[Line]) -> Decoded:
        del state, path
        decoded = Decoded()
        for line in lines:
            try:
                said = entry(line.data)
            except BadLine as error:
                if line.data.strip():
                    decoded.rejects.append(Reject(line.offset, str(error)))
                continue
            decoded.records += observed(said, line.offset)
            decoded.version = text(said, "version") or decoded.version
        return decoded


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


def _files(folder: Path) -> list[Path]:
    if PATTERN.fullmatch(folder.name):
        return [folder]
    try:
        return sorted(path for path in folder.iterdir() if PATTERN.fullmatch(path.name))
    except OSError:
        return []
