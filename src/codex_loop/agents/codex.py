"""The ways to learn Codex's limits, the best first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from codex_loop.agents import codex_app_server, codex_pane
from codex_loop.agents.place import Place
from codex_loop.agents.status import Source
from codex_loop.agents.tmux import Terminal
from codex_loop.clock import Clock
from codex_loop.sources.codex import status_rollout

FRESH_MS = 5 * 60_000
"""What a response told longer ago is not the present: other machines use the same account."""


def sources(homes: Sequence[Path], place: Callable[[], Place], terminal: Terminal, *, clock: Clock) -> list[Source]:
    """`place` finds the program when the first source that needs it is asked."""
    return [
        Source("rollout", lambda _: status_rollout.newest(homes, clock.now_ms(), FRESH_MS), passive=True),
        Source("app-server", lambda until_s: codex_app_server.ask(place(), until_s), share=0.5),
        Source("status-pane", lambda until_s: codex_pane.ask(place(), terminal, until_s, clock)),
    ]
