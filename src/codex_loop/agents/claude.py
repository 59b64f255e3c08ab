"""The ways to learn Claude Code's limits, the best first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from codex_loop.agents import claude_control, claude_feed, claude_pane, claude_usage
from codex_loop.agents.place import Place
from codex_loop.agents.status import Source
from codex_loop.agents.tmux import Terminal
from codex_loop.clock import Clock


def sources(inbox: Path, place: Callable[[], Place], terminal: Terminal, *, clock: Clock) -> list[Source]:
    """`place` finds the program when the first source that needs it is asked."""
    return [
        Source("get-usage", lambda until_s: claude_control.ask(place(), until_s), share=0.4),
        Source("statusline", lambda _: claude_feed.newest(inbox, clock.now_ms()), passive=True),
        Source("usage-text", lambda until_s: claude_usage.ask(place(), until_s, clock), share=0.4),
        Source("status-pane", lambda until_s: claude_pane.ask(place(), terminal, until_s, clock)),
    ]
