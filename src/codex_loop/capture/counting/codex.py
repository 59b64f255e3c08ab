"""Tokens, limits and identities in Codex rollouts.

A `token_usage_record` (0.169) is one response and names it. Before, there are only running totals in `token_count`,
written again and again: a total counts when it moved. `_moved` holds those rules in their order; `codex_families.py`
keeps copied history from counting twice, `codex_limits.py` reads the provider's limits.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from codex_loop.capture.counting.base import FINAL, MAIN_THREAD, NEVER, Counted, Into, Last
from codex_loop.capture.counting.codex_families import Family
from codex_loop.capture.counting.codex_limits import Limits, Usual, observed
from codex_loop.capture.counting.codex_lines import AnyPayload, Block, Vector, read, vector, whole
from codex_loop.model.keys import chain, key, session_key
from codex_loop.model.records import SessionStarted
from codex_loop.sources import fields
from codex_loop.sources.codex.legacy import header, is_header
from codex_loop.sources.codex.sessions import fallback_id, introduced
from codex_loop.sources.codex.state import Base, RolloutState
from codex_loop.sources.fields import Body, body, text
from codex_loop.store.batch import Row

_RECORDED = 64
_TIME, _MODEL, _OFFSET = 3, 4, -1
"""Places in a row of the ledger."""
_NOTHING: Vector = (0, 0, 0, 0, 0)
_RESPONSES = key("codex", "response")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BURST_MS = 1000
"""Copying a parent's lines into a fork takes less; limits stamped within it are old numbers with a new time."""


class RolloutCount(msgspec.Struct):
    """What counting one file remembers between two blocks."""

    thread: str = ""
    introduced: bool = False
    nameless: bool = False
    """The file does not begin with an introduction; its path names the thread until one comes."""
    started_ms: int | None = None
    model: str | None = None
    total: Vector | None = None
    recorded: list[Vector] = msgspec.field(default_factory=list)
    """Thread totals after the last usage records, newest first: the token_count that repeats one is counted already."""
    family: Family = msgspec.field(default_factory=Family)
    limits: Limits = msgspec.field(default_factory=Limits)


class CodexCounter:
    source = "codex-rollout"
    version = 1
    state = RolloutCount

    def count(self, state: RolloutCount, into: Into, block: bytes, offset: int) -> Counted:
        counted, path = Counted(), into.path
        state.thread = state.thread or fallback_id(path)
        state.family.name = state.family.name or state.thread
        if path.endswith(".json"):
            return _document(state, counted, into, block, offset)
        lines = read(block)
        if not (state.introduced or state.nameless) and not _introduces(lines):
            lines = read(block, silent=True)
            _begin(state, counted, lines, offset)
        counted.lines = lines.lines
        counted.rejected.extend((offset + start, reason) for start, reason in lines.rejected)
        _Tally(state, counted, into).take(lines, offset)
        return counted


def _introduces(lines: Block) -> bool:
    return bool(lines.starts) and lines.starts[0] == 0 and lines.entries[0].type == "session_meta"


def _begin(state: RolloutCount, counted: Counted, lines: Block, offset: int) -> None:
    """A file that begins in the middle: its thread is known by the name of the file and the time of the first line."""
    place = next((place for place, entry in enumerate(lines.entries) if entry.payload is not None), None)
    if place is not None and lines.entries[place].type != "session_meta":
        state.nameless, state.started_ms = True, instant(lines.entries[place].timestamp)
        start = offset + lines.starts[place]
        counted.sessions.append(
            SessionStarted(offset=start, time_ms=state.started_ms, session=state.thread, started_ms=state.started_ms)
        )


