"""What is asked of a measurement: which agent, how often, where, and what it is held against."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from codex_loop.errors import UsageError
from codex_loop.harbor.place import Harbor
from codex_loop.measure.measured import Measured
from codex_loop.measure.models import NEED_A_MODEL, full_name
from codex_loop.measure.verdicts import MARGIN


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be measured how, as a person asks for it."""

    agent: str = "codex"
    model: str | None = None
    attempts: int = 4
    concurrent: int = 2
    agent_version: str | None = None
    base_url: str | None = None
    agent_arguments: dict[str, str] = {}
    agent_environment: dict[str, str] = {}
    environment_arguments: dict[str, str] = {}
    timeout_multiplier: float = 1.0
    python_path: tuple[Path, ...] = ()
    margin: float = MARGIN
    name: str | None = None


class Lab(NamedTuple):
    """Where runs happen: which Harbor, in what environment, and where its files go."""

    harbor: Harbor
    environment: str
    """What `environments.choose` chose."""
    jobs_dir: Path
    environ: Mapping[str, str]


class Held(NamedTuple):
    """What the run is held against."""

    measured: Measured
    run_key: int | None
    """None: it is a file."""
    source: str | None = None
    """How to find it again when the run is resumed."""


def completed(request: Request) -> Request:
    """The request as Harbor takes it. Raise UsageError for one that cannot be right."""
    if request.model is None and request.agent in NEED_A_MODEL:
        raise UsageError(f"{request.agent} runs with no model unless one is named; give one with --model, say gpt-5.2")
    for flag, count in (("--attempts", request.attempts), ("--concurrent", request.concurrent)):
        if count < 1:
            raise UsageError(f"{flag} {count} runs nothing; give at least 1")
    if not 0 < request.margin < 1:
        raise UsageError(f"--margin {request.margin} is no difference of shares; give a number between 0 and 1")
    if not request.timeout_multiplier > 0:
        raise UsageError(f"--timeout-multiplier {request.timeout_multiplier} leaves no time; give a number above 0")
    arguments = request.agent_arguments
    if request.agent_version is not None:
        arguments = {**arguments, "version": request.agent_version}
    return msgspec.structs.replace(
        request,
        model=None if request.model is None else full_name(request.model),
        agent_arguments=arguments,
        agent_version=arguments.get("version"),
    )
