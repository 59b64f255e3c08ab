"""A child with a deadline: in a group of its own, heard only so far, gone when we are done with it.

A program is started once. It is asked to end (its input closes, then TERM), and what of its group is still there half a
second later is killed; nothing that stays in the group outlives the `with`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, NamedTuple, Self

from codex_loop.sources.samples.event import NotSaid

OUTPUT = 4 << 20
"""No answer about limits is longer; a program that says more is cut off and ended."""
GRACE_S = 0.5
_CHUNK = 1 << 16
if sys.platform == "win32":
    _OWN_GROUP = subprocess.CREATE_NEW_PROCESS_GROUP
    _TERM = signal.CTRL_BREAK_EVENT
else:
    _OWN_GROUP = 0
    _TERM = signal.SIGTERM
_LOOK_S = 0.02
_PIPES_S = 0.2
_LAST_WORDS_S = 1.0


class CannotStart(Exception):
    """The program is not there, or may not be run; the message says which and what to do."""


class Finished(NamedTuple):
    """How a program ended, and what it said until then."""

    exit_code: int | None
    """None: it was ended by us."""
    output: bytes
    errors: bytes
    timed_out: bool
    cut: bool
    """It said more than we listen to."""


class Child:
    """A running program; leaving the `with` ends it and everything it started in its group."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        environ: Mapping[str, str],
        cwd: Path,
        talks: bool = False,
        limit: int = OUTPUT,
    ) -> None:
        self.command = tuple(command)
        self._process = _start(command, environ, cwd, talks=talks)
        self._changed = threading.Condition()
        self.output = _Heard(self._process.stdout, limit, self._changed)
        self.errors = _Heard(self._process.stderr, limit, self._changed, to_the_end=True)
        self._taken = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.end(hurry=hurried(kind))

    def say(self, data: bytes) -> bool:
        """Whether the program took it."""
        pipe = self._process.stdin
        if pipe is None or pipe.closed:
            return False
        try:
            pipe.write(data)
            pipe.flush()
        except OSError:
            return False
        return True

    def line(self, until_s: float) -> bytes | None:
        """The next whole line it says; None when there is none before that instant, or no more."""
        with self._changed:
            while (end := self.output.data.find(b"\n", self._taken)) < 0:
                if self.output.over or not self._changed.wait(max(0.0, until_s - time.monotonic())):
                    return None
            found = bytes(self.output.data[self._taken : end])
            self._taken = end + 1
        return found

    def silent(self, until_s: float) -> bool:
        """Wait until it says no more, or more than we listen to; False when that instant came first."""
        with self._changed:
            while not (self.output.over and (self.errors.over or self.output.cut)):
                left_s = until_s - time.monotonic()
                if left_s <= 0:
                    return False
                # A program that is over may have left its pipes to somebody who keeps them open.
                if not self._changed.wait(min(left_s, _PIPES_S)) and _has_ended(self._process):
                    return True
        return True

    def ended(self, until_s: float) -> bool:
        """Whether the program itself ended before that instant. It is not reaped: its group keeps its number."""
        while not _has_ended(self._process):
            if time.monotonic() >= until_s:
                return False
            time.sleep(_LOOK_S)
        return True

    def unanswered(self, until_s: float) -> NotSaid:
        """Why a question got no answer."""
        if self.output.cut:
            return NotSaid("parse", "it said too much and nothing of limits")
        if not self.output.over:
            return NotSaid("timeout", "it did not answer in time")
        self.silent(min(until_s, time.monotonic() + _LAST_WORDS_S))
        return NotSaid("exec", f"it ended without an answer{last_words(bytes(self.errors.data))}")

    def close_input(self) -> None:
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()

    def end(self, *, hurry: bool = False) -> int | None:
        """End the whole group; the exit code of the program, if it ended by itself. `hurry`: no TERM first."""
        self.close_input()
        by_itself = _has_ended(self._process)
        if not by_itself and not hurry:
            _signal_group(self._process, kill=False)
            self.ended(time.monotonic() + GRACE_S)
        _signal_group(self._process, kill=True)
        code = self._process.wait()
        for heard in (self.output, self.errors):
            heard.close()
        return code if by_itself else None


class _Heard:
    """One pipe of a program, read by a thread until it ends or says too much."""

    def __init__(
        self, pipe: IO[bytes] | None, limit: int, changed: threading.Condition, *, to_the_end: bool = False
    ) -> None:
        assert pipe is not None
        self.data = bytearray()
        self.cut = self.over = False
        self._pipe, self._limit, self._changed = pipe, limit, changed
        self._to_the_end = to_the_end
        """What is too much is read and forgotten, so that the program is not held up."""
        self._thread = threading.Thread(target=self._read, name="agent-output", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._thread.join(GRACE_S)
        if not self._thread.is_alive():  # else somebody who left the group still holds the other end
            self._pipe.close()

    def _read(self) -> None:
        descriptor = self._pipe.fileno()
        while True:
            try:
                chunk = os.read(descriptor, _CHUNK)
            except OSError:
                chunk = b""
            with self._changed:
                self.data += chunk[: self._limit - len(self.data)]
                self.cut = bool(chunk) and len(self.data) >= self._limit
                self.over = not chunk or (self.cut and not self._to_the_end)
                self._changed.notify_all()
                if self.over:
                    return


def run(
    command: Sequence[str],
    *,
    environ: Mapping[str, str],
    cwd: Path,
    until_s: float,
    limit: int = OUTPUT,
) -> Finished:
    """Run a program to its end, or to that instant of the monotonic clock. Raise CannotStart when it does not start."""
    with Child(command, environ=environ, cwd=cwd, limit=limit) as child:
        child.silent(until_s)
        cut = child.output.cut
        timed_out = not cut and not child.ended(until_s)
        code = child.end()
        return Finished(code, bytes(child.output.data), bytes(child.errors.data), timed_out, cut)


def hurried(kind: type[BaseException] | None) -> bool:
    """Whether we are being ended ourselves: whoever does that waits no longer for us than we do for our programs."""
    return kind is not None and issubclass(kind, SystemExit | KeyboardInterrupt)


def last_words(errors: bytes) -> str:
    """The last line a program said of its failure, to be put behind a sentence."""
    lines = [line.strip() for line in errors.decode("utf-8", "replace").splitlines() if line.strip()]
    return f": {lines[-1][:160]}" if lines else ""


def _start(command: Sequence[str], environ: Mapping[str, str], cwd: Path, *, talks: bool) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command,
            cwd=cwd,
            env=dict(environ),
            stdin=subprocess.PIPE if talks else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=sys.platform != "win32",
            creationflags=_OWN_GROUP,
        )
    except OSError as error:
        raise CannotStart(f"{command[0]} cannot be started: {error.strerror or error}") from error


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    if sys.platform == "win32" or not hasattr(os, "waitid"):
        return process.poll() is not None
    if process.returncode is not None:
        return True
    # Left unreaped: the number of a group is nobody else's while its first process is not forgotten.
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _signal_group(process: subprocess.Popen[bytes], *, kill: bool) -> None:
    if process.returncode is not None:
        return
    if sys.platform == "win32":
        _end_tree(process, kill=kill)
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS refuses to signal a group of the dead
        os.killpg(process.pid, signal.SIGKILL if kill else _TERM)


def _end_tree(process: subprocess.Popen[bytes], *, kill: bool) -> None:
    """Windows has no groups to kill, but knows who started whom."""
    with contextlib.suppress(OSError, ValueError):
        if kill:
            subprocess.run(["taskkill", "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False)
            process.kill()
        else:
            process.send_signal(_TERM)