class _Tally:
    """Adds up one block."""

    def __init__(self, state: RolloutCount, counted: Counted, into: Into) -> None:
        self.state, self.counted, self.into = state, counted, into
        self._last_ms = -1
        self._last: Row | None = None
        self._settle()

    def _settle(self) -> None:
        """What all rows have in common until the file says something else."""
        state = self.state
        self._session = session_key(self.into.agent, state.thread)
        self._owner_ms = NEVER if state.started_ms is None else state.started_ms
        self._model = self.into.redacted(state.model)

    def take(self, lines: Block, offset: int) -> None:
        state = self.state
        for place, (start, entry) in enumerate(zip(lines.starts, lines.entries, strict=True)):
            kind, payload = entry.type, entry.payload
            if kind == "event_msg":
                if payload is not None and payload.type == "token_count":
                    self._token_count(entry.timestamp, payload, offset + start)
            elif payload is None:
                if kind is None and not state.introduced:
                    self._header(lines.line(place), offset + start)
            elif kind == "turn_context":
                if payload.model != state.model and isinstance(payload.model, str):
                    self._changed_model(entry.timestamp, payload.model, offset + start)
            elif kind == "token_usage_record":
                self._usage_record(entry.timestamp, payload, offset + start)
            elif kind == "session_meta":
                meta = self.into.plain(body(whole(lines.line(place)), "payload"))
                self._session_meta(entry.timestamp, meta, offset + start)
        self._finish()

    def _finish(self) -> None:
        row = self._last
        if row is not None:
            self.counted.spent_last(self.state.thread, Last(row[_OFFSET], row[_TIME], row[_MODEL]))

    def _token_count(self, stamp: str | None, payload: AnyPayload, offset: int) -> None:
        state, limits, info = self.state, payload.rate_limits, payload.info
        if limits is not None and state.limits.news(limits, stamp):
            self._limits(b"" if isinstance(limits, Usual) else bytes(limits), instant(stamp), offset)
        if info is None or info.total_token_usage is None:
            return
        now, past = vector(info.total_token_usage), state.total
        if now == past:  # an echo
            return
        state.total = now
        if now in state.recorded:  # a response that its usage record counted
            return
        last = None if info.last_token_usage is None else vector(info.last_token_usage)
        model = self._model
        if state.model is None and isinstance(info.model, str):
            model = self.into.redacted(info.model)
        family, time_ms = state.family, instant(stamp)
        name = family.row(now, last, time_ms, state.started_ms)
        amount = _moved(now, past, last, inherits=family.inherits)
        self._spend(amount, name, model, "token_count", None, time_ms, offset)

    def _usage_record(self, stamp: str | None, payload: AnyPayload, offset: int) -> None:
        state, usage, after = self.state, payload.usage, payload.thread_token_usage
        if after is not None:
            state.recorded.insert(0, vector(after))
            del state.recorded[_RECORDED:]
        if usage is None:
            return
        thread = payload.thread_id if isinstance(payload.thread_id, str) else state.thread
        turn = payload.turn_id if isinstance(payload.turn_id, str) else ""
        response_id = None
        if isinstance(payload.response_id, str) and payload.response_id:
            # Copied lines keep the original thread and turn; a gateway that counts its responses repeats only the id.
            response_id = self.into.named(payload.response_id)
            name = chain(_RESPONSES, f"{thread}\0{turn}\0{payload.response_id}".encode("utf-8", "replace"))
        else:
            name = state.family.row(vector(after or usage), vector(usage), None, None)
        self._spend(vector(usage), name, self._model, "usage_record", response_id, instant(stamp), offset)

    def _spend(
        self,
        amount: Vector,
        name: int,
        model: str | None,
        via: str,
        response_id: str | None,
        time_ms: int | None,
        offset: int,
    ) -> None:
        """One more row, in the order of the table's columns."""
        taken, cached, written, output, reasoning = amount
        if not taken and not output:
            return
        if cached + written > taken:
            cached = min(cached, taken)
            written = min(written, taken - cached)
        reasoning = min(reasoning, output)
        row = (
            name, self._session, self._owner_ms, time_ms, model, taken - cached - written, cached, written, 0, output,
            reasoning, 0, FINAL, FINAL + MAIN_THREAD, None, None, None, response_id, via, self.into.source_id, offset,
        )  # fmt: skip
        self.counted.usages.append(row)
        if (-1 if time_ms is None else time_ms) >= self._last_ms:
            self._last, self._last_ms = row, -1 if time_ms is None else time_ms

    def _changed_model(self, stamp: str | None, model: str, offset: int) -> None:
        state = self.state
        state.model = model
        self._settle()
        told = SessionStarted(offset=offset, time_ms=instant(stamp), session=state.thread, model=model)
        self.counted.sessions.append(told)

    def _session_meta(self, stamp: str | None, meta: Body, offset: int) -> None:
        state = self.state
        own = text(meta, "id") or text(meta, "session_id") or state.thread
        if state.introduced and own != state.thread:
            state.family.meet(own, meta)
            return
        at = Base(offset=offset, time_ms=instant(stamp), session=own, turn=None)
        started = introduced(at, self.into.path, meta)
        self.counted.sessions.append(started)
        if not state.introduced:
            self._introduce(own, started.started_ms)
            state.family.introduce(own, meta)

    def _introduce(self, thread: str, started_ms: int | None) -> None:
        self._finish()
        self._last, self._last_ms = None, -1
        self.state.introduced, self.state.thread, self.state.started_ms = True, thread, started_ms
        self._settle()

    def _header(self, line: bytes, offset: int) -> None:
        """The first line of the oldest rollouts, which count no tokens."""
        of = self.into.plain(whole(line))
        if is_header(of):
            _introduce_old(self.state, self.counted, of, offset)
            self._settle()

    def _limits(self, raw: bytes, time_ms: int | None, offset: int) -> None:
        state = self.state
        copied = state.family.copies and time_ms is not None and state.started_ms is not None
        if copied and 0 <= (time_ms or 0) - (state.started_ms or 0) <= _BURST_MS:
            return
        self.counted.limits.extend(observed(state.limits, raw, offset=offset, time_ms=time_ms, session=state.thread))


