"""Services: units that systemd accepts, lists that launchd reads, files that a person may have changed."""

from __future__ import annotations

import plistlib
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from codex_loop.errors import Degraded, UsageError
from codex_loop.usage.sampler.tools import Ran
from codex_loop.usage.service import install as installer
from codex_loop.usage.service import launchd, systemd
from codex_loop.usage.service.host import Host, Kind, variables
from codex_loop.usage.service.jobs import JOBS

JOB = JOBS["sampler"]
needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")


def host(folder: Path, kind: Kind = "systemd", *, system: bool = False, told: Mapping[str, str] = {}) -> Host:
    return Host(
        kind=kind,
        system=system,
        user="root",
        uid=501,
        home=folder,
        folder=folder / "units",
        environment_file=folder / "50% of $it" / "env",
        python=(sys.executable, "-P", "-m", "codex_loop"),
        variables={"PATH": "/usr/bin:/bin", **told},
        data_dir=Path("/var/lib/cctrack") if system else folder / "data",
    )


class Control:
    """Remembers the commands that it was to run; those named in `refuses` fail."""

    def __init__(self, *refuses: str) -> None:
        self.refuses = refuses
        self.ran: list[str] = []

    def __call__(self, command: Sequence[str], seconds: float) -> Ran:
        self.ran.append(" ".join(command))
        return Ran(1, stderr=b"No medium found") if any(word in command for word in self.refuses) else Ran(0)


def faults(*units: Path) -> list[str]:
    """What systemd finds wrong with these units; what it thinks of others that it happens to load is not asked."""
    words = ["systemd-analyze", "verify", "--man=no", *map(str, units)]
    found = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    return [line for line in found.stderr.splitlines() if "codex-loop-" in line]


@needs_systemd
@pytest.mark.parametrize("system", [False, True])
def test_systemd_finds_no_fault_in_the_units(tmp_path: Path, system: bool) -> None:
    wanted = systemd.installation(JOB, host(tmp_path, system=system))
    installer.install(wanted, Control())
    assert faults(*(file.path for file in wanted.files if not file.a_persons)) == []


@needs_systemd
def test_systemd_would_find_a_fault(tmp_path: Path) -> None:
    (tmp_path / "codex-loop-x.service").write_text("[Service]\nType=oneshot\nExecStart=/no/such/program\nUser\n")
    assert faults(tmp_path / "codex-loop-x.service") != []


@needs_systemd
@pytest.mark.parametrize("every_s", [15, 60, 300, 900, 3600, 6 * 3600, 86_400])
def test_systemd_understands_every_interval(every_s: int) -> None:
    expression = systemd.on_calendar(every_s)
    found = subprocess.run(
        ["systemd-analyze", "calendar", "--iterations=3", expression], capture_output=True, timeout=60, check=False
    )
    assert found.returncode == 0, found.stderr


@pytest.mark.parametrize("every_s", [0, -60, 7, 90, 420, 5 * 3600, 2 * 86_400])
def test_an_interval_that_no_calendar_has_is_refused(every_s: int) -> None:
    with pytest.raises(UsageError, match="choose a part of an hour or of a day"):
        systemd.on_calendar(every_s)


def test_the_timer_makes_up_for_a_sleep_and_the_service_is_given_both_status_programs(tmp_path: Path) -> None:
    told = {"CLAUDE_STATUS_PATH": "/opt/a", "CODEX_STATUS_PATH": "/opt/b"}
    environment, service, timer = systemd.installation(JOB, host(tmp_path, told=told)).files
    assert "OnCalendar=*:0/5\n" in timer.content
    assert "Persistent=true\n" in timer.content
    assert 'CLAUDE_STATUS_PATH="/opt/a"\nCODEX_STATUS_PATH="/opt/b"\n' in environment.content
    assert f"ExecStart={sys.executable} -P -m codex_loop sample\n" in service.content
    assert f"EnvironmentFile=-{tmp_path}/50%% of $it/env\n" in service.content
    assert environment.mode == 0o600


def test_for_the_whole_machine_samples_lie_where_the_analyzer_looks(tmp_path: Path) -> None:
    _, service, _ = systemd.installation(JOB, host(tmp_path, system=True)).files
    assert "StateDirectory=cctrack\n" in service.content
    assert "codex_loop sample --data-dir /var/lib/cctrack\n" in service.content
    assert "User=root\n" in service.content


@pytest.mark.parametrize(
    ("word", "written"),
    [("plain", "plain"), ("a b", '"a b"'), ("5%", "5%%"), ("$HOME", "$$HOME"), ('"', '"\\""'), ("", '""')],
)
def test_a_word_of_a_command_stays_that_word(word: str, written: str) -> None:
    assert systemd.quoted(word) == written


@pytest.mark.skipif(shutil.which("sh") is None, reason="no shell here")
def test_the_values_of_variables_survive_the_rules_of_their_file(tmp_path: Path) -> None:
    value = 'a b"c\\d$e`f'
    (tmp_path / "env").write_text(systemd.environment({"X": value}))
    # The file's quoting is that of a shell, which is here to be asked.
    said = subprocess.run(
        ["sh", "-c", f'. "{tmp_path}/env"; printf %s "$X"'], capture_output=True, text=True, check=True, timeout=30
    )
    assert said.stdout == value


