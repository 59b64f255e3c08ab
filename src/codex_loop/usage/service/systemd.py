"""A job as systemd units: a oneshot service, and a timer that makes up for what was missed while the machine slept."""

from __future__ import annotations

from collections.abc import Mapping

from codex_loop.errors import UsageError
from codex_loop.usage.service.host import Host
from codex_loop.usage.service.jobs import Job
from codex_loop.usage.service.units import Installation, UnitFile

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400

_SERVICE = """\
# Made by `codex-loop service install`.
[Unit]
Description=codex-loop {name}: {description}

[Service]
Type=oneshot
{who}# CLAUDE_STATUS_PATH, CODEX_STATUS_PATH and PATH stand in this file; what it says is yours to change.
EnvironmentFile=-{environment}
ExecStart={command}
# Something gave nothing, the rest was done: no reason to call the whole run failed.
SuccessExitStatus=4
TimeoutStartSec={timeout}
Nice=10
"""

_SYSTEM = """\
User={user}
StateDirectory={state}
Environment=CODEX_LOOP_DATA_DIR={data}
NoNewPrivileges=true
ProtectSystem=full
"""

_TIMER = """\
# Made by `codex-loop service install`.
[Unit]
Description=codex-loop {name}, {every}

[Timer]
OnCalendar={calendar}
# Only timers by the calendar make up for a sleep of the machine.
Persistent=true
AccuracySec=10s
RandomizedDelaySec=15

[Install]
WantedBy=timers.target
"""


def installation(job: Job, host: Host) -> Installation:
    """Everything the job needs under systemd."""
    unit = f"codex-loop-{job.name}"
    control = ("systemctl",) if host.system else ("systemctl", "--user")
    timer = f"{unit}.timer"
    calendar = on_calendar(job.every_s)
    who = _SYSTEM.format(user=host.user, state=host.data_dir.name, data=host.data_dir) if host.system else ""
    service = _SERVICE.format(
        name=job.name,
        description=job.description,
        who=who,
        environment=escaped(str(host.environment_file)),
        command=" ".join(map(quoted, (*host.python, *(job.system_words if host.system else job.words)))),
        timeout=job.timeout_s,
    )
    files = (
        UnitFile(host.environment_file, environment(host.variables), 0o600, a_persons=True),
        UnitFile(host.folder / f"{unit}.service", service),
        UnitFile(
            host.folder / timer, _TIMER.format(name=job.name, every=f"every {job.every_s} s", calendar=calendar)
        ),
    )  # fmt: skip
    linger = f"loginctl enable-linger {host.user}   lets it run while you are not logged in"
    return Installation(
        files=files,
        start=((*control, "daemon-reload"), (*control, "enable", "--now", timer)),
        stop=((*control, "disable", "--now", timer),),
        ask=(*control, "show", timer, "--property=ActiveState,LastTriggerUSec,NextElapseUSecRealtime"),
        hints=() if host.system else (linger,),
    )


def environment(variables: Mapping[str, str]) -> str:
    """An EnvironmentFile that says these."""
    lines = [
        "# Read by the services of codex-loop. A status program that is empty is not asked; without a line it is ours.",
        *(f'{name}="{_in_double_quotes(value)}"' for name, value in variables.items()),
    ]
    return "".join(f"{line}\n" for line in lines)


def on_calendar(every_s: int) -> str:
    """The calendar expression of an interval; UsageError for one that no calendar has."""
    for unit, most, spelled in ((1, _MINUTE, "*:*:0/{}"), (_MINUTE, _HOUR, "*:0/{}"), (_HOUR, _DAY, "0/{}:00")):
        if 0 < every_s < most and every_s % unit == 0 and most % every_s == 0:
            return spelled.format(every_s // unit)
    if every_s == _DAY:
        return "daily"
    raise UsageError(
        f"a timer cannot run every {every_s} s; choose a part of an hour or of a day, such as 1m, 5m, 15m, 1h, 6h, 24h"
    )


def quoted(word: str) -> str:
    """A word of ExecStart: its specifiers and variables are text, and it stays one word."""
    text = escaped(word).replace("$", "$$").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"' if not text or set(text) & set(" \t'\"\\;") else text


def escaped(text: str) -> str:
    """Text in which systemd finds no specifier."""
    return text.replace("%", "%%")


def _in_double_quotes(value: str) -> str:
    for special in ("\\", '"', "$", "`"):
        value = value.replace(special, "\\" + special)
    return value
