"""What a session changed, as a patch that `git apply` takes: only where every change is known line by line."""

from __future__ import annotations

import re
from typing import NamedTuple

from codex_loop.model.records import FileChange
from codex_loop.sources.fields import body, text
from codex_loop.tasks.bundle.recording import Recording

_NUMBERED = re.compile(r"@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@")


class Diff(NamedTuple):
    """A patch, or why there is none."""

    patch: bytes | None
    reason: str | None = None


class Changed(NamedTuple):
    """A file change that went through, and the line it was told on."""

    seq: int
    change: FileChange


def changes(recording: Recording) -> list[Changed]:
    """Every change of a file that did not fail, once each, in order; copies of a parent's history left out."""
    found: dict[tuple[str | None, str, str | None], Changed] = {}
    for file in recording.speaking():
        for line in file.lines:
            for record in line.records:
                if isinstance(record, FileChange) and record.ok is not False and not line.inherited:
                    found.setdefault(
                        (record.call_id or str(record.offset), record.path, record.diff), Changed(line.seq, record)
                    )
    return list(found.values())


def git_diff(recording: Recording) -> Diff:
    """The changes of the session one after another; a diff that the agent itself recorded comes first."""
    told = _told_diff(recording)
    if told:
        return Diff(told.encode("utf-8", "replace"))
    cwd = recording.facts.cwd
    parts: list[str] = []
    for seq, change in changes(recording):
        part = _patch(change, cwd)
        if part is None:
            return Diff(None, f"the change of {change.path} (line {seq}) is not recorded with line numbers")
        parts.append(part)
    if not parts:
        return Diff(None, "the session changed no file by its editing tools")
    return Diff("".join(parts).encode("utf-8", "replace"))


def _told_diff(recording: Recording) -> str | None:
    """The last diff of a turn as a spine tells it, where the session has one turn with changes."""
    import msgspec

    turns: dict[str, str] = {}
    for file in recording.files:
        if file.source != "trace-spine":
            continue
        for line in file.lines:
            if b'"turn_diff"' not in line.data:
                continue
            payload = body(msgspec.json.decode(line.data, type=dict[str, object]), "payload")
            diff = text(body(payload, "msg"), "unified_diff")
            if diff:
                turns[text(payload, "id") or ""] = diff
    return next(iter(turns.values())) if len(turns) == 1 else None


def _patch(change: FileChange, cwd: str | None) -> str | None:
    path = _relative(change.path, cwd)
    diff = change.diff
    if path is None or diff is None or "\n" in path or '"' in path:
        return None
    if not diff.endswith("\n"):
        diff += "\n"
    moved = None if change.moved_to is None else _relative(change.moved_to, cwd)
    if change.change == "move" and moved is not None:
        renamed = f"diff --git a/{path} b/{moved}\nsimilarity index 50%\nrename from {path}\nrename to {moved}\n"
        return f"{renamed}--- a/{path}\n+++ b/{moved}\n{diff}" if _NUMBERED.match(diff) else None
    head = f"diff --git a/{path} b/{path}\n"
    if _NUMBERED.match(diff):
        return f"{head}--- a/{path}\n+++ b/{path}\n{diff}" if change.change == "update" else None
    lines = diff.count("\n")
    if change.change == "add" and _all(diff, "+"):
        return f"{head}new file mode 100644\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1,{lines} @@\n{diff}"
    if change.change == "delete" and _all(diff, "-"):
        return f"{head}deleted file mode 100644\n--- a/{path}\n+++ /dev/null\n@@ -1,{lines} +0,0 @@\n{diff}"
    return None


def _all(diff: str, sign: str) -> bool:
    return all(line.startswith(sign) for line in diff.splitlines())


def _relative(path: str, cwd: str | None) -> str | None:
    """The path below the session's folder; None for one that lies elsewhere."""
    plain = path.replace("\\", "/")
    if cwd is not None:
        folder = cwd.replace("\\", "/").rstrip("/") + "/"
        plain = plain.removeprefix(folder)
    if plain.startswith("/") or ".." in plain.split("/") or re.match(r"[A-Za-z]:", plain):
        return None
    return plain
