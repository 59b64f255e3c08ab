"""What a folder keeps: across looks (`FoldState`), and within one block (`Turn`, `Session`)."""

from __future__ import annotations

import msgspec

from codex_loop.model import records as r


class Settings(msgspec.Struct):
    """What is in force for a session until a later record says otherwise."""

    approval_policy: str | None = None
    sandbox_policy: str | None = None
    model: str | None = None
    effort: str | None = None
    cwd: str | None = None


class SessionState(msgspec.Struct):
    turn: int | None = None
    turn_id: str | None = None
    ordinal: int = 0
    prompted: bool = False
    """Whether the current turn has its human message."""
    settings: Settings = msgspec.field(default_factory=Settings)
    started: bool = False
    """Whether the source itself said when the session began."""


class FoldState(msgspec.Struct):
    primary: str | None = None
    """The session this file is about: the first one it names."""
    born_ms: int | None = None
    sessions: dict[str, SessionState] = msgspec.field(default_factory=dict)


class Turn(msgspec.Struct):
    key: int
    session_key: int
    offset: int
    last_offset: int
    native_id: str | None = None
    started_ms: int | None = None
    ended_ms: int | None = None
    status: str | None = None
    duration_ms: int | None = None
    first_token_ms: int | None = None
    prompt: str | None = None
    settings: Settings = msgspec.field(default_factory=Settings)


class Session(msgspec.Struct):
    key: int
    native_id: str
    state: SessionState
    first_ms: int | None = None
    last_ms: int | None = None
    facts: r.SessionStarted | None = None
    facts_ms: int | None = None
    title: str | None = None
    model: str | None = None


def copied(settings: Settings) -> Settings:
    return Settings(settings.approval_policy, settings.sandbox_policy, settings.model, settings.effort, settings.cwd)


def completed(facts: r.SessionStarted, later: r.SessionStarted) -> r.SessionStarted:
    """What was known first stays; what was unknown is filled in."""
    known = {name: getattr(facts, name) for name in later.__struct_fields__}
    for name, value in known.items():
        if value is None:
            known[name] = getattr(later, name)
    return r.SessionStarted(**known)
