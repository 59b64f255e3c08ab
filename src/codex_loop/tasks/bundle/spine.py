"""A trace spine of a session whose agent wrote none: the canonical dialect, from what was recorded.

`spine_events.py` says what each record becomes. Where the spine came from is
said in `bundle.json`, never in the records, so that readers of spines need to know nothing of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from codex_loop.clock import format_ms
from codex_loop.model.records import SessionStarted
from codex_loop.sources.spine.spines import SCHEMA
from codex_loop.tasks.bundle.recording import Recording
from codex_loop.tasks.bundle.spine_events import Entry, Events

SEGMENT = 5000
"""Records of one segment file."""
Redact = Callable[[bytes], bytes]


class GitDiff(NamedTuple):
    """Where the patch of the session lies in the bundle."""

    path: str
    sha256: str


def synthesised(recording: Recording, redact: Redact, diff: GitDiff | None = None) -> dict[str, bytes]:
    """Segment and meta files by name."""
    began = recording.facts.started_ms or 0
    entries = [*_head(recording, began), *Events(recording).entries(), *_tail(recording, diff)]
    lines: list[bytes] = []
    latest = began
    for seq, entry in enumerate(entries, start=1):
        latest = entry.time_ms if entry.time_ms is not None else latest
        envelope = {
            "schema_version": SCHEMA,
            "thread_id": recording.native_id,
            "seq": seq,
            "timestamp": format_ms(latest),
            "type": entry.type,
            "payload": entry.payload,
        }
        lines.append(redact(msgspec.json.encode(envelope)))
    return dict(_files(recording.native_id, lines, began, latest))


def segment_files(
    thread: str, index: int, lines: Sequence[bytes], first: int, last: int, times: tuple[int, int]
) -> dict[str, bytes]:
    """One segment and the meta file that describes it."""
    data = b"".join(line + b"\n" for line in lines)
    meta = {
        "schema_version": SCHEMA,
        "thread_id": thread,
        "segment_index": index,
        "min_seq": first,
        "max_seq": last,
        "record_count": len(lines),
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "created_at": format_ms(times[0]),
        "closed_at": format_ms(times[1]),
    }
    name = f"segment-{index:03}"
    return {f"{name}.jsonl": data, f"{name}.meta.json": msgspec.json.encode(meta) + b"\n"}


def _files(thread: str, lines: Sequence[bytes], began: int, ended: int) -> Iterator[tuple[str, bytes]]:
    for index, start in enumerate(range(0, len(lines), SEGMENT)):
        part = lines[start : start + SEGMENT]
        yield from segment_files(thread, index, part, start + 1, start + len(part), (began, ended)).items()


def _head(recording: Recording, began: int) -> Iterator[Entry]:
    facts = recording.facts
    meta: Mapping[str, object | None] = {
        "id": recording.native_id,
        "forked_from_id": facts.forked_from,
        "timestamp": format_ms(began),
        "cwd": facts.cwd,
        "originator": facts.originator or recording.agent,
        "cli_version": facts.agent_version,
        "source": facts.entrypoint,
        "model_provider": facts.provider,
    }
    yield Entry(began, "session_meta", {name: value for name, value in meta.items() if value is not None})
    git = _git(facts)
    if git:
        yield Entry(began, "artifact_ref", {"kind": "git_info", "repo_root": facts.cwd, "git": git})


def _git(facts: SessionStarted) -> dict[str, object]:
    known = {"commit_hash": facts.git_commit, "branch": facts.git_branch, "repository_url": facts.git_url}
    return {name: value for name, value in known.items() if value is not None}


def _tail(recording: Recording, diff: GitDiff | None) -> Iterator[Entry]:
    if diff is not None:
        base = recording.facts.git_commit
        payload: dict[str, object] = {"kind": "git_diff", "artifact_path": diff.path, "sha256": diff.sha256}
        payload |= {} if base is None else {"base_sha": base}
        yield Entry(None, "artifact_ref", payload)
