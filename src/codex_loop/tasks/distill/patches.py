"""Recorded changes done again on a tree, and the difference of two trees as a patch.

Three ways to tell a change exist: hunks with line numbers, hunks without (Codex's own patch language), and an old and
a new text. Each must fit what is there, or `Misfit` is raised: a tree that was guessed is no base for a task.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from codex_loop.errors import NoTask
from codex_loop.tasks.distill import git
from codex_loop.tasks.distill.story import Change
from codex_loop.tasks.distill.tree import LINK, PROGRAM, Tree

_HUNK = re.compile(r"^@@ -(\d+)(?:,\d+)? \+\d+(?:,\d+)? @@")
_REDACTED = "[REDACTED:"
_NO_NEWLINE = "\\ No newline"


class Misfit(Exception):
    """The change does not fit the file as it is here."""


class Hunk(NamedTuple):
    """Lines that are replaced by others; `start` is where, where that was told."""

    old: tuple[str, ...]
    new: tuple[str, ...]
    start: int | None
    heading: str
    bare: frozenset[str]
    """Which side's last line has no newline: `-` the old one, `+` the new one."""


def apply(tree: Tree, change: Change, path: str, moved_to: str | None) -> None:
    """Do this change again. Raise Misfit, and leave the tree alone, when it cannot be done exactly."""
    if any(tree.is_link(place) for place in (path, moved_to or path)):
        raise Misfit("it is a link, or lies behind one")
    if change.kind == "delete":
        if path not in tree:
            raise Misfit("it is not there")
        tree.remove(path)
        return
    after = _after(tree, change, path)
    mode = tree.mode(path)
    if moved_to is not None and moved_to != path:
        tree.remove(path)
    tree.write(moved_to or path, after, mode)


def _after(tree: Tree, change: Change, path: str) -> bytes:
    told = change.whole.after if change.whole.after is not None else change.diff or ""
    if _REDACTED in told:
        raise Misfit("a secret was taken out of the recorded change")
    present = tree.read(path)
    if change.whole.after is not None and _agrees(present, change):
        return change.whole.after.encode(errors="surrogateescape")
    if change.diff is None:
        if change.kind == "move" and present is not None:
            return present
        raise Misfit("what was changed in it is not recorded")
    if present is None:
        return _written(change.diff)
    try:
        text = present.decode()
    except UnicodeDecodeError as error:
        raise Misfit("it is a binary file") from error
    if change.kind in ("add", "unknown") and "\n@@" not in f"\n{change.diff}":
        return _written(change.diff)
    windows = "\r\n" in text
    changed = patched(text.replace("\r\n", "\n"), change.diff)
    return (changed.replace("\n", "\r\n") if windows else changed).encode()


def _agrees(present: bytes | None, change: Change) -> bool:
    """A whole new content may be taken when the old one is the recorded one, or none is recorded."""
    before = change.whole.before
    if before is None:
        return True
    return present is not None and present.replace(b"\r\n", b"\n") == before.replace("\r\n", "\n").encode(
        errors="surrogateescape"
    )


def _written(diff: str) -> bytes:
    lines = diff.split("\n")
    if any(not line.startswith("+") for line in lines if line):
        raise Misfit("the file it changes is not there")
    body = "\n".join(line[1:] for line in lines if line)
    return f"{body}\n".encode() if body else b""


def patched(text: str, diff: str) -> str:
    """The text with every hunk done, in order. Raise Misfit when one has no place, or several equal ones."""
    hunks = list(_hunks(diff))
    if not hunks:
        raise Misfit("its recorded change holds no hunk")
    if all(hunk.start is None for hunk in hunks) and "@@" not in diff:
        return _replaced(text, hunks)
    lines = text.split("\n")
    done = 0
    shift = 0
    for hunk in hunks:
        at = _place(lines, hunk, done, None if hunk.start is None else hunk.start - 1 + shift)
        lines[at : at + len(hunk.old)] = hunk.new
        done = at + len(hunk.new)
        shift += len(hunk.new) - len(hunk.old)
        if done >= len(lines) - 1 and "+" in hunk.bare and lines[-1] == "":
            lines.pop()
        elif done == len(lines) and hunk.bare == {"-"}:
            lines.append("")
    return "\n".join(lines)


