"""What became of each trial: Harbor's result files of one job, read by us.

Harbor's own mean counts what could not be graded as failed. Here a trial is valid when its reward says something of the
agent, and otherwise has a cause; the exit code and the job's own summary are never believed.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec

from codex_loop.clock import parse_ms
from codex_loop.harbor.causes import THE_AGENTS_DOING, cause_of, failed_turn
from codex_loop.redaction import redact

RESULT = "result.json"
LOCK = "lock.json"
MANIFEST = "artifacts/manifest.json"
_MESSAGE = 512
"""Characters of a message that are kept; the whole text stays in the folder of the trial."""
_HEAD = 160
_ALWAYS_HANDED = "/logs/artifacts"
"""Harbor's own folder, which tasks need not have."""


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt at one task. Times are UTC; `input` includes what came from a cache, as Harbor counts."""

    task: str
    """Its `org/name`."""
    directory: str
    """The name of its folder, by which Harbor's filters know it."""
    digest: str | None
    trial_id: str
    folder: str
    attempt: int
    reward: float | None
    valid: bool
    cause: str | None
    """Why it does not count, or why it ended early although it counts."""
    exception: str | None
    message: str | None
    input: int | None
    cached: int | None
    output: int | None
    cost_microusd: int | None
    setup_ms: int | None
    agent_ms: int | None
    verifier_ms: int | None
    started_ms: int | None
    ended_ms: int | None
    agent: str | None
    agent_version: str | None
    model: str | None


def read(job_folder: Path) -> tuple[Trial, ...]:
    """Every trial of that job that ended, oldest first, attempts of a task numbered in that order from 1.

    A trial whose result cannot be read is there too, as not valid. One that was cut short has no result and is not.
    """
    found = [_trial(folder) for folder in result_folders(job_folder)]
    found.sort(key=lambda trial: (trial.started_ms is None, trial.started_ms or 0, trial.folder))
    attempts: Counter[str] = Counter()
    numbered: list[Trial] = []
    for trial in found:
        attempts[trial.directory] += 1
        numbered.append(msgspec.structs.replace(trial, attempt=attempts[trial.directory]))
    return tuple(numbered)


def result_folders(job_folder: Path) -> Iterator[Path]:
    """The folders of the trials that left a result, readable or not."""
    if not job_folder.is_dir():
        return
    for folder in sorted(job_folder.iterdir()):
        if (folder / RESULT).is_file():
            yield folder


def is_readable(folder: Path) -> bool:
    """Whether that trial's result can be read."""
    return _decoded(folder) is not None


class _Name(msgspec.Struct, frozen=True):
    name: str | None = None
    version: str | None = None


class _Model(msgspec.Struct, frozen=True):
    name: str | None = None
    provider: str | None = None


class _AgentInfo(_Name, frozen=True):
    model_info: _Model | None = None


class _AgentResult(msgspec.Struct, frozen=True):
    n_input_tokens: int | None = None
    n_cache_tokens: int | None = None
    n_output_tokens: int | None = None
    cost_usd: float | None = None


class _VerifierResult(msgspec.Struct, frozen=True):
    rewards: dict[str, float | None] | None = None


class _Exception(msgspec.Struct, frozen=True):
    exception_type: str
    exception_message: str | None = None


class _Span(msgspec.Struct, frozen=True):
    started_at: str | None = None
    finished_at: str | None = None


class _TaskPath(msgspec.Struct, frozen=True):
    path: str | None = None


class _Result(msgspec.Struct, frozen=True):
    id: str
    task_name: str
    task_id: _TaskPath | None = None
    agent_info: _AgentInfo | None = None
    agent_result: _AgentResult | None = None
    verifier_result: _VerifierResult | None = None
    exception_info: _Exception | None = None
    started_at: str | None = None
    finished_at: str | None = None
    environment_setup: _Span | None = None
    agent_setup: _Span | None = None
    agent_execution: _Span | None = None
    verifier: _Span | None = None
    step_results: list[msgspec.Raw] | None = None
    verifier_environment_mode: str | None = None


class _LockedTask(_Name, frozen=True):
    digest: str | None = None


class _Lock(msgspec.Struct, frozen=True):
    task: _LockedTask | None = None


class _Artifact(msgspec.Struct, frozen=True):
    source: str
    status: str | None = None


_result: msgspec.json.Decoder[_Result] = msgspec.json.Decoder(_Result)
_lock: msgspec.json.Decoder[_Lock] = msgspec.json.Decoder(_Lock)
_artifacts: msgspec.json.Decoder[list[_Artifact]] = msgspec.json.Decoder(list[_Artifact])


