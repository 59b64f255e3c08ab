"""What the provider told Codex itself a moment ago: the newest `rate_limits` in its rollouts.

A line is as old as its own time says. A fork's copied history bears the time of the copying, so limits stamped within
that moment are old numbers with a new time, and are passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from codex_loop.sources.codex.files import rollouts
from codex_loop.sources.codex.status_snapshot import limit_id, snapshot
from codex_loop.sources.fields import Body, as_body, body, text, time_ms
from codex_loop.sources.samples.event import NotSaid, Reading

TAIL = 1 << 20
"""How much of a file's end is looked at: some hundred lines, of which every response writes one with limits."""
_BURST_MS = 1000
_HEAD = 1 << 16

_any: msgspec.json.Decoder[object] = msgspec.json.Decoder()


class Told(NamedTuple):
    at_ms: int
    limit: Body


def newest(homes: Iterable[Path], now_ms: int, fresh_ms: int) -> Reading:
    """What was told last, if that was less than `fresh_ms` ago. Raise NotSaid otherwise."""
    changed = [path for path, at_ms in _changed(homes) if now_ms - at_ms <= fresh_ms]
    latest: dict[str, Told] = {}
    for told in (told for path in changed for told in _told(path)):
        name = limit_id(told.limit)
        if now_ms - fresh_ms <= told.at_ms <= now_ms and (name not in latest or latest[name].at_ms < told.at_ms):
            latest[name] = told
    if not latest:
        raise NotSaid("unavailable", f"no rollout of the last {fresh_ms // 60_000} minutes tells of limits")
    at_ms = max(told.at_ms for told in latest.values())
    return snapshot({name: told.limit for name, told in latest.items()}, at_ms)


def _changed(homes: Iterable[Path]) -> Iterator[tuple[Path, int]]:
    for home in homes:
        for path, unit in rollouts(home):
            try:
                if unit == "lines":
                    yield path, path.stat().st_mtime_ns // 1_000_000
            except OSError:  # gone since: Codex compresses and moves what is old
                continue


def _told(path: Path) -> Iterator[Told]:
    """The limits at the end of a file, the newest of each limit first."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
            size = file.seek(0, 2)
            file.seek(max(0, size - TAIL))
            lines = file.read(TAIL).splitlines()
    except OSError:
        return
    copied_until = _copied_until(head)
    seen: set[str] = set()
    for line in reversed(lines if size <= TAIL else lines[1:]):
        told = _of(line)
        if told is not None and told.at_ms > copied_until and limit_id(told.limit) not in seen:
            seen.add(limit_id(told.limit))
            yield told


def _copied_until(head: bytes) -> int:
    """The end of the moment in which a parent's history was copied into this file; 0 if none was."""
    first, second = (_line(raw) for raw in (*head.split(b"\n", 2)[:2], b"", b"")[:2])
    begun = time_ms(text(first, "timestamp"))
    if begun is None or text(first, "type") != "session_meta" or text(second, "type") != "session_meta":
        return 0
    return begun + _BURST_MS


def _of(line: bytes) -> Told | None:
    if b'"rate_limits"' not in line:
        return None
    record = _line(line)
    limit = body(body(record, "payload"), "rate_limits")
    at_ms = time_ms(text(record, "timestamp"))
    return Told(at_ms, limit) if limit and at_ms is not None else None


def _line(raw: bytes) -> Body:
    try:
        return as_body(_any.decode(raw))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
