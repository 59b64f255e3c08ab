"""One line of Claude Code on its way to becoming records."""

from __future__ import annotations

from typing import NamedTuple, TypedDict

from codex_loop.model.records import AnyRecord, ApprovalDecided, PlanUpdated, ToolResult
from codex_loop.sources.claude.entries import Entry
from codex_loop.sources.claude.results import Approval, Verdict
from codex_loop.sources.claude.sessions import Place, TranscriptState


class At(TypedDict):
    """What every record of a line carries."""

    offset: int
    time_ms: int | None
    session: str
    turn: str | None


class Told(NamedTuple):
    """One line, where it belongs, and the records it becomes."""

    state: TranscriptState
    place: Place
    entry: Entry
    offset: int
    time_ms: int | None
    records: list[AnyRecord]
    live: bool = False
    """Seen on a stream, which knows neither the ids of turns nor what an interruption hit."""

    def at(self) -> At:
        return {
            "offset": self.offset,
            "time_ms": self.time_ms,
            "session": self.place.session,
            "turn": self.place.note.turn,
        }


def outcome_of(told: Told, call_id: str, found: Verdict, text: str) -> ToolResult:
    return ToolResult(
        **told.at(),
        call_id=call_id,
        status=found.status,
        exit_code=found.exit_code,
        duration_ms=found.duration_ms,
        output=text,
        basis=found.basis,
    )


def decision_of(told: Told, call_id: str, approval: Approval) -> ApprovalDecided:
    return ApprovalDecided(
        **told.at(),
        call_id=call_id,
        decision=approval.decision,
        who=approval.who,
        basis=approval.basis,
    )


def tell_plan(told: Told, steps: tuple[tuple[str, str], ...] | None) -> None:
    if steps is not None:
        told.records.append(
            PlanUpdated(
                **told.at(),
                steps=steps,
            )
        )
