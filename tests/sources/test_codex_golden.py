"""What the real Codex programs wrote, against what the provider sent them and the person did."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from codex_loop.model.records import (
    AgentMessage,
    AnyRecord,
    Compaction,
    FileChange,
    Interrupted,
    Problem,
    Reasoning,
    Reverted,
    SessionStarted,
    ToolCall,
    Unknown,
    UserMessage,
)
from codex_loop.sources.codex.identity import lineage
from tests.sources.rollouts import PLAYS, decode, only, results, rollouts_of

each_play = pytest.mark.parametrize("play", PLAYS, ids=lambda path: f"{path.parent.name}/{path.name}")


def truth_of(play: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((play / "truth.json").read_text("utf-8"))
    return found


def own_lines(play: Path) -> list[tuple[Path, list[bytes]]]:
    """The lines of each file without those copied from another thread, earliest thread first."""
    seen: set[int] = set()
    kept = []
    for path in rollouts_of(play):
        lines = path.read_bytes().splitlines()
        chains = lineage(lines)
        kept.append(
            (path, [line for line, chain in zip(lines, chains, strict=True) if chain == 0 or chain not in seen])
        )
        seen.update(chains)
    return kept


def own_records(play: Path) -> list[AnyRecord]:
    return [record for path, lines in own_lines(play) for record in decode(lines, path=str(path)).records]


@each_play
def test_nothing_is_unknown_and_nothing_is_rejected(play: Path) -> None:
    for path in rollouts_of(play):
        found = decode(path.read_bytes().splitlines(), path=str(path))
        assert found.rejects == []
        assert only(found.records, Unknown) == []
        assert f"codex-{found.version}" == play.parent.name


@each_play
def test_the_prompts_are_those_that_were_typed(play: Path) -> None:
    typed = Counter((asked["session"], asked["prompt"]) for asked in truth_of(play)["prompts"])
    human = [message for message in only(own_records(play), UserMessage) if message.author == "human"]
    assert Counter((message.session, message.text) for message in human) == typed


@each_play
def test_the_answers_are_those_that_were_sent(play: Path) -> None:
    sent = Counter(
        response["text"]
        for response in truth_of(play)["responses"]
        if response["complete"] and response["status"] == 200 and response["kind"] == "turn" and response["text"]
    )
    said = Counter(message.text for message in only(own_records(play), AgentMessage))
    assert sent - said == Counter()
    assert all(count == 1 for count in (said - sent).values())  # what the model had said when it was cut off


@each_play
def test_a_thought_is_told_once(play: Path) -> None:
    thought = Counter(
        response["thinking"]
        for response in truth_of(play)["responses"]
        if response["complete"] and response["status"] == 200 and response["kind"] == "turn" and response["thinking"]
    )
    assert Counter(reasoning.text for reasoning in only(own_records(play), Reasoning)) == thought


@each_play
def test_every_call_ended_as_it_really_did(play: Path) -> None:
    found = own_records(play)
    ended, called = results(found), Counter(call.call_id for call in only(found, ToolCall))
    for response in truth_of(play)["responses"]:
        for made in response["calls"]:
            name = made["call_id"]
            assert called[name] == 1
            if name not in ended:  # 0.63 may lose the output of a call when it is interrupted
                assert truth_of(play)["interrupted"] or truth_of(play)["killed"]
                continue
            outcome = made["outcome"]
            plain = made["name"] == "spawn_agent" and ended[name].status == "unknown"  # 0.120 does not say
            assert ended[name].status == outcome or plain
            if made["exit_code"] is not None:
                assert ended[name].exit_code == made["exit_code"]


@each_play
def test_compactions_are_told_once_and_manual_ones_as_such(play: Path) -> None:
    found = only(own_records(play), Compaction)
    assert [compaction.session for compaction in found] == truth_of(play)["compacted"]
    if "manual" in play.name:
        assert [compaction.trigger for compaction in found] == ["manual"]
    elif "compaction" in play.name:
        assert {compaction.trigger for compaction in found} <= {"auto", "unknown"}


@each_play
def test_interruptions_are_told_once(play: Path) -> None:
    found = [stop.session for stop in only(own_records(play), Interrupted)]
    silent = play.name == "ctrl-c" and play.parent.name in ("codex-0.63.0", "codex-0.92.0")
    assert found == truth_of(play)["interrupted"] or (silent and found == [])


@each_play
def test_forks_and_subagents_name_where_they_come_from(play: Path) -> None:
    forks = {
        started.session: started.forked_from
        for started in only(own_records(play), SessionStarted)
        if started.forked_from is not None
    }
    assert forks == truth_of(play)["forks"]


@each_play
def test_what_was_taken_back_is_told(play: Path) -> None:
    assert len(only(own_records(play), Reverted)) == len(truth_of(play)["reverted"])


def test_a_declined_patch_changed_nothing() -> None:
    for play in (play for play in PLAYS if play.name == "denied-patch"):
        assert {change.ok for change in only(own_records(play), FileChange)} == {False}


def test_each_patch_is_told_once_with_its_lines() -> None:
    for play in (play for play in PLAYS if play.name == "tools"):
        applied = [change for change in only(own_records(play), FileChange) if change.ok]
        assert [(change.path, change.change, change.added, change.removed) for change in applied] == [
            ("/home/dev/proj/calc.py", "update", 1, 1),
            ("/home/dev/proj/notes.txt", "add", 1, 0),
        ]


@pytest.mark.parametrize(("name", "scope"), [("limit-429", "limit"), ("error-500", "error"), ("cut", "error")])
def test_0_169_tells_why_a_turn_failed(name: str, scope: str) -> None:
    (play,) = [play for play in PLAYS if play.name == name and play.parent.name == "codex-0.169.0"]
    assert [problem.scope for problem in only(own_records(play), Problem)] == [scope]


def test_there_are_real_sessions_of_four_versions() -> None:
    assert {play.parent.name for play in PLAYS} == {f"codex-{v}" for v in ("0.63.0", "0.92.0", "0.120.0", "0.169.0")}
