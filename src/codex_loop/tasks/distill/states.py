"""The files before a moment of a session and after it: a commit, and the session's own changes done again on top."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import NamedTuple

from codex_loop.errors import NoTask
from codex_loop.tasks.distill import base as bases
from codex_loop.tasks.distill import patches, shell_edits
from codex_loop.tasks.distill.base import Start
from codex_loop.tasks.distill.git import Blobs
from codex_loop.tasks.distill.ground import Ground
from codex_loop.tasks.distill.story import Change, Run, Story
from codex_loop.tasks.distill.tree import Tree

_KEPT_BYTES = 5_000_000
_PATH, _MOST_NAMED = 200, 100
_SLACK_MS = 2_000
"""File systems and session clocks are not read at the same instant."""


class Before(NamedTuple):
    """The files a moment began with."""

    tree: Tree
    start: Start
    dirty: tuple[str, ...]
    """Paths that were not as the commit has them, for no reason the session tells."""


class After(NamedTuple):
    """The files a moment ended with."""

    tree: Tree
    sources: tuple[str, ...]
    """edits | commit | work tree | later commit"""
    lost: dict[str, str]
    """Changes that could not be done again, and why."""


class Misfitting(NamedTuple):
    path: str
    reason: str
    seq: int


def before(story: Story, ground: Ground, blobs: Blobs, first: int, last: int, largest: int) -> Before:
    """The files as they were at line `first`. Raise NoTask unless every change before it fits."""
    starts = bases.starts(story, ground, first)
    if not starts:
        raise NoTask(f"{ground.repository.folder} does not tell which commit the session began with")
    wrong: list[Misfitting] = []
    found: list[Before] = []
    for start in starts:
        tree = Tree(ground.repository, start.commit, blobs)
        tree.check_size(largest)
        misfits, dirty = _replay(tree, story, ground, start.since + 1, first - 1)
        if misfits:
            wrong.append(misfits[0])
            continue
        dirty += _as_found(tree, story, ground, first, last)
        found.append(Before(tree, start, tuple(dict.fromkeys(dirty))))
        if not dirty or start.basis != "date":
            break
    fitting = [each for each in found if each.start.basis != "date" or _is_proven(each, story, ground, first, last)]
    if fitting:
        return min(fitting, key=lambda each: len(each.dirty))
    if wrong:
        raise NoTask(f"the change of {wrong[0].path} in line {wrong[0].seq} does not fit: {wrong[0].reason}")
    raise NoTask(f"no commit of {ground.repository.folder} has the files as the session found them")


def _is_proven(state: Before, story: Story, ground: Ground, first: int, last: int) -> bool:
    """A commit chosen by its date counts only if an edit of the moment fits it."""
    if state.dirty:
        return False
    misfits, _ = _replay(state.tree.copy(), story, ground, first, last)
    edited = any(change.kind == "update" for change in story.changes if first <= change.seq <= last)
    return edited and not misfits


def after(story: Story, ground: Ground, start: Before, first: int, last: int) -> After:
    """The files as they were after line `last`; what the session does not tell is taken from where it still is."""
    tree = start.tree.copy()
    misfits, _ = _replay(tree, story, ground, first, last)
    lost = {misfit.path: misfit.reason for misfit in misfits}
    sources = ["edits"] if tree.differing(start.tree) else []
    made = [each for each in bases.commits(story.runs, ground.repository) if first <= each.seq <= last]
    sources += ["commit" for each in made if _take(tree, ground, each.commit, lost)]
    if ground.live is not None and _look(tree, story, ground, first, last, lost):
        sources.append("work tree")
    return After(tree, tuple(dict.fromkeys(sources)), lost)


def from_later(story: Story, ground: Ground, start: Before, state: After, last: int, wanted: set[str]) -> After | None:
    """The first later commit that changes one of these files, put in the place of what the session left."""
    since_ms = story.time_at(last)
    if since_ms is None:
        return None
    for commit in bases.later(ground.repository, start.start.commit, story.facts.branch, since_ms // 1000):
        parent = ground.repository.commit(f"{commit}^")
        touched = set(ground.repository.changed(parent, commit)) if parent else set()
        if touched & wanted and touched >= state.lost.keys():
            tree = start.tree.copy()
            _take(tree, ground, commit, {})
            return After(tree, ("later commit",), {})
    return None


def _events(story: Story, first: int, last: int) -> Iterator[Change | Run]:
    known: list[Change | Run] = [each for each in story.changes if first <= each.seq <= last]
    known += [run for run in story.runs if first <= run.seq <= last and shell_edits.edits(run)]
    yield from sorted(known, key=lambda each: each.ended if isinstance(each, Run) else each.seq)


def _replay(tree: Tree, story: Story, ground: Ground, first: int, last: int) -> tuple[list[Misfitting], list[str]]:
    """Do everything again that the session tells; what does not fit, and which files were found otherwise."""
    misfits: list[Misfitting] = []
    dirty: list[str] = []

    def relative(path: str, cwd: str | None, folder: str) -> str | None:
        return ground.relative(posixpath.join(folder, path) if folder else path, cwd)

    for event in _events(story, first, last):
        if isinstance(event, Run):
            shell_edits.redo(tree, event, relative)
            continue
        path = ground.relative(event.path)
        if path is None:
            continue
        if _found_otherwise(tree, event, path):
            dirty.append(path)
            tree.write(path, (event.whole.before or "").encode(errors="surrogateescape"))
        try:
            patches.apply(tree, event, path, ground.relative(event.moved_to) if event.moved_to else None)
        except patches.Misfit as misfit:
            misfits.append(Misfitting(path, str(misfit), event.seq))
    return misfits, dirty


def _found_otherwise(tree: Tree, change: Change, path: str) -> bool:
    """The agent wrote down what it found, and it is not what we have."""
    found = change.whole.before
    if found is None or "[REDACTED:" in found or tree.is_link(path):
        return False
    present = tree.text(path)
    return present is None or present.replace("\r\n", "\n") != found.replace("\r\n", "\n")


def _as_found(tree: Tree, story: Story, ground: Ground, first: int, last: int) -> list[str]:
    """Files whose first edit in the moment tells that they were not as the commit has them: they become so."""
    seen: set[str] = set()
    dirty: list[str] = []
    for event in _events(story, first, last):
        if isinstance(event, Run):
            # From here on a difference may be this command's work.
            break
        path = ground.relative(event.path)
        if path is not None and path not in seen and _found_otherwise(tree, event, path):
            tree.write(path, (event.whole.before or "").encode(errors="surrogateescape"))
            dirty.append(path)
        seen.add(path or "")
    return dirty


def _take(tree: Tree, ground: Ground, commit: str, lost: dict[str, str]) -> bool:
    """Files as a commit left them."""
    parent = ground.repository.commit(f"{commit}^")
    if parent is None:
        return False
    entries = ground.repository.entries(commit)
    changed = False
    for path in ground.repository.changed(parent, commit):
        entry = entries.get(path)
        if entry is None:
            changed = changed or path in tree
            tree.remove(path)
            continue
        data = tree.blob(entry.oid)
        changed = changed or tree.read(path) != data
        tree.write(path, data, entry.mode)
        lost.pop(path, None)
    return changed


def _named(story: Story, ground: Ground, first: int, last: int) -> set[str]:
    """Paths in the moment's commands: what is not tracked is looked at only when somebody spoke of it."""
    words = {
        (word, run.cwd)
        for run in story.runs
        if first <= run.seq <= last and run.status == "ok"
        for word in re.split(r"[\s'\"`=;&|<>(),]+", run.command)
        if re.search(r"\w\.\w+$", word) and len(word) <= _PATH
    }
    paths = {path for word, cwd in words if (path := ground.relative(word, cwd)) is not None}
    there = sorted(path for path in paths if ground.live is not None and (ground.live / path).is_file())[:_MOST_NAMED]
    ignored = ground.repository.ask("check-ignore", "--no-index", "--", *there) if there else None
    return {*there} - {*(ignored or "").splitlines()}


def _look(tree: Tree, story: Story, ground: Ground, first: int, last: int, lost: dict[str, str]) -> bool:
    """Files that were last written during the moment still lie as it left them."""
    began, ended = story.time_at(first), story.time_at(last)
    if began is None or ended is None or ground.live is None:
        return False
    changed = False
    for path in {*tree.paths(), *lost, *_named(story, ground, first, last)}:
        place = ground.live / path
        try:
            stat = place.lstat()
        except OSError:
            continue
        written_ms = stat.st_mtime_ns // 1_000_000
        if not began <= written_ms <= ended + _SLACK_MS or stat.st_size > _KEPT_BYTES or tree.is_link(path):
            continue
        if not place.is_file() or place.resolve() != ground.live.resolve() / path:
            continue  # it is a link, or lies behind one
        data = place.read_bytes()
        if data != tree.read(path):
            tree.write(path, data)
            changed = True
        lost.pop(path, None)
    return changed
