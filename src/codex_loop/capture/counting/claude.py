"""Tokens of Claude Code transcripts: one row per provider message, whatever repeats it.

The key is the message id alone. Lines of one message repeat its usage while it grows; resumed and forked sessions
copy them, old versions without the request id; a side conversation may replay a message under another request id.
Of two rows with one key the store keeps
  1. the tokens of the one that no sidechain tells, then of the final one, then the larger of each number;
  2. the session that began first (`owner_ms`), then the smaller session key.
Both are least upper bounds, so neither the order of files nor the way a file is cut into blocks matters.

`owner_ms` is the time on the first line of the file that states one: a headless fork writes its own queue lines
before the history it copies, and an old resume stamps its copies anew. Lines that say where they were copied from
(`forkedFrom`) claim their message one millisecond after it happened, so the session it happened in always wins.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from codex_loop.capture.counting.base import Counted, Into, Last
from codex_loop.capture.counting.claude_lines import (
    Identity,
    Placed,
    Row,
    identities,
    line_starts,
    one_by_one,
    whole_block,
)
from codex_loop.capture.counting.claude_tokens import Held, Numbers, ledger_rows
from codex_loop.model.records import Lineage, SessionEnded, SessionStarted
from codex_loop.sources.claude.entries import SYNTHETIC, millis
from codex_loop.sources.claude.sessions import FileName, chain_of, file_name
from codex_loop.store.batch import Row as LedgerRow

_RECENT = 8
_MAX_SESSIONS = 256
_TIME, _MODEL, _OFFSET = 3, 4, -1
"""Places in a row of the ledger."""


class Facts(NamedTuple):
    """What a line says of its session."""

    offset: int
    cwd: str | None = None
    version: str | None = None
    branch: str | None = None
    entrypoint: str | None = None


class Known(msgspec.Struct):
    """What the ledger was told of a session."""

    root: str
    lineage: Lineage
    started_ms: int | None = None
    model: str | None = None
    described: bool = False

    def told(self, session: str, facts: Facts) -> SessionStarted:
        return SessionStarted(
            offset=facts.offset,
            time_ms=self.started_ms,
            session=session,
            lineage=self.lineage,
            parent=None if self.lineage == "main" else self.root,
            root=self.root,
            started_ms=self.started_ms,
            cwd=facts.cwd,
            model=self.model,
            agent_version=facts.version,
            entrypoint=facts.entrypoint,
            git_branch=facts.branch,
        )


class Given(NamedTuple):
    """A row as the ledger last got it."""

    digest: int
    stamp: str


class ClaudeCounterState(msgspec.Struct):
    main: str | None = None
    stamp: str | None = None
    """The last time a line stated: totals carry none themselves."""
    sessions: dict[str, Known] = {}
    chains: dict[str, str] = {}
    recent: dict[str, Given] = {}
    """Message -> what was given out last: lines that only repeat it cost the writer nothing."""


class ClaudeCounter:
    source = "claude-transcript"
    version = 1
    state = ClaudeCounterState

    def count(self, state: ClaudeCounterState, into: Into, block: bytes, offset: int) -> Counted:
        """As `Counter.count`; two records on one line count as two lines, an empty line as none."""
        counted = Counted()
        name = file_name(into.path)
        rows = whole_block(block)
        if rows is not None and (name.agent is not None or not _has_inline_sidechain(rows)):
            counted.lines = len(rows)
            tally = _Tally(state, name, into, block, offset)
            tally.take_block(rows)
        else:
            tally = _Tally(state, name, into, block, offset)
            for placed in one_by_one(block, offset, counted.rejected):
                counted.lines += len(placed)
                tally.take_placed(placed)
            counted.lines += len(counted.rejected)
        tally.finish(counted)
        return counted


def _has_inline_sidechain(rows: list[Row]) -> bool:
    return any(row.is_sidechain and row.agent_id is None for row in rows)


class _Tally:
    """Adds up one block."""

    def __init__(self, state: ClaudeCounterState, name: FileName, into: Into, block: bytes, offset: int) -> None:
        self.state, self.name, self.into, self.block, self.start = state, name, into, block, offset
        self.held: dict[str, Held] = {}
        self.totals: dict[str, SessionEnded] = {}
        self._settled: set[tuple[str | None, str | None, bool | None]] = set()
        self._last: dict[str, LedgerRow] = {}
        self._touched: set[str] = set()

    def take_block(self, rows: list[Row]) -> None:
        """Lines that all belong to their file's session or agent."""
        state, told, session = self.state, None, ""
        stamp, start, message = state.stamp, self.start, self._message
        starts = line_starts(self.block)
        if len(starts) != len(rows):  # lines without a value, or with two: which is whose is looked up afterwards
            start, starts = -1, [0] * len(rows)
        for begin, row in zip(starts, rows, strict=True):
            known = (row.session_id, row.agent_id, row.is_sidechain)
            if known != told:
                session, told = self._session(row), known if known in self._settled else None
            if row.timestamp is not None:
                stamp = row.timestamp
            if row.type == "assistant":
                message(row, session, start + begin)
            elif row.type == "cost-state":
                self._total(row, session, self.start, stamp)
        state.stamp = stamp

    def take_placed(self, placed: Iterable[Placed]) -> None:
        for offset, row in placed:
            chain = None
            if row.is_sidechain and row.agent_id is None and self.name.agent is None:
                chain = chain_of(self.state.chains, row.uuid, row.parent_uuid)
            session = self._session(row, chain)
            self.state.stamp = row.timestamp or self.state.stamp
            if row.type == "assistant":
                self._message(row, session, offset)
            elif row.type == "cost-state":
                self._total(row, session, offset, self.state.stamp)

    def _session(self, row: Row, chain: str | None = None) -> str:
        """The session of a line; the first one of a session that states a time says when it began."""
        root = self.into.named(row.session_id or self.state.main or self.name.session)
        self.state.main = root
        agent = (row.agent_id or self.name.agent or chain) if row.is_sidechain else self.name.agent
        agent = None if agent is None else self.into.named(agent)
        session = f"{root}/{agent}" if agent else root
        known = self.state.sessions.get(session)
        if known is None:
            lineage: Lineage = "main" if not agent else "sidechain" if chain else "subagent"
            known = self.state.sessions[session] = Known(root, lineage)
            self._forget_one(session)
            self._touched.add(session)
        if known.started_ms is None and not bytes(row.forked_from).startswith(b"{"):
            known.started_ms = millis(row.timestamp)
            if known.started_ms is not None:
                self._touched.add(session)
        if known.started_ms is not None and chain is None:
            self._settled.add((row.session_id, row.agent_id, row.is_sidechain))
        return session

    def _forget_one(self, newest: str) -> None:
        """A file with very many side conversations forgets the oldest that this block did not touch."""
        sessions = self.state.sessions
        if len(sessions) > _MAX_SESSIONS:
            held = {each.session for each in self.held.values()} | self._touched | {newest}
            old = (name for name, known in sessions.items() if known.lineage != "main" and name not in held)
            sessions.pop(next(old, ""), None)

    def _message(self, row: Row, session: str, offset: int) -> None:
        message = row.message
        if message is None or message.usage is None or message.model == SYNTHETIC or row.is_api_error_message:
            return
        final = message.stop_reason is not None
        name = message.id
        held = self.held.get(name) if name else None
        if held is not None and held.session is not session and held.session != session:
            name = f"{name} {session}"
            held = self.held.get(name)
        if held is not None:
            held.add(row, message.usage, final=final)
            return
        held = Held.of(row, message, message.usage, session, offset)
        known = self.held.setdefault(name or f"{held.name} {session}", held)
        if known is not held:
            known.add(row, message.usage, final=final)

    def _total(self, row: Row, session: str, offset: int, stamp: str | None) -> None:
        """The last one of a session says it all."""
        self.totals[session] = SessionEnded(
            offset=offset,
            time_ms=millis(stamp),
            session=session,
            cost_usd=row.total_cost_usd,
            totals=bytes(row.model_usage).decode("utf-8", "replace") or None,
        )

    def finish(self, counted: Counted) -> None:
        counted.totals += self.totals.values()
        self._place_messages()
        sessions, recent, into = self.state.sessions, self.state.recent, self.into
        unseen = len(self.held) - _RECENT
        for number, held in enumerate(self.held.values()):
            known = sessions[held.session]
            if known.model != held.model and held.model is not None:
                known.model = held.model
                self._touched.add(held.session)
            numbers = held.numbers()
            if (number >= unseen or held.name in recent) and not self._is_news(held, numbers):
                continue
            rows = ledger_rows(held, numbers, known.started_ms, into)
            counted.usages += rows
            own = rows[0]
            before = self._last.get(held.session)
            if before is None or (own[_TIME] or -1) >= (before[_TIME] or -1):
                self._last[held.session] = own
        for session, row in self._last.items():
            counted.spent_last(session, Last(row[_OFFSET], row[_TIME], row[_MODEL]))
        self._announce(counted)

    def _is_news(self, held: Held, numbers: Numbers) -> bool:
        """The last messages of a block are remembered: the next block may begin with more lines of them."""
        recent = self.state.recent
        given = Given(held.digest(numbers), held.stamp or "")
        before = recent.pop(held.name, None)
        news = before is None or before.digest != given.digest or given.stamp < before.stamp
        recent[held.name] = given if news or before is None else before
        if len(recent) > _RECENT:
            del recent[next(iter(recent))]
        return news

    def _place_messages(self) -> None:
        """Find the lines of the messages that came without their place, in one walk over the block."""
        block, position = self.block, 0
        for held in self.held.values():
            if held.offset >= 0:
                continue
            name = held.name.encode("utf-8", "replace")
            found = block.find(b'"id":"%b"' % name, position)
            if found < 0:
                found = block.find(b'"id": "%b"' % name, position)
            if found < 0:
                found = block.find(name, position)
            position = max(found, position)
            held.offset = self.start + block.rfind(b"\n", 0, position) + 1

    def _announce(self, counted: Counted) -> None:
        undescribed = {name for name, known in self.state.sessions.items() if not known.described}
        facts = self._describe(undescribed) if undescribed else {}
        for session in sorted(self._touched | set(facts)):
            known = self.state.sessions[session]
            found = facts.get(session, Facts(self.start))
            counted.sessions.append(known.told(session, found))

    def _describe(self, wanted: set[str]) -> dict[str, Facts]:
        """Where the program ran and in which version, from the first line of each session that says so."""
        facts: dict[str, Facts] = {}
        for offset, line in identities(self.block, self.start):
            if not wanted:
                break
            if line.cwd is None:
                continue
            for session in [name for name in wanted if self._is_told_by(name, line)]:
                wanted.discard(session)
                self.state.sessions[session].described = True
                facts[session] = Facts(offset, line.cwd, line.version, line.git_branch, line.entrypoint)
        return facts

    def _is_told_by(self, session: str, line: Identity) -> bool:
        root = self.into.named(line.session_id or self.name.session)
        agent = self.into.named(line.agent_id or self.name.agent or "")
        known = self.state.sessions[session]
        if known.lineage == "subagent":
            return session == f"{root}/{agent}"
        return known.root == root
