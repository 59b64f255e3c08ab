"""Where a real agent runs in a test: its own home, a small project, a clean environment, and its processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

PROJECT_FILES = {
    "README.md": "# Demo\n\nA very small project.\n",
    "calc.py": "def add(a, b):\n    return a - b\n",
    "test_calc.py": "from calc import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n",
}
REPOSITORY = "https://github.com/example/demo.git"
_INHERITED = ("PATH", "SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "PATHEXT", "TEMP", "TMP", "WINDIR")
_SILENCE_S = 0.1

Json = dict[str, object]


@dataclass(frozen=True)
class Finished:
    """A process that ended by itself or was killed."""

    exit_code: int
    stream: Path
    errors: str


class Workplace:
    """Folders and environment of one agent; nothing of the machine's user is visible inside."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.home = self.root / "home"
        self.project = self.root / "proj"
        self.streams = self.root / "streams"
        for folder in (self.home, self.project, self.streams):
            folder.mkdir(parents=True, exist_ok=True)
        if not (self.project / ".git").exists():
            self._start_repository()

    def environment(self, **extra: str) -> dict[str, str]:
        """Only what a program cannot live without: an allowlist, so that no inherited setting changes a result."""
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        own = {"HOME": str(self.home), "USERPROFILE": str(self.home), "LANG": "C.UTF-8", "TZ": "UTC", "TERM": "dumb"}
        # A proxy that nobody answers: whatever an agent tries beyond the loopback fails at once, on every machine.
        offline = {"HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1,localhost"}
        return {**inherited, **own, **offline, **extra}

    def _start_repository(self) -> None:
        for name, text in PROJECT_FILES.items():
            (self.project / name).write_text(text, encoding="utf-8", newline="\n")
        who = {"NAME": "Dev", "EMAIL": "dev@example.com", "DATE": "2026-01-05T10:00:00Z"}
        names = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in who.items()}
        for arguments in (
            ["init", "-q", "-b", "main"],
            ["remote", "add", "origin", REPOSITORY],
            ["add", "."],
            ["commit", "-q", "-m", "Start"],
        ):
            subprocess.run(["git", *arguments], cwd=self.project, env=self.environment(**names), check=True)


class Running:
    """A started agent whose output lines are collected as they come."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        environment: Mapping[str, str],
        stream: Path,
        interactive: bool = False,
    ) -> None:
        self._stream = stream
        self._changed = threading.Condition()
        self.lines: list[Json] = []
        self._errors = stream.with_suffix(".stderr")
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                command,
                cwd=cwd,
                env=dict(environment),
                stdin=subprocess.PIPE if interactive else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        self._reader = threading.Thread(target=self._read, name="agent-output", daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self.kill()
        self._close_pipes()

    def send(self, message: Mapping[str, object]) -> None:
        pipe = self._process.stdin
        assert pipe is not None, "this agent has no input"
        pipe.write(json.dumps(message).encode() + b"\n")
        pipe.flush()

    def wait_for(self, wanted: Callable[[Json], bool], *, timeout_s: float = 60.0, after: int = 0) -> Json:
        """The first line, from line `after` on, that is wanted; an AssertionError names what came instead."""

        def hit() -> Json | None:
            return next((line for line in self.lines[after:] if wanted(line)), None)

        deadline = time.monotonic() + timeout_s
        with self._changed:
            while (found := hit()) is None:
                ended = not self._reader.is_alive()
                if ended or not self._changed.wait(timeout=max(0.0, min(_SILENCE_S * 5, deadline - time.monotonic()))):
                    if not ended and time.monotonic() < deadline:
                        continue
                    raise AssertionError(self._story())
            return found

    def finish(self, *, timeout_s: float = 120.0) -> Finished:
        """Close the input and wait for the end."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()
        try:
            code = self._process.wait(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the agent did not end within {timeout_s} s\n{self._story()}") from None
        self._reader.join(timeout=10)
        self._close_pipes()
        return Finished(code, self._stream, self._errors.read_text(errors="replace"))

    def signal(self, number: int) -> None:
        """Send a signal to the agent and every process it started."""
        if sys.platform == "win32":
            self._process.send_signal(number)
            return
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            pass  # it was quicker

    def interrupt(self, *, presses: int = 10) -> Finished:
        """Ctrl-C until the agent ends, as a person does: a release may lose the first one."""
        for _ in range(presses):
            self.signal(signal.SIGINT)
            try:
                self._process.wait(timeout=3)
                break
            except subprocess.TimeoutExpired:
                continue
        return self.finish(timeout_s=10)

    def kill(self) -> Finished:
        """End the whole process group at once, as a power cut would."""
        self.signal(signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
        code = self._process.wait(timeout=30)
        self._reader.join(timeout=10)
        self._close_pipes()
        return Finished(code, self._stream, self._errors.read_text(errors="replace"))

    def _close_pipes(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None and not pipe.closed:
                _close(pipe)

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._stream.open("ab") as copy:
            for raw in self._process.stdout:
                copy.write(raw)
                copy.flush()
                line = _parsed(raw)
                with self._changed:
                    if line is not None:
                        self.lines.append(line)
                    self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    def _story(self) -> str:
        tail = "\n".join(json.dumps(line)[:300] for line in self.lines[-12:])
        return f"last lines:\n{tail}\nstderr:\n{self._errors.read_text(errors='replace')[-2000:]}"


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except OSError:
        pass  # the other side went away with unread input


def _parsed(raw: bytes) -> Json | None:
    try:
        line = json.loads(raw)
    except ValueError:
        return None
    return line if isinstance(line, dict) else None
