"""One session from its first prompt to its last answer, in the order of its files.

What the lines of a file say is told in their order, never by their clocks; clocks only lay several files of one
session side by side. `entries.py` says what can happen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import msgspec

from codex_loop.store import ledger, sessions
from codex_loop.store.engine import Database
from codex_loop.store.entries import Approval, Change, Compacted, Entry, Event, Origin, Prompt, Said, Tool
from codex_loop.store.ledger import QUALITIES, Tokens
from codex_loop.store.places import Place
from codex_loop.store.sessions import Session, moment

_BEFORE_EVERYTHING = -(1 << 62)
_LINE = "turn_key, source_id, line_offset"
_TOOL_FACTS = (
    *("name", "namespace", "command", "arguments", "cwd", "status", "exit_code", "duration_ms"),
    *("output", "output_length", "basis"),
)


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """A turn with the rules it ran under. Number 0, where there is one, is what happened before the first turn."""

    number: int
    id: str | None
    started_at: str | None
    ended_at: str | None
    status: str | None
    duration_ms: int | None
    first_token_ms: int | None
    approval_policy: str | None
    sandbox_policy: str | None
    model: str | None
    effort: str | None
    cwd: str | None
    prompt: str | None
    tokens: Tokens | None
    entries: tuple[Entry, ...]


class Timeline(msgspec.Struct, frozen=True, kw_only=True):
    """A session and its turns."""

    session: Session
    turns: tuple[Turn, ...]
    subagents: tuple[str, ...]
    """Ids of the sessions it started."""


class _Placed(NamedTuple):
    """Something that happened, and where its line stands among the lines of the session."""

    source_id: int
    offset: int
    order: int
    """Things read from one line: the turn before the prompt before the answer before the rest."""
    time_ms: int | None
    turn_key: int | None
    what: Entry | Tokens | _TurnRow


class _TurnRow(msgspec.Struct, frozen=True):
    key: int
    native_id: str | None = None
    started_ms: int | None = None
    ended_ms: int | None = None
    status: str | None = None
    duration_ms: int | None = None
    first_token_ms: int | None = None
    approval_policy: str | None = None
    sandbox_policy: str | None = None
    model: str | None = None
    effort: str | None = None
    cwd: str | None = None
    prompt: str | None = None


def timeline(database: Database, place: Place) -> Timeline:
    """Everything the store holds of a session, by turn."""
    placed = [
        *_turn_rows(database, place.key),
        *_messages(database, place.key),
        *_work(database, place.key),
        *_compactions(database, place.key),
        *_events(database, place.key),
        *_usage(database, place.key),
    ]
    return Timeline(
        session=sessions.one(database, place),
        turns=tuple(_by_turn(_in_order(placed))),
        subagents=tuple(sessions.children(database, place)),
    )


def _in_order(placed: Iterable[_Placed]) -> list[_Placed]:
    """File order within a file; files are merged by the latest time their lines have stated so far."""
    files: dict[int, list[_Placed]] = defaultdict(list)
    for each in placed:
        files[each.source_id].append(each)
    timed: list[tuple[int, int, int, int, _Placed]] = []
    for source_id, lines in files.items():
        now = _BEFORE_EVERYTHING
        for each in sorted(lines, key=lambda line: (line.offset, line.order)):
            now = max(now, each.time_ms if each.time_ms is not None else now)
            timed.append((now, source_id, each.offset, each.order, each))
    return [line[-1] for line in sorted(timed, key=lambda line: line[:4])]


def _by_turn(ordered: Sequence[_Placed]) -> list[Turn]:
    rows = {each.what.key: each.what for each in ordered if isinstance(each.what, _TurnRow)}
    entries: dict[int | None, list[Entry]] = defaultdict(list)
    tokens: dict[int | None, list[Tokens]] = defaultdict(list)
    current: int | None = None
    for each in ordered:
        if isinstance(each.what, _TurnRow):
            current = each.what.key
        elif isinstance(each.what, Tokens):
            tokens[current].append(each.what)
        else:
            entries[each.turn_key if each.turn_key in rows else current].append(each.what)
    before = [_turn(0, _TurnRow(0), entries[None], tokens[None])] if entries[None] or tokens[None] else []
    return before + [
        _turn(number, row, entries[key], tokens[key]) for number, (key, row) in enumerate(rows.items(), start=1)
    ]


def _turn(number: int, row: _TurnRow, entries: Sequence[Entry], tokens: Sequence[Tokens]) -> Turn:
    return Turn(
        number=number,
        id=row.native_id,
        started_at=moment(row.started_ms),
        ended_at=moment(row.ended_ms),
        status=row.status,
        duration_ms=row.duration_ms,
        first_token_ms=row.first_token_ms,
        approval_policy=row.approval_policy,
        sandbox_policy=row.sandbox_policy,
        model=row.model,
        effort=row.effort,
        cwd=row.cwd,
        prompt=row.prompt,
        tokens=ledger.add(tokens),
        entries=tuple(entries),
    )


def _turn_rows(database: Database, key: int) -> list[_Placed]:
    rows = database.rows(
        "SELECT key, native_id, started_ms, ended_ms, status, duration_ms, first_token_ms, approval_policy,"
        " sandbox_policy, model, effort, cwd, prompt, source_id, line_offset FROM turns WHERE session_key = ?",
        (key,),
    )
    turns = [(_TurnRow(*facts), source_id, offset) for *facts, source_id, offset in rows]
    return [_Placed(source_id, offset, 0, row.started_ms, row.key, row) for row, source_id, offset in turns]


def _messages(database: Database, key: int) -> list[_Placed]:
    placed = []
    for time_ms, turn, source_id, offset, role, author, phase, model, head, length, images in database.rows(
        f"SELECT time_ms, {_LINE}, role, author, phase, model, head, length, images FROM messages"
        " WHERE session_key = ?",
        (key,),
    ):
        at, origin = moment(time_ms), Origin(source_id, offset)
        entry: Entry
        if role == "user":
            entry = Prompt(at=at, author=author, text=head, length=length, images=images, origin=origin)
        else:
            entry = Said(at=at, role=role, phase=phase, model=model, text=head, length=length, origin=origin)
        order = {"user": 1, "reasoning": 2, "agent": 3}.get(role, 1)
        placed.append(_Placed(source_id, offset, order, time_ms, turn, entry))
    return placed


def _work(database: Database, key: int) -> list[_Placed]:
    """Tool calls, each with its changes and approvals; those of calls the store does not have stand for themselves."""
    changes, approvals = _changes(database, key), _approvals(database, key)
    changed: dict[str | None, list[Change]] = defaultdict(list)
    asked: dict[str | None, list[Approval]] = defaultdict(list)
    for _, change in changes:
        changed[change.call_id].append(change)
    for _, approval in approvals:
        asked[approval.call_id].append(approval)
    rows = database.rows(
        f"SELECT started_ms, {_LINE}, ended_ms, call_id, {', '.join(_TOOL_FACTS)} FROM tool_calls"
        " WHERE session_key = ?",
        (key,),
    )
    placed = []
    for time_ms, turn, source_id, offset, ended_ms, call_id, *facts in rows:
        tool = Tool(
            at=moment(time_ms),
            ended_at=moment(ended_ms),
            call_id=call_id,
            changes=tuple(changed.pop(call_id, ())),
            approvals=tuple(asked.pop(call_id, ())),
            origin=Origin(source_id, offset),
            **dict(zip(_TOOL_FACTS, facts, strict=True)),
        )
        placed.append(_Placed(source_id, offset, 4, time_ms, turn, tool))
    placed += [place(5, change) for place, change in changes if change.call_id in changed]
    return placed + [place(6, approval) for place, approval in approvals if approval.call_id in asked]


_Place = Callable[[int, Entry], _Placed]


def _at(time_ms: int | None, turn: int | None, source_id: int, offset: int) -> _Place:
    return lambda order, what: _Placed(source_id, offset, order, time_ms, turn, what)


def _changes(database: Database, key: int) -> list[tuple[_Place, Change]]:
    found = []
    for time_ms, turn, source_id, offset, call_id, path, change, moved_to, added, removed, ok, diff in database.rows(
        f"SELECT time_ms, {_LINE}, call_id, path, change, moved_to, added, removed, ok, diff FROM file_changes"
        " WHERE session_key = ? ORDER BY source_id, line_offset, path",
        (key,),
    ):
        entry = Change(
            at=moment(time_ms),
            call_id=call_id,
            path=path,
            change=change,
            moved_to=moved_to,
            added=added,
            removed=removed,
            ok=None if ok is None else bool(ok),
            diff=diff,
            origin=Origin(source_id, offset),
        )
        found.append((_at(time_ms, turn, source_id, offset), entry))
    return found


def _approvals(database: Database, key: int) -> list[tuple[_Place, Approval]]:
    found = []
    for time_ms, turn, source_id, offset, decided_ms, call_id, decision, who, basis, reason, command in database.rows(
        f"SELECT coalesce(requested_ms, decided_ms), {_LINE}, decided_ms, call_id, decision, who, basis, reason,"
        " command FROM approvals WHERE session_key = ? ORDER BY source_id, line_offset, key",
        (key,),
    ):
        entry = Approval(
            at=moment(time_ms),
            decided_at=moment(decided_ms),
            call_id=call_id,
            decision=decision,
            who=who,
            basis=basis,
            reason=reason,
            command=command,
            origin=Origin(source_id, offset),
        )
        found.append((_at(time_ms, turn, source_id, offset), entry))
    return found


def _compactions(database: Database, key: int) -> list[_Placed]:
    placed = []
    for time_ms, turn, source_id, offset, trigger, pre_tokens, post_tokens, summary in database.rows(
        f'SELECT time_ms, {_LINE}, "trigger", pre_tokens, post_tokens, summary FROM compactions WHERE session_key = ?',
        (key,),
    ):
        entry = Compacted(
            at=moment(time_ms),
            trigger=trigger,
            pre_tokens=pre_tokens,
            post_tokens=post_tokens,
            summary=summary,
            origin=Origin(source_id, offset),
        )
        placed.append(_Placed(source_id, offset, 7, time_ms, turn, entry))
    return placed


def _events(database: Database, key: int) -> list[_Placed]:
    placed = []
    for time_ms, turn, source_id, offset, kind, scope, code, message, detail, basis in database.rows(
        f"SELECT time_ms, {_LINE}, kind, scope, code, message, detail, basis FROM events WHERE session_key = ?", (key,)
    ):
        entry = Event(
            at=moment(time_ms),
            event=kind,
            scope=scope,
            code=code,
            message=message,
            detail=detail,
            basis=basis,
            origin=Origin(source_id, offset),
        )
        placed.append(_Placed(source_id, offset, 8, time_ms, turn, entry))
    return placed


def _usage(database: Database, key: int) -> list[_Placed]:
    """The ledger knows no turns: an answer belongs to the turn whose lines it stands among."""
    placed = []
    for time_ms, source_id, offset, read, cached, written, output, reasoning, quality in database.rows(
        "SELECT time_ms, source_id, line_offset, input, cached, cache_write_5m + cache_write_1h, output, reasoning,"
        " quality FROM usage_events WHERE session_key = ?",
        (key,),
    ):
        total = read + cached + written + output
        tokens = Tokens(read, cached, written, output, reasoning, total, QUALITIES[quality], 1)
        placed.append(_Placed(source_id, offset, 9, time_ms, None, tokens))
    return placed
