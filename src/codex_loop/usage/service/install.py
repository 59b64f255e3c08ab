"""Installing, asking after and removing a job: files are written whole, commands are run in order."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Literal

import msgspec

from codex_loop.errors import Degraded
from codex_loop.usage.sampler.tools import Ran, Run
from codex_loop.usage.service import launchd, systemd
from codex_loop.usage.service.host import Host
from codex_loop.usage.service.jobs import Job
from codex_loop.usage.service.units import Installation, UnitFile

COMMAND_S = 30.0

FileState = Literal["written", "unchanged", "added to", "removed", "kept", "absent", "different", "would be written",
                    "would be added to", "would be removed"]  # fmt: skip
_VARIABLE = re.compile(r"^\s*([A-Za-z_][A-Za-z0-9_]*)=", re.MULTILINE)


class ServiceFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of an installation, and what became of it."""

    path: str
    state: FileState
    content: str | None = None
    """Only where it is shown instead of written."""


def installation(job: Job, host: Host) -> Installation:
    """What the job needs on this host."""
    return systemd.installation(job, host) if host.kind == "systemd" else launchd.installation(job, host)


def planned(wanted: Installation) -> list[ServiceFile]:
    """What installing would write; changes nothing."""
    return [_planned(file) for file in wanted.files]


def install(wanted: Installation, run: Run) -> list[ServiceFile]:
    """Idempotent. Degraded when a command fails: what is written stays, and the message says what to run by hand."""
    if wanted.folder is not None:
        _make(wanted.folder, wanted.owner)
    done = [_write(file) for file in wanted.files]
    if all(file.state == "unchanged" for file in done):
        # Also a service that is stopped is started again, which costs nothing where it runs.
        _all(wanted.start, run)
        return done
    # launchd reads a changed list only when the old one is gone; there may be none.
    if wanted.start[0][0] == "launchctl":
        for command in wanted.stop:
            run(command, COMMAND_S)
    _all(wanted.start, run)
    return done


def remove(wanted: Installation, run: Run) -> list[ServiceFile]:
    """Idempotent. What a person may have changed stays."""
    units = [file for file in wanted.files if not file.a_persons]
    there = [file for file in units if file.path.exists()]
    if there:
        for command in wanted.stop:
            run(command, COMMAND_S)  # fails where it was never started: then there is nothing to stop
    return [_removed(file, dry=False) for file in wanted.files]


def removable(wanted: Installation) -> list[ServiceFile]:
    """What removing would do; changes nothing."""
    return [_removed(file, dry=True) for file in wanted.files]


def found(wanted: Installation) -> list[ServiceFile]:
    """What is there, held against what installing would write now."""
    states: list[ServiceFile] = []
    for file in wanted.files:
        present = _read(file.path)
        same = present == file.content or (file.a_persons and present is not None)
        state: FileState = "absent" if present is None else "unchanged" if same else "different"
        states.append(ServiceFile(path=str(file.path), state=state))
    return states


def asked(wanted: Installation, run: Run) -> Ran:
    """What the host says of the job."""
    return run(wanted.ask, COMMAND_S)


def _all(commands: tuple[tuple[str, ...], ...], run: Run) -> None:
    for number, command in enumerate(commands):
        ran = run(command, COMMAND_S)
        if ran.exit_code != 0:
            said = ran.problem or ran.stderr.decode("utf-8", "replace").strip() or "it did not end in time"
            left = "; ".join(" ".join(each) for each in commands[number:])
            raise Degraded(f"everything is written, but {' '.join(command)} failed ({said}); run: {left}")


def _make(folder: Path, owner: str | None) -> None:
    if folder.exists():
        return
    folder.mkdir(parents=True, mode=0o700)
    if owner is not None:
        shutil.chown(folder, owner)


def _planned(file: UnitFile) -> ServiceFile:
    present = _read(file.path)
    content = _merged(file, present)
    state: FileState = "would be added to" if file.a_persons and present is not None else "would be written"
    if present == content:
        state = "unchanged"
    return ServiceFile(path=str(file.path), state=state, content=content)


def _write(file: UnitFile) -> ServiceFile:
    present = _read(file.path)
    content = _merged(file, present)
    if present == content:
        return ServiceFile(path=str(file.path), state="unchanged")
    _replace(file.path, content, file.mode)
    return ServiceFile(path=str(file.path), state="added to" if file.a_persons and present is not None else "written")


def _merged(file: UnitFile, present: str | None) -> str:
    """A person's file keeps every line it has, and gets the variables that it does not set."""
    if present is None or not file.a_persons:
        return file.content
    set_already = set(_VARIABLE.findall(present))
    added = [line for line in file.content.splitlines() if _VARIABLE.match(line)]
    missing = [line for line in added if line.partition("=")[0] not in set_already]
    if not missing:
        return present
    ended = present if present.endswith("\n") or not present else present + "\n"
    return ended + "".join(f"{line}\n" for line in missing)


def _removed(file: UnitFile, *, dry: bool) -> ServiceFile:
    path = str(file.path)
    if not file.path.exists():
        return ServiceFile(path=path, state="absent")
    if file.a_persons:
        return ServiceFile(path=path, state="kept")
    if not dry:
        file.path.unlink(missing_ok=True)
    return ServiceFile(path=path, state="would be removed" if dry else "removed")


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None


def _replace(path: Path, content: str, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".codex-loop-")
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(content)
        draft.chmod(mode)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
