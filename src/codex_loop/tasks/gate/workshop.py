"""Where tasks are tried: which Harbor, in what environment, how often."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from codex_loop.errors import CodexLoopError
from codex_loop.harbor import environments
from codex_loop.harbor import place as harbor_place
from codex_loop.harbor.place import Harbor
from codex_loop.settings import Settings

ATTEMPTS = 3
NOT_RUN = "not run: Harbor is not installed; `codex-loop measure setup` brings it"


class Workshop(NamedTuple):
    """What the gate works with. Without a Harbor it says only what can be said without running."""

    harbor: Harbor | None
    environment: str | None
    jobs_dir: Path
    attempts: int
    environ: Mapping[str, str]
    lacking: str | None = None
    """What keeps tasks from being run here, and what to do."""

    @property
    def label(self) -> str | None:
        """Where and by what tasks are run; None where they are not."""
        return None if self.harbor is None else f"{self.environment or 'default'}, Harbor {self.harbor.version}"


def open_workshop(
    settings: Settings,
    *,
    environ: Mapping[str, str] = os.environ,
    environment: str | None = None,
    attempts: int = ATTEMPTS,
) -> Workshop:
    """The workshop of this machine; one that cannot run says what is lacking instead of raising.

    An environment that was asked for by name and cannot be used does raise.
    """
    jobs = settings.data_dir / "jobs" / "gate"
    try:
        harbor = harbor_place.find(settings, environ)
    except CodexLoopError as error:
        return Workshop(None, None, jobs, attempts, environ, f"not run: {error}")
    try:
        chosen = environments.choose(environment or settings.environment, environ)
    except CodexLoopError as error:
        if environment is not None:
            raise
        return Workshop(None, None, jobs, attempts, environ, f"not run: {error}")
    return Workshop(harbor, chosen.kind, jobs, attempts, environ)
