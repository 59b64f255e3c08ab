"""The programs that say how an agent's limits stand: which they are, how they are called, what they answered.

    <program> --format json --columns N --lines N --status-timeout S [--tmux-socket NAME]

prints one status event. A program is run once, whatever it answers: a second run to hear its complaint would be a
second look at the provider.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from codex_loop.agents import processes
from codex_loop.clock import Clock
from codex_loop.settings import Settings
from codex_loop.sources.samples.event import Failure, StatusEvent
from codex_loop.sources.samples.spellings import DETAIL, NotAnEvent, Tool, read
from codex_loop.usage.sampler.state import TOOLS

_json: msgspec.json.Decoder[object] = msgspec.json.Decoder()


class StatusTool(NamedTuple):
    """One source and its program; without a command it is disabled."""

    source: Tool
    command: tuple[str, ...] | None
    warning: str | None = None
    """What a person should know before it runs."""


class Ran(NamedTuple):
    """What became of a program that was run once."""

    exit_code: int | None
    """None: it was ended at its deadline, or never began."""
    stdout: bytes = b""
    stderr: bytes = b""
    problem: str | None = None
    """Why it never began."""


Run = Callable[[Sequence[str], float], Ran]
"""Runs a command to its end or to its deadline in seconds, and leaves nothing of it behind."""


def status_tools(settings: Settings) -> tuple[StatusTool, StatusTool]:
    """Both sources, in the order in which they are captured."""
    claude, codex = (_status_tool(tool, getattr(settings, f"{tool}_status")) for tool in TOOLS)
    return claude, codex


def _status_tool(source: Tool, path: str | None) -> StatusTool:
    name = f"{source.upper()}_STATUS_PATH"
    if path is None:
        call = f"import sys; from codex_loop.cli.agent_status import {source}; sys.exit({source}())"
        return StatusTool(source, (sys.executable, "-P", "-c", call))
    if not path.strip():
        return StatusTool(source, None, f"{source} is disabled: {name} is empty; unset it to use our own program")
    place = str(Path(path).expanduser())
    program = shutil.which(place)
    if program is not None:
        # It is run in another folder, where a relative path would lead elsewhere.
        return StatusTool(source, (str(Path(program).absolute()),))
    what = "is not executable" if os.path.exists(place) else "does not exist"  # noqa: PTH110  # may hold any byte
    return StatusTool(source, (place,), f"{source} cannot be captured: {place} {what}; set {name} to a status program")


def runner(folder: Path, clock: Clock) -> Run:
    """Runs programs in that folder with this process's environment."""

    def run(command: Sequence[str], seconds: float) -> Ran:
        try:
            done = processes.run(command, environ=os.environ, cwd=folder, until_s=clock.monotonic_s() + seconds)
        except processes.CannotStart as error:
            return Ran(None, problem=str(error))
        return Ran(None if done.timed_out else done.exit_code, done.output, done.errors)

    return run


def arguments(columns: int, lines: int, timeout_s: float, tmux_socket: str | None) -> list[str]:
    """What follows the program's name."""
    said = ["--format", "json", "--columns", str(columns), "--lines", str(lines), "--status-timeout", f"{timeout_s:g}"]
    return [*said, "--tmux-socket", tmux_socket] if tmux_socket else said


def answer(ran: Ran, timeout_s: float) -> StatusEvent | Failure:
    """The event in what a program printed, or why there is none. A failure that the program states is believed."""
    if ran.problem is not None:
        return Failure(reason="exec", detail=ran.problem)
    if ran.exit_code is None:
        return Failure(reason="timeout", detail=f"no answer within {timeout_s:g} s")
    found = _event(ran.stdout)
    stated = found.error if isinstance(found, StatusEvent) else None
    if stated is None and ran.exit_code != 0:
        return Failure(reason="exec", detail=f"exit code {ran.exit_code}{_said(ran.stderr)}")
    if isinstance(found, StatusEvent) and stated is None and not found.windows and found.credits is None:
        return Failure(reason="unavailable", detail="it named no window")
    return stated or found


def _event(stdout: bytes) -> StatusEvent | Failure:
    """The whole output, or else its last line: what a shell prints before it does not matter."""
    text = stdout.strip()
    if not text:
        return Failure(reason="parse", detail="it printed nothing")
    problem = "no JSON"
    for candidate in (text, text.rsplit(b"\n", 1)[-1]):
        try:
            return read(_json.decode(candidate)).event
        except NotAnEvent as error:
            problem = str(error)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
    return Failure(reason="parse", detail=f"{problem}: {_shown(text)[:80]}")


def _said(stderr: bytes) -> str:
    lines = stderr.strip().splitlines()
    return f": {_shown(lines[-1])}" if lines else ""


def _shown(text: bytes) -> str:
    return text[:DETAIL].decode("utf-8", "replace")
