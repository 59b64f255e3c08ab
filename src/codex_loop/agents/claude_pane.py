"""Claude Code's /usage page, read from a terminal: the last resort. Nothing is answered for the user.

As any start of its terminal does, this one asks the provider with one tiny request of its own whether it may work.
"""

from __future__ import annotations

import time

from codex_loop.agents.place import Place
from codex_loop.agents.tmux import Pane, Terminal, soon
from codex_loop.clock import Clock
from codex_loop.sources.claude.usage_text import limits, ready, typed, why_not
from codex_loop.sources.samples.event import NotSaid, Reading

ALONE = ("--strict-mcp-config", "--settings", '{"disableAllHooks":true}')
_UP = 0.7
"""The share of the time in which it must have come up."""
_TYPED_S = 3.0
_PAUSE_S = 0.5
"""What is typed and sent at once is taken for a paste."""


def ask(place: Place, terminal: Terminal, until_s: float, clock: Clock) -> Reading:
    """The limits as the page shows them. Raise NotSaid when it does not, CannotStart."""
    with Pane(place, [*place.command, *ALONE], terminal, until_s) as pane:
        up = pane.settled(ready, soon(until_s, (until_s - time.monotonic()) * _UP))
        _require_prompt(up, place)
        pane.type("/usage")
        # Nothing is entered that is not where it belongs: what is asked meanwhile is not ours to answer.
        if pane.wait(typed, soon(until_s, _TYPED_S)) is None:
            _require_prompt(ready(pane.screen()), place)
            raise NotSaid("parse", "its prompt does not take what is typed")
        time.sleep(_PAUSE_S)
        pane.press("Enter")
        return _page(pane, until_s, clock)


def _require_prompt(up: str | None, place: Place) -> None:
    if up is None:
        raise NotSaid("timeout", "it did not come up in time")
    if up != "prompt":
        answer = f"run `claude` in {place.folder} and answer it"
        raise NotSaid("unavailable", f"a question waits at its start ({up}); {answer}")


def _page(pane: Pane, until_s: float, clock: Clock) -> Reading:
    last = ""

    def found(screen: str) -> Reading | None:
        nonlocal last
        last = screen
        return limits(screen, clock.now_ms())

    page = pane.settled(found, until_s)
    if page is None:
        raise why_not(last)
    return page
