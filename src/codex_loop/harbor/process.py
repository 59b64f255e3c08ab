"""Harbor as a process: in a group of its own, its output in a file, ended with us."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from codex_loop.errors import Degraded, HarborUnusable

_TAIL = 1 << 16
if sys.platform == "win32":
    _OWN_GROUP = subprocess.CREATE_NEW_PROCESS_GROUP
    _TERM = signal.CTRL_BREAK_EVENT
else:
    _OWN_GROUP = 0
    _TERM = signal.SIGTERM
_ERROR = re.compile(r"^\s*│?\s*((?:[A-Za-z_.]*(?:Error|Exception|Exit)|Error): .+?)\s*│?\s*$")


class Process:
    """A running Harbor. Leaving the `with` early ends it; a TERM to us interrupts us, as a person would."""

    def __init__(self, command: Sequence[str], *, environ: Mapping[str, str], output: Path, held: int | None) -> None:
        self._output = output
        try:
            with output.open("wb") as sink:
                self._process = subprocess.Popen(
                    command,
                    env=dict(environ),
                    stdin=subprocess.DEVNULL,
                    stdout=sink,
                    stderr=subprocess.STDOUT,
                    start_new_session=sys.platform != "win32",
                    creationflags=_OWN_GROUP,
                    pass_fds=() if held is None else (held,),
                )
        except OSError as error:
            raise HarborUnusable(f"{command[0]} cannot be started: {error.strerror or error}") from error
        self._before: object = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGTERM, _interrupt)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before is not None:
            signal.signal(signal.SIGTERM, self._before)  # type: ignore[arg-type]  # what signal() gave us
        if kind is not None and kind is not KeyboardInterrupt:
            self.kill()

    @property
    def code(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.poll()

    def ended(self, wait_s: float) -> bool:
        """Whether it is over, waiting for that so long at most."""
        try:
            self._process.wait(wait_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self, grace_s: float) -> None:
        """Ask it to end, so that it can write what it has; a second interruption, or the end of its time, kills it."""
        try:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(_TERM)
            if self.ended(grace_s):
                return
        except KeyboardInterrupt:
            pass
        self.kill()

    def kill(self) -> None:
        """End it and what it started, at once."""
        if self.code is not None:
            return
        if sys.platform == "win32":
            subprocess.run(["taskkill", "/F", "/T", "/PID", str(self._process.pid)], capture_output=True, check=False)
        else:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def last_words(self) -> str:
        """The last error it wrote, else its last line."""
        try:
            data = self._output.read_bytes()[-_TAIL:]
        except OSError:
            return ""
        lines = [line for line in data.decode("utf-8", "replace").splitlines() if line.strip(" ─│╭╮╰╯")]
        errors = [found.group(1) for line in lines if (found := _ERROR.match(line))]
        return (errors or [line.strip(" │") for line in lines] or [""])[-1][:300]


@contextlib.contextmanager
def alone(path: Path, name: str) -> Iterator[int | None]:
    """Nobody else runs that job meanwhile; raise Degraded when somebody does.

    The lock goes on to Harbor with the descriptor that is given: should we be killed, it holds until Harbor ends.
    """
    if sys.platform == "win32":  # its locks do not go on to a child
        yield None
    else:
        import fcntl

        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                where = path.parent
                raise Degraded(f"{name} is still going on in {where}; wait for it, or choose another name") from error
            yield descriptor
        finally:
            os.close(descriptor)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