def test_launchd_gets_a_list_with_everything_in_it(tmp_path: Path) -> None:
    told = {"CLAUDE_STATUS_PATH": "", "CODEX_STATUS_PATH": "/opt/b & <c>"}
    (file,) = launchd.installation(JOB, host(tmp_path, "launchd", told=told)).files
    content = plistlib.loads(file.content.encode())
    assert content["ProgramArguments"] == [sys.executable, "-P", "-m", "codex_loop", "sample"]
    assert (content["StartInterval"], content["RunAtLoad"]) == (300, True)
    assert content["EnvironmentVariables"] == {"PATH": "/usr/bin:/bin", **told}
    assert "UserName" not in content


def test_launchd_starts_and_stops_it_in_the_domain_it_belongs_to(tmp_path: Path) -> None:
    mine = launchd.installation(JOB, host(tmp_path, "launchd"))
    assert mine.start == (("launchctl", "bootstrap", "gui/501", str(mine.files[0].path)),)
    assert mine.stop == (("launchctl", "bootout", "gui/501/codex-loop.sampler"),)
    everybody_s = launchd.installation(JOB, host(tmp_path, "launchd", system=True))
    assert everybody_s.start[0][2] == "system"
    assert plistlib.loads(everybody_s.files[0].content.encode())["UserName"] == "root"


def test_the_folder_of_its_log_is_made_before_launchd_writes_there(tmp_path: Path) -> None:
    wanted = launchd.installation(JOB, host(tmp_path, "launchd")._replace(data_dir=tmp_path / "data"))
    installer.install(wanted, Control())
    log = Path(plistlib.loads(wanted.files[0].content.encode())["StandardOutPath"])
    assert log.parent.is_dir()


def test_installing_twice_changes_nothing_the_second_time(tmp_path: Path) -> None:
    wanted = systemd.installation(JOB, host(tmp_path))
    assert {file.state for file in installer.install(wanted, Control())} == {"written"}
    assert {file.state for file in installer.install(wanted, Control())} == {"unchanged"}
    assert {file.state for file in installer.found(wanted)} == {"unchanged"}


def test_a_list_of_launchd_that_changed_replaces_the_old_one(tmp_path: Path) -> None:
    control = Control("bootout")
    installer.install(launchd.installation(JOB, host(tmp_path, "launchd")), control)
    assert [command.split()[1] for command in control.ran] == ["bootout", "bootstrap"]


def test_what_a_person_wrote_into_the_variables_stays_and_what_is_missing_is_added(tmp_path: Path) -> None:
    wanted = systemd.installation(JOB, host(tmp_path, told={"CODEX_STATUS_PATH": "/opt/new"}))
    variables_file = wanted.files[0].path
    variables_file.parent.mkdir()
    variables_file.write_text("# mine\nPATH=/my/bin")
    states = [file.state for file in installer.install(wanted, Control())]
    assert states[0] == "added to"
    assert variables_file.read_text() == '# mine\nPATH=/my/bin\nCODEX_STATUS_PATH="/opt/new"\n'
    installer.remove(wanted, Control())
    assert variables_file.exists()


def test_removing_stops_it_and_takes_only_its_units(tmp_path: Path) -> None:
    wanted, control = systemd.installation(JOB, host(tmp_path)), Control()
    installer.install(wanted, Control())
    assert [file.state for file in installer.removable(wanted)] == ["kept", "would be removed", "would be removed"]
    assert [file.state for file in installer.remove(wanted, control)] == ["kept", "removed", "removed"]
    assert control.ran == ["systemctl --user disable --now codex-loop-sampler.timer"]
    assert [file.state for file in installer.remove(wanted, control)] == ["kept", "absent", "absent"]
    assert len(control.ran) == 1


def test_a_host_that_refuses_leaves_the_files_and_says_what_to_run(tmp_path: Path) -> None:
    wanted = systemd.installation(JOB, host(tmp_path))
    with pytest.raises(
        Degraded, match=r"No medium found.*run: systemctl --user daemon-reload; systemctl --user enable"
    ):
        installer.install(wanted, Control("daemon-reload"))
    assert all(file.path.exists() for file in wanted.files)


def test_a_service_is_told_where_programs_are_and_what_is_set_here(tmp_path: Path) -> None:
    script = tmp_path / "cctrack-codex-status"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    environ = {"PATH": "/usr/bin", "CLAUDE_STATUS_PATH": "", "CODEX_HOME": "/home/ann/.codex", "EDITOR": "vi",
               "CODEX_LOOP_DATA_DIR": "/data"}  # fmt: skip
    told = variables(environ, tmp_path, system=False)
    assert told == {
        "PATH": "/usr/bin", "CLAUDE_STATUS_PATH": "", "CODEX_STATUS_PATH": str(script),
        "CODEX_HOME": "/home/ann/.codex", "CODEX_LOOP_DATA_DIR": "/data",
    }  # fmt: skip
    assert "CODEX_LOOP_DATA_DIR" not in variables(environ, tmp_path, system=True)
