"""`cctrack-codex-status` and `cctrack-claude-status`, called as the sampler and a person call them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from codex_loop.clock import format_ms, now_ms
from codex_loop.sources.samples.event import StatusEvent
from tests.agents.conftest import gone, patiently

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the programs here are scripts of POSIX")

CODEX = """#!{python}
import json, sys
for line in sys.stdin:
    request = json.loads(line)
    if request["method"] == "initialize":
        print(json.dumps({{"id": request["id"], "result": {{}}}}), flush=True)
    if request["method"] == "account/rateLimits/read":
        window = {{"usedPercent": 41, "windowDurationMins": 300, "resetsAt": {resets}}}
        limits = {{"limitId": "codex", "primary": window, "planType": "pro", "credits": {{"balance": "12.5"}}}}
        print(json.dumps({{"id": request["id"], "result": {{"rateLimits": limits, "accountId": "acct"}}}}), flush=True)
"""
CLAUDE = """#!/bin/sh
case "$*" in
    --version) echo "2.1.197 (Claude Code)" ;;
    *stream-json*) echo "no such format" >&2; exit 1 ;;
    *) echo "Current session: 42% used - resets 5pm (UTC)" ;;
esac
"""
HANGING = """#!{python}
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open({place!r}, "w").write(str(os.getpid()))
time.sleep(600)
"""


class Ran(msgspec.Struct):
    code: int
    out: str
    err: str

    @property
    def event(self) -> StatusEvent:
        assert self.out.count("\n") == 1
        return msgspec.json.decode(self.out, type=StatusEvent)


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": str(tmp_path / "bin"),
        "HOME": str(tmp_path),
        "CODEX_LOOP_DATA_DIR": str(tmp_path / "data"),
        "TZ": "UTC",
        "COLUMNS": "80",
    }


def call(agent: str, environ: Mapping[str, str], *words: str) -> Ran:
    program = [sys.executable, "-m", "codex_loop.cli.agent_status", agent]
    done = subprocess.run([*program, *words], env=dict(environ), capture_output=True, text=True, check=False)
    return Ran(done.returncode, done.stdout, done.stderr)


def put(tmp_path: Path, name: str, text: str) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(text.format(python=sys.executable, resets=int(time.time()) + 5000, place=str(tmp_path / "pid")))
    path.chmod(0o755)
    return path


def test_the_call_of_the_sampler_prints_one_event(tmp_path: Path, environ: dict[str, str]) -> None:
    put(tmp_path, "codex", CODEX)
    said = (
        "--format",
        "json",
        "--columns",
        "160",
        "--lines",
        "50",
        "--status-timeout",
        "20",
        "--tmux-socket",
        "cctrack",
    )
    ran = call("codex", environ, *said)
    assert (ran.code, ran.err) == (0, "")
    assert ran.event.windows["5h_limit"].used_percent == 41
    assert (ran.event.via, ran.event.source_tool, ran.event.seq_no) == ("app-server", "codex", None)
    assert ran.event.schema == "codex-loop/status-sample/1"


def test_the_account_is_a_hash_under_the_key_of_this_machine(tmp_path: Path, environ: dict[str, str]) -> None:
    put(tmp_path, "codex", CODEX)
    here = [call("codex", environ).event.account for _ in range(2)]
    there = call("codex", {**environ, "CODEX_LOOP_DATA_DIR": str(tmp_path / "other")}).event.account
    assert here[0] == here[1] != there
    assert (tmp_path / "data" / "redaction.key").stat().st_mode & 0o077 == 0


def test_a_page_for_eyes_fits_and_says_who_told(tmp_path: Path, environ: dict[str, str]) -> None:
    put(tmp_path, "codex", CODEX)
    ran = call("codex", environ, "--format", "text")
    assert ran.code == 0
    assert "41 % used, resets today" in ran.out or "41 % used, resets tomorrow" in ran.out
    assert "app-server" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80


def test_a_missing_program_exits_3_and_still_prints_an_event(environ: dict[str, str]) -> None:
    for agent in ("codex", "claude"):
        ran = call(agent, environ)
        assert ran.code == 3
        assert ran.event.error is not None
        assert ran.event.error.reason == "exec"
        assert ran.event.windows == {}
        assert ran.err.count("\n") == 1
        assert f"--{agent}-bin" in ran.err


def test_what_is_on_disk_is_read_without_any_program(tmp_path: Path, environ: dict[str, str]) -> None:
    now = now_ms()
    limits = {
        "primary": {"used_percent": 12.5, "window_minutes": 300, "resets_at": now // 1000 + 60},
        "limit_id": "codex",
    }
    line = {"timestamp": format_ms(now - 5000), "type": "event_msg", "payload": {"rate_limits": limits}}
    rollout = tmp_path / ".codex" / "sessions" / "rollout-2026-11-21T12-00-00-x.jsonl"
    rollout.parent.mkdir(parents=True)
    rollout.write_text(json.dumps(line) + "\n")
    ran = call("codex", environ)
    assert (ran.code, ran.event.via, ran.event.windows["5h_limit"].used_percent) == (0, "rollout", 12.5)
    assert ran.event.timestamp == format_ms(now - 5000)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("#!/bin/sh\necho garbage\n", "exec"),
        ("#!/bin/sh\necho unrecognized >&2; exit 2\n", "exec"),
        ("\0\1", "exec"),
        ("#!/bin/sh\nexec /bin/sleep 600\n", "timeout"),
    ],
)
def test_a_program_that_tells_nothing_exits_4_with_its_reason(
    tmp_path: Path, environ: dict[str, str], text: str, reason: str
) -> None:
    put(tmp_path, "codex", text)
    ran = call("codex", environ, "--status-timeout", "3", "--source", "app-server")
    assert ran.code == 4
    assert ran.event.error is not None
    assert ran.event.error.reason == reason
    assert ran.err.startswith("codex: app-server: ")


def test_a_source_that_fails_leaves_its_turn_to_the_next(tmp_path: Path, environ: dict[str, str]) -> None:
    put(tmp_path, "claude", CLAUDE)
    ran = call("claude", environ)
    assert (ran.code, ran.event.via) == (0, "usage-text")
    assert ran.event.windows["session"].used_percent == 42
    assert [each.partition(":")[0] for each in ran.event.tried] == ["get-usage", "statusline"]


def test_when_it_is_ended_so_is_the_program_that_it_asks(tmp_path: Path, environ: dict[str, str]) -> None:
    put(tmp_path, "codex", HANGING)
    program = [sys.executable, "-m", "codex_loop.cli.agent_status", "codex", "--status-timeout", "600"]
    with subprocess.Popen(program, env=environ, stdout=subprocess.DEVNULL) as process:
        place = tmp_path / "pid"
        assert patiently(lambda: place.exists() and place.read_text() != "")
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(timeout=20) == 128 + signal.SIGTERM
    assert gone(int(place.read_text()))


def test_a_wrong_call_is_told_so(environ: dict[str, str]) -> None:
    assert call("codex", environ, "--source", "guess").code == 2
    ran = call("claude", environ, "--nonsense")
    assert ran.code == 2
    assert "cctrack-claude-status --help" in ran.err
    assert call("claude", environ, "--status-timeout", "0").code == 2
    assert "--columns 7" in call("codex", environ, "--columns", "7").err


def test_help_has_examples(environ: dict[str, str]) -> None:
    ran = call("claude", environ, "--help")
    assert ran.code == 0
    assert "Usage: cctrack-claude-status [OPTIONS]" in ran.out
    assert "cctrack-claude-status --format text" in ran.out
