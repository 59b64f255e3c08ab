"""The real agent writes a rollout trace; what we read from it is what the provider sent and the person did."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from codex_loop.model.records import (
    AgentMessage,
    AnyRecord,
    Compaction,
    Interrupted,
    SessionStarted,
    ToolResult,
    Unknown,
    UserMessage,
)
from codex_loop.sources.base import Homes
from codex_loop.sources.lines import split
from codex_loop.sources.trace.traces import ROOT_VARIABLE, RolloutTraces
from tests.contract import book
from tests.contract.codex import CodexAgent
from tests.contract.codex_plays import CODEX_PLAYS
from tests.contract.stage import COMPACT_AT
from tests.contract.story import Story
from tests.contract.workplace import Workplace
from tests.fakes.ledger import Ledger
from tests.fakes.openai_responses import OpenAIResponses
from tools.catalog import MissingToolError

pytestmark = [pytest.mark.contract, pytest.mark.slow]

VERSION = "0.169.0"


def perform(play: str, root: Path) -> tuple[Story, Ledger, list[AnyRecord]]:
    workplace, traces = Workplace(root), root / "traces"
    provider = OpenAIResponses(book.at(book.CODEX, workplace.project))
    with provider.serve() as server:
        try:
            agent = CodexAgent(VERSION, workplace, server.url, compact_at=COMPACT_AT)
        except MissingToolError as error:
            if os.environ.get("CI") == "true":
                raise
            pytest.skip(str(error))
        agent.settings[ROOT_VARIABLE] = str(traces)
        story = CODEX_PLAYS[play](agent, provider.ledger)
    source = RolloutTraces(lambda data: data, environ={ROOT_VARIABLE: str(traces)})
    records: list[AnyRecord] = []
    for found in source.discover(Homes()):
        out = source.decode(source.state(), str(found.path), split(found.path.read_bytes(), 0))
        assert out.rejects == []
        records += out.records
    return story, provider.ledger, records


@pytest.mark.parametrize(
    "play", ["tools", "parallel", "subagent", "resume", "denial", "denied-patch", "interrupt", "manual-compaction"]
)
def test_a_trace_tells_the_prompts_answers_and_exit_codes_of_its_session(play: str, tmp_path: Path) -> None:
    story, ledger, records = perform(play, tmp_path)
    assert [record for record in records if isinstance(record, Unknown)] == []
    children = {r.session for r in records if isinstance(r, SessionStarted) and r.lineage == "subagent"}
    prompts = [r for r in records if isinstance(r, UserMessage) and r.author == "human" and r.session not in children]
    assert {(prompt.session, prompt.text) for prompt in prompts} == {(one.session, one.prompt) for one in story.asked}
    told = {record.text for record in records if isinstance(record, AgentMessage)}
    assert told == {sent.text for sent in ledger.sent if sent.kind == "turn" and sent.complete and sent.text}
    codes = {r.call_id: r.exit_code for r in records if isinstance(r, ToolResult) and r.exit_code is not None}
    ran = [call for sent in ledger.sent for call in sent.calls if call.name != "apply_patch"]
    over = [call for call in ran if call.outcome in ("ok", "failed") and call.exit_code is not None]
    told_codes = {call_id: code for call_id, code in codes.items() if code >= 0}
    assert told_codes == {call.call_id: call.exit_code for call in over}


def test_a_denial_is_declined(tmp_path: Path) -> None:
    _, _, records = perform("denial", tmp_path)
    assert [record.status for record in records if isinstance(record, ToolResult)] == ["declined"]


def test_an_interruption_names_the_call_it_hit(tmp_path: Path) -> None:
    story, ledger, records = perform("interrupt", tmp_path)
    (found,) = [record for record in records if isinstance(record, Interrupted)]
    (call,) = [call.call_id for sent in ledger.sent for call in sent.calls]
    assert [found.session] == story.interrupted
    assert (found.during, found.call_id) == ("tool", call)


def test_a_compaction_the_person_asked_for_is_told_once(tmp_path: Path) -> None:
    story, _, records = perform("manual-compaction", tmp_path)
    found = [record for record in records if isinstance(record, Compaction)]
    assert [(one.session, one.trigger) for one in found] == [(story.compacted[0], "manual")]
