"""The description that newer versions put beside a subagent's transcript: which call started it, and as what."""

from __future__ import annotations

from pathlib import Path

import msgspec

from codex_loop.model.records import SessionStarted
from codex_loop.sources.claude.entries import payload
from codex_loop.sources.claude.sessions import Place

_MAX_BYTES = 65_536


class Description(msgspec.Struct, rename="camel"):
    agent_type: str | None = None
    tool_use_id: str | None = None
    model: str | None = None


def description(path: str, place: Place, offset: int) -> SessionStarted | None:
    """What `agent-<id>.meta.json` says; None when there is none. Only names and ids are taken from it."""
    if not path.endswith(".jsonl"):
        return None
    try:
        with Path(path.removesuffix(".jsonl") + ".meta.json").open("rb") as stream:
            data = stream.read(_MAX_BYTES)
    except (OSError, ValueError):
        return None
    found = payload(msgspec.Raw(data.strip()), Description)
    if found is None or not (found.agent_type or found.tool_use_id):
        return None
    return SessionStarted(
        offset=offset, session=place.session, role=found.agent_type, tool_call=found.tool_use_id, model=found.model
    )
