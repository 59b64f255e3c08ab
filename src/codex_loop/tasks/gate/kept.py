"""What the gate found, in the store: written once per look, and read again so that nothing is run twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from codex_loop.harbor import folders
from codex_loop.store import ids, tasks
from codex_loop.store.engine import Database
from codex_loop.store.tasks import CheckRow, TaskRow
from codex_loop.tasks.gate import measured, solution
from codex_loop.tasks.gate.check import Check, State
from codex_loop.tasks.gate.folder import Written, gold, read
from codex_loop.tasks.gate.gate import Gated
from codex_loop.tasks.gate.workshop import Workshop

_TURNED = "became"
"""The one note under the digest of a draft."""


class _Detail(msgspec.Struct, frozen=True):
    told: str
    seen: dict[str, bool | int | float | str | list[str] | None] = {}


def keep(database: Database, gated: Sequence[Gated], workshop: Workshop | None, now_ms: int) -> None:
    """Store the tasks and every check of this look; one that was recalled is not stored as a new look."""
    rows: list[TaskRow] = []
    checks: list[CheckRow] = []
    label = None if workshop is None else workshop.label
    known = {row.digest: row for row in tasks.by_digest(database, [each.digest for each in gated])}
    for each in gated:
        old = known.get(each.digest)
        is_new = old is None or _checks(database, old) != each.checks
        looked_ms = now_ms if is_new or old is None else old.checked_ms
        rows.append(_row(database, each, now_ms, looked_ms))
        if is_new:
            checks += (_check(each, check, now_ms, label) for check in each.checks)
            checks += _turned(each, now_ms, label)
    tasks.put(database, rows, checks)


def settle(database: Database, paths: Iterable[Path], workshop: Workshop) -> None:
    """Write into drafts what was measured of exactly these drafts before: a session that is distilled again is the
    same task at once.
    """
    for path in paths:
        for look in tasks.latest_checks(database, tasks.task_key(folders.digest(path))):
            task = _readable(path)
            if look.name == _TURNED and look.environment == workshop.label and task is not None:
                measured.settle(task, msgspec.json.decode(look.detail, type=measured.Shown))


def recall(database: Database, paths: Iterable[Path], workshop: Workshop) -> dict[str, Gated]:
    """What an earlier look at the same contents found, by digest, as far as it still says what a new one would.

    Drafts are looked at again, and so is what was run elsewhere, or not run and could be now.
    """
    by_digest = {folders.digest(path): path for path in paths}
    found: dict[str, Gated] = {}
    for row in tasks.by_digest(database, list(by_digest)):
        looks = tasks.latest_checks(database, row.key)
        if row.state == "draft" or not looks:
            continue
        if workshop.label is None or {look.environment for look in looks} == {workshop.label}:
            found[row.digest] = _gated(row, by_digest[row.digest], looks)
    return found


def _turned(gated: Gated, now_ms: int, label: str | None) -> list[CheckRow]:
    """What became of a draft, noted under its own digest."""
    task = _readable(gated.folder)
    if gated.draft is None or task is None or task.spec is None:
        return []
    spec = task.spec
    shown = measured.Shown(spec.fail_to_pass, spec.pass_to_pass, spec.weak_fail_to_pass, ())
    detail = msgspec.json.encode(shown).decode()
    return [CheckRow(tasks.task_key(gated.draft), now_ms, _TURNED, "passed", detail, label)]


def _gated(row: TaskRow, path: Path, looks: Sequence[CheckRow]) -> Gated:
    state: State = msgspec.convert(row.state, State)
    return Gated(str(path), row.name, row.digest, state, row.reason, tuple(_told(look) for look in looks))


def _checks(database: Database, row: TaskRow) -> tuple[Check, ...]:
    return tuple(_told(look) for look in tasks.latest_checks(database, row.key))


def _told(look: CheckRow) -> Check:
    detail = msgspec.json.decode(look.detail, type=_Detail)
    return msgspec.convert(
        {"name": look.name, "outcome": look.outcome, "detail": detail.told, "seen": detail.seen}, Check
    )


def _check(gated: Gated, check: Check, now_ms: int, label: str | None) -> CheckRow:
    detail = msgspec.json.encode(_Detail(check.detail, check.seen)).decode()
    return CheckRow(tasks.task_key(gated.digest), now_ms, check.name, check.outcome, detail, label)


def _row(database: Database, gated: Gated, now_ms: int, checked_ms: int | None) -> TaskRow:
    task = _readable(gated.folder)
    patch = gold(gated.folder)
    session = None if task is None else task.fact("source_session_id")
    return TaskRow(
        key=tasks.task_key(gated.digest),
        digest=gated.digest,
        name=gated.name,
        path=str(gated.folder.resolve()),
        state=gated.state,
        reason=gated.reason,
        kind=(task and task.fact("signal_type")) or "unknown",
        category=task.fact("signal_category") if task else None,
        session_key=None if session is None else tasks.session_of(database, session),
        signal_key=_number(task, "signal_id", "sig_"),
        cluster_key=_number(task, "cluster_id", "cluster_"),
        verifier=(task and task.verifier_kind) or "unknown",
        gold_key=None if patch is None else solution.key(patch),
        body=msgspec.json.encode(_body(task)).decode(),
        created_ms=now_ms,
        checked_ms=checked_ms,
    )


def _readable(path: Path) -> Written | None:
    try:
        return read(path)
    except (ValueError, OSError):
        return None


def _number(task: Written | None, fact: str, prefix: str) -> int | None:
    """The key behind a whole id; the beginning of one says nothing for sure."""
    told = None if task is None else task.fact(fact)
    span = None if told is None else ids.span(told, prefix)
    return span[0] if span is not None and span[0] == span[1] else None


def _body(task: Written | None) -> dict[str, object]:
    if task is None:
        return {}
    spec = task.spec
    tests = {} if spec is None else {"fail_to_pass": spec.fail_to_pass, "pass_to_pass": spec.pass_to_pass}
    return {"provenance": task.config.metadata, **tests}
