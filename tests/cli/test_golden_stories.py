"""What real agents of every tested version left is told by `sessions`, `show` and `search` as it happened."""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from codex_loop.cli.app import run
from codex_loop.cli.width import width_of

GOLDEN = Path(__file__).parents[1] / "golden"
PLAYS = sorted(GOLDEN.glob("*/*/truth.json"))
Json = dict[str, Any]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store of all of them."""
    folder = tmp_path_factory.mktemp("golden")
    os.environ["CODEX_LOOP_DATA_DIR"] = str(folder / "data")
    try:
        homes = [word for play in PLAYS for word in (_flag(play), str(play.parent))]
        absent = folder / "none"
        absent.mkdir()
        rest = ["--codex-home", str(absent), "--claude-home", str(absent), "--lookback-hours", "8760", "--jobs", "1"]
        said("ingest", *homes, *rest, "--db", str(folder / "loop.db"))
    finally:
        del os.environ["CODEX_LOOP_DATA_DIR"]
    return str(folder / "loop.db")


def _flag(play: Path) -> str:
    return "--codex-home" if play.parts[-3].startswith("codex") else "--claude-home"


def said(*words: str) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert run(words) == 0, words
    return out.getvalue()


@pytest.fixture(scope="module")
def sessions(place: str) -> dict[str, Json]:
    answer = msgspec.json.decode(said("sessions", "--json", "--db", place))
    return {session["native_id"]: session for session in answer["sessions"]}


@pytest.mark.parametrize("play", PLAYS, ids=lambda play: "-".join(play.parts[-3:-1]))
def test_a_play_is_told(play: Path, place: str, sessions: dict[str, Json], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    truth = msgspec.json.decode(play.read_bytes())
    for native_id in {each["session"] for each in truth["prompts"]} & sessions.keys():
        story = said("show", native_id, "--db", place)
        assert [line for line in story.splitlines() if width_of(line) > 80] == []
        whole = msgspec.json.decode(said("show", native_id, "--full", "--json", "--db", place))
        told = [entry["text"] for turn in whole["turns"] for entry in turn["entries"] if entry["type"] == "user"]
        asked = [each["prompt"] for each in truth["prompts"] if each["session"] == native_id]
        assert [prompt for prompt in asked if prompt not in told] == []


def test_every_play_has_a_session_in_the_store(sessions: dict[str, Json]) -> None:
    lost = [
        str(play)
        for play in PLAYS
        for each in msgspec.json.decode(play.read_bytes())["prompts"]
        if each["session"] not in sessions
    ]
    assert lost == []


def test_what_was_asked_is_found(place: str) -> None:
    found = msgspec.json.decode(said("search", "please work", "--kind", "prompt", "--json", "--db", place))
    assert found["matched"] >= len(PLAYS) // 2
    assert {hit["session_id"].partition(":")[0] for hit in found["hits"]} == {"codex", "claude"}


def test_every_line_is_accounted_for(place: str) -> None:
    assert "Every line is accounted for" in said("doctor", "--db", place)
