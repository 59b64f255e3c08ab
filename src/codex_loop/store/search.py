"""Full-text search over prompts, answers and commands.

What a person types is text: its words must all occur, those "in quotes" next to each other, and no sign has a meaning
of its own in the language of either engine. Outside quotes a word also finds the longer words it begins.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from codex_loop.errors import UsageError
from codex_loop.store.engine import Database
from codex_loop.store.places import Family
from codex_loop.store.sessions import moment, repo_name
from codex_loop.store.words import spaced

KINDS = ("prompt", "answer", "command")
_TERMS = re.compile(r'"([^"]*)"?|([^\s"]+)')


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A place where the text occurs; `text` is the head of what was said there."""

    session_id: str
    short_id: str
    kind: str
    """prompt, answer or command."""
    at: str | None
    repo: str | None
    title: str | None
    text: str
    in_text: bool
    """Whether the words stand in `text`; otherwise they come later than a head reaches."""


class Hits(msgspec.Struct, frozen=True, kw_only=True):
    """The latest places first."""

    hits: tuple[Hit, ...]
    matched: int
    """How many places matched, shown or not."""


class Term(NamedTuple):
    """Words that stand next to each other; the last one may go on unless they were quoted."""

    words: tuple[str, ...]
    whole: bool


def terms(text: str) -> list[Term]:
    """What is asked for; UsageError when there is no word in it."""
    found = []
    for quoted, plain in _TERMS.findall(text):
        words = tuple(spaced(quoted or plain).split())
        if words:
            found.append(Term(words, bool(quoted)))
    if not found:
        raise UsageError(f"{text!r} holds no word to search for; letters and digits are searched, signs are not")
    return found


def search(
    database: Database,
    text: str,
    *,
    agent: str | None = None,
    since_ms: int | None = None,
    kind: str | None = None,
    limit: int | None = None,
) -> Hits:
    """Where the words occur, the latest first. What was stored twice is found once; what is gone is not found."""
    asked = terms(text)
    narrowed = [("s.agent = ?", agent), ("d.time_ms >= ?", since_ms), ("d.kind = ?", kind)]
    given = [(test, value) for test, value in narrowed if value is not None]
    tests = [_matches(database), *(test for test, _ in given)]
    rows = database.rows(
        "SELECT d.kind, max(d.time_ms), max(coalesce(m.head, t.command)), s.key, s.agent, s.native_id, s.cwd,"
        " s.git_url, s.title, count(*) OVER ()"
        f" FROM {_FROM} WHERE {' AND '.join(tests)} AND (m.key IS NOT NULL OR t.key IS NOT NULL)"
        " GROUP BY d.kind, d.row_key, s.key, s.agent, s.native_id, s.cwd, s.git_url, s.title"
        f" ORDER BY coalesce(max(d.time_ms), 0) DESC, d.row_key{'' if limit is None else f' LIMIT {limit:d}'}",
        [_query(database, asked), *(value for _, value in given)],
    )
    family = Family(database)
    hits = [
        Hit(
            session_id=f"{who}:{native_id}",
            short_id=family.short(native_id),
            kind=what,
            at=moment(time_ms),
            repo=repo_name(git_url, cwd),
            title=title,
            text=head or "",
            in_text=_occurs(asked, head or ""),
        )
        for what, time_ms, head, _, who, native_id, cwd, git_url, title, _ in rows
    ]
    return Hits(hits=tuple(hits), matched=rows[0][-1] if rows else 0)


def session_keys(database: Database, text: str) -> frozenset[int]:
    """Sessions in which the words occur at one place."""
    rows = database.rows(
        f"SELECT DISTINCT d.session_key FROM {_FROM} WHERE {_matches(database)}"
        " AND (m.key IS NOT NULL OR t.key IS NOT NULL)",
        (_query(database, terms(text)),),
    )
    return frozenset(key for (key,) in rows)


_FROM = (
    "documents_fts JOIN documents d ON d.id = documents_fts.rowid JOIN sessions s ON s.key = d.session_key"
    " LEFT JOIN messages m ON m.key = d.row_key AND d.kind <> 'command'"
    " LEFT JOIN tool_calls t ON t.key = d.row_key AND d.kind = 'command'"
)


def _matches(database: Database) -> str:
    if database.engine == "sqlite":
        return "documents_fts MATCH ?"
    return "documents_fts.body @@ to_tsquery('simple', ?)"


def _query(database: Database, asked: Sequence[Term]) -> str:
    """Only letters, digits and our own signs: `spaced` leaves nothing else of what was typed."""
    if database.engine == "sqlite":
        return " AND ".join(f'"{" ".join(term.words)}"{"" if term.whole else " *"}' for term in asked)
    return " & ".join(f"({' <-> '.join(term.words)}{'' if term.whole else ':*'})" for term in asked)


def _occurs(asked: Sequence[Term], head: str) -> bool:
    words = f" {spaced(head)} "
    return all(f" {' '.join(term.words)}{' ' if term.whole else ''}" in words for term in asked)
