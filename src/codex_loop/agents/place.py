"""Which program is asked, in which folder, with which environment."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from codex_loop.sources.samples.spellings import Tool

_INNER = ("CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT", "CLAUDE_CODE_SSE_PORT", "TMUX", "TMUX_PANE")
"""Told to the children of an agent and of a terminal; a program that is asked is not one of them."""
_HOME = {"codex": ("CODEX_HOME", ".codex"), "claude": ("CLAUDE_CONFIG_DIR", ".claude")}


class Place(NamedTuple):
    """One agent's program, ready to be started."""

    command: tuple[str, ...]
    folder: Path
    """An empty folder of ours: no project's settings, hooks or servers are loaded with it."""
    environ: Mapping[str, str]


class NoProgram(Exception):
    """The agent's program is not on this machine, or may not be run; the message says which and what to do."""


def find(agent: Tool, named: str | None, *, home: Path | None, folder: Path, environ: Mapping[str, str]) -> Place:
    """The program the user named, or the one on the PATH. Raise NoProgram."""
    wanted = named or agent
    program = shutil.which(os.path.expanduser(wanted), path=environ.get("PATH"))  # noqa: PTH111  # a bare name stays one
    if program is None:
        raise NoProgram(_missing(agent, named))
    folder.mkdir(parents=True, exist_ok=True)
    return Place((str(Path(program).absolute()),), folder, _environment(agent, home, environ))


def _missing(agent: Tool, named: str | None) -> str:
    option = f"cctrack-{agent}-status --{agent}-bin"
    if named is None:
        return f"{agent} is not on the PATH; install it, or name it with {option}"
    if Path(named).expanduser().is_file():
        return f"{named} may not be run; make it executable, or name another program with {option}"
    return f"there is no program {named}; name the right one with {option}"


def _environment(agent: Tool, home: Path | None, environ: Mapping[str, str]) -> dict[str, str]:
    variable, usual = _HOME[agent]
    own = {name: value for name, value in environ.items() if name not in _INNER}
    # Claude Code keeps its login elsewhere as soon as it is told a folder, even if that is the usual one.
    if home is not None and home != Path.home() / usual:
        own[variable] = str(home.absolute())
    return own
