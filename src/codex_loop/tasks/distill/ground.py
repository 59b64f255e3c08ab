"""The clone a session worked in, and what its paths are called there.

The folder of the session is asked first, then the clones a user names; a clone is taken by the commit the session
recorded, else by the address it was cloned from. Nothing is ever cloned: what is not here cannot become a task.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from codex_loop.errors import NoTask
from codex_loop.tasks.distill import git
from codex_loop.tasks.distill.git import Repository
from codex_loop.tasks.distill.story import Facts, Story

_DEPTH = 2
"""How far below a named folder clones are looked for."""
_CLONES = 200


class Ground(NamedTuple):
    """A repository and the session's own view of it."""

    repository: Repository
    root: str
    """What the session called the top folder."""
    folder: str
    """Where in it the session worked; empty for the top."""
    live: Path | None
    """The very work tree of the session, where it is still there."""

    def relative(self, path: str, cwd: str | None = None) -> str | None:
        """A path of the session as the repository calls it; None for what lies elsewhere."""
        plain = path.replace("\\", "/")
        if not _is_absolute(plain):
            base = (cwd or self.root).replace("\\", "/") if cwd else posixpath.join(self.root, self.folder)
            plain = posixpath.join(base, plain)
        plain, root = posixpath.normpath(plain), posixpath.normpath(self.root)
        if not plain.startswith(root + "/"):
            return None
        found = plain[len(root) + 1 :]
        return None if any(part.lower() == ".git" for part in found.split("/")) else found


def grounds(story: Story, named: Sequence[Path], known: Sequence[Path]) -> Iterator[Ground]:
    """Where the session may have worked, the surest first. Raise NoTask with what would help when there is nothing.

    With a commit or an address there is no doubt; without them the files that the session edited will tell.
    """
    facts = story.facts
    if facts.cwd is None:
        raise NoTask("the session does not say in which folder it worked")
    cwd = Path(facts.cwd)
    # Without a commit nothing tells whether what lies above a lost folder was ever its repository.
    here = git.at(cwd if facts.commit is None else _first_there(cwd))
    found = here is not None and _fits(here, facts, cwd)
    if found and here is not None:
        yield _on_site(here, cwd, story)
        if facts.commit is not None:
            return
    named_here = {path.expanduser().resolve() for path in named}
    for clone in _clones(named if found else (*named, *known)):
        if _fits(clone, facts, cwd, named=clone.folder.resolve() in named_here):
            found = True
            yield Ground(clone, *_called(story, clone), live=None)
            if facts.commit is not None:
                return
    if not found:
        raise NoTask(_missing(facts, here))


def _first_there(cwd: Path) -> Path:
    """The folder itself or, for a folder inside a repository that lost it, what is left of its path."""
    return next((folder for folder in (cwd, *cwd.parents) if folder.is_dir()), cwd)


def _fits(repository: Repository, facts: Facts, cwd: Path, *, named: bool = False) -> bool:
    """By the recorded commit, else by the recorded address, else because it lies there or is called so."""
    if facts.commit is not None:
        return repository.commit(facts.commit) is not None
    if named or cwd.is_relative_to(repository.folder) or _is_there(repository, cwd):
        return True
    if facts.url is not None:
        return _plain_url(facts.url) in map(_plain_url, repository.urls())
    return repository.folder.name in cwd.parts


def _is_there(repository: Repository, cwd: Path) -> bool:
    return cwd.is_dir() and cwd.resolve().is_relative_to(repository.folder.resolve())


def _plain_url(url: str) -> str:
    """`git@host:a/b.git` and `https://user@host/a/b` name the same place."""
    plain = re.sub(r"^\w+://", "", url.strip()).rpartition("@")[2].removesuffix("/").removesuffix(".git")
    return plain.replace(":", "/").lower()


def _on_site(repository: Repository, cwd: Path, story: Story) -> Ground:
    top = repository.folder.resolve()
    try:
        inside = cwd.resolve().relative_to(top).as_posix()
    except ValueError:
        return Ground(repository, *_called(story, repository), live=None)
    inside = "" if inside == "." else inside
    root = cwd.as_posix().removesuffix(f"/{inside}") if inside else cwd.as_posix()
    return Ground(repository, root, inside, live=top)


def _called(story: Story, repository: Repository) -> tuple[str, str]:
    """What the session called the top of this clone: the folder from which its files have the clone's paths."""
    cwd = posixpath.normpath((story.facts.cwd or "/").replace("\\", "/"))
    commit = repository.commit(story.facts.commit or "HEAD")
    files = repository.entries(commit).keys() if commit else set()
    touched = [change.path.replace("\\", "/") for change in story.changes if change.kind == "update"]
    best, most = cwd, -1
    above = cwd
    while above not in ("/", "", "."):
        hits = sum(path.startswith(f"{above}/") and path[len(above) + 1 :] in files for path in touched)
        if hits > most:
            best, most = above, hits
        above = posixpath.dirname(above) if posixpath.dirname(above) != above else ""
    inside = cwd[len(best) + 1 :] if cwd != best else ""
    return best, inside


def _clones(places: Iterable[Path]) -> Iterator[Repository]:
    seen: set[Path] = set()
    for place in places:
        for folder in _folders(place.expanduser(), _DEPTH):
            if (folder / ".git").exists() or (folder / "HEAD").is_file():
                clone = git.at(folder)
                if clone is not None and clone.folder not in seen and len(seen) < _CLONES:
                    seen.add(clone.folder)
                    yield clone


def _folders(place: Path, depth: int) -> Iterator[Path]:
    if not place.is_dir():
        return
    yield place
    if depth and not (place / ".git").exists():
        for inner in sorted(place.iterdir()):
            if inner.is_dir() and not inner.is_symlink() and not inner.name.startswith("."):
                yield from _folders(inner, depth - 1)


def _is_absolute(path: str) -> bool:
    return path.startswith("/") or bool(re.match(r"[A-Za-z]:/", path))


def _missing(facts: Facts, here: Repository | None) -> str:
    if facts.commit is not None:
        short = facts.commit[:12]
        if here is not None:
            return (
                f"commit {short} is not in {here.folder} any more (rebased away, or never fetched);"
                " name a clone that has it with --repository"
            )
        return f"the folder {facts.cwd} is gone; name a clone that has commit {short} with --repository"
    if Path(facts.cwd or "").is_dir():
        return f"{facts.cwd} is in no git repository, so the files as they were cannot be had again"
    return (
        f"the folder {facts.cwd} is gone and no commit was recorded{_from(facts)}; name a clone of its repository with"
        " --repository"
    )


def _from(facts: Facts) -> str:
    return "" if facts.url is None else f" (it was cloned from {_plain_url(facts.url)})"
