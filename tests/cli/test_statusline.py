"""`codex-loop statusline`: one line out, one line kept at most, and never an error."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.cli import feed
from codex_loop.sources.inbox.statusline import PATTERN, entry, observed
from tests.cli.test_widget import dial, page

NOW = 1_795_251_600_000
LIMITS = {
    "five_hour": {"used_percentage": 42.5, "resets_at": NOW // 1000 + 7200},
    "seven_day": {"used_percentage": 17, "resets_at": NOW // 1000 + 400_000},
}
TOLD: dict[str, Any] = {
    "session_id": "s-1",
    "transcript_path": "/h/private.jsonl",
    "cwd": "/w/secret-project",
    "session_name": "Fix the secret thing",
    "model": {"id": "claude-sonnet-4-5", "display_name": "Sonnet 4.5"},
    "version": "2.1.329",
    "context_window": {"used_percentage": 7},
    "rate_limits": LIMITS,
}


def kept(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for path in sorted(folder.glob("*.jsonl")) for line in path.read_text().splitlines()]


def keep(folder: Path, now: int = NOW, limits: Mapping[str, Any] = LIMITS, **told: Any) -> bool:
    return feed.keep(str(folder), now, TOLD | told, feed.limits_in(limits))


def run(folder: Path, given: bytes, *words: str, **environ: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "codex_loop", "statusline", *words],
        input=given,
        capture_output=True,
        check=False,
        env={**os.environ, "NO_COLOR": "1", "CODEX_LOOP_DATA_DIR": str(folder), **environ},
    )


def test_it_says_the_model_the_limits_the_context_and_codex() -> None:
    told = page(dial("C5", 96), dial("S", 1))
    line = feed.line(TOLD, feed.limits_in(LIMITS), told, NOW)
    assert line == "Sonnet 4.5 · 5h 42% ↻2h · week 17% ↻4d · ctx 7% · \033[31mC5 96%\033[0m"


def test_without_limits_of_its_own_it_says_what_is_known_with_its_age() -> None:
    told = page(dial("S", 42, observed_ms=NOW - 3_600_000), dial("W", 17))
    assert feed.line({}, {}, told, NOW) == "\033[2mS –(1h)\033[0m · W 17%"
    assert feed.line({}, {}, {}, NOW) == ""


def test_a_window_that_has_ended_has_no_number() -> None:
    ended = {"five_hour": {"used_percentage": 99, "resets_at": NOW // 1000}}
    assert feed.line({}, feed.limits_in(ended), {}, NOW) == "5h –"


def test_foreign_names_cannot_steer_the_terminal() -> None:
    said = feed.line({"model": {"display_name": "\033]0;x\007Son\nnet" + "x" * 99}}, {}, {}, NOW)
    assert said == "]0;xSonnet" + "x" * 30


def test_only_limits_model_session_and_version_are_kept(tmp_path: Path) -> None:
    assert keep(tmp_path / "inbox")
    assert kept(tmp_path / "inbox") == [
        {
            "schema": "codex-loop/statusline/1",
            "time_ms": NOW,
            "session_id": "s-1",
            "model": "claude-sonnet-4-5",
            "version": "2.1.329",
            "rate_limits": LIMITS,
        }
    ]
    (path,) = (tmp_path / "inbox").iterdir()
    assert path.name == "statusline-20261121.jsonl"
    assert PATTERN.fullmatch(path.name)
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_text_where_an_id_belongs_is_not_kept(tmp_path: Path) -> None:
    keep(tmp_path, session_id="my secret plan", version="x" * 81, model={"id": ["a"]})
    (line,) = kept(tmp_path)
    assert (line["session_id"], line["version"], line["model"]) == (None, None, None)


def test_what_does_not_change_is_told_again_after_a_minute_only(tmp_path: Path) -> None:
    assert keep(tmp_path)
    assert not keep(tmp_path, NOW + 59_999)
    assert not keep(tmp_path, NOW + 59_999, session_id="s-2")
    assert keep(tmp_path, NOW + 60_000)
    changed = LIMITS | {"five_hour": {"used_percentage": 43, "resets_at": NOW // 1000 + 7200}}
    assert keep(tmp_path, NOW + 60_001, changed)
    assert not keep(tmp_path, NOW + 60_002)
    assert len(kept(tmp_path)) == 3


def test_many_sessions_at_once_write_whole_lines(tmp_path: Path) -> None:
    def told(number: int) -> bytes:
        window = {"used_percentage": number, "resets_at": int(time.time()) + 7200}
        return json.dumps(TOLD | {"session_id": f"s-{number}", "rate_limits": {"five_hour": window}}).encode()

    command = [sys.executable, "-m", "codex_loop", "statusline", "--data-dir", str(tmp_path)]
    running = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for _ in range(8)
    ]
    for number, process in enumerate(running):
        assert process.stdin is not None
        process.stdin.write(told(number))
        process.stdin.close()
    for process in running:
        with process:
            assert process.stderr is not None
            assert (process.stderr.read(), process.wait(60)) == (b"", 0)
    assert {each["rate_limits"]["five_hour"]["used_percentage"] for each in kept(tmp_path / "inbox")} == set(range(8))


def test_a_clock_that_went_back_does_not_silence_it(tmp_path: Path) -> None:
    assert keep(tmp_path)
    assert keep(tmp_path, NOW - 3_600_000)


def test_a_torn_line_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "statusline-20261121.jsonl"
    path.write_bytes(b'{"schema":"codex-loop/stat')
    assert keep(tmp_path)
    torn, whole, end = path.read_bytes().split(b"\n")
    assert (json.loads(whole)["time_ms"], torn[-4:], end) == (NOW, b"stat", b"")


def test_a_day_has_a_largest_size(tmp_path: Path) -> None:
    path = tmp_path / "statusline-20261121.jsonl"
    path.write_bytes(b"\n" * (feed.DAY_BYTES - 10))
    assert not keep(tmp_path)
    assert path.stat().st_size == feed.DAY_BYTES - 10
    assert keep(tmp_path, NOW + 86_400_000)


def test_a_run_prints_one_line_and_keeps_one(tmp_path: Path) -> None:
    limits = {"five_hour": {"used_percentage": 42.5, "resets_at": int(time.time()) + 7230}}
    given = json.dumps(TOLD | {"rate_limits": limits}).encode()
    for _ in range(2):
        done = run(tmp_path, given)
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.decode() == "Sonnet 4.5 · 5h 42% ↻2h · ctx 7%\n"
    (line,) = kept(tmp_path / "inbox")
    (limit,) = observed(entry(json.dumps(line).encode()), 0)
    assert (limit.agent, limit.slot, limit.window_minutes, limit.used_percent) == ("claude", "five_hour", 300, 42.5)


@pytest.mark.parametrize("given", [b"", b"{", b"null", b"\xff\xfe", b"[" * 90_000, b'{"rate_limits":{"five_hour":1}}'])
def test_whatever_it_is_given_it_ends_well_and_keeps_nothing(given: bytes, tmp_path: Path) -> None:
    done = run(tmp_path, given)
    assert (done.returncode, done.stderr, done.stdout) == (0, b"", b"\n")
    assert not (tmp_path / "inbox").exists()


def test_a_folder_that_cannot_be_written_costs_nothing_but_what_is_kept(tmp_path: Path) -> None:
    (tmp_path / "inbox").write_text("a file in the way")
    done = run(tmp_path, json.dumps(TOLD).encode())
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"Sonnet 4.5")


def test_unknown_words_are_said_in_the_line_itself(tmp_path: Path) -> None:
    done = run(tmp_path, b"{}", "--colour")
    assert (done.returncode, done.stdout) == (0, b"codex-loop statusline: only --data-dir FOLDER is known here\n")


@pytest.mark.skipif(not hasattr(__import__("signal"), "setitimer"), reason="no timers here")
def test_an_input_that_never_ends_does_not_keep_it(tmp_path: Path) -> None:
    environ = {**os.environ, "CODEX_LOOP_DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "codex_loop", "statusline"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environ) as process:
        assert process.wait(timeout=60) == 0


_numbers = st.integers() | st.floats() | st.booleans() | st.none() | st.text(max_size=3)
_windows = st.dictionaries(st.sampled_from(["used_percentage", "resets_at", "x"]), _numbers, max_size=3)


@given(st.dictionaries(st.text(max_size=50), _windows | _numbers, max_size=4))
def test_only_windows_and_only_possible_numbers_come_through(told: dict[str, Any]) -> None:
    found = feed.limits_in(told)
    json.dumps(found, allow_nan=False)
    for name, window in found.items():
        assert name.isidentifier()
        assert set(window) <= {"used_percentage", "resets_at"}
        assert all(0 <= number <= 1e12 for number in window.values())
    feed.line({"rate_limits": told}, found, {}, NOW)
