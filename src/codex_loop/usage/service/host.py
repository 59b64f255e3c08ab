"""Where a job is to run: for one person or for the whole machine, under systemd or launchd."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from codex_loop.errors import MissingPrerequisite
from codex_loop.settings import FIELDS, config_file

Kind = Literal["systemd", "launchd"]

SYSTEM_DATA = Path("/var/lib/cctrack")
SYSTEM_ENVIRONMENT = Path("/etc/cctrack/env")
STATUS_PATHS = {"CLAUDE_STATUS_PATH": "cctrack-claude-status", "CODEX_STATUS_PATH": "cctrack-codex-status"}
"""Both variables that every service carries, and our own program for each."""

_NOT_FOR_ALL = {"CODEX_LOOP_DATA_DIR"}
"""What a person has set for themselves and the whole machine's service has in another place."""


class Host(NamedTuple):
    """Everything about this machine that a unit depends on."""

    kind: Kind
    system: bool
    user: str
    uid: int
    home: Path
    folder: Path
    """Where units are kept."""
    environment_file: Path
    python: tuple[str, ...]
    """How our package is run: absolute, since a service has no PATH to speak of."""
    variables: Mapping[str, str]
    """What the service is told."""
    data_dir: Path


def this_host(*, system: bool, user: str | None, data_dir: Path, environ: Mapping[str, str] = os.environ) -> Host:
    """The host as it is; MissingPrerequisite where there is neither systemd nor launchd."""
    kind = _kind()
    owner = user or environ.get("SUDO_USER") or _own_name()
    home = _home_of(owner) if system else Path.home()
    return Host(
        kind=kind,
        system=system,
        user=owner,
        uid=_uid(),
        home=home,
        folder=_folder(kind, environ, system=system),
        environment_file=SYSTEM_ENVIRONMENT if system else config_file(environ).with_name("env"),
        python=(sys.executable, "-P", "-m", "codex_loop"),
        variables=variables(environ, Path(sys.executable).parent, system=system),
        data_dir=SYSTEM_DATA if system else data_dir,
    )


def variables(environ: Mapping[str, str], scripts: Path, *, system: bool) -> dict[str, str]:
    """What a service is told: where programs are found, both status programs, and every setting that a variable makes.

    An empty status program stays empty: it says that the agent is not to be asked.
    """
    told = {"PATH": environ.get("PATH", os.defpath)}
    for name, script in STATUS_PATHS.items():
        ours = shutil.which(script, path=str(scripts))
        named = environ.get(name)
        if named:
            told[name] = shutil.which(str(Path(named).expanduser())) or named
        elif named is not None or ours is not None:
            told[name] = "" if named is not None else str(ours)
    known = {variable for field in FIELDS.values() for variable in field.variables}
    left_out = set(STATUS_PATHS) | (_NOT_FOR_ALL if system else set())
    told |= {name: environ[name] for name in sorted(known - left_out) if environ.get(name)}
    return told


def _kind() -> Kind:
    platform: str = sys.platform  # of this run, not of the type checker's
    if platform == "darwin":
        return "launchd"
    if platform.startswith("linux") and shutil.which("systemctl"):
        return "systemd"
    if platform == "win32":
        raise MissingPrerequisite(
            "services are made for systemd and launchd; on Windows let the Task Scheduler do it: "
            'schtasks /Create /SC MINUTE /MO 5 /TN codex-loop-sampler /TR "codex-loop sample"'
        )
    raise MissingPrerequisite(
        "services are made for systemd and launchd, and neither is here; let cron run `codex-loop sample` instead"
    )


def _folder(kind: Kind, environ: Mapping[str, str], *, system: bool) -> Path:
    if kind == "launchd":
        return Path("/Library/LaunchDaemons") if system else Path.home() / "Library" / "LaunchAgents"
    if system:
        return Path("/etc/systemd/system")
    named = environ.get("XDG_CONFIG_HOME", "")
    return (Path(named) if named.startswith("/") else Path.home() / ".config") / "systemd" / "user"


def _own_name() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number that has no name
        return str(_uid())


def _uid() -> int:
    if sys.platform == "win32":
        return 0
    else:
        return os.getuid()


def _home_of(user: str) -> Path:
    found = Path(f"~{user}")
    try:
        return found.expanduser()
    except RuntimeError:
        return Path.home()
