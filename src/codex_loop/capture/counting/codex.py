"""Tokens, limits and identities in Codex rollouts.

A `token_usage_record` (0.169) is one response and names it. Before, there are only running totals in `token_count`,
written again and again: a total counts when it moved. `_moved` holds those rules in their order; `codex_families.py`
keeps copied history from counting twice, `codex_limits.py` reads the provider's limits.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from codex_loop.capture.counting.base import Counted
from codex_loop.capture.counting.codex_families import Family
from codex_loop.capture.counting.codex_limits import Limits, Usual, observed
from codex_loop.capture.counting.codex_lines import AnyPayload, Block, Vector, read, vector, whole
from codex_loop.model.keys import chain, key
from codex_loop.model.records import SessionStarted, Usage
from codex_loop.sources import fields
from codex_loop.sources.codex.legacy import header, is_header
from codex_loop.sources.codex.sessions import fallback_id, introduced
from codex_loop.sources.codex.state import Base, RolloutState
from codex_loop.sources.fields import Body, body, text

_RECORDED = 64
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
    turn: str | None = None
    total: Vector | None = None
    recorded: list[Vector] = msgspec.field(default_factory=list)
    """Thread totals after the last usage records, newest first: the token_count that repeats one is counted already."""
    family: Family = msgspec.field(default_factory=Family)
    limits: Limits = msgspec.field(default_factory=Limits)


class CodexCounter:
    source = "codex-rollout"
    version = 1
    state = RolloutCount

    def count(self, state: RolloutCount, path: str, block: bytes, offset: int) -> Counted:
        counted = Counted()
        state.thread = state.thread or fallback_id(path)
        state.family.name = state.family.name or state.thread
        if path.endswith(".json"):
            return _document(state, counted, path, block, offset)
        lines = read(block)
        if not (state.introduced or state.nameless) and not _introduces(lines):
            lines = read(block, silent=True)
            _begin(state, counted, lines, offset)
        counted.lines = lines.lines
        counted.rejected.extend((offset + start, reason) for start, reason in lines.rejected)
        for place, (start, entry) in enumerate(zip(lines.starts, lines.entries, strict=True)):
            kind, payload = entry.type, entry.payload
            if kind == "event_msg":
                if payload is not None and payload.type == "token_count":
                    _token_count(state, counted, entry.timestamp, payload, offset + start)
            elif payload is None:
                if kind is None and not state.introduced:
                    _header(state, counted, lines.line(place), offset + start)
            elif kind == "turn_context":
                _turn_context(state, counted, entry.timestamp, payload, offset + start)
            elif kind == "token_usage_record":
                _usage_record(state, counted, entry.timestamp, payload, offset + start)
            elif kind == "session_meta":
                meta = body(whole(lines.line(place)), "payload")
                _session_meta(state, counted, path, entry.timestamp, meta, offset + start)
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


def _token_count(state: RolloutCount, counted: Counted, stamp: str | None, payload: AnyPayload, offset: int) -> None:
    limits = payload.rate_limits
    if limits is not None and state.limits.news(limits, stamp):
        raw = b"" if isinstance(limits, Usual) else bytes(limits)
        _limits(state, counted, raw, instant(stamp), offset)
    info = payload.info
    if info is None or info.total_token_usage is None:
        return
    now, past = vector(info.total_token_usage), state.total
    if now == past:  # an echo
        return
    state.total = now
    if now in state.recorded:  # a response that its usage record counted
        return
    last = None if info.last_token_usage is None else vector(info.last_token_usage)
    model = info.model if state.model is None and isinstance(info.model, str) else state.model
    family, time_ms = state.family, instant(stamp)
    name = family.row(now, last, time_ms, state.started_ms)
    amount = _moved(now, past, last, inherits=family.inherits)
    _spend(state, counted, amount, key=name, model=model, offset=offset, time_ms=time_ms, via="token_count")


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


def _spend(
    state: RolloutCount,
    counted: Counted,
    amount: Vector,
    *,
    key: int,
    model: str | None,
    offset: int,
    time_ms: int | None,
    via: str,
    turn: str | None = None,
    response_id: str | None = None,
) -> None:
    taken, cached, written, output, reasoning = amount
    if not taken and not output:
        return
    cached = min(cached, taken)
    written = min(written, taken - cached)
    usage = Usage(
        offset=offset,
        time_ms=time_ms,
        session=state.thread,
        turn=turn or state.turn,
        key=key,
        response_id=response_id,
        model=model,
        input=taken - cached - written,
        cached=cached,
        cache_write_5m=written,
        output=output,
        reasoning=min(reasoning, output),
        owner_ms=state.started_ms,
        via=via,
    )
    counted.usages.append(usage)


def _usage_record(state: RolloutCount, counted: Counted, stamp: str | None, payload: AnyPayload, offset: int) -> None:
    usage, after = payload.usage, payload.thread_token_usage
    if after is not None:
        state.recorded.insert(0, vector(after))
        del state.recorded[_RECORDED:]
    if usage is None:
        return
    thread = payload.thread_id if isinstance(payload.thread_id, str) else state.thread
    turn = payload.turn_id if isinstance(payload.turn_id, str) else None
    if isinstance(payload.response_id, str) and payload.response_id:
        # Copied lines keep the original thread and turn; a gateway that counts its responses repeats only the id.
        response_id = payload.response_id
        name = chain(_RESPONSES, f"{thread}\0{turn or ''}\0{response_id}".encode("utf-8", "replace"))
    else:
        name, response_id = state.family.row(vector(after or usage), vector(usage), None, None), None
    time_ms = instant(stamp)
    _spend(
        state,
        counted,
        vector(usage),
        key=name,
        model=state.model,
        offset=offset,
        time_ms=time_ms,
        via="usage_record",
        turn=turn,
        response_id=response_id,
    )


def _turn_context(state: RolloutCount, counted: Counted, stamp: str | None, payload: AnyPayload, offset: int) -> None:
    if isinstance(payload.turn_id, str):
        state.turn = payload.turn_id
    if isinstance(payload.model, str) and payload.model != state.model:
        state.model = payload.model
        now = instant(stamp)
        counted.sessions.append(SessionStarted(offset=offset, time_ms=now, session=state.thread, model=state.model))


def _session_meta(state: RolloutCount, counted: Counted, path: str, stamp: str | None, meta: Body, offset: int) -> None:
    own = text(meta, "id") or text(meta, "session_id") or state.thread
    if state.introduced and own != state.thread:
        state.family.meet(own, meta)
        return
    at = Base(offset=offset, time_ms=instant(stamp), session=own, turn=None)
    started = introduced(at, path, meta)
    counted.sessions.append(started)
    if not state.introduced:
        state.introduced, state.thread, state.started_ms = True, own, started.started_ms
        state.family.introduce(own, meta)


def _header(state: RolloutCount, counted: Counted, line: bytes, offset: int) -> None:
    """The first line of the oldest rollouts, which count no tokens."""
    if state.introduced:
        return
    of = whole(line)
    if is_header(of):
        _introduce_old(state, counted, of, offset)


def _introduce_old(state: RolloutCount, counted: Counted, of: Body, offset: int) -> None:
    at = Base(offset=offset, time_ms=None, session=state.thread, turn=None)
    for started in header(RolloutState(), at, of):
        if isinstance(started, SessionStarted):
            counted.sessions.append(started)
            state.introduced, state.thread, state.started_ms = True, started.session, started.started_ms


def _document(state: RolloutCount, counted: Counted, path: str, block: bytes, offset: int) -> Counted:
    """A rollout of the TypeScript era: one object, no tokens."""
    counted.lines = 1
    of = whole(block)
    if not of:
        counted.rejected.append((offset, "not JSON: no object"))
    elif not state.introduced and isinstance(of.get("session"), dict):
        state.thread = fallback_id(path)
        _introduce_old(state, counted, body(of, "session"), offset)
    return counted


def _limits(state: RolloutCount, counted: Counted, raw: bytes, time_ms: int | None, offset: int) -> None:
    copied = state.family.copies and time_ms is not None and state.started_ms is not None
    if copied and 0 <= (time_ms or 0) - (state.started_ms or 0) <= _BURST_MS:
        return
    counted.limits.extend(observed(state.limits, raw, offset=offset, time_ms=time_ms, session=state.thread))


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
