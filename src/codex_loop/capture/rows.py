"""Rows that both lanes write, in the store's column order."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from msgspec import structs

from codex_loop.capture.counting.base import NEVER, Counted, unchanged
from codex_loop.model import records as r
from codex_loop.model.keys import near, session_key
from codex_loop.model.text import clean, head
from codex_loop.store.batch import Row

_MASK = (1 << 63) - 1
_HOUR_MS = 3_600_000
_HOURS, _HOUR_BITS = 1 << 16, 47


def text(value: str | None) -> str | None:
    return None if value is None else head(value)


Redact = Callable[[str | None], str | None]
"""A name without what would be a secret."""


class Latest(NamedTuple):
    """What may change while a session runs, and when it was last said."""

    text: str | None = None
    time_ms: int | None = None

    def then(self, text: str | None, time_ms: int | None) -> Latest:
        """What holds after somebody said `text`; saying nothing changes nothing."""
        return self if text is None else Latest(text, self.time_ms if time_ms is None else time_ms)


NOTHING_SAID = Latest()


def session_row(
    agent: str,
    native_id: str,
    facts: r.SessionStarted,
    *,
    started_ms: int | None,
    ended_ms: int | None,
    title: Latest,
    model: Latest,
    host: str,
) -> Row:
    """What is true of the beginning is ranked by `started_ms`: of several files of a session the earliest speaks."""
    return (
        session_key(agent, native_id),
        agent,
        clean(native_id),
        facts.lineage,
        text(facts.parent),
        text(facts.root),
        text(facts.forked_from),
        facts.forked_at,
        None,
        started_ms,
        ended_ms,
        NEVER if facts.started_ms is None else facts.started_ms,
        text(facts.cwd),
        text(model.text),
        model.time_ms,
        text(facts.provider),
        text(facts.agent_version),
        text(facts.originator),
        text(facts.entrypoint),
        text(facts.git_branch),
        text(facts.git_commit),
        text(facts.git_url),
        text(title.text),
        title.time_ms,
        text(facts.nickname),
        text(facts.role),
        text(facts.tool_call),
        host,
    )


@lru_cache(1024)
def _limit_name(*parts: str | int) -> str:
    """How the text begins that `key` makes its key of; the samples of a window differ in what follows."""
    return ascii(parts)[:-1] + ", "


def limit_row(agent: str, host: str, limit: r.LimitObserved, source_id: int, redacted: Redact) -> Row:
    agent, time_ms, used = limit.agent or agent, limit.time_ms, limit.used_percent
    parts = _limit_name("limit", agent, host, limit.limit_id, limit.slot or "", limit.window_minutes or 0)
    account = f", {limit.account!a}" if limit.account else ""
    said = f"{parts}{time_ms or -1}, '{'' if used is None else repr(used)}'{account})"
    name = int.from_bytes(blake2b(said.encode("ascii"), digest_size=8).digest(), "big") & _MASK
    return (
        # Beside the other samples of its hour: those that are read together are stored together.
        near((limit.time_ms or 0) // _HOUR_MS % _HOURS << _HOUR_BITS, name),
        agent,
        host,
        redacted(limit.limit_id),
        redacted(limit.slot),
        limit.window_minutes,
        limit.time_ms,
        limit.used_percent,
        limit.resets_ms,
        redacted(limit.plan),
        redacted(limit.reached),
        redacted(limit.credits),
        session_key(agent, limit.session) if limit.session else None,
        source_id,
        limit.offset,
        limit.account,
        limit.via,
    )  # fmt: skip


def totals_row(session: int, ended: r.SessionEnded, source_id: int, redacted: Redact = unchanged) -> Row:
    return (session, ended.time_ms, ended.cost_usd, redacted(ended.totals), source_id, ended.offset)


_NAMES = (
    "cwd",
    "model",
    "provider",
    "git_branch",
    "git_commit",
    "git_url",
    "title",
    "originator",
    "entrypoint",
    "nickname",
    "role",
    "agent_version",
)


def ledger_sessions(agent: str, host: str, counted: Counted, redacted: Redact) -> list[Row]:
    """What a block says of its sessions, and for each the last request that was counted in it."""
    rows = []
    for started in counted.sessions:
        clean_facts = structs.replace(started, **{name: redacted(getattr(started, name)) for name in _NAMES})
        said_ms = started.time_ms if started.time_ms is not None else started.started_ms
        rows.append(_ledger_row(agent, host, clean_facts, said_ms))
    for session, last in counted.last.items():
        bare = r.SessionStarted(offset=last.offset, session=session, model=last.model)
        rows.append(_ledger_row(agent, host, bare, last.time_ms))
    return rows


def _ledger_row(agent: str, host: str, facts: r.SessionStarted, said_ms: int | None) -> Row:
    return session_row(
        agent, facts.session, facts, started_ms=facts.started_ms, ended_ms=said_ms,
        title=NOTHING_SAID.then(facts.title, said_ms), model=NOTHING_SAID.then(facts.model, said_ms), host=host,
    )  # fmt: skip
