"""`codex-loop service`: what it writes and runs, in a home of its own, with a systemctl that only takes notes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="systemd is a thing of Linux")


class Said(NamedTuple):
    code: int
    out: str
    err: str


class Home:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.units = folder / ".config" / "systemd" / "user"
        self.variables = folder / ".config" / "codex-loop" / "env"
        self.bin = folder / "bin"
        self.bin.mkdir()

    def systemctl(self, line: str) -> None:
        """A systemctl that notes what it is asked and then does this."""
        path = self.bin / "systemctl"
        path.write_text(f'#!/bin/sh\necho "$@" >> "{self.folder}/asked"\n{line}\n')
        path.chmod(0o755)

    def asked(self) -> list[str]:
        notes = self.folder / "asked"
        return notes.read_text().splitlines() if notes.exists() else []

    def service(self, *words: str, **variables: str) -> Said:
        kept = {name: value for name, value in os.environ.items() if name.startswith(("LANG", "PYTHON"))}
        environ = kept | {"HOME": str(self.folder), "PATH": str(self.bin), "USER": "ann"} | variables
        done = subprocess.run(
            [sys.executable, "-m", "codex_loop", "service", *words],
            env=environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path)
    made.systemctl("exit 0")
    return made


def test_installing_writes_the_units_and_starts_the_timer(home: Home) -> None:
    said = home.service("install", CODEX_STATUS_PATH="/opt/codex-status", CLAUDE_STATUS_PATH="")
    assert (said.code, said.err) == (0, "")
    assert sorted(path.name for path in home.units.iterdir()) == [
        "codex-loop-sampler.service", "codex-loop-sampler.timer"
    ]  # fmt: skip
    assert home.asked() == ["--user daemon-reload", "--user enable --now codex-loop-sampler.timer"]
    variables = home.variables.read_text().splitlines()
    assert 'CODEX_STATUS_PATH="/opt/codex-status"' in variables
    assert 'CLAUDE_STATUS_PATH=""' in variables
    assert home.variables.stat().st_mode & 0o077 == 0


def test_a_dry_run_shows_everything_and_does_nothing(home: Home) -> None:
    said = home.service("install", "--dry-run", "--cadence", "15m", "--data-dir", "/srv/samples")
    assert (said.code, home.asked(), home.units.exists()) == (0, [], False)
    assert "    OnCalendar=*:0/15" in said.out
    assert "sample --data-dir /srv/samples" in said.out
    assert "would run: systemctl --user enable --now codex-loop-sampler.timer" in said.out


def test_the_whole_loop_runs_once_a_day(home: Home) -> None:
    said = home.service("install", "--job", "daily", "--dry-run", "--db", "/srv/loop.db")
    assert said.code == 0
    assert "    OnCalendar=daily" in said.out
    assert "codex-loop-daily.timer" in said.out
    assert " daily --db /srv/loop.db" in said.out
    refused = home.service("install", "--job", "daily", "--data-dir", "/srv/samples", "--dry-run")
    assert (refused.code, "which daily does not write" in refused.err) == (2, True)
    assert "service install --job daily" in home.service("status", "--job", "daily").out


def test_the_system_s_units_lie_elsewhere_and_say_whose_sessions_they_use(home: Home) -> None:
    said = home.service("install", "--system", "--user", "root", "--dry-run", "--json")
    report = json.loads(said.out)
    assert (report["schema"], report["scope"], report["kind"]) == ("codex-loop/service/1", "system", "systemd")
    assert [file["path"] for file in report["files"]] == [
        "/etc/cctrack/env",
        "/etc/systemd/system/codex-loop-sampler.service",
        "/etc/systemd/system/codex-loop-sampler.timer",
    ]
    assert "User=root\n" in report["files"][1]["content"]
    assert "--data-dir /var/lib/cctrack\n" in report["files"][1]["content"]


def test_status_says_what_is_there_and_what_the_host_says(home: Home) -> None:
    absent = home.service("status")
    home.service("install")
    home.systemctl("echo ActiveState=active; echo NextElapseUSecRealtime=Sat 2026-11-21 09:05:00 UTC")
    there = home.service("status", "--json")
    report = json.loads(there.out)
    assert (absent.code, "not installed" in absent.out) == (1, True)
    assert (there.code, report["installed"], report["problem"]) == (0, True, None)
    assert "ActiveState=active" in report["answer"]


def test_status_of_a_host_that_does_not_answer_is_degraded(home: Home) -> None:
    home.service("install")
    home.systemctl("echo 'Failed to connect to bus' >&2; exit 1")
    said = home.service("status")
    assert (said.code, "Failed to connect to bus" in said.out) == (4, True)


def test_a_unit_that_was_changed_since_is_called_different(home: Home) -> None:
    home.service("install")
    (home.units / "codex-loop-sampler.timer").write_text("[Timer]\n")
    states = [file["state"] for file in json.loads(home.service("status", "--json").out)["files"]]
    assert states == ["unchanged", "unchanged", "different"]


def test_removing_leaves_the_variables(home: Home) -> None:
    home.service("install")
    said = home.service("remove")
    assert (said.code, list(home.units.iterdir()), home.variables.exists()) == (0, [], True)
    assert home.asked()[-1] == "--user disable --now codex-loop-sampler.timer"


def test_where_nothing_is_installed_nothing_is_run_or_said_to_have_run(home: Home) -> None:
    said = home.service("remove")
    assert (said.code, home.asked(), "ran:" in said.out) == (0, [], False)


def test_a_host_that_refuses_is_one_sentence_with_what_to_run(home: Home) -> None:
    home.systemctl("echo 'Failed to connect to bus: No medium found' >&2; exit 1")
    said = home.service("install")
    assert (said.code, said.err.count("\n")) == (4, 1)
    assert "No medium found" in said.err
    assert "run: systemctl --user daemon-reload; systemctl --user enable --now" in said.err
    assert (home.units / "codex-loop-sampler.timer").exists()


def test_without_systemd_it_says_what_to_do_instead(home: Home) -> None:
    (home.bin / "systemctl").unlink()
    said = home.service("install")
    assert (said.code, "let cron run `codex-loop sample`" in said.err) == (3, True)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--cadence", "7m"), "choose a part"),
        (("--cadence", "soon"), "write it like 5m"),
        (("--job", "x"), "no job"),
        (("--user", "ann"), "with --system"),
    ],
)
def test_what_cannot_be_is_refused(home: Home, words: tuple[str, str], why: str) -> None:
    said = home.service("install", *words)
    assert (said.code, why in said.err, home.units.exists()) == (2, True, False)
