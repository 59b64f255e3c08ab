"""The real Claude Code calls `codex-loop statusline`, and the limits it tells land in the store."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from codex_loop.agents.place import Place
from codex_loop.agents.tmux import Pane, Terminal
from codex_loop.store.engine import open_for_reading
from codex_loop.usage.limits import standings
from tests.contract import accounts
from tests.contract.accounts import LoggedIn
from tests.contract.conftest import required
from tests.fakes.claude_account import ClaudeAccount, limits_at
from tools.catalog import CLAUDE_VERSIONS

pytestmark = [
    pytest.mark.contract,
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed"),
]


def talk(owner: LoggedIn, inbox: Path) -> str:
    """Say hello until the limits of an answer are there; the screen at the end.

    A page of a first start may swallow what is typed into it.
    """
    place = Place((owner.program,), owner.workplace.project, owner.environ)
    with Pane(place, place.command, Terminal(), time.monotonic() + 120) as pane:
        pane.wait(lambda screen: screen if screen.strip() else None, time.monotonic() + 30)
        for _ in range(6):
            time.sleep(3)
            pane.type("hello")
            time.sleep(1.5)
            pane.press("Enter")
            if pane.wait(lambda _: kept(inbox) or None, time.monotonic() + 10):
                shown = pane.wait(lambda screen: screen if "5h 42%" in screen else None, time.monotonic() + 10)
                return shown or pane.screen()
            pane.press("Escape")
        return pane.screen()


def kept(inbox: Path) -> list[dict[str, object]]:
    return [json.loads(line) for path in sorted(inbox.glob("*")) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("version", CLAUDE_VERSIONS[2:])
def test_limits_of_an_answer_go_through_the_statusline_into_the_store(version: str, tmp_path: Path) -> None:
    required("claude", version)
    now = int(time.time())
    account = ClaudeAccount(limits_at(now + 7200, now + 300_000))
    data = tmp_path / "data"
    loop = [sys.executable, "-m", "codex_loop"]
    project = tmp_path / "proj"
    with accounts.claude(version, tmp_path, account, project) as owner:
        line = {"type": "command", "command": shlex.join([*loop, "statusline", "--data-dir", str(data)])}
        (owner.home / "settings.json").write_text(json.dumps({"statusLine": line}), encoding="utf-8")
        screen = talk(owner, data / "inbox")
    told = kept(data / "inbox")
    assert told, screen
    assert "5h 42%" in screen
    assert {each["version"] for each in told} == {version}
    assert all(set(each) == {"schema", "time_ms", "session_id", "model", "version", "rate_limits"} for each in told)

    environ = {**owner.environ, "CODEX_LOOP_DATA_DIR": str(data)}
    subprocess.run([*loop, "ingest", "--source", "claude-statusline"], env=environ, check=True, capture_output=True)
    with open_for_reading(str(data / "codex-loop.db")) as database:
        found = {each.window.key: each.window for each in standings(database, int(time.time() * 1000))}
    assert {key: window.used_percent for key, window in found.items()} == {"5h": 42.0, "weekly": 17.0}
    assert {window.via for window in found.values()} == {"statusline"}
    assert found["5h"].resets_ms is not None
    assert abs(found["5h"].resets_ms - (now + 7200) * 1000) < 120_000
