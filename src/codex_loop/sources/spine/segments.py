"""Is a trace_spine what it claims to be? Envelope, numbering, the segment's own meta file, bundles.

Reading a damaged spine never needs this (the decoder takes what it can); it is what `trace validate` and `doctor` say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Literal

import msgspec

from codex_loop.sources.base import OVERSIZE
from codex_loop.sources.fields import NOTHING, Body, body, items, number, text
from codex_loop.sources.lines import BadLine, parse, trim
from codex_loop.sources.spine.spines import ENVELOPE, SCHEMA, segment_index, segments

BUNDLE = "rollout_plus_v0"
_BUNDLE_FIELDS = ("bundle_version", "thread_id", "created_at", "spine_schema_version", "rollout_path")
_OBJECT: msgspec.json.Decoder[dict[str, object]] = msgspec.json.Decoder(dict[str, object])


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong with a file. The same thing on many lines is one finding with a count."""

    path: str
    rule: str
    severity: Literal["error", "warning"] = "error"
    message: str
    line: int | None = None
    """The first line it was seen on, from 1."""
    count: int = 1


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """What a segment holds, and what is wrong with it."""

    path: str
    thread_id: str | None
    records: int
    first_seq: int | None
    last_seq: int | None
    closed: bool
    """A meta file stands beside it; a running or crashed agent leaves none."""
    findings: tuple[Finding, ...]


def check_segment(path: Path) -> list[Finding]:
    """Everything that is wrong with one segment; OSError if it cannot be read."""
    return list(read_segment(path).findings)


def read_segment(path: Path) -> Segment:
    """Read one segment to its end and judge it; OSError if it cannot be read."""
    check = _Check(path)
    with path.open("rb") as stream:
        for line in _lines(stream, check):
            check.take(line)
    check.finish()
    return Segment(
        path=str(path),
        thread_id=check.thread,
        records=check.records,
        first_seq=check.first,
        last_seq=check.last,
        closed=check.closed,
        findings=tuple(check.found.values()),
    )


def read_spine(folder: Path) -> list[Segment]:
    """All segments of a thread in order, and whether any is missing between them."""
    read = [read_segment(path) for path in segments(folder)]
    present = {index for segment in read if (index := segment_index(Path(segment.path))) is not None}
    gaps = sorted(set(range(max(present, default=0))) - present)
    if read and gaps:
        names = ", ".join(f"segment-{index:03}" for index in gaps[:5])
        finding = Finding(
            path=str(folder),
            rule="segment-missing",
            message=f"{names} missing: what it held is unknown",
            count=len(gaps),
        )
        read[0] = msgspec.structs.replace(read[0], findings=(finding, *read[0].findings))
    return read


def check_bundle(folder: Path) -> list[Finding]:
    """What is wrong with a bundle beyond its segments: its description, and the rollout it must hold."""
    path = folder / "bundle.json"
    found: list[Finding] = []

    def add(rule: str, message: str, where: Path = path, severity: Literal["error", "warning"] = "error") -> None:
        found.append(Finding(path=str(where), rule=rule, severity=severity, message=message))

    described = _object(path)
    if described is None:
        add("bundle-unreadable", "it is not a JSON object")
        return found
    if missing := [name for name in _BUNDLE_FIELDS if text(described, name) is None]:
        add("bundle-fields", f"{', '.join(missing)} missing")
    if (version := text(described, "bundle_version")) not in (None, BUNDLE):
        add("bundle-version", f"bundle_version is {version!r}, expected {BUNDLE!r}")
    if (schema := text(described, "spine_schema_version")) not in (None, SCHEMA):
        add("schema-version", f"spine_schema_version is {schema!r}, expected {SCHEMA!r}")
    if not segments(folder / "spine"):
        add("bundle-empty", "no segment in the folder spine", folder)
    if not any(_files(folder / "rollout")):
        # A session that only its spine tells of is said to have no files besides.
        alone = body(described, "codex_loop").get("files") == []
        add("bundle-rollout", "no rollout in the folder rollout", folder, "warning" if alone else "error")
    return found


