"""Claude Code's statusline: what it says on stdin becomes one line for its foot, and its limits go to our inbox.

It is called every second or so: one read, one line out, one append at most, then the end. It never fails, whatever it
is given and whatever the disk says: Claude Code would show nothing at all. Of a session nothing is kept but its id.
"""

import os
import sys
import time
from math import isfinite

from codex_loop.cli import dials, hot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA = "codex-loop/statusline/1"
REPEAT_MS = 60_000
"""What does not change is told again after this time."""
DAY_BYTES = 4 << 20
"""More is not kept of one day."""
DEADLINE_S = 2.0
_GIVEN_BYTES = 1 << 20
_TAIL_BYTES = 4096
_LARGEST = 1e12
_NAMED = {"five_hour": "5h", "seven_day": "week"}


def run(options: "Mapping[str, str] | None") -> int:
    """Always 0, and always soon."""
    try:
        _end_in_time()
        if options is None:
            hot.say("codex-loop statusline: only --data-dir FOLDER is known here\n")
            return 0
        _run(hot.data_dir(options.get("--data-dir")))
    except Exception:  # noqa: BLE001, S110  # a missing line costs less than a broken one
        pass
    return 0


def _run(folder: str) -> None:
    import json

    given = b"" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.buffer.read(_GIVEN_BYTES)
    try:
        told = json.loads(given)
    except (ValueError, RecursionError):
        told = None
    told = told if isinstance(told, dict) else {}
    now_ms = time.time_ns() // 1_000_000
    limits = limits_in(told.get("rate_limits"))
    hot.say(line(told, limits, hot.status_page(folder), now_ms) + "\n")
    if limits:
        keep(os.path.join(folder, "inbox"), now_ms, told, limits)  # noqa: PTH118  # hot path


def limits_in(value: object) -> "dict[str, dict[str, float]]":
    """The windows in what Claude Code said: numbers only, and only those that can be."""
    found: dict[str, dict[str, float]] = {}
    for name, window in value.items() if isinstance(value, dict) else ():
        if not (isinstance(window, dict) and len(name) <= 40 and name.isascii() and name.isidentifier()):
            continue
        numbers = {key: window[key] for key in ("used_percentage", "resets_at") if _possible(window.get(key))}
        if numbers:
            found[name] = numbers
    return found


def line(
    told: "Mapping[str, object]", limits: "Mapping[str, Mapping[str, float]]", page: "Mapping[str, object]", now_ms: int
) -> str:
    """The model, Claude's limits as just told, the context, and Codex's dials."""
    model, context = _object(told, "model"), _object(told, "context_window")
    readings = dials.readings(page, now_ms)
    parts = [_plain(model.get("display_name") or model.get("id"))]
    if limits:
        parts += [_window(name, window, now_ms) for name, window in limits.items() if name in _NAMED]
    else:
        parts += [_coloured(each.text, each.kind) for each in readings if each.name in ("S", "W") and _was_told(each)]
    used = context.get("used_percentage")
    if _possible(used):
        parts.append(f"ctx {used:.0f}%")
    parts.append(
        " ".join(_coloured(each.text, each.kind) for each in readings if each.name[0] == "C" and _was_told(each))
    )
    return " · ".join(part for part in parts if part)


def keep(
    folder: str, now_ms: int, told: "Mapping[str, object]", limits: "Mapping[str, Mapping[str, float]]"
) -> bool:  # fmt: skip
    """Append what was told as one line, unless it was told a moment ago. Raises OSError."""
    import json

    entry = {
        "schema": SCHEMA,
        "time_ms": now_ms,
        "session_id": _identifier(told.get("session_id")),
        "model": _identifier(_object(told, "model").get("id")),
        "version": _identifier(told.get("version")),
        "rate_limits": limits,
    }
    data = json.dumps(entry, separators=(",", ":")).encode() + b"\n"
    name = time.strftime("statusline-%Y%m%d.jsonl", time.gmtime(now_ms // 1000))
    descriptor = _open(folder, name)
    try:
        size = os.fstat(descriptor).st_size
        os.lseek(descriptor, max(size - _TAIL_BYTES, 0), os.SEEK_SET)
        tail = os.read(descriptor, _TAIL_BYTES)
        if size + len(data) > DAY_BYTES or _just_told(tail, now_ms, limits):
            return False
        # What a crash tore off costs only itself.
        os.write(descriptor, data if not size or tail.endswith(b"\n") else b"\n" + data)
    finally:
        os.close(descriptor)
    return True


def _just_told(tail: bytes, now_ms: int, limits: "Mapping[str, Mapping[str, float]]") -> bool:
    # Several sessions tell the same limits in turn, some of them a little late: any of the last lines counts.
    import json

    for raw in tail.split(b"\n"):
        try:
            before = json.loads(raw)
        except ValueError:  # empty, or cut by the beginning of the tail
            continue
        if isinstance(before, dict) and before.get("rate_limits") == limits:
            then = before.get("time_ms")
            if isinstance(then, int) and 0 <= now_ms - then < REPEAT_MS:
                return True
    return False


def _open(folder: str, name: str) -> int:
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
    place = os.path.join(folder, name)  # noqa: PTH118  # hot path
    try:
        return os.open(place, flags, 0o600)
    except FileNotFoundError:
        os.makedirs(folder, mode=0o700, exist_ok=True)  # noqa: PTH103  # hot path
        return os.open(place, flags, 0o600)


def _end_in_time() -> None:
    """A reader or a disk that hangs must not leave one of us behind for every second."""
    import signal

    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, lambda *_: os._exit(0))
        signal.setitimer(signal.ITIMER_REAL, DEADLINE_S)


def _window(name: str, window: "Mapping[str, float]", now_ms: int) -> str:
    used, resets = window.get("used_percentage"), window.get("resets_at")
    left_ms = None if resets is None else resets * 1000 - now_ms
    if used is None or (left_ms is not None and left_ms <= 0):
        return f"{_NAMED[name]} –"
    text = f"{_NAMED[name]} {used:.0f}%" + (f" ↻{dials.length(left_ms)}" if left_ms is not None else "")
    return _coloured(text, "critical" if used >= dials.CRITICAL else "warning" if used >= dials.WARNING else "ok")


def _was_told(reading: dials.Reading) -> bool:
    return reading.used is not None or reading.age_ms is not None


def _coloured(text: str, kind: str) -> str:
    code = {"critical": 31, "warning": 33, "stale": 2, "unknown": 2}.get(kind)
    return text if code is None or os.environ.get("NO_COLOR") else f"\033[{code}m{text}\033[0m"


def _object(of: "Mapping[str, object]", name: str) -> "Mapping[str, object]":
    value = of.get(name)
    return value if isinstance(value, dict) else {}


def _plain(value: object) -> str:
    """Foreign text for a terminal: printable, and short."""
    return "".join(each for each in value if each.isprintable())[:40] if isinstance(value, str) else ""


def _identifier(value: object) -> str | None:
    """An id as such programs make them; any other text is none of ours to keep."""
    if not isinstance(value, str) or not 0 < len(value) <= 80:
        return None
    return value if all(each.isascii() and (each.isalnum() or each in "-_.:/@[]") for each in value) else None


def _possible(value: object) -> bool:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return plain and isfinite(value) and 0 <= value <= _LARGEST  # type: ignore[arg-type, operator]
