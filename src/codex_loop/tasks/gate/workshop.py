"""Where tasks are tried: which Harbor, in what environment, how often."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from codex_loop.errors import CodexLoopError
from codex_loop.harbor import environments, stage
from codex_loop.harbor import place as harbor_place
from codex_loop.harbor.place import Harbor
from codex_loop.harbor.sandbox.built import BUILDS
from codex_loop.settings import Settings
from codex_loop.usage.lock import Held, locked

ATTEMPTS = 3
_BUILDS = ".builds-"
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


@contextmanager
def building_once(workshop: Workshop) -> Iterator[Workshop]:
    """The same, whose jobs copy what the first of them has built, until they are all done."""
    if workshop.harbor is None or BUILDS in workshop.environ:
        yield workshop
        return
    workshop.jobs_dir.mkdir(parents=True, exist_ok=True)
    _clear_left(workshop.jobs_dir)
    builds = workshop.jobs_dir / f"{_BUILDS}{secrets.token_hex(8)}"
    lock = _lock_of(builds)
    try:
        with locked(lock):  # before the folder is there: without its lock it would be taken for left behind
            builds.mkdir()
            try:
                yield workshop._replace(environ={**workshop.environ, BUILDS: str(builds)})
            finally:
                stage.clear(builds)
    finally:
        lock.unlink(missing_ok=True)


def _clear_left(jobs_dir: Path) -> None:
    """Remove what gates that were killed had built."""
    # Harbor goes on alone when its gate is killed, and still copies from there: then the next gate clears up.
    if any(_is_held(each) for each in jobs_dir.glob(".gate-*.lock")):
        return
    for left in sorted(jobs_dir.glob(f"{_BUILDS}*")):
        if left.is_dir() and not _is_held(_lock_of(left)):
            stage.clear(left)
            _lock_of(left).unlink(missing_ok=True)


def _lock_of(builds: Path) -> Path:
    return builds.with_name(f"{builds.name}.lock")


def _is_held(lock: Path) -> bool:
    try:
        with locked(lock):
            return False
    except Held:
        return True
