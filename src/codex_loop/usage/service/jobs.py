"""What can run by itself, as a table: one line for each job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Job(NamedTuple):
    """A command of ours that is run again and again."""

    name: str
    description: str
    words: tuple[str, ...]
    """The command line after `codex-loop`."""
    system_words: tuple[str, ...]
    """The same where it runs for the whole machine."""
    every_s: int
    timeout_s: int
    """When it has to be over; the next run would come too late for a hanging one."""


JOBS: Mapping[str, Job] = {
    "sampler": Job(
        name="sampler",
        description="how the limits of Codex and Claude Code stand",
        words=("sample",),
        system_words=("sample", "--data-dir", "/var/lib/cctrack"),
        every_s=300,
        timeout_s=90,
    ),
    "daily": Job(
        name="daily",
        description="the whole loop over what Codex and Claude Code did since yesterday",
        words=("daily",),
        system_words=("daily",),
        every_s=86_400,
        timeout_s=3600,
    ),
}