def _moved(now: Vector, past: Vector | None, last: Vector | None, *, inherits: bool) -> Vector:
    """What a total that moved adds."""
    if past is not None and _fell(now, past):  # the totals began again
        return now if last is None else last
    if last is not None and (last != _NOTHING or (past is None and inherits)):  # a fork's first total is its parent's
        return last
    if past is None:
        return now
    return (now[0] - past[0], now[1] - past[1], now[2] - past[2], now[3] - past[3], now[4] - past[4])


def _fell(now: Vector, past: Vector) -> bool:
    return now[0] < past[0] or now[1] < past[1] or now[2] < past[2] or now[3] < past[3] or now[4] < past[4]


def _introduce_old(state: RolloutCount, counted: Counted, of: Body, offset: int) -> None:
    at = Base(offset=offset, time_ms=None, session=state.thread, turn=None)
    for started in header(RolloutState(), at, of):
        if isinstance(started, SessionStarted):
            counted.sessions.append(started)
            state.introduced, state.thread, state.started_ms = True, started.session, started.started_ms


def _document(state: RolloutCount, counted: Counted, into: Into, block: bytes, offset: int) -> Counted:
    """A rollout of the TypeScript era: one object, no tokens."""
    counted.lines = 1
    of = whole(block)
    if not of:
        counted.rejected.append((offset, "not JSON: no object"))
    elif not state.introduced and isinstance(of.get("session"), dict):
        state.thread = fallback_id(into.path)
        _introduce_old(state, counted, into.plain(body(of, "session")), offset)
    return counted


def instant(stamp: str | None) -> int | None:
    """UTC milliseconds of a line's timestamp."""
    if stamp is None:
        return None
    try:
        moment = datetime.fromisoformat(stamp)
        if moment.tzinfo is None:
            return fields.time_ms(stamp)
        since = moment - _EPOCH
    except (ValueError, OverflowError):
        return None
    # Twice as fast as `round(moment.timestamp() * 1000)`.
    return since.days * 86_400_000 + since.seconds * 1000 + (since.microseconds + 500) // 1000
