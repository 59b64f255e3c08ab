"""The files of a commit with changes on top; nothing is checked out, and a file is read when somebody asks for it."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath

from codex_loop.errors import NoTask
from codex_loop.tasks.distill.git import Blobs, Entry, Repository

LARGEST_BYTES = 200 * 1_000_000
FILE, PROGRAM, LINK = "100644", "100755", "120000"
_TAR_TIME = 1_767_225_600  # 2026-01-01: a date that is the same for everybody keeps the digest the same


class Tree:
    """Files by path; a copy shares what was not changed."""

    def __init__(
        self, repository: Repository, commit: str, blobs: Blobs, entries: Mapping[str, Entry] | None = None
    ) -> None:
        self.repository, self.commit = repository, commit
        self._blobs = blobs
        self._entries = repository.entries(commit) if entries is None else entries
        self._changed: dict[str, tuple[str, bytes] | None] = {}

    def copy(self) -> Tree:
        other = Tree(self.repository, self.commit, self._blobs, self._entries)
        other._changed.update(self._changed)  # its own kind
        return other

    def __contains__(self, path: str) -> bool:
        return self._changed[path] is not None if path in self._changed else path in self._entries

    def paths(self) -> list[str]:
        """Every file, sorted."""
        known = {path for path, now in self._changed.items() if now is not None}
        return sorted(known | (self._entries.keys() - self._changed.keys()))

    def read(self, path: str) -> bytes | None:
        """The content of a file, the target of a link; None when there is no such file."""
        if path in self._changed:
            now = self._changed[path]
            return None if now is None else now[1]
        entry = self._entries.get(path)
        return None if entry is None else self._blobs.read(entry.oid)

    def blob(self, oid: str) -> bytes:
        """Any file content of the clone."""
        return self._blobs.read(oid)

    def text(self, path: str) -> str | None:
        """The file as text; None when there is none, or none that is text."""
        data = self.read(path)
        try:
            return None if data is None else data.decode()
        except UnicodeDecodeError:
            return None

    def mode(self, path: str) -> str:
        now = self._changed.get(path)
        entry = self._entries.get(path)
        return now[0] if now is not None else entry.mode if entry is not None else FILE

    def is_link(self, path: str) -> bool:
        """Whether this path, or a folder above it, is a link: what is written there lands elsewhere."""
        parts = path.split("/")
        above = ("/".join(parts[:end]) for end in range(1, len(parts) + 1))
        return any(place in self and self.mode(place) == LINK for place in above)

    def restore(self, path: str) -> None:
        """The file as the commit has it."""
        self._changed.pop(path, None)

    def changes(self) -> list[str]:
        """Paths that are not as the commit has them."""
        return sorted(self._changed)

    def write(self, path: str, data: bytes, mode: str | None = None) -> None:
        self._changed[path] = (mode or self.mode(path), data)

    def remove(self, path: str) -> None:
        self._changed[path] = None

    def differing(self, other: Tree) -> list[str]:
        """Paths whose content or mode is not the same in both."""
        touched = {*self.changes(), *other.changes()}
        if self.commit != other.commit:
            touched |= set(self.repository.changed(self.commit, other.commit))
        return sorted(path for path in touched if self.state(path) != other.state(path))

    def state(self, path: str) -> tuple[str, bytes | None]:
        """Mode and content; nothing for no file."""
        data = self.read(path)
        return ("" if data is None else self.mode(path), data)

    def size(self) -> int:
        """Bytes of all files, without reading one."""
        kept = sum(entry.size for path, entry in self._entries.items() if path not in self._changed)
        return kept + sum(len(now[1]) for now in self._changed.values() if now is not None)

    def check_size(self, largest: int) -> None:
        """Raise NoTask for a tree that no task should carry; called before anything is written."""
        if (size := self.size()) > largest:
            raise NoTask(
                f"{self.repository.folder} at {self.commit[:12]} holds {size / 1e6:,.0f} MB of files, more than the"
                f" {largest / 1e6:,.0f} MB a task may carry; raise it with --largest-mb"
            )

    def pack(self, into: Path, left_out: Callable[[str], bool]) -> int:
        """Write a tar of the tree that is the same for the same files; how many links leading outside were left out."""
        skipped = 0
        with tarfile.open(into, "w", format=tarfile.PAX_FORMAT) as tar:
            for path in self.paths():
                if left_out(path):
                    continue
                data = self.read(path) or b""
                info = tarfile.TarInfo(path)
                info.mtime = _TAR_TIME
                if self.mode(path) == LINK:
                    target = data.decode(errors="surrogateescape")
                    if not stays_inside(path, target):
                        skipped += 1
                        continue
                    info.type, info.linkname, info.mode = tarfile.SYMTYPE, target, 0o777
                    tar.addfile(info)
                    continue
                info.size, info.mode = len(data), 0o755 if self.mode(path) == PROGRAM else 0o644
                tar.addfile(info, io.BytesIO(data))
        return skipped


def stays_inside(path: str, target: str) -> bool:
    """Whether a link at this path of a tree leads to a place in the tree."""
    if target.startswith("/"):
        return False
    depth = len(PurePosixPath(path).parts) - 1
    for part in PurePosixPath(target).parts:
        depth += -1 if part == ".." else 1
        if depth < 0:
            return False
    return True