class _Check:
    """One pass over a segment."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.found: dict[str, Finding] = {}
        self.line = 0
        self.records = 0
        self.first: int | None = None
        self.last: int | None = None
        self.thread: str | None = None
        self.closed = False
        self.described = False
        self.bytes = 0
        self.digest = hashlib.sha256()

    def add(self, rule: str, message: str, *, severity: Literal["error", "warning"] = "error", at: bool = True) -> None:
        known = self.found.get(rule)
        if known is not None:
            self.found[rule] = msgspec.structs.replace(known, count=known.count + 1)
            return
        line = self.line if at else None
        self.found[rule] = Finding(path=str(self.path), rule=rule, severity=severity, message=message, line=line)

    def take(self, raw: bytes) -> None:
        self.line += 1
        if not raw.endswith(b"\n"):
            self.add("torn", "the last line has no end: the agent still writes, or died", severity="warning")
            return
        data = trim(raw[:-1])
        if not data.strip():
            return
        try:
            fields = parse(_OBJECT, data)
        except BadLine as error:
            self.add("unreadable", str(error))
            return
        self.records += 1
        self._envelope(fields)
        self._number(number(fields, "seq"))
        self._content(text(fields, "type"), body(fields, "payload"))

    def _envelope(self, fields: Body) -> None:
        if missing := [name for name in ENVELOPE if name not in fields]:
            self.add("envelope", f"{', '.join(missing)} missing")
        version = fields.get("schema_version")
        if "schema_version" in fields and version != SCHEMA:
            self.add("schema-version", f"schema_version is {version!r:.60}, expected {SCHEMA!r}")
        thread = text(fields, "thread_id")
        self.thread = self.thread or thread
        if thread is not None and thread != self.thread:
            self.add("thread-changes", f"thread_id changes from {self.thread!r:.40} to {thread!r:.40}")

    def _number(self, seq: int | None) -> None:
        if seq is None:
            self.add("seq-missing", "seq is not a number")
            return
        if self.last is not None and seq <= self.last:
            self.add("seq-order", f"seq {seq} after {self.last}: it must rise within a segment")
        self.first = seq if self.first is None else min(self.first, seq)
        self.last = seq if self.last is None else max(self.last, seq)

    def _content(self, kind: str | None, payload: Body) -> None:
        if kind == "session_meta":
            self.described = True
        elif kind == "compaction_boundary":
            if not (items(payload, "pre_compaction_history") and items(payload, "post_compaction_history")):
                message = "a compaction without both histories: what was dropped cannot be shown"
                self.add("compaction-histories", message, severity="warning")
        elif kind == "artifact_ref" and text(payload, "artifact_path") is not None:
            self._artifact(text(payload, "artifact_path") or "", text(payload, "sha256"))

    def _artifact(self, name: str, digest: str | None) -> None:
        relative = PurePosixPath(name.replace("\\", "/"))
        if relative.is_absolute() or ".." in relative.parts or ":" in name:
            self.add("artifact-path", f"artifact path {name!r:.80} leaves the spine", severity="warning")
            return
        roots = (self.path.parent, self.path.parent.parent, self.path.parent / "artifacts")
        here = next((root / relative for root in roots if (root / relative).is_file()), None)
        if here is None:
            self.add("artifact-missing", f"artifact {name!r:.80} is not there", severity="warning")
        elif digest is not None and _sha256(here) != digest.lower():
            self.add("artifact-sha256", f"artifact {name!r:.80} is not the file that was recorded")

    def finish(self) -> None:
        index = segment_index(self.path)
        if index == 0 and self.records and not self.described:
            self.add("session-meta-missing", "no session_meta record: where and by what it ran is unknown", at=False)
        meta = self.path.with_suffix(".meta.json")
        self.closed = meta.is_file()
        if self.closed:
            self._meta(_object(meta), index)
        elif index is not None and self.path.with_name(f"segment-{index + 1:03}.jsonl").exists():
            self.add(
                "meta-missing", "a later segment exists but this one was never closed", severity="warning", at=False
            )

    def _meta(self, meta: Body | None, index: int | None) -> None:
        if meta is None:
            self.add("meta-unreadable", "its meta file is not a JSON object", at=False)
            return
        actual: dict[str, object] = {
            "schema_version": SCHEMA,
            "thread_id": self.thread,
            "segment_index": index,
            "min_seq": self.first,
            "max_seq": self.last,
            "record_count": self.records,
            "bytes": self.bytes,
            "sha256": self.digest.hexdigest(),
        }
        for name, value in actual.items():
            stated = meta.get(name)
            if name in meta and value is not None and stated != value:
                self.add(f"meta-{name}", f"meta says {name} {stated!r:.80}, the file has {value!r}", at=False)


def _lines(stream: IO[bytes], check: _Check) -> Iterator[bytes]:
    """Raw lines, feeding the digest; of a line too long for us only the fact remains."""
    while raw := stream.readline(OVERSIZE):
        check.bytes += len(raw)
        check.digest.update(raw)
        if len(raw) < OVERSIZE or raw.endswith(b"\n"):
            yield raw
            continue
        check.line += 1
        check.add("oversize", f"a line longer than {OVERSIZE // 2**20} MiB")
        while raw and not raw.endswith(b"\n"):
            raw = stream.readline(OVERSIZE)
            check.bytes += len(raw)
            check.digest.update(raw)


def _object(path: Path) -> Body | None:
    try:
        with path.open("rb") as stream:
            return parse(_OBJECT, trim(stream.read(OVERSIZE))) or NOTHING
    except (OSError, BadLine):
        return None


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (path for path in folder.rglob("*") if path.is_file())


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
