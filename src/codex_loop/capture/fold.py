"""Records to rows: turns are numbered, calls meet their results, long text becomes a head and a document.

A `Folder` lives for one block of one file. What must outlive it (the current turn of each session, the settings in
force) is in `FoldState`, which is stored beside the cursor. Every row points back at the line it was read from.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from codex_loop.capture.extracts import arguments_key, changed_keys
from codex_loop.capture.fold_state import Call, FoldState, Session, SessionState, Turn, completed, copied
from codex_loop.capture.rows import session_row, totals_row
from codex_loop.capture.rows import text as _text
from codex_loop.model import records as r
from codex_loop.model.keys import key, near, session_key
from codex_loop.model.text import HEAD_BYTES, clean, head
from codex_loop.store.batch import Document, Row

PROMPT_BYTES = 4096
"""How much of a prompt or an answer full-text search covers."""
COMMAND_BYTES = 512
OUTPUT_BYTES = 112
MESSAGE_BYTES = 384
ASIDE_BYTES = 80
"""Of reasoning, reminders, and the arguments of a call whose command is told: the archive has the rest."""

RANK = {
    "": 0,
    "permission_denials": 9,
    "text": 10,
    "launch": 12,
    "is_error": 20,
    "attachment": 30,
    "event": 30,
    "item": 30,
    "payload": 30,
    "interruptedMessageId": 35,
    "permission_denied": 35,
    "toolDenialBeforeRun": 35,
    "bridge": 40,
    "control_response": 40,
    "op": 40,
    "permissionDecision": 40,
}
"""How far evidence is to be believed: what a program states beats what its text suggests."""
DEFAULT_RANK = 15


class Folder:
    """Folds the records of one block. `rows()` gives them back by table, in the store's column order."""

    def __init__(self, agent: str, host: str, source_id: int, state: FoldState, line_keys: Mapping[int, int]) -> None:
        self.agent, self.host, self.source_id, self.state = agent, host, source_id, state
        self._line_keys = line_keys
        self.documents: list[Document] = []
        self.unknown: list[tuple[str, int]] = []
        self._sessions: dict[str, Session] = {}
        self._turns: dict[int, Turn] = {}
        self._calls: dict[int, Call] = {}
        self._call_ends: dict[int, int] = {}
        self._rows: dict[str, list[Row]] = {
            name: [] for name in ("messages", "approvals", "file_changes", "compactions", "events", "agent_totals")
        }
        self._ordinals: dict[int, int] = {}

    def add(self, record: r.AnyRecord) -> None:
        if not record.session and isinstance(record, r.LimitObserved | r.Unknown):
            # What a sampler or a hook was told belongs to no session, and must not make one.
            if isinstance(record, r.Unknown):
                self.unknown.append((head(record.type, 120), record.offset))
            return
        session = self._session(record.session)
        time_ms = record.time_ms
        if time_ms is not None:
            if session.last_ms is None or time_ms > session.last_ms:
                session.last_ms = time_ms
            if session.first_ms is None or time_ms < session.first_ms:
                session.first_ms = time_ms
        _FOLDS[type(record)](self, session, record)

    def _session(self, native_id: str) -> Session:
        session = self._sessions.get(native_id)
        if session is None:
            state = self.state.sessions.setdefault(native_id, SessionState())
            if self.state.primary is None:
                self.state.primary = native_id
            session = Session(session_key(self.agent, native_id), native_id, state)
            self._sessions[native_id] = session
        return session

    def _place(self, line_offset: int) -> int:
        """The ordinal of a record within its line: one line may hold several rows of a table."""
        ordinal = self._ordinals.get(line_offset, 0)
        self._ordinals[line_offset] = ordinal + 1
        return ordinal

    def _row_key(self, session: Session, table: str, record: r.Record, native: str | None) -> int:
        if native:
            return near(session.key, key(table, session.key, native))
        # The key of the line, not its offset: a copy or a rewritten file gives the same row again.
        place = self._place(record.offset)
        return near(session.key, key(table, session.key, self._line_keys[record.offset], place))

    def _turn(self, session: Session, record: r.Record, native_id: str | None) -> Turn | None:
        """The turn a record belongs to; None before the first one."""
        state = session.state
        if native_id is not None and native_id != state.turn_id:
            self._begin(session, native_id, record.offset)
        if state.turn is None:
            return None
        turn = self._turns.get(state.turn)
        if turn is None:
            turn = Turn(
                state.turn,
                session.key,
                state.turn_offset,
                record.offset,
                state.turn_id,
                settings=copied(state.settings),
                settings_rank=state.settings_rank,
            )
            self._turns[state.turn] = turn
        turn.last_offset = max(turn.last_offset, record.offset)
        if record.time_ms is not None:
            if turn.started_ms is None or record.time_ms < turn.started_ms:
                turn.started_ms = record.time_ms
            if turn.ended_ms is None or record.time_ms > turn.ended_ms:
                turn.ended_ms = record.time_ms
        return turn

    def _begin(self, session: Session, native_id: str | None, offset: int) -> None:
        state = session.state
        state.turn_offset = offset
        state.ordinal += 1
        state.turn_id = native_id
        name = native_id if native_id is not None else f"#{state.ordinal}"
        state.turn = near(session.key, key("turn", session.key, name))
        state.prompted = False
        state.settings_rank = 0

    def _turn_key(self, session: Session, record: r.Record) -> int | None:
        turn = self._turn(session, record, record.turn)
        return None if turn is None else turn.key

    def session_started(self, session: Session, record: r.SessionStarted) -> None:
        state = session.state
        state.facts = record if state.facts is None else completed(state.facts, record)
        if record.started_ms is not None and session.native_id == self.state.primary:
            self.state.born_ms = record.started_ms
        session.title = session.title.then(record.title, record.time_ms)
        session.model = session.model.then(record.model, record.time_ms)

    def turn_started(self, session: Session, record: r.TurnStarted) -> None:
        state = session.state
        for name in ("approval_policy", "sandbox_policy", "model", "effort", "cwd"):
            value = getattr(record, name)
            if value is not None:
                setattr(state.settings, name, clean(value))
        session.model = session.model.then(record.model, record.time_ms)
        turn = self._turn(session, record, record.turn)
        if turn is not None:
            turn.settings = copied(state.settings)
            turn.settings_rank = state.settings_rank = record.offset + 1

    def turn_ended(self, session: Session, record: r.TurnEnded) -> None:
        turn = self._turn(session, record, record.turn)
        if turn is not None:
            turn.status = record.status
            turn.duration_ms = record.duration_ms
            turn.first_token_ms = record.first_token_ms

    def user_message(self, session: Session, record: r.UserMessage) -> None:
        state = session.state
        if record.author == "human" and record.turn is None and (state.turn_id is None or state.prompted):
            self._begin(session, None, record.offset)
        turn = self._turn(session, record, record.turn)
        if record.author == "human" and turn is not None:
            state.prompted = True
            if turn.prompt is None:
                turn.prompt = head(record.text)
        self._message(session, record, turn, "user", record.text, author=record.author, images=record.images)

    def agent_message(self, session: Session, record: r.AgentMessage) -> None:
        turn = self._turn(session, record, record.turn)
        self._message(session, record, turn, "agent", record.text, phase=record.phase, model=record.model)

    def reasoning(self, session: Session, record: r.Reasoning) -> None:
        self._message(session, record, self._turn(session, record, record.turn), "reasoning", record.text)

    def attachment(self, session: Session, record: r.Attachment) -> None:
        turn = self._turn(session, record, record.turn)
        self._message(session, record, turn, "attachment", record.text, phase=record.name)

    def _message(
        self,
        session: Session,
        record: r.UserMessage | r.AgentMessage | r.Reasoning | r.Attachment,
        turn: Turn | None,
        role: str,
        text: str,
        *,
        author: str | None = None,
        phase: str | None = None,
        model: str | None = None,
        images: int | None = None,
    ) -> None:
        native = getattr(record, "id", None)
        row_key = self._row_key(session, role, record, native)
        self._rows["messages"].append(
            (
                row_key,
                session.key,
                None if turn is None else turn.key,
                role,
                author,
                _text(phase),
                _text(native),
                _text(model),
                record.time_ms,
                head(text, MESSAGE_BYTES if role in ("user", "agent") else ASIDE_BYTES),
                len(text),
                images,
                self.source_id,
                record.offset,
            )
        )
        if text and (role == "agent" or (role == "user" and author != "injected")):
            self._document("prompt" if role == "user" else "answer", row_key, session, record, text, PROMPT_BYTES)

    def _document(self, kind: str, row_key: int, session: Session, record: r.Record, text: str, limit: int) -> None:
        self.documents.append(Document(kind, row_key, session.key, record.time_ms, head(text, limit), record.offset))

    def _call(self, session: Session, record: r.Record, call_id: str) -> Call:
        """A call belongs to the turn that made it, in whatever turn its result comes: only `tool_call` says which."""
        call_key = near(session.key, key("call", session.key, call_id))
        call = self._calls.get(call_key)
        if call is None:
            call = Call(
                call_key, session.key, None, clean(call_id), source_id=self.source_id, line_offset=record.offset
            )
            self._calls[call_key] = call
        self._call_ends[call_key] = max(record.offset, self._call_ends.get(call_key, 0))
        return call

    def tool_call(self, session: Session, record: r.ToolCall) -> None:
        call = self._call(session, record, record.call_id)
        fresh = call.name is None
        call.turn_key = self._turn_key(session, record)
        call.name, call.namespace = clean(record.name), _text(record.namespace)
        call.command = None if record.command is None else head(record.command)
        call.arguments = head(record.arguments, ASIDE_BYTES if record.command else HEAD_BYTES) or None
        call.cwd, call.started_ms = _text(record.cwd), record.time_ms
        call.arguments_key = arguments_key(record.name, record.arguments, record.command, record.cwd)
        call.line_offset = record.offset
        if fresh and record.command:
            self._document("command", call.key, session, record, record.command, COMMAND_BYTES)

    def tool_result(self, session: Session, record: r.ToolResult) -> None:
        call = self._call(session, record, record.call_id)
        rank = RANK.get(record.basis, DEFAULT_RANK)
        if record.status == "running":
            rank -= 5
        call.believe(record, rank, OUTPUT_BYTES)

    def approval_requested(self, session: Session, record: r.ApprovalRequested) -> None:
        self._approval(session, record, record.request_id, requested_ms=record.time_ms, reason=record.reason,
                       command=record.command)  # fmt: skip

    def approval_decided(self, session: Session, record: r.ApprovalDecided) -> None:
        self._approval(session, record, record.request_id, decided_ms=record.time_ms, decision=record.decision,
                       who=record.who, basis=record.basis)  # fmt: skip

    def _approval(
        self,
        session: Session,
        record: r.ApprovalRequested | r.ApprovalDecided,
        request_id: str | None,
        *,
        requested_ms: int | None = None,
        decided_ms: int | None = None,
        decision: str | None = None,
        who: str | None = None,
        basis: str = "",
        reason: str | None = None,
        command: str | None = None,
    ) -> None:
        native = record.call_id or request_id
        self._rows["approvals"].append(
            (
                self._row_key(session, "approval", record, native),
                session.key,
                self._turn_key(session, record),
                _text(record.call_id),
                _text(request_id),
                requested_ms,
                decided_ms,
                RANK.get(basis, DEFAULT_RANK) if basis else 0,
                decision,
                who,
                clean(basis) or None,
                None if reason is None else head(reason),
                None if command is None else head(command),
                self.source_id,
                record.offset,
            )
        )

    def file_change(self, session: Session, record: r.FileChange) -> None:
        native = f"{record.call_id}\n{record.path}" if record.call_id else None
        self._rows["file_changes"].append(
            (
                self._row_key(session, "file", record, native),
                session.key,
                self._turn_key(session, record),
                _text(record.call_id),
                clean(record.path),
                record.change,
                _text(record.moved_to),
                record.added,
                record.removed,
                None if record.ok is None else int(record.ok),
                None if record.diff is None else head(record.diff, HEAD_BYTES // 2),
                record.time_ms,
                *changed_keys(record.diff),
                self.source_id,
                record.offset,
            )
        )

    def compaction(self, session: Session, record: r.Compaction) -> None:
        self._rows["compactions"].append(
            (
                self._row_key(session, "compaction", record, record.id),
                session.key,
                self._turn_key(session, record),
                _text(record.id),
                record.trigger,
                record.pre_tokens,
                record.post_tokens,
                None if record.summary is None else head(record.summary),
                record.time_ms,
                self.source_id,
                record.offset,
            )
        )

    def interrupted(self, session: Session, record: r.Interrupted) -> None:
        turn = self._turn(session, record, record.turn)
        if turn is not None:
            turn.status = "interrupted"
            turn.duration_ms = record.duration_ms if record.duration_ms is not None else turn.duration_ms
        detail = {"call_id": record.call_id} if record.call_id else None
        self._event(session, record, "interrupted", record.during, record.reason, None, detail, record.basis)

    def reverted(self, session: Session, record: r.Reverted) -> None:
        names = ("from_ordinal", "from_offset", "base", "turns", "ok")
        detail = {name: getattr(record, name) for name in names if getattr(record, name) is not None}
        self._event(session, record, "reverted", record.scope, None, None, detail, None)

    def problem(self, session: Session, record: r.Problem) -> None:
        names = ("http_status", "attempt")
        detail = {name: getattr(record, name) for name in names if getattr(record, name) is not None}
        self._event(session, record, "problem", record.scope, record.code, record.message, detail, None)

    def plan_updated(self, session: Session, record: r.PlanUpdated) -> None:
        detail = {"steps": [(status, head(step, 200)) for status, step in record.steps[:64]]}
        self._event(session, record, "plan", None, None, record.explanation, detail, None)

    def session_ended(self, session: Session, record: r.SessionEnded) -> None:
        if record.reason is not None:
            self._event(session, record, "ended", None, record.reason, None, None, None)
        if record.totals is not None or record.cost_usd is not None:
            self._rows["agent_totals"].append(totals_row(session.key, record, self.source_id))

    def _event(
        self,
        session: Session,
        record: r.Record,
        kind: str,
        scope: str | None,
        code: str | None,
        message: str | None,
        detail: dict[str, Any] | None,
        basis: str | None,
    ) -> None:
        self._rows["events"].append(
            (
                self._row_key(session, kind, record, None),
                session.key,
                self._turn_key(session, record),
                kind,
                scope,
                _text(code),
                head(message) if message else None,
                clean(msgspec.json.encode(detail).decode()) if detail else None,
                basis or None,
                record.time_ms,
                self.source_id,
                record.offset,
            )
        )

    def unknown_type(self, _session: Session, record: r.Unknown) -> None:
        name = head(record.type, 120)
        self.unknown.append((name, record.offset))

    def counted_elsewhere(self, _session: Session, _record: r.Record) -> None:
        """Tokens and limits belong to the accounting lane."""

    def extended(self) -> dict[int, int]:
        """Rows that more than one line made, by key, with the offset of the last of these lines."""
        calls = {key: end for key, end in self._call_ends.items() if end != self._calls[key].line_offset}
        turns = {turn.key: turn.last_offset for turn in self._turns.values() if turn.last_offset != turn.offset}
        return calls | turns

    def rows(self) -> dict[str, list[Row]]:
        """Everything folded so far, by table."""
        made = {name: rows for name, rows in self._rows.items() if rows}
        made["sessions"] = [self._session_row(session) for session in self._sessions.values()]
        made["turns"] = [self._turn_row(turn) for turn in self._turns.values()]
        made["tool_calls"] = [msgspec.structs.astuple(call) for call in self._calls.values()]
        return made

    def _session_row(self, session: Session) -> Row:
        facts = session.state.facts or r.SessionStarted(offset=0, session=session.native_id)
        started = facts.started_ms
        if started is None:
            started = session.first_ms
        return session_row(
            self.agent, session.native_id, facts, started_ms=started, ended_ms=session.last_ms,
            title=session.title, model=session.model, host=self.host,
        )  # fmt: skip

    def _turn_row(self, turn: Turn) -> Row:
        settings = turn.settings
        return (
            turn.key,
            turn.session_key,
            _text(turn.native_id),
            turn.started_ms,
            turn.ended_ms,
            turn.status,
            turn.duration_ms,
            turn.first_token_ms,
            turn.settings_rank,
            settings.approval_policy,
            settings.sandbox_policy,
            settings.model,
            settings.effort,
            settings.cwd,
            turn.prompt,
            self.source_id,
            turn.offset,
        )


_FOLDS: dict[type[r.Record], Any] = {
    r.SessionStarted: Folder.session_started,
    r.TurnStarted: Folder.turn_started,
    r.TurnEnded: Folder.turn_ended,
    r.UserMessage: Folder.user_message,
    r.AgentMessage: Folder.agent_message,
    r.Reasoning: Folder.reasoning,
    r.Attachment: Folder.attachment,
    r.ToolCall: Folder.tool_call,
    r.ToolResult: Folder.tool_result,
    r.ApprovalRequested: Folder.approval_requested,
    r.ApprovalDecided: Folder.approval_decided,
    r.FileChange: Folder.file_change,
    r.Compaction: Folder.compaction,
    r.Interrupted: Folder.interrupted,
    r.Reverted: Folder.reverted,
    r.Problem: Folder.problem,
    r.PlanUpdated: Folder.plan_updated,
    r.SessionEnded: Folder.session_ended,
    r.Usage: Folder.counted_elsewhere,
    r.LimitObserved: Folder.counted_elsewhere,
    r.Unknown: Folder.unknown_type,
}
