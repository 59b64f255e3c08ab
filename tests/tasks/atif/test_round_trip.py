"""From ATIF back to what happened: nothing is lost, over every recording of every version of both agents."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import pytest

from codex_loop.capture.transcript import transcript
from codex_loop.model import records as r
from codex_loop.store import places
from codex_loop.store.engine import Database
from codex_loop.store.entries import Tool
from codex_loop.store.sessions import Session
from codex_loop.store.timeline import timeline
from codex_loop.tasks.atif.convert import Converted, convert
from codex_loop.tasks.atif.older import as_1_4
from codex_loop.tasks.bundle.recording import Recording
from tests.contract.truth import recorded, recordings
from tests.tasks.atif.back import happened, outcomes, shown_by, told_by
from tests.tasks.atif.recordings import every, free


class One:
    """A session and its documents."""

    def __init__(self, database: Database, session: Session, recording: Recording) -> None:
        self.session, self.place = session, places.find(database, session.id)
        self.recording = recording
        made = convert(self.recording, free)
        assert made is not None
        self.made: Converted = made
        self.document: dict[str, Any] = msgspec.to_builtins(made.trajectory)
        self.older: dict[str, Any] = msgspec.to_builtins(as_1_4("trajectory.json", made.trajectory)["trajectory.json"])


@pytest.fixture(scope="module")
def each(golden: Database, recorded_sessions: dict[str, Recording]) -> list[One]:
    return [One(golden, session, recorded_sessions[session.id]) for session in every(golden)]


def test_prompts_answers_calls_and_compactions_come_back_in_their_order(golden: Database, each: list[One]) -> None:
    for one in each:
        told = told_by(transcript(golden, one.place))
        assert happened(one.document) == told, one.session.id
        assert happened(one.older) == told, one.session.id


def test_calls_come_back_with_status_exit_code_and_what_the_model_was_shown(golden: Database, each: list[One]) -> None:
    for one in each:
        shown = shown_by(transcript(golden, one.place))
        for document in (one.document, one.older):
            became = outcomes(document)
            assert {call: it.output for call, it in became.items() if call in shown} == shown, one.session.id
            for turn in timeline(golden, one.place).turns:
                for tool in turn.entries:
                    if isinstance(tool, Tool):
                        found = became[tool.call_id]
                        assert (found.status, found.exit_code) == (tool.status or "unknown", tool.exit_code)


def test_the_totals_are_those_of_the_ledger(each: list[One]) -> None:
    for one in each:
        tokens, final = one.session.tokens, one.made.trajectory.final_metrics
        assert final is not None
        found = (final.total_prompt_tokens, final.total_completion_tokens, final.total_cached_tokens)
        if tokens is None:
            assert found == (None, None, None)
        else:
            assert found == (tokens.input + tokens.cached + tokens.cache_write, tokens.output, tokens.cached)


def test_each_reply_is_one_step_with_the_tokens_that_the_provider_sent(each: list[One]) -> None:
    sent: Counter[tuple[int, int]] = Counter()
    for folder in recordings():
        for response in recorded(folder).responses:
            if response.tokens is not None:
                count = response.counted
                sent[count.fresh + count.cache_read + count.cache_write_5m + count.cache_write_1h, count.output] += 1
    steps = [step for one in each for step in one.made.trajectory.steps if not step.is_copied_context]
    whole = [step for step in steps if step.metrics and "quality" not in (step.metrics.extra or {})]
    spent = Counter(
        (step.metrics.prompt_tokens or 0, step.metrics.completion_tokens or 0) for step in whole if step.metrics
    )
    assert not spent - sent
    assert spent.total() > 250
    assert {step.llm_call_count for step in whole} == {1}


def test_every_step_of_the_model_names_the_model_that_governed_it(golden: Database, each: list[One]) -> None:
    for one in each:
        said = {record.model for line in transcript(golden, one.place) for record in line.records
                if isinstance(record, r.TurnStarted | r.SessionStarted | r.AgentMessage)}  # fmt: skip
        models = {step.model_name for step in one.made.trajectory.steps if step.source == "agent"}
        assert models <= said, one.session.id


def test_aborts_reverts_and_errors_have_a_step_each(golden: Database, each: list[One]) -> None:
    kinds = {r.Interrupted: "interruption", r.Reverted: "revert", r.Problem: "problem"}
    seen: Counter[str] = Counter()
    for one in each:
        told = Counter(
            kinds[type(record)]
            for line in transcript(golden, one.place)
            for record in line.records
            if type(record) in kinds
        )
        steps = Counter(name for step in one.document["steps"] for name in kinds.values() if name in step["extra"])
        assert steps == told, one.session.id
        seen += told
    assert min(seen[name] for name in kinds.values()) > 0


def test_no_decision_is_lost(golden: Database, each: list[One]) -> None:
    count = 0
    for one in each:
        told = [record for line in transcript(golden, one.place) for record in line.records
                if isinstance(record, r.ApprovalDecided)]  # fmt: skip
        steps = one.document["steps"]
        kept = [approval for step in steps for call in step.get("tool_calls", [])
                for approval in call["extra"].get("approvals", [])]  # fmt: skip
        kept += [step["extra"]["approval"] for step in steps if "approval" in step["extra"]]
        decided = sorted((approval["decision"], approval["who"]) for approval in kept if "decision" in approval)
        assert decided == sorted((record.decision, record.who) for record in told), one.session.id
        count += len(told)
    assert count > 20


def test_the_loss_report_accounts_for_every_line(each: list[One]) -> None:
    for one in each:
        family = list(one.recording.family())
        assert [loss.session for loss in one.made.losses] == [member.id for member in family]
        for loss, member in zip(one.made.losses, family, strict=True):
            assert loss.adds_up
            assert loss.input == sum(len(file.lines) + file.rejected for file in member.files)
            assert sum(reason.lines for reason in loss.reasons) == loss.folded + loss.dropped
            assert all(reason.reason for reason in loss.reasons)


def test_nothing_that_people_or_models_said_is_dropped(each: list[One]) -> None:
    dropped = {kind.type for one in each for loss in one.made.losses for kind in loss.kinds if kind.dropped}
    programs_own = {"atis-latch", "api-request", "api-request-blob", "response_item/ghost_snapshot"}
    assert dropped == programs_own


def test_a_subagent_is_a_document_that_its_call_refers_to(each: list[One]) -> None:
    parents = [one for one in each if one.recording.children]
    assert {one.session.agent for one in parents} == {"codex", "claude"}
    for one in parents:
        inside = {child["trajectory_id"] for child in one.document["subagent_trajectories"]}
        named = {
            ref["trajectory_id"]
            for step in one.document["steps"]
            for result in step.get("observation", {}).get("results", [])
            for ref in result.get("subagent_trajectory_ref", [])
        }
        assert named == inside == {child.native_id for child in one.recording.children}


def test_a_fork_counts_only_its_own_and_says_what_it_took_over(each: list[One]) -> None:
    forks = [one for one in each if one.session.forked_from is not None]
    copying = [one for one in forks if any(step.is_copied_context for step in one.made.trajectory.steps)]
    assert {one.session.agent_version for one in copying} >= {"0.92.0", "0.120.0"}
    for one in forks:
        inherited = one.document["extra"]["inherited"]
        assert inherited["forked_from"] == one.session.forked_from
        assert inherited["copied_steps"] == sum(bool(step.is_copied_context) for step in one.made.trajectory.steps)
