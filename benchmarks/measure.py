"""Whole processes, measured from outside: CPU, wall time and peak memory of a command and its children.

A command is what a user starts, interpreter and all. Two commands are compared in turns (A B A B …),
pair by pair, so that a machine that grows slow slows both; the median of the ratios is the answer.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

# Peaks between two looks are lost for the sum over the tree; the largest process is exact in any case.
LOOK_EVERY_S = 0.02
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def plain_environment() -> dict[str, str]:
    """Ours without what changes an interpreter: a user's has its byte code cached and its output buffered."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


class Cost(NamedTuple):
    """One run of one command. None means that this system cannot tell."""

    wall_s: float
    cpu_s: float | None
    largest_mb: float | None  # peak of the largest process
    tree_mb: float | None  # peak of the sum over all processes of the tree, shared pages counted each time
    code: int
    error: str  # the last line of stderr


class CommandFailedError(Exception):
    """A measured command did not do its work; a time for it would mean nothing."""


class Command(NamedTuple):
    """What to start, and what must be so before each start."""

    words: Sequence[str]
    environment: Mapping[str, str] | None = None
    before: Callable[[], None] | None = None

    def measured(self) -> Cost:
        """Run once. CommandFailedError unless it ends with 0."""
        if self.before:
            self.before()
        cost = run(self.words, self.environment)
        if cost.code != 0:
            raise CommandFailedError(f"{' '.join(self.words)} ended with {cost.code}: {cost.error}")
        return cost


def run(words: Sequence[str], environment: Mapping[str, str] | None = None) -> Cost:
    began = time.perf_counter()
    with subprocess.Popen(
        words,
        env=plain_environment() if environment is None else environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        watcher = _TreeWatcher(process.pid)
        watcher.start()
        error = process.stderr.read() if process.stderr else b""
        code, cpu_s, largest_mb = _wait(process)
        wall_s = time.perf_counter() - began
        watcher.stop()
    last = error.decode(errors="replace").strip().rsplit("\n", 1)[-1]
    return Cost(wall_s, cpu_s, largest_mb, watcher.peak_mb, code, last)


def _wait(process: subprocess.Popen[bytes]) -> tuple[int, float | None, float | None]:
    """Exit code, CPU and peak memory; the kernel adds up the children that were waited for."""
    if sys.platform == "win32":
        return process.wait(), None, None
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024
    return process.returncode, used.ru_utime + used.ru_stime, used.ru_maxrss * unit / 1e6


class _TreeWatcher(threading.Thread):
    """Looks at /proc now and then and keeps the largest sum. Elsewhere it sees nothing."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self._root = root
        self._ended = threading.Event()
        self.peak_mb: float | None = None

    def run(self) -> None:
        if not Path("/proc/self/statm").exists():
            return
        while True:
            now_mb = sum(_resident_bytes(pid) for pid in _tree(self._root)) / 1e6
            self.peak_mb = max(self.peak_mb or 0.0, now_mb)
            if self._ended.wait(LOOK_EVERY_S):
                return

    def stop(self) -> None:
        self._ended.set()
        self.join()


def _tree(root: int) -> list[int]:
    found, todo = [], [root]
    while todo:
        pid = todo.pop()
        found.append(pid)
        try:
            tasks = os.listdir(f"/proc/{pid}/task")
            for task in tasks:
                todo.extend(int(child) for child in Path(f"/proc/{pid}/task/{task}/children").read_text().split())
        except OSError:
            continue  # it ended while we looked
    return found


def _resident_bytes(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES
    except (OSError, IndexError):
        return 0


class Pairs(NamedTuple):
    """Runs of two commands in turns."""

    ours: list[Cost]
    theirs: list[Cost]

    def ratio(self, what: Callable[[Cost], float]) -> float:
        """The median of ours / theirs, pair by pair."""
        return median(what(our) / what(their) for our, their in zip(self.ours, self.theirs, strict=True))


def paired(ours: Command, theirs: Command, rounds: int) -> Pairs:
    """One warm-up of each, then `rounds` pairs."""
    ours.measured()
    theirs.measured()
    pairs = [(ours.measured(), theirs.measured()) for _ in range(rounds)]
    return Pairs([our for our, _ in pairs], [their for _, their in pairs])


def repeated(command: Command, rounds: int) -> list[Cost]:
    """One warm-up, then `rounds` runs."""
    command.measured()
    return [command.measured() for _ in range(rounds)]


def wall(cost: Cost) -> float:
    return cost.wall_s


def cpu(cost: Cost) -> float:
    """CPU seconds, or wall time on a system that cannot tell."""
    return cost.wall_s if cost.cpu_s is None else cost.cpu_s


def middle(costs: Sequence[Cost], what: Callable[[Cost], float]) -> float:
    return median(what(cost) for cost in costs)


def peak_mb(costs: Sequence[Cost]) -> float | None:
    """The worst sum over the process tree; the largest process where sums are not to be had."""
    sums = [cost.tree_mb for cost in costs if cost.tree_mb is not None]
    single = [cost.largest_mb for cost in costs if cost.largest_mb is not None]
    # A short command can end between two looks: its largest process is then the better number.
    return max([*sums, *single], default=None)
