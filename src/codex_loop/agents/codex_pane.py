"""Codex's /status page, read from a terminal: the last resort. Nothing is answered for the user, nothing is sent."""

from __future__ import annotations

import time
from typing import Literal

from codex_loop.agents.place import Place
from codex_loop.agents.processes import run
from codex_loop.agents.tmux import Pane, Terminal, soon
from codex_loop.clock import Clock
from codex_loop.sources.codex.status_pane import limits, ready, says_later, typed, why_not
from codex_loop.sources.samples.event import NotSaid, Reading

_QUIET = ("--no-alt-screen", "--no-daemon")
"""Draw where it can be read, and leave no server behind; each only where this release has it."""
_HELP_S = 5.0
_UP = 0.7
"""The share of the time in which it must have come up."""
_TYPED_S = 3.0
_PAGE_S = 4.0
_ROUND_S = 2.0
"""With less time than this no further page is asked for."""
_PAUSE_S = 0.5
"""What is typed and sent at once is taken for a paste."""


def ask(place: Place, terminal: Terminal, until_s: float, clock: Clock) -> Reading:
    """The limits as the page shows them. Raise NotSaid when it does not, CannotStart."""
    with Pane(place, [*place.command, *_flags(place, until_s)], terminal, until_s) as pane:
        up = pane.settled(ready, soon(until_s, (until_s - time.monotonic()) * _UP))
        _require_prompt(up)
        return _page(pane, until_s, clock)


def _require_prompt(up: str | None) -> None:
    if up is None:
        raise NotSaid("timeout", "it did not come up in time")
    if up != "prompt":
        raise NotSaid("unavailable", f"a question waits at its start ({up}); run `codex` once and answer it")


def _flags(place: Place, until_s: float) -> list[str]:
    known = run([*place.command, "--help"], environ=place.environ, cwd=place.folder, until_s=soon(until_s, _HELP_S))
    # Its folder is ours and empty, and this run alone is told so: no file of the user's is changed.
    folder = str(place.folder).replace("\\", "\\\\").replace('"', '\\"')
    trust = f'projects={{"{folder}"={{trust_level="trusted"}}}}'
    quiet = [flag for flag in _QUIET if flag.encode() in known.output]
    return [*quiet, "-c", trust, "-c", "check_for_update_on_startup=false"]


def _page(pane: Pane, until_s: float, clock: Clock) -> Reading:
    """The page asks for the limits while it is drawn: a second one has what the first had not yet."""
    last = ""

    def found(screen: str) -> Reading | Literal["later"] | None:
        nonlocal last
        last = screen
        return limits(screen, clock.now_ms()) or ("later" if says_later(screen) else None)

    while time.monotonic() + _ROUND_S < until_s or not last:
        pane.press("C-u")
        pane.type("/status")
        # Nothing is entered that is not where it belongs: what is asked meanwhile is not ours to answer.
        if pane.wait(typed, soon(until_s, _TYPED_S)) is None:
            _require_prompt(ready(pane.screen()))
            raise NotSaid("parse", "its prompt does not take what is typed")
        time.sleep(_PAUSE_S)
        pane.press("Enter")
        page = pane.settled(found, soon(until_s, _PAGE_S))
        if isinstance(page, Reading):
            return page
        time.sleep(_PAUSE_S)
    raise why_not(last)
