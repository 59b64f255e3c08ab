"""`trace_spine` segments: the firehose of one Codex fork, in the three dialects that were ever written.

`<codex home>/trace_spine/<thread>/segment-NNN.jsonl`, one numbered record a line. It is the only file that holds
approvals, undo and rollback. The dialects differ in nesting and in how a decision names its request; they are told
apart by the shape of each record, never by a version. Tokens are not taken from here: the rollout of the same thread
has them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PurePath

import msgspec

from codex_loop.model.keys import chain, key
from codex_loop.model.records import AnyRecord, ApprovalDecided, Attachment, SessionStarted, Unknown
from codex_loop.sources.base import Decoded, Found, Homes, Line, Reject
from codex_loop.sources.bundles import spine_was_made
from codex_loop.sources.codex.shapes import decision, folder
from codex_loop.sources.fields import NOTHING, Body, as_body, body, number, tag, text, time_ms
from codex_loop.sources.lines import BadLine, parse
from codex_loop.sources.spine.events import boundary, event
from codex_loop.sources.spine.state import Place, SpineState
from codex_loop.sources.spine.submissions import settings, submission

SCHEMA = "codex_trace_spine_v1"
ENVELOPE = ("schema_version", "thread_id", "seq", "timestamp", "type", "payload")

_SEGMENT = re.compile(r"segment-(\d{1,9})\.jsonl")
_LINE: msgspec.json.Decoder[dict[str, object]] = msgspec.json.Decoder(dict[str, object])

Records = Iterable[AnyRecord]


class TraceSpines:
    """Trace spines; see the module."""

    name = "trace-spine"
    agent = "codex"
    version = 1
    state = SpineState

    def discover(self, homes: Homes) -> Iterator[Found]:
        """Segments of every thread, each thread's in the order of their numbers."""
        for home in homes.codex:
            for thread in subfolders(home / "trace_spine"):
                yield from (Found(path, self.name) for path in segments(thread))
        for place in homes.extra:
            yield from (Found(path, self.name) for path in _named(place))

    def fingerprint(self, path: Path, head: bytes) -> bool:
        first = head.lstrip(b"\xef\xbb\xbf \r\n").split(b"\n", 1)[0]
        if b'"codex_trace_spine' in first:
            return True
        return segment_index(path) is not None and b'"thread_id"' in first and b'"seq"' in first

    def identify(self, state: SpineState, path: str, lines: Sequence[bytes]) -> list[int]:
        """By thread, segment and number. A number that does not rise is damage: then the bytes tell lines apart."""
        return [self._identify(state, path, raw) for raw in lines]

    def _identify(self, state: SpineState, path: str, raw: bytes) -> int:
        index = segment_index(PurePath(path))
        fields = _fields(raw)
        thread, seq = text(fields, "thread_id"), number(fields, "seq")
        if thread and index is not None and seq is not None and seq > state.last_seq:
            state.last_seq = seq
            return key(self.name, thread, index, seq)
        state.past = chain(state.past or key(self.name, PurePath(path).parent.name, index or 0), raw)
        return state.past

    def decode(self, state: SpineState, path: str, lines: Sequence[Line]) -> Decoded:
        out = Decoded()
        for line in lines:
            if not line.data.strip():
                continue
            try:
                fields = parse(_LINE, line.data)
            except BadLine as error:
                out.rejects.append(Reject(line.offset, str(error)))
                continue
            out.records.extend(_records(state, path, line.offset, fields))
        out.version = state.agent_version
        return out


def segment_index(path: PurePath) -> int | None:
    """The number in a segment's name; None for any other file."""
    match = _SEGMENT.fullmatch(path.name)
    return int(match[1]) if match else None


def segments(thread: Path) -> list[Path]:
    """Segment files of one spine folder by number: past 999 the names no longer sort."""
    numbered = [(index, path) for path in _entries(thread) if (index := segment_index(path)) is not None]
    return [path for _, path in sorted(numbered)]


def subfolders(folder: Path) -> list[Path]:
    return [path for path in _entries(folder) if path.is_dir()]


