"""Which session a line belongs to, what is known of it, and what to remember between two looks at its file.

A session is its `sessionId`; a subagent is `<sessionId>/<agentId>`; a sidechain written into the session's own file
(1.0) is `<sessionId>/<first uuid of the chain>`. One file may hold lines of several sessions.

When a session began is the time on the first line of its file that states one and is not marked as copied. A
headless fork writes its own queue lines before the copied history, so it begins when it was forked although the
history it shares is older; an interactive fork marks every copied line with where it was forked from. Of two sessions
that share lines the one that began first is therefore the original, in whatever order the files are read.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import msgspec

from codex_loop.model.records import Lineage, SessionStarted
from codex_loop.sources.claude.changes import Request
from codex_loop.sources.claude.entries import Entry

_MAX_NOTES = 64
_MAX_CHAIN_LINKS = 256
_MAX_CALLS = 128


class Note(msgspec.Struct):
    """What has been told of one session, so that it is told once."""

    announced: bool = False
    started_ms: int | None = None
    led: bool = False
    """Its file begins with queue lines of its own, so what is older than they are was copied."""
    forked_from: str | None = None
    cwd: str | None = None
    version: str | None = None
    branch: str | None = None
    entrypoint: str | None = None
    model: str | None = None
    title_rank: int = 0
    turn: str | None = None
    turn_model: str | None = None
    permission: str | None = None
    boundary: str | None = None
    """The compaction whose summary comes next."""
    tasks: dict[str, tuple[str, str]] = {}
    """Task id -> (status, subject): newer versions update a plan one task at a time."""


class OpenCall(msgspec.Struct):
    """A call whose result has not come yet."""

    tool: str
    request: Request | None = None


class Undecided(msgspec.Struct):
    """A refused call; the next line of its session says whether a dialog or the Escape key refused it."""

    session: str
    call_id: str


class TranscriptState(msgspec.Struct):
    anchor: int = 0
    """Key of the last line with a uuid: a line without one is told apart by its distance from here."""
    since_anchor: int = 0
    recent: list[int] = []
    """Keys of the last lines with a uuid; one that comes again this soon is a new line, not a copy."""
    main: str | None = None
    last_uuid: str | None = None
    summaries: dict[str, str] = {}
    """Last line of a conversation -> its title, told before the line itself."""
    notes: dict[str, Note] = {}
    chains: dict[str, str] = {}
    """uuid of a line of an inline sidechain -> the sidechain."""
    calls: dict[str, OpenCall] = {}
    undecided: list[Undecided] = []
    refused: str | None = None
    """The last request that was refused or cut short; its lines repeat it."""
    described: bool = False
    """The description beside a subagent's file has been read."""


class Place(NamedTuple):
    """Where a line belongs."""

    session: str
    lineage: Lineage
    root: str
    note: Note


class FileName(NamedTuple):
    """What the path of a file says about its lines."""

    session: str
    agent: str | None


@lru_cache(maxsize=256)
def file_name(path: str) -> FileName:
    folders = path.replace("\\", "/").split("/")
    stem = folders[-1].removesuffix(".jsonl")
    if not stem.startswith("agent-"):
        return FileName(stem, None)
    owner = stem
    if "subagents" in folders:
        above = folders.index("subagents") - 1
        owner = folders[above] if above >= 0 and folders[above] else stem
    return FileName(owner, stem.removeprefix("agent-"))


def locate(state: TranscriptState, entry: Entry, name: FileName) -> Place:
    """The session of a line. Updates the memory of sidechains."""
    root = entry.session_id or state.main or name.session
    state.main = root
    if name.agent is not None:
        session, lineage = f"{root}/{entry.agent_id or name.agent}", "subagent"
    elif not entry.is_sidechain:
        return Place(root, "main", root, _note(state, root))
    elif entry.agent_id:
        session, lineage = f"{root}/{entry.agent_id}", "subagent"
    else:
        session, lineage = f"{root}/{chain_of(state.chains, entry.uuid, entry.parent_uuid)}", "sidechain"
    return Place(session, "subagent" if lineage == "subagent" else "sidechain", root, _note(state, session))


