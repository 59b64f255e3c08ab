"""New samples into the store before somebody is answered, without letting them wait for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from codex_loop.errors import CodexLoopError
from codex_loop.sources.samples.files import FOLDER, PATTERN

Mark = frozenset[tuple[str, int, int]]


class Intake:
    """Takes in what the files of a folder have that the store has not, one thread at a time.

    Another process may hold the store for longer than Prometheus waits for a page: then the page is made from what is
    there, and what is new is taken in behind it.
    """

    def __init__(self, folder: Path, take: Callable[[], object]) -> None:
        self._folder = folder
        self._take = take
        self._lock = threading.Lock()
        self._running: threading.Thread | None = None
        self._taken: Mark | None = None
        self.problem: str | None = None
        """Why the last attempt failed; it is tried again by the next one."""

    def refresh(self, wait_s: float | None) -> None:
        """Everything that was there is stored when it returns, unless that takes longer than `wait_s`."""
        with self._lock:
            if self._running is None or not self._running.is_alive():
                mark = _mark(self._folder)
                if not mark or mark == self._taken:
                    return
                self._running = threading.Thread(target=self._run, args=(mark,), daemon=True)
                self._running.start()
            running = self._running
        running.join(wait_s)

    def _run(self, mark: Mark) -> None:
        try:
            self._take()
        except (CodexLoopError, OSError) as error:
            self.problem = str(error)
        else:
            self.problem, self._taken = None, mark


def _mark(folder: Path) -> Mark:
    """What changes whenever a file of samples does; a folder without any has nothing to take in."""
    found: set[tuple[str, int, int]] = set()
    for place in (folder, folder / FOLDER):
        try:
            files = [path for path in place.iterdir() if PATTERN.fullmatch(path.name)]
            facts = [(str(path), path.stat()) for path in files]
        except OSError:
            continue
        found.update((name, each.st_size, each.st_mtime_ns) for name, each in facts)
    return frozenset(found)
