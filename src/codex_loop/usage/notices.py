"""Telling a person that a limit is near, once: `due` finds what is new, `send` stores it and then tells it.

One notice for each window, cycle and threshold; of several thresholds passed at once the highest. A word that is old,
or of a cycle that has ended, is no news.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from codex_loop.clock import MINUTE_MS
from codex_loop.errors import SettingsError
from codex_loop.model.keys import key
from codex_loop.settings import Settings
from codex_loop.store import notices as store
from codex_loop.store.engine import Database
from codex_loop.store.notices import Notice
from codex_loop.store.sessions import moment
from codex_loop.usage import cycles
from codex_loop.usage.limits import LONG_HORIZON_MS, Standing, Window

RUNS_OUT = "runs-out"
SCHEMA = "codex-loop/notice/1"
DEADLINE_S = 10.0
"""How long one channel may take."""

Channel = Callable[[Notice], None]
"""Tells a person; raises OSError, with a sentence, when it could not."""


class Sent(NamedTuple):
    """A notice that was stored, and what became of it on each channel."""

    notice: Notice
    problems: Mapping[str, str]
    """By channel; a channel that is not here took it."""


def due(
    database: Database, standings: Sequence[Standing], now_ms: int, notify_at: Sequence[float]
) -> list[Notice]:  # fmt: skip
    """What is to be told now. Changes nothing."""
    wanted = [(each, threshold) for each in standings for threshold in _crossed(each, notify_at)]
    if not wanted:
        return []
    told = store.since(database, now_ms - LONG_HORIZON_MS)
    return [_notice(each, threshold, now_ms) for each, threshold in wanted if not _was_told(each, threshold, told)]


def send(database: Database, notices: Sequence[Notice], channels: Mapping[str, Channel]) -> list[Sent]:
    """Store each notice, then tell it on every channel. What another process stored first is left to that one.

    A channel that fails costs the others nothing. A notice is never told twice, not even after a crash in between.
    """
    named = [msgspec.structs.replace(each, channels=tuple(channels)) for each in notices]
    return [Sent(each, dict(_problems(each, channels))) for each in store.claim(database, named)]


def channels(settings: Settings, environ: Mapping[str, str] = os.environ) -> dict[str, Channel]:
    """The ways to a person that these settings name and this machine has."""
    found: dict[str, Channel] = {}
    desktop = _desktop(environ) if settings.notify_desktop else None
    if desktop is not None:
        found["desktop"] = desktop
    if settings.notify_command:
        found["command"] = _command(settings.notify_command)
    if settings.notify_webhook:
        found["webhook"] = _webhook(settings.notify_webhook)
    return found


def _crossed(standing: Standing, notify_at: Sequence[float]) -> Iterator[str]:
    window, forecast = standing.window, standing.forecast
    if window.state != "current" or window.used_percent is None or standing.cycle_began_ms is None:
        return
    crossed = [threshold for threshold in notify_at if window.used_percent >= threshold]
    if crossed:
        yield f"{max(crossed):g}"
    if forecast is not None and not forecast.lasts and forecast.confidence != "low" and window.used_percent < 100:
        yield RUNS_OUT


def _was_told(standing: Standing, threshold: str, told: Sequence[Notice]) -> bool:
    """Whether this cycle had this notice, or one of a higher threshold."""
    window = standing.window
    around_ms = cycles.tolerance_ms(window.minutes)
    return any(
        _covers(each.threshold, threshold)
        and (each.agent, each.account, each.limit_id) == (window.agent, window.account, window.limit_id)
        and each.window_key == window.key
        and abs(each.cycle_ms - _cycle_ms(standing)) <= around_ms
        and (standing.cycle_began_ms is None or each.time_ms >= standing.cycle_began_ms)
        for each in told
    )


def _covers(told: str, threshold: str) -> bool:
    if RUNS_OUT in (told, threshold):
        return told == threshold
    return float(told) >= float(threshold)


def _cycle_ms(standing: Standing) -> int:
    """What names the cycle: its end; of a window whose end nobody told, its beginning."""
    named_by = (standing.cycle_resets_ms, standing.cycle_began_ms)
    return next((each for each in named_by if each is not None), 0)


def _notice(standing: Standing, threshold: str, now_ms: int) -> Notice:
    window = standing.window
    cycle_ms = _cycle_ms(standing)
    name = (window.agent, window.account or "", window.limit_id, window.key)
    return Notice(
        key=key("notice", *name, cycle_ms, ascii(standing.cycle_began_ms), threshold),
        agent=window.agent,
        account=window.account,
        limit_id=window.limit_id,
        window_key=window.key,
        cycle_ms=cycle_ms,
        threshold=threshold,
        time_ms=now_ms,
        channels=(),
        message=_message(standing, threshold, now_ms),
    )


def _message(standing: Standing, threshold: str, now_ms: int) -> str:
    window, forecast = standing.window, standing.forecast
    name = named(window)
    resets = "" if window.resets_ms is None else f"; it resets in {_length(window.resets_ms - now_ms)}"
    if threshold == RUNS_OUT and forecast is not None and forecast.exhausts_ms is not None:
        return f"{name} runs out in {_length(forecast.exhausts_ms - now_ms)} if it goes on like this{resets}"
    if window.used_percent is not None and window.used_percent >= 100:
        return f"{name} is used up{resets}"
    return f"{name}: {window.used_percent:.0f} % used{resets}"


def named(window: Window) -> str:
    """`Codex weekly limit`, with the limit's own name where that says more."""
    limit = "" if window.limit_id == window.agent else f" {window.limit_id}"
    return f"{window.agent.capitalize()}{limit} {window.key.replace('_', ' ')} limit"


