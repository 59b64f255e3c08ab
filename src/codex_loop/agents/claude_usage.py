"""Claude Code's /usage, printed: `claude -p "/usage"`. No model is called, no session is kept."""

from __future__ import annotations

from codex_loop.agents.claude_control import ALONE
from codex_loop.agents.place import Place
from codex_loop.agents.processes import last_words, run
from codex_loop.clock import Clock
from codex_loop.sources.claude.usage_text import limits, why_not
from codex_loop.sources.samples.event import NotSaid, Reading


def ask(place: Place, until_s: float, clock: Clock) -> Reading:
    """The limits as /usage prints them. Raise NotSaid when it does not, CannotStart.

    A release that does not know these flags refuses to start, so that none of them takes /usage for a prompt.
    """
    command = [*place.command, "-p", "/usage", *ALONE]
    done = run(command, environ=place.environ, cwd=place.folder, until_s=until_s)
    text = done.output.decode("utf-8", "replace")
    found = limits(text, clock.now_ms())
    if found is not None:
        return found
    if done.timed_out:
        raise NotSaid("timeout", "it did not answer in time")
    if done.exit_code:
        raise NotSaid("exec", f"it ended with exit code {done.exit_code}{last_words(done.errors or done.output)}")
    raise why_not(text)
