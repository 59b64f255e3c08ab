"""Who a Codex thread is and under which settings it runs: `session_meta` and `turn_context`."""

from __future__ import annotations

import ntpath
import posixpath
import re
from collections.abc import Iterator
from typing import NamedTuple

from codex_loop.model.records import AnyRecord, Reverted, SessionStarted, TurnStarted
from codex_loop.model.text import clean
from codex_loop.sources.codex.envelope import Payload
from codex_loop.sources.codex.shapes import folder
from codex_loop.sources.codex.state import Base, RolloutState
from codex_loop.sources.fields import Body, as_body, body, number, tag, text, time_ms

Records = Iterator[AnyRecord]

_UUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_NAME = re.compile(rf"rollout-.*?({_UUID})(?:_({_UUID}))?\.json")


class Named(NamedTuple):
    """What the name of a rollout tells."""

    thread: str | None
    segment: str | None


def named(path: str) -> Named:
    """The thread, and the segment that a revert began, of `rollout-<time>-<thread>[_<segment>].jsonl[.zst]`."""
    found = _NAME.search(base_name(path))
    return Named(found[1], found[2]) if found else Named(None, None)


def fallback_id(path: str) -> str:
    """The thread of a file that does not name it anywhere."""
    return named(path).thread or clean(base_name(path)).split(".jsonl")[0].removesuffix(".json") or "unnamed"


def base_name(path: str) -> str:
    return posixpath.basename(ntpath.basename(path))


def introduced(at: Base, path: str, meta: Body) -> SessionStarted:
    """A thread in its own words."""
    git = body(meta, "git")
    spawn = body(body(body(meta, "source"), "subagent"), "thread_spawn")
    parent = text(meta, "parent_thread_id") or text(spawn, "parent_thread_id")
    child = parent is not None or "subagent" in body(meta, "source") or text(meta, "thread_source") == "subagent"
    forked = text(meta, "forked_from_id")
    return SessionStarted(
        offset=at["offset"],
        time_ms=at["time_ms"],
        session=text(meta, "id") or at["session"],
        lineage="subagent" if child else "main",
        parent=parent,
        root=text(meta, "session_id"),
        forked_from=forked,
        forked_at=number(meta, "forked_from_ordinal_exclusive") if forked else None,
        segment=named(path).segment if reverted_base(meta) else None,
        started_ms=time_ms(text(meta, "timestamp")) or at["time_ms"],
        cwd=folder(text(meta, "cwd")),
        provider=text(meta, "model_provider"),
        agent_version=text(meta, "cli_version"),
        originator=text(meta, "originator"),
        entrypoint="subagent" if child else tag(meta.get("source")),
        git_branch=text(git, "branch"),
        git_commit=text(git, "commit_hash"),
        git_url=text(git, "repository_url"),
        nickname=text(meta, "agent_nickname") or text(spawn, "agent_nickname"),
        role=text(meta, "agent_role") or text(spawn, "agent_role"),
    )


def reverted_base(meta: Body) -> Body:
    """Where a thread that took back a part of itself goes on from; empty for forks and fresh threads."""
    forked = text(meta, "forked_from_id")
    return body(meta, "history_base") if forked is None or forked == text(meta, "id") else {}


def session_meta(state: RolloutState, at: Base, path: str, meta: Body) -> Records:
    own = text(meta, "id") or text(meta, "session_id") or fallback_id(path)
    if state.introduced and own != state.session:
        yield from _copied(state, at, own)
        return
    first, state.introduced = not state.introduced, True
    state.session = at["session"] = own
    state.agent_version = text(meta, "cli_version") or state.agent_version
    state.cwd = folder(text(meta, "cwd")) or state.cwd
    started = introduced(at, path, meta)
    state.subagent = started.lineage == "subagent"
    state.linked = state.linked or started.forked_from is not None
    yield started
    base = reverted_base(meta)
    if first and base:
        yield Reverted(
            **at,
            scope="revert",
            from_ordinal=number(base, "end_ordinal_exclusive"),
            from_offset=number(base, "end_byte_offset"),
            base=text(base, "thread_id"),
        )


def _copied(state: RolloutState, at: Base, other: str) -> Records:
    """A second introduction: lines of another thread were copied into this one, as old forks and some subagents do."""
    if not state.linked:
        state.linked = True
        yield SessionStarted(offset=at["offset"], time_ms=at["time_ms"], session=state.session, forked_from=other)


def turn_context(state: RolloutState, at: Base, context: Payload) -> Records:
    """Settings in force; most versions repeat them before every call of the model."""
    turn = context.turn_id
    if isinstance(turn, str):
        state.fresh = state.fresh or turn != state.turn
        state.turn = at["turn"] = turn
    cwd = folder(context.cwd if isinstance(context.cwd, str) else None)
    chosen = body(as_body(context.collaboration_mode), "settings")
    effort = context.effort if isinstance(context.effort, str) else text(chosen, "reasoning_effort")
    approval, sandbox = tag(context.approval_policy), tag(context.sandbox_policy)
    model = context.model if isinstance(context.model, str) else None
    settings = (approval, sandbox, model, effort, cwd)
    if settings == state.settings and not state.fresh:
        return
    state.settings, state.fresh = settings, False
    state.cwd = cwd or state.cwd
    yield TurnStarted(**at, approval_policy=approval, sandbox_policy=sandbox, model=model, effort=effort, cwd=cwd)
