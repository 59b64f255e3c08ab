"""Which commit a session, or a moment of it, began with.

Codex writes the commit down. Claude Code does not: then the clone's own log of where HEAD stood tells, else the date,
and the files that the session edited must be as it found them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from codex_loop.tasks.distill.git import Repository
from codex_loop.tasks.distill.ground import Ground
from codex_loop.tasks.distill.story import Run, Story

_COMMITTED = re.compile(r"^\[[^\]\n]+? (?:\(root-commit\) )?([0-9a-f]{7,40})\] ", re.MULTILINE)
_MOVED = re.compile(r"^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) .*? (\d{9,11}) [+-]\d{4}(?:\t|$)")
_NEIGHBOURS = 12


class Start(NamedTuple):
    """A commit that may be the one, and from which line on the session's changes come on top of it."""

    commit: str
    since: int
    basis: str
    """snapshot | made in the session | recorded | log of HEAD | date"""


class Made(NamedTuple):
    """A commit that the session made."""

    seq: int
    commit: str


def starts(story: Story, ground: Ground, first: int) -> list[Start]:
    """The commits that may lie under the moment that begins at this line, the surest first."""
    repository = ground.repository
    made = [Start(made.commit, made.seq, "made in the session") for made in commits(story.runs, repository)
            if made.seq < first]  # fmt: skip
    found = sorted([*_kept(story, repository, first), *made[-1:]], key=lambda start: -start.since)
    recorded = repository.commit(story.facts.commit) if story.facts.commit else None
    if recorded is not None:
        return [*found, Start(recorded, 0, "recorded")]
    began_ms = story.facts.started_ms or story.time_at(first)
    if began_ms is None:
        return found
    logged = head_at(repository, story.facts.branch, began_ms // 1000 + 1) if ground.live is not None else None
    if logged is not None:
        found.append(Start(logged, 0, "log of HEAD"))
    found += [Start(commit, 0, "date") for commit in _dated(repository, story.facts.branch, began_ms // 1000 + 1)]
    return list({(start.commit, start.since): start for start in reversed(found)}.values())[::-1]


def _kept(story: Story, repository: Repository, first: int) -> list[Start]:
    """The last snapshot before the moment did anything: it holds what was never committed, too."""
    acts = [*(run.seq for run in story.runs), *(change.seq for change in story.changes)]
    until = min((seq for seq in acts if seq >= first), default=first)
    found = [(seq, commit) for seq, name in story.snapshots if seq < until and (commit := repository.commit(name))]
    return [Start(commit, seq, "snapshot") for seq, commit in found[-1:]]


def commits(runs: tuple[Run, ...], repository: Repository) -> Iterator[Made]:
    """The commits these commands made, as far as the clone still has them."""
    for run in runs:
        if "git" in run.command and "commit" in run.command:
            for short in _COMMITTED.findall(run.output):
                commit = repository.commit(short)
                if commit is not None:
                    yield Made(run.ended, commit)


def head_at(repository: Repository, branch: str | None, second: int) -> str | None:
    """Where HEAD of this work tree stood at that second, by git's own log of its moves."""
    folder = repository.ask("rev-parse", "--absolute-git-dir")
    if folder is None:
        return None
    logs = Path(folder) / "logs"
    for log in (logs / "HEAD", *([logs / "refs" / "heads" / branch] if branch and _is_plain(branch) else [])):
        moves = _moves(log)
        before = [after for time, _, after in moves if time <= second]
        if before:
            return repository.commit(before[-1])
        if moves and set(moves[0][1]) != {"0"}:
            return repository.commit(moves[0][1])
    return None


def _moves(log: Path) -> list[tuple[int, str, str]]:
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    return [(int(match[3]), match[1], match[2]) for line in lines if (match := _MOVED.match(line))]


def _is_plain(branch: str) -> bool:
    return not re.search(r"\.\.|^[-/]|[\\\s:]", branch)


def _dated(repository: Repository, branch: str | None, second: int) -> list[str]:
    """What the branch held at that time, and its neighbours: clones date their commits, but not when they came."""
    tip = (repository.commit(f"refs/heads/{branch}") if branch and _is_plain(branch) else None) or "HEAD"
    before = repository.ask("rev-list", "--first-parent", f"--before={second}", "-n", str(_NEIGHBOURS), tip, "--")
    return (before or "").split()


def later(repository: Repository, base: str, branch: str | None, since_s: int) -> Iterator[str]:
    """Commits on top of the base that were made after this second, in order."""
    tips = [
        repository.commit(f"refs/heads/{branch}") if branch and _is_plain(branch) else None,
        repository.commit("HEAD"),
    ]
    for tip in dict.fromkeys(tip for tip in tips if tip is not None):
        told = repository.ask("rev-list", "--first-parent", "--reverse", f"--since={since_s}", f"{base}..{tip}", "--")
        yield from (told or "").split()[:100]
