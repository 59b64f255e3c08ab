"""Running the real ccusage: the reports that there are, offline, with a deadline.

Which reports a release knows is found out by asking for them, never from its version: releases have dropped and added
some. ccusage fails in three ways, and each becomes a sentence: exit 2 with an empty stdout (no such report), exit 1
with a stack trace (version 18), exit 0 with nothing or an empty report.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from codex_loop.agents import processes
from codex_loop.errors import Degraded, MissingTool
from codex_loop.sources.ccusage import Kind, Rejected, Report, parse_all
from codex_loop.sources.ccusage.agents import of_agent
from codex_loop.sources.ccusage.values import NONE

Agent = Literal["codex", "claude", "all"]

NAMES = ("ccusage", "ccusage-codex")
"""What it is called; the second is the name of version 18's program for Codex, and in older notes of its users."""
DEADLINE_S = 120.0
_LARGEST = 256 << 20
_HINT = "install it with `npm install --global ccusage`, or name the program with --program"
_OPTIONS = ("--json", "--offline")
_SECTIONS: tuple[Kind, ...] = ("daily", "weekly", "monthly", "session")


class Done(NamedTuple):
    """What a process left; `code` is None when the deadline ended it."""

    code: int | None
    stdout: bytes
    stderr: bytes


Run = Callable[[Sequence[str], float], Done]
"""Runs an argument list for at most so many seconds."""


class Printed(NamedTuple):
    """What ccusage printed, and what it means."""

    command: str
    """As a person would type it, without the folder of the program."""
    text: str
    reports: tuple[Report, ...]


def program(named: str | None = None, which: Callable[[str], str | None] = shutil.which) -> str:
    """The ccusage to run: the named one, else the first on the PATH. Raises MissingTool."""
    for name in (named,) if named else NAMES:
        found = which(os.path.expanduser(name))  # noqa: PTH111  # a bare name stays a bare name: PATH decides
        if found:
            return found
    raise MissingTool(named or "ccusage", hint=_HINT)


def everything(
    ccusage: str, *, zone: str | None = None, timeout_s: float = DEADLINE_S, run: Run | None = None
) -> list[Printed]:
    """Days, weeks, months, sessions and blocks of all agents, as far as this release has them.

    Raises Degraded when there is none at all, Rejected when one of them cannot be read.
    """
    found = _periods(ccusage, zone, timeout_s, run)
    try:
        return [*found, ask(ccusage, "blocks", "all", zone=zone, timeout_s=timeout_s, run=run)]
    except Degraded:  # version 18 has none, nor has any without a folder of Claude
        return found
    except Rejected as error:
        if error.tag == NONE["blocks"]:
            return found
        raise


def _periods(ccusage: str, zone: str | None, timeout_s: float, run: Run | None) -> list[Printed]:
    """All that can be asked for in one go; where that is not possible, one after the other those that there are."""
    at_once = ("daily", "--sections", ",".join(_SECTIONS), "--by-agent")
    answer = _answer(ccusage, at_once, zone, timeout_s, run)
    first: Degraded | None = None
    try:
        printed = _read(answer)
    except Degraded as error:
        first = error
    else:
        if {report.kind for report in printed.reports} == set(_SECTIONS):  # older ones overlook what they do not know
            return [printed]
    found: list[Printed] = []
    for kind in _SECTIONS:
        try:
            found.append(ask(ccusage, kind, "all", zone=zone, timeout_s=timeout_s, run=run))
        except Degraded as error:  # a report that this release does not have
            first = first or error
    if first is not None and not found:
        raise first
    return found


def ask(
    ccusage: str,
    kind: Kind,
    agent: Agent = "codex",
    *,
    zone: str | None = None,
    timeout_s: float = DEADLINE_S,
    run: Run | None = None,
) -> Printed:
    """One report, of one agent alone if named. Degraded says why there is none; Rejected that it cannot be read.

    `reports` is that one report. Codex has no weeks and no blocks of its own in version 20: its weeks are those of the
    report of all agents.
    """
    first: Degraded | Rejected | None = None
    for words in _attempts(Path(ccusage).stem, kind, agent):
        answer = _answer(ccusage, words, zone, timeout_s, run)
        try:
            printed = _read(answer)
        except (Degraded, Rejected) as failure:
            first = first or failure
            continue
        report = _of(printed, kind, agent)
        if report is not None:
            return printed._replace(reports=(report,))
        first = first or Degraded(f"`{printed.command}` tells nothing of what was asked for")
    assert first is not None
    raise first


def _of(printed: Printed, kind: Kind, agent: Agent) -> Report | None:
    report = next((each for each in printed.reports if each.kind == kind), None)
    return report if report is None or agent == "all" else of_agent(report, agent)


def _attempts(name: str, kind: Kind, agent: Agent) -> list[tuple[str, ...]]:
    """The argument lists that may give this report, the best first."""
    if agent == "all":
        return [(kind,)] if kind in ("blocks", "session") else [(kind, "--by-agent"), (kind,)]
    if agent == "claude":
        return [("claude", kind), (kind,)]
    if kind == "weekly":
        return [("weekly", "--by-agent"), ("codex", "weekly"), ("weekly",)]
    attempts: list[tuple[str, ...]] = [("codex", kind), (kind,)]
    return attempts[::-1] if name == NAMES[1] else attempts


class _Answer(NamedTuple):
    command: str
    done: Done


def _answer(ccusage: str, words: Sequence[str], zone: str | None, timeout_s: float, run: Run | None) -> _Answer:
    """What the program does. Degraded when it does not finish: then it is not asked anything else."""
    options = (*words, *_OPTIONS, *(("--timezone", zone) if zone else ()))
    command = " ".join([Path(ccusage).stem, *options])
    done = (run or in_own_group)([ccusage, *options], timeout_s)
    if done.code is None:
        raise Degraded(f"`{command}` did not finish within {timeout_s:g} s and was ended; give it more with --timeout")
    return _Answer(command, done)


def _read(answer: _Answer) -> Printed:
    command, done = answer
    if done.code != 0:
        raise Degraded(f"`{command}` failed with exit code {done.code}: {_said(done.stderr)}")
    if not done.stdout.strip():
        raise Degraded(f"`{command}` printed nothing, though it says that it worked: {_said(done.stderr)}")
    text = done.stdout.decode("utf-8", "replace")
    return Printed(command, text, parse_all(text))


def _said(stderr: bytes) -> str:
    """The line of its complaint that says most: of a stack trace the one that names the error."""
    lines = [line.strip() for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    telling = next((line for line in lines if re.match(r"\w*Error\b", line)), None)
    said = telling or (lines[0] if lines else "it does not say why")
    return said[:200].rstrip(".")


def in_own_group(words: Sequence[str], timeout_s: float) -> Done:
    """Run a program with nothing on its stdin. At the deadline it is ended with all that it started.

    npm installs ccusage as a script that starts the native program: ending only the script would leave that running.
    """
    until_s = time.monotonic() + timeout_s
    try:
        done = processes.run(words, environ=os.environ, cwd=Path.cwd(), until_s=until_s, limit=_LARGEST)
    except processes.CannotStart as error:
        raise Degraded(f"{error}; name another with --program") from error
    if done.cut:
        raise Degraded(
            f"{words[0]} printed more than {_LARGEST >> 20} MiB, and was ended; that is no report of ccusage"
        )
    return Done(None if done.timed_out else done.exit_code, done.output, done.errors)
