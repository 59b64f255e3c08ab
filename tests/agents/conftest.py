"""Programs written on the spot: what an agent's program might do, in a few lines of Python."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from codex_loop.agents.place import Place

Write = Callable[[str], Place]


@pytest.fixture
def program(tmp_path: Path) -> Write:
    """A place with a program that runs these lines; it finds its folder in `here`."""

    def write(lines: str) -> Place:
        head = f"import json, os, signal, subprocess, sys, time\nhere = {str(tmp_path)!r}\n"
        path = tmp_path / f"program{len(list(tmp_path.glob('program*')))}.py"
        path.write_text(head + textwrap.dedent(lines), encoding="utf-8")
        return Place((sys.executable, str(path)), tmp_path, {**os.environ, "TMUX": ""})

    return write


def alive(pid: int) -> bool:
    """Whether a process still runs; one that waits to be forgotten by its parent does not."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.strip().startswith("Z")


def gone(pid: int) -> bool:
    """Whether it is over, now or in a moment: a killed process is not over at once."""
    return patiently(lambda: not alive(pid))


def patiently(true: Callable[[], bool]) -> bool:
    """Whether it becomes true while a test is willing to wait."""
    end_s = time.monotonic() + 10
    while not true():
        if time.monotonic() > end_s:
            return False
        time.sleep(0.02)
    return True


def soon(seconds: float) -> float:
    """That many seconds from now on the monotonic clock."""
    return time.monotonic() + seconds
