"""A job as a launchd property list; what was missed while the machine slept is made up for once it wakes."""

from __future__ import annotations

import plistlib

from codex_loop.usage.service.host import Host
from codex_loop.usage.service.jobs import Job
from codex_loop.usage.service.units import Installation, UnitFile


def installation(job: Job, host: Host) -> Installation:
    """Everything the job needs under launchd, which has no files of variables: they stand in the list itself."""
    label = f"codex-loop.{job.name}"
    path = host.folder / f"{label}.plist"
    log = str(host.data_dir / f"{job.name}.log")
    told = dict(host.variables) | ({"CODEX_LOOP_DATA_DIR": str(host.data_dir)} if host.system else {})
    content = {
        "Label": label,
        "ProgramArguments": [*host.python, *(job.system_words if host.system else job.words)],
        "StartInterval": job.every_s,
        "RunAtLoad": True,
        "ProcessType": "Background",
        "LowPriorityIO": True,
        "EnvironmentVariables": told,
        "StandardOutPath": log,
        "StandardErrorPath": log,
        **({"UserName": host.user} if host.system else {}),
    }
    domain = "system" if host.system else f"gui/{host.uid}"
    return Installation(
        # Readable by its owner alone: a variable may hold a password of a database.
        files=(UnitFile(path, plistlib.dumps(content).decode(), 0o600),),
        start=(("launchctl", "bootstrap", domain, str(path)),),
        stop=(("launchctl", "bootout", f"{domain}/{label}"),),
        ask=("launchctl", "print", f"{domain}/{label}"),
        folder=host.data_dir,
        owner=host.user if host.system else None,
    )