def _hunks(diff: str) -> list[Hunk]:
    found: list[Hunk] = []
    old: list[str] = []
    new: list[str] = []
    start, heading, last = None, "", ""
    bare: set[str] = set()

    def close() -> None:
        if old or new:
            found.append(Hunk(tuple(old), tuple(new), start, heading, frozenset(bare)))

    body = diff.removesuffix("\n").split("\n")
    for line in body:
        if line.startswith("@@"):
            close()
            old, new, bare = [], [], set()
            match = _HUNK.match(line)
            start = int(match[1]) if match else None
            heading = "" if match else line.removeprefix("@@").strip()
        elif line.startswith(("--- ", "+++ ")) and not old and not new and start is None:
            continue
        elif line.startswith(_NO_NEWLINE):
            bare |= {"-", "+"} if last in (" ", "") else {last}
        elif line.startswith("*** End of File"):
            continue
        else:
            last = line[:1]
            if last in ("-", " ", ""):
                old.append(line[1:])
            if last in ("+", " ", ""):
                new.append(line[1:])
    close()
    return found


def _place(lines: Sequence[str], hunk: Hunk, after: int, told: int | None) -> int:
    """Where a hunk belongs: at its line if that fits, else where its old text stands."""
    if not hunk.old:
        return min(max(told + 1 if told is not None else len(lines) - (lines[-1] == ""), 0), len(lines))
    size = len(hunk.old)
    old = list(hunk.old)
    places = [at for at in range(after, len(lines) - size + 1) if list(lines[at : at + size]) == old]
    if hunk.heading:
        head = next((at for at in range(after, len(lines)) if lines[at].strip() == hunk.heading), None)
        if head is None:
            raise Misfit("the place it names is not there")
        places = [at for at in places if at >= head]
    if not places:
        raise Misfit("the lines it replaces are not there")
    return min(places, key=lambda at: abs(at - told)) if told is not None else places[0]


def _replaced(text: str, hunks: Sequence[Hunk]) -> str:
    """An old text for a new one, whole lines or not: it must stand there exactly once."""
    for hunk in hunks:
        old, new = "\n".join(hunk.old), "\n".join(hunk.new)
        if not old or text.count(old) != 1:
            raise Misfit("the text it replaces is not there exactly once")
        text = text.replace(old, new)
    return text


def difference(before: Tree, after: Tree, paths: Sequence[str]) -> bytes:
    """A patch that `git apply` takes from one tree to the other at these paths; the same for the same files."""
    with tempfile.TemporaryDirectory(prefix="codex-loop-") as place:
        root = Path(place)
        for name, tree in (("a", before), ("b", after)):
            (root / name).mkdir()
            for path in paths:
                _lay(root / name / path, tree, path)
        done = git.run(
            root, "diff", "--no-index", "--no-prefix", "--no-renames", "--binary", "--full-index", "--no-color",
            "--no-ext-diff", "--no-textconv", "--diff-algorithm=myers", "--unified=3", "--", "a", "b",
        )  # fmt: skip
        if done.returncode not in (0, 1):
            raise NoTask(
                "git could not compare the files before and after; " + done.stderr.decode(errors="replace")[:200]
            )
        _check(root / "a", done.stdout)
    return done.stdout


def _lay(place: Path, tree: Tree, path: str) -> None:
    data = tree.read(path)
    if data is None:
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    if tree.mode(path) == LINK:
        place.symlink_to(data.decode(errors="surrogateescape"))
        return
    place.write_bytes(data)
    place.chmod(0o755 if tree.mode(path) == PROGRAM else 0o644)


def _check(folder: Path, patch: bytes) -> None:
    """The patch is tried where it has to work: a solution that does not apply proves nothing."""
    file = folder.parent / "fix.patch"
    file.write_bytes(patch)
    if patch and git.run(folder, "apply", "--check", "--whitespace=nowarn", str(file)).returncode:
        raise NoTask("the recorded change does not apply to the files it began with")
