"""Real sessions of four Claude Code versions, against what the mock provider knows it was asked and answered."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from codex_loop.capture.counting.claude import ClaudeCounter
from codex_loop.model import records as r
from codex_loop.sources.base import Homes
from codex_loop.sources.claude.stream import ClaudeStreams
from codex_loop.sources.claude.transcript import ClaudeTranscripts
from codex_loop.sources.lines import split
from tests.capture.counting.told import Told, claude, told

GOLDEN = Path(__file__).parents[1] / "golden"
PLAYS = sorted(path.parent for path in GOLDEN.glob("claude-*/*/truth.json"))
VERSIONS = {"claude-1.0.100", "claude-2.0.76", "claude-2.1.197", "claude-2.1.329"}


class Call(msgspec.Struct):
    call_id: str
    outcome: str
    exit_code: int | None = None


class Tokens(msgspec.Struct):
    fresh: int
    cache_read: int
    cache_write_5m: int
    cache_write_1h: int
    output: int


class Response(msgspec.Struct):
    kind: str
    response_id: str | None
    session: str | None
    complete: bool
    calls: list[Call]
    tokens: Tokens | None


class Prompt(msgspec.Struct):
    prompt: str


class Truth(msgspec.Struct):
    prompts: list[Prompt]
    forks: dict[str, str]
    compacted: list[object]
    interrupted: list[object]
    responses: list[Response]


class Play(NamedTuple):
    truth: Truth
    records: list[r.AnyRecord]
    usages: list[Told]


def read(folder: Path) -> Play:
    truth = msgspec.json.decode((folder / "truth.json").read_bytes(), type=Truth)
    play = Play(truth, [], [])
    source, counter = ClaudeTranscripts(), ClaudeCounter()
    for found in source.discover(Homes(claude=(folder,))):
        data, path = found.path.read_bytes(), str(found.path)
        decoded = source.decode(source.state(), path, split(data, 0))
        counted = counter.count(counter.state(), claude(path), data, 0)
        assert (decoded.rejects, counted.rejected) == ([], [])
        play.records.extend(decoded.records)
        play.usages.extend(told(counted, "claude"))
    return play


def each_play() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("folder", PLAYS, ids=lambda folder: f"{folder.parent.name}/{folder.name}")


def test_there_are_plays_of_every_version() -> None:
    assert {folder.parent.name for folder in PLAYS} >= VERSIONS


@each_play()
def test_every_prompt_is_a_human_message_once(folder: Path) -> None:
    play = read(folder)
    said = {m.id: m.text for m in play.records if isinstance(m, r.UserMessage) and m.author == "human"}
    assert sorted(said.values()) == sorted(prompt.prompt for prompt in play.truth.prompts)


@each_play()
def test_tokens_of_every_answer_are_those_the_provider_sent(folder: Path) -> None:
    play = read(folder)
    owners: dict[str, Told] = {}
    for row in sorted(play.usages, key=lambda row: (row.owner_ms or 0, not row.final, -row.output)):
        owners.setdefault(row.response_id or "", row)
    truth = {answer.response_id: answer for answer in play.truth.responses}
    assert set(owners) <= set(truth)
    for name, row in owners.items():
        sent = truth[name].tokens
        assert sent is not None
        assert (row.input, row.cached) == (sent.fresh, sent.cache_read)
        assert (row.cache_write_5m, row.cache_write_1h) == (sent.cache_write_5m, sent.cache_write_1h)
        assert row.output == sent.output if row.final else row.output <= sent.output


@each_play()
def test_every_finished_answer_of_a_conversation_is_counted_for_its_session(folder: Path) -> None:
    play = read(folder)
    first: dict[str | None, Told] = {}
    for row in sorted(play.usages, key=lambda row: row.owner_ms or 0):
        first.setdefault(row.response_id, row)
    for answer in play.truth.responses:
        if answer.kind == "turn" and answer.complete:
            assert first[answer.response_id].session.split("/")[0] == answer.session


UNWRITTEN = {
    # 1.0 writes neither exit codes nor who refused; a subagent's own lines hold no structured result.
    ("failed", None, "failed"),
    ("failed", None, "declined"),
    ("ok", None, "ok"),
    ("running", None, "ok"),
    # Under a host, stopping a running tool leaves the same lines as refusing it.
    ("declined", None, "interrupted"),
}


@each_play()
def test_every_call_ends_as_the_play_had_it(folder: Path) -> None:
    play = read(folder)
    ended: dict[str, r.ToolResult] = {}
    for record in play.records:
        if isinstance(record, r.ToolResult):
            ended[record.call_id] = record
    for call in (call for answer in play.truth.responses if answer.complete for call in answer.calls):
        if call.call_id not in ended:
            continue
        result = ended[call.call_id]
        exact = (result.status, result.exit_code) == (call.outcome, call.exit_code)
        assert exact or (result.status, result.exit_code, call.outcome) in UNWRITTEN


@pytest.mark.parametrize("version", ["claude-2.0.76", "claude-2.1.197", "claude-2.1.329"])
@pytest.mark.parametrize("play", ["tools", "denial", "no-approval", "parallel", "resume"])
def test_since_2_0_nothing_about_a_main_conversations_call_is_guessed(version: str, play: str) -> None:
    told = read(GOLDEN / version / play)
    ended = {x.call_id: (x.status, x.exit_code) for x in told.records if isinstance(x, r.ToolResult)}
    calls = [call for answer in told.truth.responses for call in answer.calls]
    assert {call.call_id: (call.outcome, call.exit_code) for call in calls} == ended


@each_play()
def test_compactions_and_interruptions_are_told_once(folder: Path) -> None:
    play = read(folder)
    compacted = {x.id for x in play.records if isinstance(x, r.Compaction)}
    assert len(compacted) == len(play.truth.compacted)
    assert sum(isinstance(x, r.Interrupted) for x in play.records) == len(play.truth.interrupted)


@each_play()
def test_no_record_of_a_real_session_is_unknown(folder: Path) -> None:
    assert [x.type for x in read(folder).records if isinstance(x, r.Unknown)] == []


@pytest.mark.parametrize("version", ["claude-2.0.76", "claude-2.1.197", "claude-2.1.329"])
def test_a_real_fork_begins_after_what_it_copied(version: str) -> None:
    play = read(GOLDEN / version / "fork")
    began = {x.session: x.started_ms for x in play.records if isinstance(x, r.SessionStarted) and x.started_ms}
    ((child, parent),) = play.truth.forks.items()
    assert began[child] > began[parent]


@pytest.mark.parametrize("folder", PLAYS, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_real_streams_hold_nothing_unknown(folder: Path) -> None:
    source = ClaudeStreams()
    for path in sorted(folder.glob("streams/*.jsonl")):
        data = path.read_bytes()
        if not data:
            continue
        assert source.fingerprint(path, data[:4096])
        decoded = source.decode(source.state(), str(path), split(data, 0))
        assert [x.type for x in decoded.records if isinstance(x, r.Unknown)] == []
        assert decoded.rejects == []
