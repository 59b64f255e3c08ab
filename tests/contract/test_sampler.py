"""The sampler with both real agents, logged in: a cycle keeps what both providers said, and asks no model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.contract import accounts
from tests.contract.conftest import required
from tests.fakes.chatgpt import ChatGPT
from tests.fakes.claude_account import ClaudeAccount, limits_at
from tools.catalog import CLAUDE_VERSIONS, CODEX_VERSIONS

pytestmark = [pytest.mark.contract, pytest.mark.slow]


def both_on_one_path(folder: Path, codex: accounts.LoggedIn, claude: accounts.LoggedIn) -> dict[str, str]:
    """The environment of somebody who has both agents on the PATH and is logged in to both."""
    folder.mkdir()
    (folder / "codex").symlink_to(codex.program)
    (folder / "claude").symlink_to(claude.program)
    path = f"{folder}{os.pathsep}{codex.environ['PATH']}"
    return {**codex.environ, **claude.environ, "PATH": path, "CODEX_LOOP_NOTIFY_DESKTOP": "no"}


@pytest.mark.skipif(sys.platform == "win32", reason="the programs are links, which Windows forbids to most people")
def test_a_cycle_keeps_what_both_providers_said(tmp_path: Path) -> None:
    versions = {"codex": CODEX_VERSIONS[-1], "claude": CLAUDE_VERSIONS[-1]}
    for agent, version in versions.items():
        required(agent, version)
    now = int(time.time())
    backend, account = ChatGPT(used=(41, 17)), ClaudeAccount(limits_at(now + 3600, now + 300_000))
    with (
        accounts.codex(versions["codex"], tmp_path / "codex", backend) as codex,
        accounts.claude(versions["claude"], tmp_path / "claude", account) as claude,
    ):
        environ = both_on_one_path(tmp_path / "bin", codex, claude) | {"CODEX_LOOP_DATA_DIR": str(tmp_path / "data")}
        # At the same time, so that each has the whole timeout on a machine that is busy with other tests.
        words = [sys.executable, "-m", "codex_loop", "sample", "--parallel", "--status-timeout", "25", "--json"]
        done = subprocess.run(words, env=environ, capture_output=True, text=True, timeout=90, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    (file,) = (tmp_path / "data" / "samples").glob("usage-*.jsonl")
    events = [json.loads(line) for line in file.read_bytes().splitlines()]
    used = [{name: window["used_percent"] for name, window in event["windows"].items()} for event in events]
    assert [(event["source_tool"], event["via"]) for event in events] == [
        ("claude", "get-usage"), ("codex", "app-server")
    ]  # fmt: skip
    assert used[0] == {"session": 42, "weekly_all": 17, "weekly_sonnet": 5, "weekly_opus": None}
    assert used[1] == {"5h_limit": 41, "weekly_limit": 17}
    assert [each for each in backend.asked + account.asked if "/messages" in each or "/responses" in each] == []
    page = json.loads((tmp_path / "data" / "status.json").read_text())
    assert {dial["dial"]: dial["used_percent"] for dial in page["dials"]} == {
        "C5": 41, "CW": 17, "S": 42, "W": 17, "O": None
    }  # fmt: skip
