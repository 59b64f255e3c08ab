"""A recording as a bundle folder of schema `rollout_plus_v0`.

    bundle.json            what is in it; `codex_loop` holds what the schema has no field for
    spine/                 the agent's own spine, redacted, else one made from what was recorded
    rollout/               the redacted lines of every file that tells of the session, and of those it started
    artifacts/             git_info.json, git_diff.patch and file_changes.jsonl where the session shows them

Everything was redacted when it was recorded; what is made here goes through the redactor once more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePosixPath

import msgspec

from codex_loop import __version__
from codex_loop.clock import format_ms
from codex_loop.errors import UsageError
from codex_loop.sources.bundles import DESCRIPTION, MADE
from codex_loop.sources.fields import number
from codex_loop.sources.spine.segments import BUNDLE
from codex_loop.sources.spine.spines import SCHEMA, segments
from codex_loop.tasks.bundle import artifacts
from codex_loop.tasks.bundle.folders import check_output, safe_name, write_all
from codex_loop.tasks.bundle.recording import File, Recording
from codex_loop.tasks.bundle.spine import SEGMENT, GitDiff, Redact, segment_files, synthesised

RECORDED = "recorded"
DIFF = "artifacts/git_diff.patch"


class Kept(msgspec.Struct, frozen=True):
    """A file of the agent in the bundle."""

    path: str
    source: str
    original: str
    """Where the agent had it."""
    lines: int
    copied: tuple[tuple[int, int], ...]
    """Runs of lines, from 0, that are copies of another session's: (first, behind the last)."""
    sha256: str
    rejected: int = 0
    """Lines that nobody could decode: they are in no archive, so they are not here."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """The part of `bundle.json` that is ours."""

    version: str
    agent: str
    session: str
    spine: str
    """recorded: the agent's own. synthesised: made from the files in `rollout/`."""
    sessions: tuple[str, ...]
    """Native ids, the session itself first, then those it started."""
    files: tuple[Kept, ...]
    git_diff: str | None
    """Why there is no patch; None where there is one."""


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """`bundle.json`."""

    bundle_version: str
    thread_id: str
    created_at: str
    spine_schema_version: str
    rollout_path: str
    codex_loop: Told


class Bundled(msgspec.Struct, frozen=True, kw_only=True):
    """What was written."""

    session: str
    output: str
    spine: str
    segments: int
    spine_records: int
    files: int
    lines: int
    subagents: int
    artifacts: tuple[str, ...]
    git_diff: str | None
    """Why there is no `git_diff.patch`; None where there is one."""


def write(recording: Recording, output: Path, redact: Redact, now_ms: int, homes: Sequence[Path] = ()) -> Bundled:
    """Write the bundle into a folder that is empty or not there. `homes`: where a spine nobody recorded may lie."""
    check_output(output)
    kept, files = _rollout(recording, redact)
    if not any(file.lines for file in recording.files):
        raise UsageError(
            f"nothing is archived of {recording.id} but its tokens; `codex-loop ingest --full --lookback-hours 8760` "
            "reads the rest while the agent's own file is there"
        )
    made, diff = _artifacts(recording, redact)
    spine, how = _spine(recording, redact, homes, made.get(DIFF))
    told = Told(
        version=__version__,
        agent=recording.agent,
        session=recording.native_id,
        spine=how,
        sessions=tuple(dict.fromkeys(each.native_id for each in recording.family())),
        files=tuple(kept),
        git_diff=diff.reason,
    )
    bundle = Bundle(
        bundle_version=BUNDLE,
        thread_id=recording.native_id,
        created_at=format_ms(now_ms),
        spine_schema_version=SCHEMA,
        rollout_path=kept[0].original if kept else "",
        codex_loop=told,
    )
    description = msgspec.json.format(redact(msgspec.json.encode(bundle)), indent=2) + b"\n"
    segment_names = [name for name in spine if name.endswith(".jsonl")]
    below = {f"spine/{name}": data for name, data in spine.items()}
    write_all(output, {DESCRIPTION: description, **below, **files, **made})
    return Bundled(
        session=recording.id,
        output=str(output),
        spine=how,
        segments=len(segment_names),
        spine_records=sum(spine[name].count(b"\n") for name in segment_names),
        files=len(kept),
        lines=sum(each.lines for each in kept),
        subagents=len(told.sessions) - 1,
        artifacts=tuple(made),
        git_diff=diff.reason,
    )


def _rollout(recording: Recording, redact: Redact) -> tuple[list[Kept], dict[str, bytes]]:
    """The agents' own files first: `rollout_path` names the one that tells the conversation."""
    found: dict[str, File] = {}
    speaking: set[str] = set()
    for member in recording.family():
        speaking |= {file.path for file in member.speaking()}
        for file in (*member.speaking(), *member.beside()):
            found.setdefault(f"{file.source} {file.path}", file)
    beside = {file.path: _description(member) for member in recording.family() for file in member.speaking()}
    kept: list[Kept] = []
    files: dict[str, bytes] = {}
    for file in found.values():
        if file.source == "trace-spine" or not file.whole:
            continue
        # Rules may have learned since the lines were recorded.
        data = b"".join(redact(line) + b"\n" for line, _ in file.whole)
        path = _free(_place(file, speaks=file.path in speaking), files)
        files[path] = data
        if beside.get(file.path) and "/subagents/" in path:
            files[f"{path.removesuffix('.jsonl')}.meta.json"] = msgspec.json.encode(beside[file.path])
        digest = hashlib.sha256(data).hexdigest()
        copied = tuple(_runs([copy for _, copy in file.whole]))
        kept.append(Kept(path, file.source, file.path, len(file.whole), copied, digest, file.rejected))
    return kept, files


