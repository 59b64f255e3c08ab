"""The real Codex, logged in, tells its limits in each of its ways; all say what the provider said."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from codex_loop.clock import format_ms
from tests.contract import accounts, book
from tests.contract.codex import CodexAgent
from tests.contract.conftest import required
from tests.contract.workplace import Workplace
from tests.fakes.chatgpt import ACCOUNT, ChatGPT
from tests.fakes.openai_responses import OpenAIResponses
from tools.catalog import CODEX_VERSIONS

pytestmark = [pytest.mark.contract, pytest.mark.slow]

OLD, NEW = "0.92.0", CODEX_VERSIONS[-1]
drawn = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


def iso(at_s: int) -> str:
    return format_ms(at_s * 1000)


@pytest.mark.parametrize("version", CODEX_VERSIONS)
def test_the_app_server_tells_what_the_provider_said(version: str, tmp_path: Path) -> None:
    required("codex", version)
    backend = ChatGPT(used=(41, 17))
    with accounts.codex(version, tmp_path, backend) as owner:
        told = accounts.ask("codex", owner)
        again = accounts.ask("codex", owner, "--source", "app-server")
    assert told.exit_code == 0, told.errors
    assert (told.event.via, told.used) == ("app-server", {"5h_limit": 41, "weekly_limit": 17})
    assert told.reset == {"5h_limit": iso(backend.resets_at[0]), "weekly_limit": iso(backend.resets_at[1])}
    assert (told.event.credits, told.event.plan) == ("12.5", None if version == "0.63.0" else "pro")
    assert told.event.tried == ["rollout: no rollout of the last 5 minutes tells of limits"]
    # The account is a hash that stays: never its name, its number or its address.
    assert told.event.account == again.event.account
    assert told.event.account is not None
    assert len(told.event.account) == 16
    assert ACCOUNT not in told.event.account
    # No model was asked, no session was begun.
    assert [each for each in backend.asked if each.startswith("POST")] == []
    assert list(owner.home.rglob("rollout-*")) == []


@pytest.mark.parametrize("version", [OLD, NEW])
def test_without_a_login_there_are_no_limits_and_no_zero(version: str, tmp_path: Path) -> None:
    required("codex", version)
    backend = ChatGPT()
    with accounts.codex(version, tmp_path, backend) as owner:
        (owner.home / "auth.json").unlink()
        told = accounts.ask("codex", owner)
    assert (told.exit_code, told.event.windows) == (4, {})
    assert told.event.error is not None
    assert told.event.error.reason == "auth"
    assert "codex login" in told.errors


@pytest.mark.parametrize("version", [OLD, NEW])
def test_with_an_api_key_limits_are_not_available(version: str, tmp_path: Path) -> None:
    required("codex", version)
    with accounts.codex(version, tmp_path, ChatGPT()) as owner:
        (owner.home / "auth.json").write_text('{"auth_mode":"apikey","OPENAI_API_KEY":"sk-EXAMPLE"}', encoding="utf-8")
        told = accounts.ask("codex", owner)
    assert (told.exit_code, told.event.windows) == (4, {})
    assert told.event.error is not None
    assert told.event.error.reason == "unavailable"
    assert "API key" in told.errors


@pytest.mark.parametrize("version", [OLD, NEW])
def test_what_a_response_told_a_moment_ago_needs_no_program(version: str, tmp_path: Path) -> None:
    required("codex", version)
    workplace = Workplace(tmp_path)
    provider = OpenAIResponses(book.at(book.CODEX, workplace.project))
    with provider.serve() as server:
        agent = CodexAgent(version, workplace, server.url)
        agent.run("Say hello.")
    owner = accounts.LoggedIn("/nowhere/codex", agent.home, workplace, agent.environment())
    told = accounts.ask("codex", owner)
    assert (told.exit_code, told.event.via) == (0, "rollout")
    assert told.used == {"5h_limit": 12.5, "weekly_limit": 34.1}
    assert (told.event.credits, told.event.account, told.event.tried) == ("9.99", None, [])


@drawn
@pytest.mark.parametrize(
    ("version", "columns", "zone"),
    [*((version, "160", "UTC") for version in CODEX_VERSIONS), (OLD, "80", "UTC"), (NEW, "80", "Asia/Kolkata")],
)
def test_the_status_page_says_left_and_we_say_used(version: str, columns: str, zone: str, tmp_path: Path) -> None:
    required("codex", version)
    now = int(time.time())
    backend = ChatGPT(used=(41, 17), resets_at=(now + 3600, now + 300_000))
    with accounts.codex(version, tmp_path, backend) as owner:
        size = ("--columns", columns, "--lines", "40")
        told = accounts.ask("codex", owner, "--source", "status-pane", *size, TZ=zone)
    assert told.exit_code == 0, told.errors
    assert (told.event.via, told.used) == ("status-pane", {"5h_limit": 41, "weekly_limit": 17})
    # The page shows the minute.
    assert told.reset == {name: iso(at_s // 60 * 60) for name, at_s in zip(told.used, backend.resets_at, strict=True)}
    assert told.event.credits == "about 13"
    assert [each for each in backend.asked if each.startswith("POST")] == []


@drawn
def test_a_question_at_the_start_is_left_to_the_user(tmp_path: Path) -> None:
    required("codex", NEW)
    with accounts.codex(NEW, tmp_path, ChatGPT()) as owner:
        config = owner.home / "config.toml"
        settings = config.read_text(encoding="utf-8").partition("[notice")[0]
        config.write_text(settings, encoding="utf-8")
        told = accounts.ask("codex", owner, "--source", "status-pane")
        assert "model_migrations" not in config.read_text(encoding="utf-8")
    assert (told.exit_code, told.event.windows) == (4, {})
    assert "which model to use" in told.errors
