"""A terminal nobody sees: a program drawn in a tmux session of ours, its screen read as text.

tmux runs in its control mode, as our child: commands go in, answers come out, and the session lives only as long as
that child. So nothing of it is left when we are done, nor when we are killed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Self, TypeVar

from codex_loop.agents.place import Place
from codex_loop.agents.processes import Child, hurried
from codex_loop.sources.samples.event import NotSaid

SCROLLBACK = 100
"""Lines above the screen that are read as well: a page may be longer than the terminal is high."""
_OUTPUT = 32 << 20
"""Whatever is drawn comes by as well. Asking tmux 3.3 to leave it out while something waits to be sent silences it."""
_LOOK_S = 0.25
_SETTLED_S = 0.6
_ENDING_S = 0.3

Found = TypeVar("Found")


class Terminal(NamedTuple):
    """How large it is, and on which socket; None: one in a folder of its own."""

    columns: int = 160
    lines: int = 50
    socket: str | None = None


class Pane:
    """One program in one terminal; leaving the `with` ends both."""

    def __init__(self, place: Place, command: Sequence[str], terminal: Terminal, until_s: float) -> None:
        tmux = shutil.which("tmux", path=place.environ.get("PATH"))
        if tmux is None:
            raise NotSaid("exec", "tmux is not installed; its package is called tmux")
        self._until_s = until_s
        self._name = f"codex-loop-{os.getpid()}"
        self._own = None if terminal.socket else Path(tempfile.mkdtemp(prefix="cl-"))
        self._pane: int | None = None
        size = ["-x", str(terminal.columns), "-y", str(terminal.lines)]
        # A server that is already there has an environment of its own, perhaps of another terminal.
        program = ["env", *_unset(place), *_homes(place), *command]
        start = [tmux, *_socket(terminal, self._own), "-f", os.devnull, "-C", "new-session", *size, "-s", self._name]
        try:
            self._child = Child([*start, *program], environ=place.environ, cwd=place.folder, talks=True, limit=_OUTPUT)
        except BaseException:
            self._tidy()
            raise

    def __enter__(self) -> Self:
        try:
            self._prepare()
        except BaseException as error:
            self.end(hurry=hurried(type(error)))
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.end(hurry=hurried(kind))

    def type(self, text: str) -> None:
        """Send text as keys, without a return."""
        self._tell(f"send-keys -l -- {_quoted(text)}")

    def press(self, key: str) -> None:
        """Send one key by its name."""
        self._tell(f"send-keys {key}")

    def screen(self) -> str:
        """What is to be seen, and a little above it."""
        return "\n".join(self._tell(f"capture-pane -p -J -S -{SCROLLBACK}"))

    def wait(self, wanted: Callable[[str], Found | None], until_s: float | None = None) -> Found | None:
        """What `wanted` finds on the screen, as soon as it finds it; None when that instant came first."""
        end_s = self._until_s if until_s is None else min(until_s, self._until_s)
        while True:
            found = wanted(self.screen())
            if found is not None or time.monotonic() + 2 * _LOOK_S >= end_s:
                return found
            time.sleep(_LOOK_S)

    def settled(self, wanted: Callable[[str], Found | None], until_s: float) -> Found | None:
        """What `wanted` finds twice, a moment apart: a screen is drawn in pieces, and a question may come last."""
        while True:
            found = self.wait(wanted, until_s)
            if found is None:
                return None
            time.sleep(_SETTLED_S)
            if wanted(self.screen()) == found:
                return found

    def end(self, *, hurry: bool = False) -> None:
        """End the program and the session; the server ends by itself when it has no other."""
        if not hurry:
            _signal(self._pane, kill=False)
        self._child.say(f"kill-session -t {self._name}\n".encode())
        self._child.ended(time.monotonic() + _ENDING_S)
        _signal(self._pane, kill=True)
        self._child.end(hurry=hurry)
        self._tidy()

    def _tidy(self) -> None:
        if self._own is not None:
            shutil.rmtree(self._own, ignore_errors=True)

    def _prepare(self) -> None:
        self._answer("0")
        # The session goes when we go, however that comes.
        self._tell(f"set-option -t {self._name} destroy-unattached on")
        told = self._tell("display-message -p '#{pane_pid}'")
        self._pane = int(told[0]) if told and told[0].isdigit() else None

    def _tell(self, command: str) -> list[str]:
        """Give tmux a command: the lines of its answer; none when it refuses, as an old tmux may."""
        self._child.say(f"{command}\n".encode())
        return self._answer("1")

    def _answer(self, ours: str) -> list[str]:
        """The lines between `%begin` and `%end` of the next answer; `ours` is 1 for answers to what we said."""
        number, lines = "", list[str]()
        while (raw := self._child.line(self._until_s)) is not None:
            line = raw.decode("utf-8", "replace").rstrip("\r")
            words = line.split(" ")
            if not number:
                if words[0] == "%begin" and len(words) == 4 and words[3] == ours:
                    number = words[2]
            elif words[0] in ("%end", "%error") and len(words) == 4 and words[2] == number:
                return lines if words[0] == "%end" else []
            else:
                lines.append(line)
        if self._child.output.over and not self._child.output.cut:
            raise NotSaid("exec", "the program ended in its terminal before its page was there")
        raise self._child.unanswered(self._until_s)


def soon(until_s: float, wait_s: float) -> float:
    """That many seconds from now, but not after `until_s`."""
    return min(until_s, time.monotonic() + max(0.0, wait_s))


def _socket(terminal: Terminal, own: Path | None) -> list[str]:
    if own is not None:
        return ["-S", str(own / "tmux")]
    named = terminal.socket or ""
    return ["-S", named] if os.sep in named else ["-L", named]


def _unset(place: Place) -> list[str]:
    names = [name for name in ("TMUX", "TMUX_PANE", "CLAUDECODE") if name not in place.environ]
    # The size of another terminal would be believed before that of this one.
    return [word for name in (*names, "COLUMNS", "LINES") for word in ("-u", name)]


def _homes(place: Place) -> list[str]:
    homes = ("CODEX_HOME", "CLAUDE_CONFIG_DIR", "PATH", "HOME", "TZ")
    return [f"{name}={place.environ[name]}" for name in homes if name in place.environ]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _signal(leader: int | None, *, kill: bool) -> None:
    """To the group of the program in the pane, as long as it is one: tmux made it the first of its session."""
    if leader is None or sys.platform == "win32":
        return
    with contextlib.suppress(OSError):
        if os.getsid(leader) == leader:
            os.killpg(leader, signal.SIGKILL if kill else signal.SIGTERM)