def _note(state: TranscriptState, session: str) -> Note:
    note = state.notes.get(session)
    if note is None:
        if len(state.notes) >= _MAX_NOTES:
            # Side conversations come and go; the session a file is about stays known.
            del state.notes[next((name for name in state.notes if "/" in name), next(iter(state.notes)))]
        note = state.notes[session] = Note()
    return note


def chain_of(chains: dict[str, str], uuid: str | None, parent: str | None) -> str:
    """The inline sidechain of a line: its parent's, else one that begins here. Updates `chains`."""
    chain = chains.get(parent or "") or uuid or "sidechain"
    if uuid:
        if len(chains) >= _MAX_CHAIN_LINKS:
            del chains[next(iter(chains))]
        chains[uuid] = chain
    return chain


def remember_call(state: TranscriptState, call_id: str, call: OpenCall) -> None:
    if len(state.calls) >= _MAX_CALLS:
        del state.calls[next(iter(state.calls))]
    state.calls[call_id] = call


def news(place: Place, entry: Entry, offset: int, time_ms: int | None) -> SessionStarted:
    """What this line adds to what is known of its session. Updates the note."""
    note = place.note
    starts = note.started_ms is None and time_ms is not None and entry.forked_from is None
    forked_from = _fork_point(entry) if note.forked_from is None else None
    fresh = SessionStarted(
        offset=offset,
        time_ms=time_ms,
        session=place.session,
        lineage=None if note.announced else place.lineage,
        parent=None if note.announced or place.lineage == "main" else place.root,
        root=None if note.announced else place.root,
        forked_from=forked_from,
        started_ms=time_ms if starts else None,
        cwd=entry.cwd if note.cwd is None else None,
        agent_version=entry.version if entry.version != note.version else None,
        git_branch=entry.git_branch if note.branch is None else None,
        entrypoint=entry.entrypoint if note.entrypoint is None else None,
    )
    if starts:
        note.started_ms, note.led = time_ms, entry.type == "queue-operation"
    note.announced = True
    note.forked_from = note.forked_from or forked_from
    note.cwd = note.cwd or entry.cwd
    note.version = entry.version or note.version
    note.branch = note.branch or entry.git_branch
    note.entrypoint = note.entrypoint or entry.entrypoint
    return fresh


def has_news(note: Note, entry: Entry) -> bool:
    """Cheap enough to ask of every line."""
    return (
        not note.announced
        or (entry.version is not None and entry.version != note.version)
        or (note.started_ms is None and entry.timestamp is not None and entry.forked_from is None)
        or (note.cwd is None and bool(entry.cwd))
        or (note.branch is None and bool(entry.git_branch))
        or (note.entrypoint is None and bool(entry.entrypoint))
        or (note.forked_from is None and _fork_point(entry) is not None)
    )


def _fork_point(entry: Entry) -> str | None:
    """The session a line says it was copied from."""
    if entry.forked_from is not None:
        return entry.forked_from.session_id
    if entry.request_session_id is not None and entry.request_session_id != entry.session_id:
        return entry.request_session_id
    return None


def is_inherited(note: Note, entry: Entry, time_ms: int | None) -> bool:
    """Whether a line is known to be a copy of another session's."""
    if _fork_point(entry) is not None:
        return True
    return note.led and time_ms is not None and note.started_ms is not None and time_ms < note.started_ms


def left_behind(
    state: TranscriptState, name: FileName, entry: Entry, offset: int, time_ms: int | None
) -> SessionStarted | None:
    """Forks of 2.0 leave the parent's id on the first line they copy: that is all that tells where they come from."""
    if name.agent is not None or entry.session_id in {None, name.session}:
        return None
    note = state.notes.get(name.session)
    if note is None or note.forked_from is not None or not is_inherited(note, entry, time_ms):
        return None
    note.forked_from = entry.session_id
    return SessionStarted(offset=offset, session=name.session, forked_from=entry.session_id)
