"""A cycle of the sampler with both real agents, logged in: two samples, in the file and in the store."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from codex_loop.clock import format_ms
from tests.agents.conftest import patiently
from tests.contract import accounts
from tests.contract.conftest import required
from tests.fakes.chatgpt import ChatGPT
from tests.fakes.claude_account import ClaudeAccount, limits_at
from tools.catalog import CLAUDE_VERSIONS, CODEX_VERSIONS

pytestmark = [pytest.mark.contract, pytest.mark.slow]


def test_a_cycle_keeps_what_both_agents_say(tmp_path: Path) -> None:
    required("codex", CODEX_VERSIONS[-1])
    required("claude", CLAUDE_VERSIONS[-1])
    now = int(time.time())
    backend, account = ChatGPT(used=(41, 17)), ClaudeAccount(limits_at(now + 3600, now + 300_000))
    programs, data = tmp_path / "bin", tmp_path / "data"
    programs.mkdir()
    with (
        accounts.codex(CODEX_VERSIONS[-1], tmp_path / "codex", backend) as one,
        accounts.claude(CLAUDE_VERSIONS[-1], tmp_path / "claude", account) as other,
    ):
        (programs / "codex").symlink_to(one.program)
        (programs / "claude").symlink_to(other.program)
        path = os.pathsep.join([str(programs), one.environ["PATH"]])
        environ = {**one.environ, **other.environ, "PATH": path, "CODEX_LOOP_DATA_DIR": str(data)}
        sample = [sys.executable, "-m", "codex_loop", "sample", "--json"]
        cycles = [subprocess.run(sample, env=environ, capture_output=True, text=True, check=False) for _ in range(2)]
        limits = [sys.executable, "-m", "codex_loop", "usage", "limits", "--json"]
        shown = subprocess.run(limits, env=environ, capture_output=True, text=True, check=False)
    assert [(done.returncode, done.stderr) for done in cycles] == [(0, ""), (0, "")]
    lines = [json.loads(line) for path in data.rglob("usage-*.jsonl") for line in path.read_text().splitlines()]
    assert [(line["source_tool"], line["seq_no"], line["via"]) for line in lines] == [
        ("claude", 1, "get-usage"),
        ("codex", 2, "app-server"),
        ("claude", 3, "get-usage"),
        ("codex", 4, "app-server"),
    ]
    assert lines[2]["windows"]["session"]["used_percent"] == 42
    assert lines[2]["windows"]["weekly_opus"]["used_percent"] is None
    assert lines[3]["windows"]["5h_limit"]["used_percent"] == 41
    assert lines[3]["windows"]["5h_limit"]["resets_at"] == format_ms(backend.resets_at[0] * 1000)
    assert shown.stdout.count('"used_percent":41.0') == 1
    assert patiently(lambda: accounts.left(tmp_path) == [])