def _entries(folder: Path) -> list[Path]:
    with suppress(OSError):
        return sorted(folder.iterdir())
    return []


def _named(place: Path) -> list[Path]:
    """Segments at a place the user named: a file, a spine, a bundle, a folder of spines, or a Codex home."""
    if segment_index(place) is not None:
        return [place] if place.is_file() else []
    found = [path for folder in (place, place / "spine") if not spine_was_made(folder) for path in segments(folder)]
    for thread in subfolders(place) + subfolders(place / "trace_spine"):
        if thread.name not in ("spine", "trace_spine"):
            found += segments(thread)
    return found


def _fields(raw: bytes) -> Body:
    try:
        return parse(_LINE, raw)
    except BadLine:
        return NOTHING


def _records(state: SpineState, path: str, offset: int, fields: Body) -> Iterator[AnyRecord]:
    state.thread = text(fields, "thread_id") or state.thread or PurePath(path).parent.name
    kind, payload = text(fields, "type") or "?", body(fields, "payload")
    turn = text(payload, "turn_id") or text(payload, "id") or text(body(payload, "msg"), "turn_id")
    place = Place(offset, time_ms(text(fields, "timestamp")), state.thread, turn or None)
    handler = KINDS.get(kind)
    if handler is None:
        yield Unknown(**place.base(), type=kind)
    else:
        yield from handler(state, place, payload)


def _session_meta(state: SpineState, place: Place, payload: Body) -> Records:
    meta = body(payload, "meta") or payload
    state.agent_version = text(meta, "cli_version")
    source = meta.get("source")
    spawned = body(body(as_body(source), "subagent"), "thread_spawn")
    began = time_ms(text(meta, "timestamp"))
    yield SessionStarted(
        **place.timeless(),
        lineage="subagent" if "subagent" in as_body(source) else None,
        parent=text(spawned, "parent_thread_id"),
        forked_from=text(meta, "forked_from_id"),
        started_ms=began if began is not None else place.time_ms,
        cwd=folder(text(meta, "cwd")),
        provider=text(meta, "model_provider"),
        agent_version=state.agent_version,
        originator=text(meta, "originator"),
        entrypoint=tag(source),
    )
    yield from _git(place, body(payload, "git") or body(meta, "git"))


def _git(place: Place, git: Body) -> Records:
    commit, branch, url = text(git, "commit_hash"), text(git, "branch"), text(git, "repository_url")
    if commit or branch or url:
        yield SessionStarted(**place.timeless(), git_commit=commit, git_branch=branch, git_url=url)


def _turn_context(state: SpineState, place: Place, payload: Body) -> Records:
    yield from settings(state, place, body(payload, "context") or payload)


def _artifact(_state: SpineState, place: Place, payload: Body) -> Records:
    kind = text(payload, "kind") or "?"
    if kind == "git_info":
        yield from _git(place, body(payload, "git"))
    else:
        yield Attachment(**place.timeless(), name=kind, text=text(payload, "artifact_path") or "")


def _bridge(_state: SpineState, place: Place, payload: Body) -> Records:
    """A question of a subagent that its parent put before the user."""
    child = text(payload, "sub_agent_thread_id")
    if not child:
        yield Unknown(**place.base(), type="bridge")
        return
    there = place._replace(session=child, turn=text(payload, "sub_agent_turn_id"))
    yield SessionStarted(**there.timeless(), lineage="subagent", parent=text(payload, "parent_thread_id"))
    answer = decision(payload.get("decision"))
    if payload.get("decision") is not None:
        yield ApprovalDecided(
            **there.base(),
            call_id=text(payload, "sub_agent_call_id"),
            decision=answer,
            # A cancelled parent answers "abort" by itself.
            who="unknown" if answer == "aborted" else "user",
            basis="bridge",
        )


KINDS: Mapping[str, Callable[[SpineState, Place, Body], Records]] = {
    "session_meta": _session_meta,
    "turn_context": _turn_context,
    "submission": submission,
    "event": event,
    "compaction_boundary": boundary,
    "artifact_ref": _artifact,
    "bridge": _bridge,
}
