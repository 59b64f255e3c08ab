"""Baseline files: what `--save-baseline` writes, and what `--baseline` and `measure compare` read.

A bare JSON list of `{task, reward, duration_ms, error}` is read too. It has no digests and no conditions, so tasks are
joined by name and every comparison with it says so.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec

from codex_loop.errors import UsageError
from codex_loop.measure.measured import Dataset, Key, Measured, Seconds, Task, Tokens, Tried
from codex_loop.redaction import redact

SCHEMA = "codex-loop/baseline/1"
_KNOWN = (SCHEMA, "codex-loop.baseline/1")


class _FileSeconds(msgspec.Struct, frozen=True):
    setup: float | None = None
    environment_setup: float | None = None
    agent_setup: float | None = None
    agent: float | None = None
    verifier: float | None = None


class _FileTrial(msgspec.Struct, frozen=True):
    task: str
    valid: bool
    digest: str | None = None
    attempt: int = 1
    trial_id: str | None = None
    reward: float | None = None
    cause: str | None = None
    exception_type: str | None = None
    message: str | None = None
    tokens: Tokens = Tokens()
    cost_usd: float | None = None
    seconds: _FileSeconds = _FileSeconds()
    started_ms: int | None = None
    ended_ms: int | None = None


class _FileDataset(msgspec.Struct, frozen=True):
    name: str
    digest: str | None = None
    manifest_sha256: str | None = None
    path: str | None = None


class _File(msgspec.Struct, frozen=True):
    schema: str
    dataset: _FileDataset
    tasks: tuple[Task, ...]
    trials: tuple[_FileTrial, ...]
    name: str | None = None
    run_id: str | None = None
    created_at: str | None = None
    key: Key | None = None
    skipped: tuple[str, ...] = ()
    unfinished: int = 0


class _Written(msgspec.Struct, frozen=True):
    """The file as we write it: its schema first."""

    schema: str
    name: str
    run_id: str | None
    created_at: str | None
    key: Key | None
    dataset: Dataset
    tasks: tuple[Task, ...]
    trials: tuple[Tried, ...]
    skipped: tuple[str, ...]
    unfinished: int


class _Bare(msgspec.Struct, frozen=True):
    """A line of the older list."""

    task: str
    reward: float | bool | None = None
    duration_ms: float | None = None
    error: str | None = None


class _Schema(msgspec.Struct, frozen=True):
    schema: str | None = None


_file: msgspec.json.Decoder[_File] = msgspec.json.Decoder(_File)
_bare: msgspec.json.Decoder[list[_Bare]] = msgspec.json.Decoder(list[_Bare])
_schema: msgspec.json.Decoder[_Schema] = msgspec.json.Decoder(_Schema)


def refuse_unwritable(path: Path) -> None:
    """Before anything is spent: raise UsageError where no baseline can be written, or another file would be lost."""
    if path.is_file() and path.stat().st_size:
        try:
            read(path)
        except UsageError as error:
            raise UsageError(
                f"{path} is there and is no baseline, so it is not written over; name another file with --save-baseline"
            ) from error
    part = _part(path)
    try:
        if path.is_dir():
            raise IsADirectoryError(None, "it is a folder")
        part.write_bytes(b"")
        part.unlink()
    except OSError as error:
        raise UsageError(f"the baseline {path} cannot be written: {error.strerror or error}") from error


def write(path: Path, measured: Measured) -> None:
    """The run as a file, whole or not at all."""
    written = _Written(
        SCHEMA,
        measured.name,
        measured.run_id,
        measured.created_at,
        measured.key,
        measured.dataset,
        measured.tasks,
        measured.trials,
        measured.skipped,
        measured.unfinished,
    )
    part = _part(path)
    try:
        part.write_bytes(msgspec.json.format(msgspec.json.encode(written), indent=1) + b"\n")
        part.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise UsageError(f"the baseline {path} cannot be written: {error.strerror or error}") from error


def _part(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def read(path: Path) -> Measured:
    """The run a file tells of. Raise UsageError for what is no baseline, naming what it is instead."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"the baseline {path} cannot be read: {error.strerror or error}") from error
    try:
        if data.lstrip()[:1] == b"[":
            return _from_list(path, _bare.decode(data))
        schema = _schema.decode(data).schema
        if schema not in _KNOWN:
            raise UsageError(_stranger(path, schema))
        return _from_file(path, _file.decode(data))
    except msgspec.DecodeError as error:
        raise UsageError(
            f"{path} is no baseline: {error}; `codex-loop measure --save-baseline FILE` writes one"
        ) from error


def _stranger(path: Path, schema: str | None) -> str:
    if schema is None:
        return f"{path} is no baseline: it names no schema; `codex-loop measure --save-baseline FILE` writes one"
    return f"{path} has the schema {schema}, which this version does not read; it reads {SCHEMA}"


def _from_file(path: Path, told: _File) -> Measured:
    named = Counter(task.name for task in told.tasks)
    twice = [name for name, times in named.items() if times > 1]
    if twice:
        raise UsageError(f"{path} is no baseline: it names the task {twice[0]} twice")
    stray = sorted({trial.task for trial in told.trials} - named.keys())
    if stray:
        raise UsageError(f"{path} is no baseline: it has a trial of {stray[0]}, which is not one of its tasks")
    digest = told.dataset.digest if told.dataset.digest is not None else told.dataset.manifest_sha256
    return Measured(
        name=told.name or path.name,
        run_id=told.run_id,
        created_at=told.created_at,
        key=told.key,
        dataset=Dataset(name=told.dataset.name, digest=digest, path=told.dataset.path),
        tasks=told.tasks,
        trials=tuple(_trial(each) for each in told.trials),
        skipped=told.skipped,
        unfinished=told.unfinished,
    )


def _trial(told: _FileTrial) -> Tried:
    parts = (told.seconds.setup, told.seconds.environment_setup, told.seconds.agent_setup)
    known = [part for part in parts if part is not None]
    return Tried(
        task=told.task,
        digest=told.digest,
        attempt=told.attempt,
        trial_id=told.trial_id,
        reward=told.reward,
        valid=told.valid and told.reward is not None,
        cause=told.cause,
        exception_type=told.exception_type,
        message=told.message,
        tokens=told.tokens,
        cost_usd=told.cost_usd,
        seconds=Seconds(setup=sum(known) if known else None, agent=told.seconds.agent, verifier=told.seconds.verifier),
        started_ms=told.started_ms,
        ended_ms=told.ended_ms,
    )


def _from_list(path: Path, told: Sequence[_Bare]) -> Measured:
    if not told:
        raise UsageError(f"the baseline {path} is empty: it tells of no trial")
    seen: Counter[str] = Counter()
    trials = []
    for line in told:
        seen[line.task] += 1
        # A harness that failed used to be written down as a reward of 0: with an error, nothing is known of the agent.
        valid = line.reward is not None and not line.error
        trials.append(
            Tried(
                task=line.task,
                attempt=seen[line.task],
                reward=None if line.reward is None else float(line.reward),
                valid=valid,
                cause=None if valid else "unclassified",
                message=redact(line.error).text if line.error else None,
                seconds=Seconds(agent=None if line.duration_ms is None else line.duration_ms / 1_000),
            )
        )
    return Measured(
        name=path.name,
        dataset=Dataset(name=path.stem),
        tasks=tuple(Task(name=name) for name in sorted(seen)),
        trials=tuple(trials),
    )