def _description(member: Recording) -> dict[str, str]:
    """What newer versions of Claude Code put beside a subagent's file: which call started it, and as what."""
    told = {"agentType": member.facts.role, "toolUseId": member.facts.tool_call}
    return {name: value for name, value in told.items() if value is not None}


def _place(file: File, *, speaks: bool) -> str:
    """Its place in the bundle: named as the agent named it, below the folders that its reader goes by."""
    parts = PurePosixPath(file.path.replace("\\", "/")).parts
    start = len(parts) - 1
    if "subagents" in parts and parts.index("subagents") > 0:
        start = parts.index("subagents") - 1
    names = [safe_name(part.removesuffix(".zst")) for part in parts[start:]] or ["unnamed.jsonl"]
    return "/".join(("rollout" if speaks else "streams", *names))


def _free(path: str, taken: Iterable[str]) -> str:
    """The path, below a numbered folder where two files have the same name."""
    folder, _, name = path.partition("/")
    wanted, count = path, 1
    while wanted in taken:
        count += 1
        wanted = f"{folder}/{count}/{name}"
    return wanted


def _runs(copies: Sequence[bool]) -> Iterable[tuple[int, int]]:
    start: int | None = None
    for number_, copy in enumerate([*copies, False]):
        if copy and start is None:
            start = number_
        elif not copy and start is not None:
            yield start, number_
            start = None


def _artifacts(recording: Recording, redact: Redact) -> tuple[dict[str, bytes], artifacts.Diff]:
    facts = recording.facts
    made: dict[str, bytes] = {}
    git = {"commit_hash": facts.git_commit, "branch": facts.git_branch, "repository_url": facts.git_url}
    known = {name: value for name, value in git.items() if value is not None}
    if known:
        made["artifacts/git_info.json"] = redact(msgspec.json.encode({"repo_root": facts.cwd, **known})) + b"\n"
    changes = artifacts.changes(recording)
    if changes:
        lines = [redact(msgspec.json.encode({"seq": seq, **msgspec.to_builtins(change)})) for seq, change in changes]
        made["artifacts/file_changes.jsonl"] = b"".join(line + b"\n" for line in lines)
    diff = artifacts.git_diff(recording)
    if diff.patch is not None:
        made[DIFF] = redact(diff.patch)
    return made, diff


def _spine(
    recording: Recording, redact: Redact, homes: Sequence[Path], patch: bytes | None
) -> tuple[dict[str, bytes], str]:
    lines = [redact(line) for file in recording.files if file.source == "trace-spine" for line, _ in file.whole]
    lines = lines or _unrecorded(recording, redact, homes)
    if lines:
        return _own(recording, lines), RECORDED
    diff = None if patch is None else GitDiff(DIFF, hashlib.sha256(patch).hexdigest())
    return synthesised(recording, redact, diff), MADE


def _unrecorded(recording: Recording, redact: Callable[[bytes], bytes], homes: Sequence[Path]) -> list[bytes]:
    """A spine that still lies in the agent's home, and was not read into the store."""
    if recording.agent != "codex" or safe_name(recording.native_id) != recording.native_id:
        return []
    for home in homes:
        found = segments(home / "trace_spine" / recording.native_id)
        if found:
            return [redact(line) for path in found for line in path.read_bytes().splitlines() if line.strip()]
    return []


def _own(recording: Recording, lines: Sequence[bytes]) -> dict[str, bytes]:
    """The agent's own spine; redacting changed its bytes, so its meta files are made anew."""
    began, ended = recording.facts.started_ms or 0, recording.facts.started_ms or 0
    files: dict[str, bytes] = {}
    for index, part in enumerate(_segments(lines)):
        seqs = [seq for line in part if (seq := _seq(line)) is not None]
        first, last = (min(seqs), max(seqs)) if seqs else (0, 0)
        files |= segment_files(recording.native_id, index, part, first, last, (began, ended))
    return files


def _segments(lines: Sequence[bytes]) -> Iterable[list[bytes]]:
    """Cut where a segment is full, and where numbers begin again: they only rise within one."""
    part: list[bytes] = []
    latest = -1
    for line in lines:
        seq = _seq(line)
        if part and (len(part) >= SEGMENT or (seq is not None and seq <= latest)):
            yield part
            part = []
            latest = -1
        part.append(line)
        latest = latest if seq is None else seq
    if part:
        yield part


def _seq(line: bytes) -> int | None:
    try:
        return number(msgspec.json.decode(line, type=dict[str, object]), "seq")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
