"""Records that become a step of their own or a note on one: as words for people, and field by field for programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from codex_loop.model import records as r
from codex_loop.model.text import counted
from codex_loop.tasks.atif.document import Extra

_PLACE = {"kind", "offset", "time_ms", "session", "turn"}
"""What every record carries and a step says in its own way."""


class Happening(NamedTuple):
    name: str
    """Under which its fields stand in the step's `extra`."""
    words: Callable[[Any], str]


def told(record: r.Record, **more: object) -> Extra:
    """The record's own fields; what is unknown is left out."""
    hidden = set(_PLACE) | {"text"}
    if isinstance(record, r.ToolResult):
        hidden |= {"output", "call_id"}
    if isinstance(record, r.FileChange | r.ApprovalRequested | r.ApprovalDecided) and record.call_id is not None:
        hidden.add("call_id")
    fields = msgspec.structs.asdict(record)
    return {name: value for name, value in fields.items() if name not in hidden and value not in (None, "")} | more


def _interrupted(record: r.Interrupted) -> str:
    return f"Turn interrupted{'' if record.during == 'unknown' else f' during {record.during}'}"


def _reverted(record: r.Reverted) -> str:
    turns = "" if record.turns is None else f" of {counted(record.turns, 'turn')}"
    return f"History taken back ({record.scope}{turns})"


def _problem(record: r.Problem) -> str:
    return record.message or record.code or record.scope


def _file(record: r.FileChange) -> str:
    return f"File changed: {record.change} {record.path}"


HAPPENINGS: Mapping[type, Happening] = {
    r.Interrupted: Happening("interruption", _interrupted),
    r.Reverted: Happening("revert", _reverted),
    r.Problem: Happening("problem", _problem),
    r.FileChange: Happening("file_change", _file),
    r.PlanUpdated: Happening("plan", lambda _: "Plan updated"),
    r.ApprovalRequested: Happening("approval_request", lambda _: "Approval requested"),
    r.ApprovalDecided: Happening("approval", lambda record: f"Approval: {record.decision}"),
}
