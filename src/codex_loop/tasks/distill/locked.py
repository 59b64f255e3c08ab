"""What lock files pin beside Python's: fetched while an image is built, because the verifier has no network.

Packages that lie in the project's own folder do not travel with the agent's work: they are large, and the tests are
not to be run by what an agent may have changed. The verifier's image brings them by the lock file of the solution.
"""

from __future__ import annotations

import json
import posixpath
import shlex
from collections.abc import Iterator
from typing import NamedTuple

from codex_loop.tasks.distill.tree import Tree

LOCK = "package-lock.json"
FOLDER = "locked"
"""Below tests/: the files that packages are fetched by."""
_NPM = "npm ci --no-audit --no-fund"
# Without the project's own scripts: its sources are not there.
_NPM_ALONE = f"{_NPM} --ignore-scripts && npm rebuild --no-audit --no-fund"


class Locked(NamedTuple):
    """A folder whose packages are pinned."""

    folder: str
    """From the top of the repository; empty for the top."""
    files: tuple[str, ...]
    """What the packages are fetched by."""
    agent: str
    verifier: str
    """How they come into either image."""
    inside: str
    """What they are called in the project's folder; empty where they lie elsewhere."""

    @property
    def laid(self) -> str:
        """How they come into the project, which Harbor empties before it brings the agent's work."""
        if not self.inside:
            return ""
        into = shlex.quote(posixpath.join("/app", self.folder, self.inside))
        return f"rm -rf {into} && mv {shlex.quote(posixpath.join(_kept(self.folder), self.inside))} {into}"


def of_node(tree: Tree, folder: str) -> Iterator[Locked]:
    """By npm's lock file, beside the tests or at the top."""
    for place in dict.fromkeys((folder, "")):
        lock = posixpath.join(place, LOCK)
        if lock in tree and _has_packages(tree, place):
            described = [path for path in tree.paths() if _describes(path, place)]
            into = posixpath.join("/app", place).rstrip("/")
            yield Locked(
                folder=place,
                files=(lock, *described),
                agent=_in(into, _NPM),
                verifier=_in(_kept(place), _NPM_ALONE),
                inside="node_modules",
            )


def of_go(tree: Tree, folder: str) -> Iterator[Locked]:
    """By the sums of the module that is tested."""
    for place in dict.fromkeys((folder, "")):
        files = (posixpath.join(place, "go.mod"), posixpath.join(place, "go.sum"))
        if all(path in tree for path in files):
            fetch = "go mod download"
            into = posixpath.join("/app", place).rstrip("/")
            yield Locked(place, files, _in(into, fetch), _in(_kept(place), fetch), inside="")
            return


def _kept(place: str) -> str:
    return posixpath.join("/tests", FOLDER, place).rstrip("/")


def _in(folder: str, command: str) -> str:
    return f"RUN cd {shlex.quote(folder)} && {command}"


def _describes(path: str, place: str) -> bool:
    """The packages of a workspace are described each in its folder."""
    inside = not place or path.startswith(f"{place}/")
    return inside and posixpath.basename(path) == "package.json" and "node_modules" not in path.split("/")


def _has_packages(tree: Tree, place: str) -> bool:
    try:
        package = json.loads(tree.text(posixpath.join(place, "package.json")) or "{}")
    except (ValueError, RecursionError):
        return False
    if not isinstance(package, dict):
        return False
    return any(package.get(kind) for kind in ("dependencies", "devDependencies", "workspaces"))