def _length(length_ms: int) -> str:
    minutes = max(length_ms, 0) // MINUTE_MS
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        return f"{days} d {hours:02d} h"
    return f"{hours} h {minutes % 60:02d} m" if hours else f"{minutes} m"


def _problems(notice: Notice, ways: Mapping[str, Channel]) -> Iterator[tuple[str, str]]:
    for name, tell in ways.items():
        try:
            tell(notice)
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            yield name, str(error) or type(error).__name__


def body(notice: Notice) -> bytes:
    """The notice as a program gets it. The account is a hash, and stays here."""
    return msgspec.json.encode(
        {
            "schema": SCHEMA,
            "message": notice.message,
            "agent": notice.agent,
            "limit": notice.limit_id,
            "window": notice.window_key,
            "threshold": notice.threshold,
            "cycle_ends_at": moment(notice.cycle_ms),
            "at": moment(notice.time_ms),
        }
    )


def _desktop(environ: Mapping[str, str]) -> Channel | None:
    if sys.platform == "darwin":
        script = 'on run words\ndisplay notification (item 1 of words) with title "codex-loop"\nend run'
        return _program(["osascript", "-e", script])
    there = environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY") or environ.get("DBUS_SESSION_BUS_ADDRESS")
    found = shutil.which("notify-send", path=environ.get("PATH")) if there else None
    return _program([found, "--app-name=codex-loop", "codex-loop"]) if found else None


def _command(line: str) -> Channel:
    """The user's own program: the sentence is its last word, the notice in JSON its input."""
    try:
        # Backslashes are part of names on Windows; there, quotes only hold words together.
        quoted = sys.platform == "win32"
        words = [word.strip('"') if quoted else word for word in shlex.split(line, posix=not quoted)]
    except ValueError as error:
        raise SettingsError("notify_command", problem=f"{line}: {error}") from error
    if not words:
        raise SettingsError("notify_command", problem="it names no program")
    return _program([os.path.expanduser(words[0]), *words[1:]])  # noqa: PTH111  # a bare name stays one: PATH decides


def _program(words: Sequence[str]) -> Channel:
    def tell(notice: Notice) -> None:
        # Its output is nobody's, and a pipe that a grandchild holds open would keep us waiting.
        done = subprocess.run(
            [*words, notice.message],
            input=body(notice),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=DEADLINE_S,
            check=False,
        )
        if done.returncode:
            raise OSError(f"{words[0]} ended with exit code {done.returncode}")

    return tell


def _webhook(url: str) -> Channel:
    def tell(notice: Notice) -> None:
        # Only those who have a webhook pay for an HTTP client.
        import urllib.request

        if not url.startswith(("http://", "https://")):
            raise OSError(f"{url} is no http address")
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(url, data=body(notice), headers=headers, method="POST")  # noqa: S310  # asked
        with urllib.request.urlopen(request, timeout=DEADLINE_S):  # noqa: S310  # above
            pass  # an answer that is no success is an HTTPError, which is an OSError

    return tell
