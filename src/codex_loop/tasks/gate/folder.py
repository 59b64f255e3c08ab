"""A task's folder, read once: its configuration, what its tests are to show, and its base tree."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

REPOSITORY = "environment/repo.tar"
MISSING = "missing"
"""The kind of verifier of a task for which none could be had."""


class TaskTable(msgspec.Struct, frozen=True):
    name: str
    version: str | None = None
    description: str | None = None


class VerifierTable(msgspec.Struct, frozen=True):
    environment_mode: str | None = None
    timeout_sec: float = 600.0


class AgentTable(msgspec.Struct, frozen=True):
    timeout_sec: float | None = None


class EnvironmentTable(msgspec.Struct, frozen=True):
    docker_image: str | None = None
    workdir: str | None = None


class Config(msgspec.Struct, frozen=True):
    """What the gate has to know of task.toml."""

    task: TaskTable
    schema_version: str = "1.4"
    artifacts: list[str | dict[str, str | list[str]]] = []
    metadata: dict[str, object] = {}
    verifier: VerifierTable = VerifierTable()
    agent: AgentTable = AgentTable()
    environment: EnvironmentTable = EnvironmentTable()


class Spec(msgspec.Struct, frozen=True):
    """What the tests of a task are to show: tests/spec.json."""

    kind: str = ""
    command: str = ""
    test_files: tuple[str, ...] = ()
    fail_to_pass: tuple[str, ...] = ()
    pass_to_pass: tuple[str, ...] = ()
    weak_fail_to_pass: tuple[str, ...] = ()
    """Those that fail at the base only because nothing can be collected or imported there."""
    measured: bool = False
    """Whether the lists were measured by running; before that they are what a session's output promised."""


class Member(NamedTuple):
    """An entry of the base tree."""

    path: str
    kind: Literal["file", "folder", "link", "other"]
    data: bytes
    link: str = ""


class Written(NamedTuple):
    """A task as it lies on the disk."""

    path: Path
    config: Config
    spec: Spec | None
    instruction: str

    @property
    def name(self) -> str:
        return self.config.task.name

    @property
    def verifier_kind(self) -> str:
        told = self.config.metadata.get("verifier_kind")
        return told if isinstance(told, str) else self.spec.kind if self.spec is not None else ""

    @property
    def workdir(self) -> str:
        return self.config.environment.workdir or "/app"

    def fact(self, name: str) -> str | None:
        """A text of the provenance in `[metadata]`."""
        told = self.config.metadata.get(name)
        return told if isinstance(told, str) and told else None


def is_ours(path: Path) -> bool:
    """Whether `distill` wrote this task."""
    try:
        config = msgspec.toml.decode((path / "task.toml").read_bytes(), type=Config)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return False
    return "codex_loop_task_schema" in config.metadata


def read(path: Path) -> Written:
    """The task in that folder; ValueError says in one clause why there is none, OSError that it cannot be read."""
    try:
        config = msgspec.toml.decode((path / "task.toml").read_bytes(), type=Config)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"task.toml is not valid: {error}") from error
    try:
        instruction = (path / "instruction.md").read_text("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"instruction.md is not UTF-8: {error.reason}") from error
    return Written(path, config, read_spec(path), instruction)


def read_spec(path: Path) -> Spec | None:
    """What tests/spec.json says; None where there is no such file."""
    try:
        return msgspec.json.decode((path / "tests" / "spec.json").read_bytes(), type=Spec)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as error:
        raise ValueError(f"tests/spec.json is not valid: {error}") from error


def files(path: Path, *below: str) -> Iterator[Path]:
    """The regular files of these parts of a task, in order; without names, those that Harbor hashes."""
    for part in below or ("instruction.md", "task.toml", "trajectory.json", "environment", "tests", "solution"):
        place = path / part
        if place.is_file():
            yield place
        elif place.is_dir():
            yield from sorted(found for found in place.rglob("*") if found.is_file() and not found.is_symlink())


def members(path: Path) -> Iterator[Member]:
    """The base tree, entry by entry; nothing where the task has none. tarfile.TarError for a broken one."""
    place = path / REPOSITORY
    if not place.is_file():
        return
    with tarfile.open(place, "r:*") as archive:
        for entry in archive:
            name = entry.name.removeprefix("./")
            if entry.isfile():
                stream = archive.extractfile(entry)
                yield Member(name, "file", b"" if stream is None else stream.read())
            elif entry.isdir():
                yield Member(name, "folder", b"")
            else:
                yield Member(name, "link" if entry.issym() or entry.islnk() else "other", b"", entry.linkname)


def is_text(data: bytes) -> bool:
    return b"\0" not in data[:8192]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def gold(path: Path) -> str | None:
    """The solution as a patch; None where the task has none."""
    try:
        return (path / "solution" / "fix.patch").read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return None
