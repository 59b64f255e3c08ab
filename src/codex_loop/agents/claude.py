"""The ways to learn Claude Code's limits, the best first."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from codex_loop.agents import claude_control, claude_feed, claude_pane, claude_usage
from codex_loop.agents.place import Place
from codex_loop.agents.processes import run
from codex_loop.agents.status import Source
from codex_loop.agents.tmux import Terminal, soon
from codex_loop.clock import Clock
from codex_loop.sources.samples.event import NotSaid

QUIET = (2, 1)
"""The first releases that can be started without a model being called; those before warm up a model each time."""
_VERSION = re.compile(rb"(\d+)\.(\d+)\.\d+")
_VERSION_S = 5.0


def sources(inbox: Path, place: Callable[[], Place], terminal: Terminal, *, clock: Clock) -> list[Source]:
    """`place` finds the program when the first source that needs it is asked."""

    checked: list[Place] = []

    def program(until_s: float) -> Place:
        if not checked:
            refuse_old(place(), until_s)
            checked.append(place())
        return checked[0]

    return [
        Source("get-usage", lambda until_s: claude_control.ask(program(until_s), until_s), share=0.4),
        Source("statusline", lambda _: claude_feed.newest(inbox, clock.now_ms()), passive=True),
        Source("usage-text", lambda until_s: claude_usage.ask(program(until_s), until_s, clock), share=0.4),
        Source("status-pane", lambda until_s: claude_pane.ask(program(until_s), terminal, until_s, clock)),
    ]


def refuse_old(place: Place, until_s: float) -> None:
    """Raise NotSaid for a release that would spend tokens on being asked. One that names no version is asked."""
    named = run(
        [*place.command, "--version"], environ=place.environ, cwd=place.folder, until_s=soon(until_s, _VERSION_S)
    )
    found = _VERSION.search(named.output)
    if found is not None and (int(found[1]), int(found[2])) < QUIET:
        version, least = found[0].decode(), ".".join(map(str, QUIET))
        told = f"Claude Code {version} calls a model whenever it starts, so it is not asked"
        raise NotSaid("unavailable", f"{told}; update it to {least} or later", final=True)
