"""The real Claude Code, with a subscription, tells its limits in each of its ways; all say what the provider said."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from codex_loop.clock import format_ms
from tests.contract import accounts
from tests.contract.conftest import required
from tests.fakes.claude_account import ClaudeAccount, limits_at
from tools.catalog import CLAUDE_VERSIONS

pytestmark = [pytest.mark.contract, pytest.mark.slow]

OLD, QUIET = CLAUDE_VERSIONS[:2], CLAUDE_VERSIONS[2:]
USED = {"session": 42, "weekly_all": 17, "weekly_sonnet": 5}
drawn = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


def subscriber() -> tuple[ClaudeAccount, dict[str, int]]:
    now = int(time.time())
    session, week = now + 3600, now + 300_000
    return ClaudeAccount(limits_at(session, week)), {"session": session, "weekly_all": week, "weekly_sonnet": week}


def prompts(account: ClaudeAccount) -> list[str]:
    return [each for each in account.asked if each.startswith("POST /v1/messages")]


@pytest.mark.parametrize("version", QUIET)
def test_get_usage_tells_what_the_provider_said(version: str, tmp_path: Path) -> None:
    required("claude", version)
    account, resets = subscriber()
    with accounts.claude(version, tmp_path, account) as owner:
        told = accounts.ask("claude", owner)
    assert told.exit_code == 0, told.errors
    assert (told.event.via, told.event.plan, told.event.tried) == ("get-usage", "max", [])
    # The Opus week was never begun: that is unknown, not 0 %.
    assert told.used == {**USED, "weekly_opus": None}
    assert told.reset == {**{name: format_ms(at * 1000 + 943) for name, at in resets.items()}, "weekly_opus": None}
    assert prompts(account) == []
    assert list(owner.home.rglob("projects/**/*.jsonl")) == []


@pytest.mark.parametrize("version", QUIET)
def test_printed_usage_tells_the_same_to_the_minute(version: str, tmp_path: Path) -> None:
    required("claude", version)
    account, resets = subscriber()
    with accounts.claude(version, tmp_path, account) as owner:
        told = accounts.ask("claude", owner, "--source", "usage-text")
    assert told.exit_code == 0, told.errors
    assert (told.event.via, told.used) == ("usage-text", USED)
    assert told.reset == {name: format_ms(at // 60 * 60_000) for name, at in resets.items()}
    assert prompts(account) == []
    assert list(owner.home.rglob("projects/**/*.jsonl")) == []


@drawn
@pytest.mark.parametrize("version", QUIET)
@pytest.mark.parametrize("columns", ["160", "80"])
def test_the_usage_page_tells_the_same_to_the_minute(version: str, columns: str, tmp_path: Path) -> None:
    required("claude", version)
    account, resets = subscriber()
    with accounts.claude(version, tmp_path, account, tmp_path / "data" / "agents") as owner:
        told = accounts.ask("claude", owner, "--source", "status-pane", "--columns", columns)
    assert told.exit_code == 0, told.errors
    assert (told.event.via, told.used) == ("status-pane", USED)
    assert told.reset == {name: format_ms(at // 60 * 60_000) for name, at in resets.items()}
    assert list(owner.home.rglob("projects/**/*.jsonl")) == []


@drawn
def test_a_question_at_the_start_is_left_to_the_user(tmp_path: Path) -> None:
    required("claude", QUIET[-1])
    account, _ = subscriber()
    with accounts.claude(QUIET[-1], tmp_path, account) as owner:
        told = accounts.ask("claude", owner, "--source", "status-pane")
    assert (told.exit_code, told.event.windows) == (4, {})
    assert "whether to trust a folder" in told.errors


@pytest.mark.parametrize("version", OLD)
def test_a_release_that_would_spend_tokens_is_not_asked(version: str, tmp_path: Path) -> None:
    required("claude", version)
    account, _ = subscriber()
    with accounts.claude(version, tmp_path, account) as owner:
        told = accounts.ask("claude", owner)
    assert told.exit_code == 4
    assert version in told.errors
    assert account.asked == []


@pytest.mark.parametrize("version", QUIET)
def test_with_an_api_key_limits_are_not_available(version: str, tmp_path: Path) -> None:
    required("claude", version)
    account, _ = subscriber()
    with accounts.claude(version, tmp_path, account) as owner:
        (owner.home / ".credentials.json").unlink()
        told = accounts.ask("claude", owner, ANTHROPIC_API_KEY="sk-ant-api03-EXAMPLE")
    assert (told.exit_code, told.event.windows) == (4, {})
    assert told.event.error is not None
    assert told.event.error.reason == "unavailable"
    assert "API key" in told.errors


def test_a_setting_that_keeps_it_from_asking_is_named(tmp_path: Path) -> None:
    required("claude", QUIET[-1])
    account, _ = subscriber()
    with accounts.claude(QUIET[-1], tmp_path, account) as owner:
        quiet = {"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"}
        told = accounts.ask("claude", owner, "--source", "get-usage", **quiet)
    assert (told.exit_code, told.event.windows) == (4, {})
    assert "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC" in told.errors