def _trial(folder: Path) -> Trial:
    locked = _locked(folder)
    result = _decoded(folder)
    if result is None:
        return _unreadable(folder, locked)
    reward = _reward(result)
    cause, message = _cause(result, folder)
    info, used = result.agent_info or _AgentInfo(), result.agent_result or _AgentResult()
    directory = locked.name or (result.task_id.path if result.task_id else None) or result.task_name
    return Trial(
        task=result.task_name,
        directory=Path(directory).name,
        digest=locked.digest,
        trial_id=result.id,
        folder=str(folder),
        attempt=0,
        reward=reward,
        valid=reward is not None and (cause is None or cause in THE_AGENTS_DOING),
        cause=cause,
        exception=result.exception_info.exception_type if result.exception_info else None,
        message=message,
        input=used.n_input_tokens,
        cached=used.n_cache_tokens,
        output=used.n_output_tokens,
        cost_microusd=None if used.cost_usd is None else round(used.cost_usd * 1_000_000),
        setup_ms=_sum(_length(result.environment_setup), _length(result.agent_setup)),
        agent_ms=_length(result.agent_execution),
        verifier_ms=_length(result.verifier),
        started_ms=_instant(result.started_at),
        ended_ms=_instant(result.finished_at),
        agent=info.name,
        agent_version=info.version,
        model=_model(info.model_info),
    )


def _unreadable(folder: Path, locked: _LockedTask) -> Trial:
    directory = locked.name or folder.name.rpartition("__")[0]
    nothing = dict.fromkeys(_NUMBERS)
    return Trial(
        task=directory,
        directory=directory,
        digest=locked.digest,
        trial_id=folder.name,
        folder=str(folder),
        attempt=0,
        reward=None,
        valid=False,
        cause="harbor_failed",
        exception=None,
        message=f"{RESULT} cannot be read",
        agent=None,
        agent_version=None,
        model=None,
        **nothing,
    )


_NUMBERS = (
    "input",
    "cached",
    "output",
    "cost_microusd",
    "setup_ms",
    "agent_ms",
    "verifier_ms",
    "started_ms",
    "ended_ms",
)


def _decoded(folder: Path) -> _Result | None:
    try:
        return _result.decode((folder / RESULT).read_bytes())
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _locked(folder: Path) -> _LockedTask:
    try:
        return _lock.decode((folder / LOCK).read_bytes()).task or _LockedTask()
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _LockedTask()


def _reward(result: _Result) -> float | None:
    """The reward of the key `reward`: a task that gives others is not one of ours, and they are not mixed."""
    given = (result.verifier_result or _VerifierResult()).rewards or {}
    value = given.get("reward")
    return value if value is not None and math.isfinite(value) else None


def _cause(result: _Result, folder: Path) -> tuple[str | None, str | None]:
    """The cause and the message of a trial that did not go well; nothing of one that did."""
    if result.step_results:
        return "several_steps", "tasks of several steps are not counted: their rewards are not of one attempt"
    if result.exception_info is not None:
        said = result.exception_info.exception_message
        return cause_of(result.exception_info.exception_type, said), _short(failed_turn(said) or said)
    if _reward(result) is None:
        return "verifier_failed", "no reward was given under the name `reward`"
    if (lost := _lost(result, folder)) is not None:
        return "harbor_failed", f"{lost} did not reach the verifier, which graded without what the agent made there"
    return None, None


def _lost(result: _Result, folder: Path) -> str | None:
    """What the task hands to its verifier and Harbor could not fetch; it only writes that down, and grades."""
    if result.verifier_environment_mode != "separate":
        return None
    try:
        handed = _artifacts.decode((folder / MANIFEST).read_bytes())
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return next((each.source for each in handed if each.status == "failed" and each.source != _ALWAYS_HANDED), None)


def _short(text: str | None) -> str | None:
    """Without secrets; of a long one the head, which names the command, and the end, which names the reason."""
    if not text:
        return None
    clean = redact(text).text.strip()
    return clean if len(clean) <= _MESSAGE else f"{clean[:_HEAD]} … {clean[_HEAD + 3 - _MESSAGE :]}"


def _model(model: _Model | None) -> str | None:
    if model is None or model.name is None:
        return None
    return f"{model.provider}/{model.name}" if model.provider else model.name


def _instant(text: str | None) -> int | None:
    return parse_ms(text) if text else None


def _length(span: _Span | None) -> int | None:
    started, ended = (_instant(span.started_at), _instant(span.finished_at)) if span else (None, None)
    return None if started is None or ended is None else ended - started


def _sum(*parts: int | None) -> int | None:
    """What is known of them; None when nothing is."""
    known = [part for part in parts if part is not None]
    return sum(known) if known else None
