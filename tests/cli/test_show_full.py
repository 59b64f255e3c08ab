"""`codex-loop show --full`: whole texts from the archive, after the agent deleted its own files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import msgspec
import pytest

from codex_loop.cli.app import run

ID = "019a1b2c-0000-7000-8000-00000000000a"
LONG = "word " * 300 + "the end of the {}"
STORY = [
    ("session_meta", {"id": ID, "timestamp": "2026-11-18T11:06:40.000Z", "cwd": "/w", "cli_version": "0.120.0"}),
    ("turn_context", {"turn_id": "t1", "cwd": "/w", "approval_policy": "never", "model": "gpt-5"}),
    ("event_msg", {"type": "user_message", "message": LONG.format("prompt")}),
    ("event_msg", {"type": "agent_message", "message": LONG.format("answer")}),
    (
        "response_item",
        {
            "type": "function_call",
            "name": "exec_command",
            "arguments": json.dumps({"cmd": "echo " + LONG.format("command")}),
            "call_id": "c1",
        },
    ),
    (
        "response_item",
        {
            "type": "function_call_output",
            "call_id": "c1",
            "output": "Wall time: 0.1 seconds\nProcess exited with code 3\nOutput:\n" + LONG.format("output"),
        },
    ),
]
ENDS = [f"the end of the {name}" for name in ("prompt", "answer", "command", "output")]


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """A store with one session, whose file is gone."""
    monkeypatch.setenv("CODEX_LOOP_DATA_DIR", str(tmp_path / "data"))
    home = tmp_path / "codex"
    file = home / "sessions" / "2026" / "11" / "18" / f"rollout-2026-11-18T11-06-40-{ID}.jsonl"
    file.parent.mkdir(parents=True)
    with file.open("w", encoding="utf-8") as stream:
        for second, (kind, payload) in enumerate(STORY, start=40):
            line = {"timestamp": f"2026-11-18T11:06:{second}.000Z", "type": kind, "payload": payload}
            stream.write(json.dumps(line) + "\n")
    place = str(tmp_path / "loop.db")
    words = ["ingest", "--codex-home", str(home), "--claude-home", str(tmp_path), "--db", place, "--jobs", "1"]
    assert run(words) == 0
    shutil.rmtree(home)
    capsys.readouterr()
    return place


def test_without_it_texts_are_cut(recorded: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", "019a", "--db", recorded, "--json"]) == 0
    out = capsys.readouterr().out
    assert [end for end in ENDS if end in out] == []


@pytest.mark.parametrize("words", [["--json"], []])
def test_with_it_every_text_is_whole(recorded: str, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert run(["show", "019a", "--db", recorded, "--full", *words]) == 0
    out = capsys.readouterr().out
    assert [end for end in ENDS if end not in out] == []


def test_json_has_the_same_entries_with_and_without_it(recorded: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = []
    for words in ([], ["--full"]):
        run(["show", "019a", "--db", recorded, "--json", *words])
        (turn,) = msgspec.json.decode(capsys.readouterr().out)["turns"]
        told.append([(entry["type"], entry["origin"], entry.get("exit_code")) for entry in turn["entries"]])
    assert told[0] == told[1]
