"""A recording as an ATIF document of schema 1.7, the sessions it started inside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from codex_loop import __version__
from codex_loop.clock import format_ms
from codex_loop.sources.fields import Body, as_body, text
from codex_loop.tasks.atif.bounds import bounded
from codex_loop.tasks.atif.document import Agent, Extra, FinalMetrics, Step, Trajectory
from codex_loop.tasks.atif.drafts import Draft
from codex_loop.tasks.atif.finish import Finisher, Price
from codex_loop.tasks.atif.images import Album
from codex_loop.tasks.atif.loss import Loss
from codex_loop.tasks.atif.steps import Teller
from codex_loop.tasks.bundle.recording import Recording

VERSION = "ATIF-v1.7"
_NAMES = {"claude": "claude-code"}
"""What Harbor calls an agent, where that is another name."""
_PARAMETERS = ("parameters", "input_schema", "schema", "inputSchema")
_ROUND = 12


class Converted(NamedTuple):
    """A document, its images, and what became of every line of every session in it."""

    trajectory: Trajectory
    images: dict[str, bytes]
    losses: tuple[Loss, ...]


def convert(recording: Recording, price: Price) -> Converted | None:
    """The document; None for a session of which no line tells anything."""
    album = Album()
    losses: list[Loss] = []
    trajectory = _document(recording, price, album, losses)
    return None if trajectory is None else Converted(trajectory, album.files, tuple(losses))


def _document(recording: Recording, price: Price, album: Album, losses: list[Loss]) -> Trajectory | None:
    teller = Teller(recording)
    teller.tell()
    if not teller.steps:
        return None
    place = len(losses)
    children = [found for child in recording.children if (found := _document(child, price, album, losses)) is not None]
    _hang(teller, recording, {child.trajectory_id for child in children})
    finisher = Finisher(recording.id, price, album.paint, recording.facts.cwd)
    steps = [finisher.step(number, draft) for number, draft in enumerate(teller.steps, start=1)]
    teller.about |= _unknown(steps)
    cut = sum(map(bounded, steps))
    sealed = sum(draft.sealed_bytes for draft in teller.steps)
    losses.insert(place, teller.tally.report(recording.id, sealed, cut))
    return Trajectory(
        schema_version=VERSION,
        session_id=recording.native_id,
        trajectory_id=recording.native_id,
        agent=_agent(recording, teller),
        steps=steps,
        final_metrics=totals(steps),
        extra=_about(recording, teller),
        subagent_trajectories=children or None,
    )


def _unknown(steps: Sequence[Step]) -> Extra:
    """Why a number is not there."""
    spent = [step for step in steps if step.metrics is not None]
    if not spent:
        return {"tokens": "no file of this session tells them"}
    unpriced = {
        step.model_name or "a model without a name" for step in spent if step.metrics and step.metrics.cost_usd is None
    }
    return {"cost": f"no public price is known of {', '.join(sorted(unpriced))}"} if unpriced else {}


def _hang(teller: Teller, recording: Recording, told: set[str | None]) -> None:
    """Each session that this one started stands with the call that did it, else with a step of its own."""
    free: list[str] = []
    for child in recording.children:
        if child.native_id not in told:
            continue
        call = teller.calls.get(child.facts.tool_call or "")
        (free if call is None else call.children).append(child.native_id)
    if free:
        last = teller.steps[-1]
        extra: Extra = {"synthetic": "subagents", "note": "which call started them is not recorded"}
        teller.steps.append(Draft(source="system", seq=last.seq, time_ms=last.time_ms, children=free, extra=extra))


def _agent(recording: Recording, teller: Teller) -> Agent:
    facts = recording.facts
    models = [draft.model for draft in teller.steps if draft.model is not None and not draft.copied]
    extra: Extra = {"originator": facts.originator, "entrypoint": facts.entrypoint, "provider": facts.provider}
    return Agent(
        name=_NAMES.get(recording.agent, recording.agent),
        version=facts.agent_version or "unknown",
        model_name=models[0] if models else facts.model,
        tool_definitions=[_definition(tool) for tool in teller.tools] or None,
        extra={name: value for name, value in extra.items() if value is not None} or None,
    )


def _definition(tool: Body) -> Extra:
    """A tool as the function schema that ATIF asks for, whatever the agent calls its parts."""
    if "function" in tool:
        return dict(tool)
    parameters = next(
        (tool[name] for name in ("parameters", "input_schema", "schema", "inputSchema") if name in tool), {}
    )
    function: Extra = {"name": text(tool, "name", "type") or "unknown", "parameters": dict(as_body(parameters))}
    if (about := text(tool, "description")) is not None:
        function["description"] = about
    return {"type": "function", "function": function}


def _about(recording: Recording, teller: Teller) -> Extra:
    facts = recording.facts
    git: Extra = {"commit_hash": facts.git_commit, "branch": facts.git_branch, "repository_url": facts.git_url}
    known: Extra = {
        "recorded_by": f"codex-loop {__version__}",
        "agent": recording.agent,
        "sources": sorted({file.source for file in recording.files}),
        "cwd": facts.cwd,
        "git": {name: value for name, value in git.items() if value is not None} or None,
        "started_at": None if facts.started_ms is None else format_ms(facts.started_ms),
        "title": facts.title,
        "lineage": facts.lineage,
        "parent": facts.parent,
        "role": facts.role,
        "nickname": facts.nickname,
        "started_by_call": facts.tool_call,
        "inherited": _inherited(recording, teller.steps),
        "cost_basis": "public prices, not a bill",
    }
    return {name: value for name, value in known.items() if value is not None} | teller.about


def _inherited(recording: Recording, drafts: Sequence[Draft]) -> Extra | None:
    """What a fork took over: it is in no total."""
    facts = recording.facts
    copied = [draft for draft in drafts if draft.copied]
    if facts.forked_from is None and not copied:
        return None
    known: Extra = {"forked_from": facts.forked_from, "forked_at": facts.forked_at, "copied_steps": len(copied)}
    return {name: value for name, value in known.items() if value is not None}


def totals(steps: Sequence[Step]) -> FinalMetrics:
    """The sums over what is no copy; None where no step tells a number."""
    found = [step.metrics for step in steps if step.metrics is not None and not step.is_copied_context]
    costs = [metrics.cost_usd for metrics in found]
    known = [cost for cost in costs if cost is not None]
    return FinalMetrics(
        total_prompt_tokens=_sum([metrics.prompt_tokens for metrics in found]),
        total_completion_tokens=_sum([metrics.completion_tokens for metrics in found]),
        total_cached_tokens=_sum([metrics.cached_tokens for metrics in found]),
        total_cost_usd=round(sum(known), _ROUND) if known and len(known) == len(costs) else None,
        total_steps=len(steps),
    )


def _sum(values: Sequence[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
