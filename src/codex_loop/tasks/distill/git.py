"""git, asked for objects and nothing else: no hook, no configured program, no network, no work tree is touched.

A repository is as trustworthy as whoever wrote its `.git/config`. Only plumbing is called, which reads neither
aliases nor `log.*` or `diff.*` settings, and what could still start a program or a download is switched off.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, NamedTuple, Self

from codex_loop.errors import MissingTool, NoTask

TIMEOUT_S = 120
_SAFE = (
    "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.pager=cat", "core.sshCommand=false",
    "protocol.allow=never",
    "core.quotePath=false", "log.showSignature=false", "gc.auto=0", "core.commitGraph=false", "safe.directory=*",
)  # fmt: skip
_KEPT = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "HOME", "USERPROFILE")


class Entry(NamedTuple):
    """A file of a commit."""

    path: str
    mode: str
    oid: str
    size: int


class Repository(NamedTuple):
    """A clone on this machine."""

    folder: Path

    def ask(self, *arguments: str) -> str | None:
        """What git answers, without its last newline; None when it says no."""
        done = _git(self.folder, arguments)
        return None if done.returncode else done.stdout.decode(errors="surrogateescape").rstrip("\n")

    def commit(self, name: str) -> str | None:
        """The full id of a commit that is here, reachable or not; None when it is not."""
        if not name or name.startswith("-"):
            return None
        return self.ask("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")

    def entries(self, commit: str) -> dict[str, Entry]:
        """Every file of the commit by path; submodules are left out, their content is elsewhere."""
        done = _git(self.folder, ("ls-tree", "-r", "-l", "-z", "--full-tree", commit))
        if done.returncode:
            raise NoTask(f"git cannot list commit {commit[:12]} of {self.folder}; `git fsck` there says what is broken")
        found = {}
        for row in done.stdout.split(b"\0"):
            head, tab, name = row.partition(b"\t")
            if tab:
                mode, kind, oid, size = head.decode().split()
                path = os.fsdecode(name)
                if kind == "blob" and not _is_hostile(path):
                    found[path] = Entry(path, mode, oid, int(size))
        return found

    def changed(self, before: str, after: str) -> list[str]:
        """Paths that differ between two commits."""
        told = self.ask("diff-tree", "-r", "-z", "--no-renames", "--name-only", before, after)
        return [path for path in (told or "").split("\0") if path]

    def urls(self) -> list[str]:
        """Where it was cloned from and is pushed to."""
        told = self.ask("config", "--local", "--get-regexp", r"^remote\..*\.url$") or ""
        return [line.partition(" ")[2] for line in told.splitlines()]


class Blobs:
    """`with Blobs(repository) as blobs: blobs.read(oid)`; one process for any number of files."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()
            self._process.wait(timeout=TIMEOUT_S)

    def read(self, oid: str) -> bytes:
        """The content of a blob; NoTask when the clone does not have it."""
        into, out = self._pipes()
        into.write(oid.encode() + b"\n")
        into.flush()
        head = out.readline().split()
        if len(head) != 3:
            raise NoTask(f"{self._repository.folder} lacks file content {oid[:12]}; fetch it whole and try again")
        data = out.read(int(head[2]))
        out.read(1)
        return data

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._process is None:
            self._process = subprocess.Popen(
                _command(self._repository.folder, ("cat-file", "--batch")),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment(os.environ),
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        return self._process.stdin, self._process.stdout


def _is_hostile(path: str) -> bool:
    """git itself makes no such paths; whoever unpacks them writes where they should not."""
    return any(part.lower() in ("..", ".", "", ".git") for part in path.split("/"))


def at(folder: Path) -> Repository | None:
    """The repository this folder lies in; None when it is in none, or not there."""
    if not folder.is_dir():
        return None
    done = _git(folder, ("rev-parse", "--show-toplevel"))
    if done.returncode == 0 and done.stdout.strip():
        return Repository(Path(os.fsdecode(done.stdout.rstrip(b"\n"))))
    bare = _git(folder, ("rev-parse", "--absolute-git-dir"))
    return Repository(folder) if bare.returncode == 0 and bare.stdout.strip() else None


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """git on plain files, outside any repository."""
    return _git(folder, arguments, GIT_CEILING_DIRECTORIES=str(folder.resolve().parent))


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Nothing a user has set steers git here, and it asks nobody anything."""
    kept = {name: environ[name] for name in _KEPT if name in environ}
    return kept | {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "LC_ALL": "C",
    }


def _command(folder: Path, arguments: Iterable[str]) -> list[str]:
    program = shutil.which("git")
    if program is None:
        raise MissingTool("git", hint="tasks are made from repositories; install git and run it again")
    return [program, *_settings(), "-C", str(folder), *arguments]


def _settings() -> Iterator[str]:
    for setting in _SAFE:
        yield from ("-c", setting)


def _git(folder: Path, arguments: Iterable[str], **variables: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            _command(folder, arguments),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            env=environment(os.environ) | variables,
            timeout=TIMEOUT_S,
        )
    except subprocess.TimeoutExpired as error:
        raise NoTask(f"git did not answer within {TIMEOUT_S} s in {folder}; look at that repository") from error
