"""Which programs are asked, and what their output means."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.clock import SystemClock
from codex_loop.settings import Settings, load
from codex_loop.sources.samples.event import Failure, StatusEvent
from codex_loop.usage.sampler.tools import Ran, answer, arguments, runner, status_tools

WINDOWS = {"windows": {"session": {"used_percent": 0}}}


def settings(tmp_path: Path, **variables: str) -> Settings:
    return load(environ={"CODEX_LOOP_CONFIG": str(tmp_path / "none.toml"), **variables})


def test_claude_comes_first_and_both_are_ours_unless_named(tmp_path: Path) -> None:
    claude, codex = status_tools(settings(tmp_path))
    assert (claude.source, codex.source, claude.warning, codex.warning) == ("claude", "codex", None, None)
    assert claude.command is not None
    assert claude.command[0] == sys.executable
    assert "agent_status import claude" in claude.command[-1]


@pytest.mark.parametrize("empty", ["", " "])
def test_an_empty_path_disables_its_source_and_warns(tmp_path: Path, empty: str) -> None:
    _, codex = status_tools(settings(tmp_path, CODEX_STATUS_PATH=empty))
    assert codex.command is None
    assert codex.warning is not None
    assert codex.warning.startswith("codex is disabled: CODEX_STATUS_PATH is empty")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no mode that forbids running")
def test_a_file_that_may_not_be_run_is_told_from_none(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("echo")
    claude, codex = status_tools(
        settings(tmp_path, CLAUDE_STATUS_PATH=str(tmp_path / "plain"), CODEX_STATUS_PATH=str(tmp_path / "none"))
    )
    assert claude.warning is not None
    assert codex.warning is not None
    assert "plain is not executable" in claude.warning
    assert "none does not exist" in codex.warning


def test_the_arguments_are_those_that_every_such_program_knows() -> None:
    assert arguments(80, 24, 20.0, None) == [
        "--format", "json", "--columns", "80", "--lines", "24", "--status-timeout", "20"
    ]  # fmt: skip
    assert arguments(80, 24, 12.5, "s")[-3:] == ["12.5", "--tmux-socket", "s"]


PLAIN, WIDE = json.dumps(WINDOWS), json.dumps(WINDOWS, indent=2)


@pytest.mark.parametrize("output", [PLAIN, WIDE, f"warning: old config\n{PLAIN}", f"\n\n{PLAIN}\n\n"])
def test_an_event_is_found_on_its_own_over_several_lines_or_after_a_warning(output: str) -> None:
    found = answer(Ran(0, output.encode()), 20)
    assert isinstance(found, StatusEvent)
    assert found.windows["session"].used_percent == 0.0


def reason(ran: Ran) -> str:
    found = answer(ran, 20)
    assert isinstance(found, Failure)
    return f"{found.reason}: {found.detail}"


@pytest.mark.parametrize(
    ("ran", "said"),
    [
        (Ran(None, problem="x cannot be started"), "exec: x cannot be started"),
        (Ran(None, json.dumps(WINDOWS).encode()), "timeout: no answer within 20 s"),
        (Ran(7, b"", b"one\ntwo\n"), "exec: exit code 7: two"),
        (Ran(-9), "exec: exit code -9"),
        (Ran(0), "parse: it printed nothing"),
        (Ran(0, b"42% used"), "parse: no JSON: 42% used"),
        (Ran(0, b"null"), "parse: not a JSON object: null"),
        (Ran(0, b'{"windows":{}}'), "unavailable: it named no window"),
        (Ran(4, b'{"windows":{},"error":{"reason":"auth","detail":"log in"}}'), "auth: log in"),
        (Ran(0, b'{"windows":{},"error":{"reason":"new","detail":"x"}}'), "unavailable: x"),
        (Ran(1, json.dumps(WINDOWS).encode()), "exec: exit code 1"),
    ],
)
def test_why_there_is_no_event_is_one_reason_and_one_sentence(ran: Ran, said: str) -> None:
    assert reason(ran) == said


def test_credits_alone_are_an_answer() -> None:
    assert isinstance(answer(Ran(0, b'{"windows":{},"credits":"unlimited"}'), 20), StatusEvent)


@given(st.binary(max_size=300), st.integers(-20, 20))
def test_whatever_a_program_prints_is_answered(output: bytes, code: int) -> None:
    found = answer(Ran(code, output, output), 20)
    assert isinstance(found, StatusEvent | Failure)
    assert not isinstance(found, Failure) or len(found.detail) < 700


def test_a_program_s_own_words_are_heard_and_its_end_is_waited_for(tmp_path: Path) -> None:
    run = runner(tmp_path, SystemClock())
    script = "import os,sys; print(os.getcwd()); print('why', file=sys.stderr); sys.exit(3)"
    ran = run([sys.executable, "-c", script], 30)
    assert (ran.exit_code, ran.stderr.strip(), ran.problem) == (3, b"why", None)
    assert Path(ran.stdout.decode().strip()).resolve() == tmp_path.resolve()
    late = run([sys.executable, "-c", "import time; time.sleep(60)"], 0.3)
    assert late.exit_code is None
