"""From the store's rows to the sessions detectors look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate

from codex_loop.signals.session import (
    Answer,
    Approval,
    Call,
    Compacted,
    Edit,
    Event,
    Place,
    Prompt,
    Session,
    Spent,
    Step,
    Turn,
    in_order,
)
from codex_loop.store import evidence
from codex_loop.store.engine import Database, Row

BATCH = 40
"""So many sessions are in memory at once."""


def sessions(database: Database, keys: Sequence[int], now_ms: int) -> Iterator[Session]:
    """These sessions and those inside their files, each with everything that is known of it."""
    for start in range(0, len(keys), BATCH):
        heads = evidence.sessions(database, keys[start : start + BATCH])
        inside = [row[0] for row in heads]
        tables = {table: evidence.rows(database, table, inside) for table in evidence.TABLES}
        tokens = evidence.tokens(database, inside)
        for head in heads:
            rows = {name: by_session.get(head[0], []) for name, by_session in tables.items()}
            yield _session(head, rows, tokens.get(head[0], []), now_ms)


def _session(
    head: Row, rows: dict[str, list[Row]], tokens: Sequence[tuple[int | None, int]], now_ms: int
) -> Session:  # fmt: skip
    key, agent, native_id, lineage, parent_id, forked_from, started_ms, ended_ms, *rest = head
    cwd, git_url, model, agent_version = rest
    spent = _spent(tokens)
    return Session(
        key=key,
        agent=agent,
        native_id=native_id,
        lineage=lineage,
        parent_id=parent_id,
        forked_from=forked_from,
        started_ms=started_ms,
        ended_ms=ended_ms,
        cwd=cwd,
        git_url=git_url,
        model=model,
        agent_version=agent_version,
        turns=_turns(rows["turns"], spent),
        steps=in_order(_steps(rows)),
        spent=spent,
        settled=evidence.settled(ended_ms, now_ms),
    )


def _spent(tokens: Sequence[tuple[int | None, int]]) -> Spent:
    timed = [(time_ms, count) for time_ms, count in tokens if time_ms is not None]
    return Spent([time_ms for time_ms, _ in timed], [0, *accumulate(count for _, count in timed)])


def _turns(rows: list[Row], spent: Spent) -> list[Turn]:
    rows.sort(key=lambda row: (row[-2], row[-1]))
    return [
        Turn(
            key=row[0], native_id=row[1], started_ms=row[2], ended_ms=row[3], status=row[4], duration_ms=row[5],
            approval_policy=row[6], sandbox_policy=row[7], model=row[8], effort=row[9],
            tokens=spent.between(row[2], row[3]),
        )
        for row in rows
    ]  # fmt: skip


def _steps(rows: dict[str, list[Row]]) -> Iterator[Step]:
    yield from _messages(rows["messages"])
    for key, turn, time_ms, source, offset, *told in rows["tool_calls"]:
        call_id, name, command, arguments, cwd, ended_ms, status, exit_code, duration_ms, output, *more = told
        output_length, basis, arguments_key, error, output_key = more
        yield Call(
            key=key, turn=turn, time_ms=time_ms, place=Place(source, offset), call_id=call_id, name=name,
            command=command, arguments=arguments, cwd=cwd, ended_ms=ended_ms, status=status, exit_code=exit_code,
            duration_ms=duration_ms, output=output, output_length=output_length, basis=basis,
            arguments_key=arguments_key, error=error, output_key=output_key,
        )  # fmt: skip
    for key, turn, time_ms, source, offset, call_id, path, change, moved_to, added, removed, ok, *keys in rows[
        "file_changes"
    ]:
        yield Edit(
            key=key, turn=turn, time_ms=time_ms, place=Place(source, offset), call_id=call_id, path=path, change=change,
            moved_to=moved_to, added=added, removed=removed, ok=evidence.plain(ok), added_key=keys[0],
            removed_key=keys[1],
        )  # fmt: skip
    yield from _rare(rows)


def _messages(rows: list[Row]) -> Iterator[Step]:
    for key, turn, time_ms, source, offset, role, author, head, length, phase, model, native_id in rows:
        place = Place(source, offset)
        if role == "user":
            yield Prompt(
                key=key, turn=turn, time_ms=time_ms, place=place, author=author, text=head, length=length,
                native_id=native_id,
            )  # fmt: skip
        elif role == "agent":
            yield Answer(
                key=key, turn=turn, time_ms=time_ms, place=place, text=head, length=length, phase=phase, model=model
            )


def _rare(rows: dict[str, list[Row]]) -> Iterator[Step]:
    for key, turn, time_ms, source, offset, call_id, decided_ms, decision, who, basis, command in rows["approvals"]:
        yield Approval(
            key=key, turn=turn, time_ms=time_ms, place=Place(source, offset), call_id=call_id, decided_ms=decided_ms,
            decision=decision, who=who, basis=basis, command=command,
        )  # fmt: skip
    for key, turn, time_ms, source, offset, trigger, pre_tokens, post_tokens in rows["compactions"]:
        yield Compacted(
            key=key, turn=turn, time_ms=time_ms, place=Place(source, offset), trigger=trigger, pre_tokens=pre_tokens,
            post_tokens=post_tokens,
        )  # fmt: skip
    for key, turn, time_ms, source, offset, kind, scope, code, message, detail in rows["events"]:
        yield Event(
            key=key, turn=turn, time_ms=time_ms, place=Place(source, offset), kind=kind, scope=scope, code=code,
            message=message, detail=detail,
        )  # fmt: skip
