"""What can be said of a task without running it: is everything there, and does it say what we think it says?"""

from __future__ import annotations

import re
import tarfile
import tomllib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from codex_loop.harbor import folders
from codex_loop.tasks.gate.check import Check, failed, joined, passed, some, warned
from codex_loop.tasks.gate.folder import MISSING, REPOSITORY, Written, files, members

_KEYS = {
    "": "schema_version version source multi_step_reward_strategy artifacts task metadata verifier agent environment"
    " solution steps",
    "task": "name version description authors keywords",
    "verifier": "timeout_sec env user environment_mode environment collect network_mode allowed_hosts",
    "agent": "timeout_sec user network_mode allowed_hosts",
    "environment": "build_timeout_sec docker_image os cpus memory_mb storage_mb gpus gpu_types tpu mcp_servers env"
    " skills_dir healthcheck workdir network_mode allowed_hosts memory storage allow_internet",
    "solution": "env",
}
"""What Harbor reads of task.toml. It passes over everything else without a word, so a misspelt key is lost."""
_NEEDED = ("task.toml", "instruction.md", "tests/test.sh")
_BUNDLES_TESTS = re.compile(r"^\s*(COPY|ADD)\s+(--\S+\s+)*\.?/?\s+/tests/?\s*$", re.IGNORECASE | re.MULTILINE)


def is_there(path: Path) -> Check:
    """Every file that a run needs; without them there is nothing to look at."""
    lacking = [name for name in _NEEDED if not (path / name).is_file()]
    if lacking:
        return failed("files", f"{joined(lacking)} missing", missing=lacking)
    return passed("files", "the files of a task are there")


def look(task: Written) -> Iterator[Check]:
    """The task's files and its configuration."""
    problems = [*_configuration(task), *_parts(task), *_tree(task)]
    if problems:
        yield failed("files", problems[0], problems=problems)
    else:
        yield passed("files", "everything a run needs is there, and task.toml says nothing Harbor would pass over")
    yield from _outside_digest(task)


def _configuration(task: Written) -> Iterator[str]:
    config = task.config
    if not re.fullmatch(r"[^/\s]+/[^/\s]+", config.task.name) or ".." in config.task.name:
        yield f"its name {config.task.name!r} is not of the form org/name"
    if not config.schema_version.startswith("1."):
        yield f"schema_version {config.schema_version} of task.toml is not known; 1.4 is"
    yield from _strange_keys(task.path)
    if config.verifier.environment_mode != "separate":
        yield "its verifier runs in the agent's own environment; task.toml needs [verifier] environment_mode = separate"
    if not config.artifacts:
        yield "task.toml names no artifacts, so that the verifier would see nothing of the agent's work"
    if config.agent.timeout_sec is None:
        yield "task.toml gives the agent no time limit ([agent] timeout_sec)"


def _strange_keys(path: Path) -> Iterator[str]:
    written = tomllib.loads((path / "task.toml").read_text("utf-8"))
    for table, known in _KEYS.items():
        inside = written.get(table, {}) if table else written
        for name in inside if isinstance(inside, dict) else ():
            if name not in known.split():
                where = f"[{table}]" if table else "its root"
                yield f"Harbor knows no key {name} in {where} of task.toml and would pass over it"


def _parts(task: Written) -> Iterator[str]:
    path, config = task.path, task.config
    if not _words(task.instruction):
        yield "instruction.md is empty"
    if config.environment.docker_image is None and not (path / "environment" / "Dockerfile").is_file():
        yield "environment/Dockerfile is missing"
    image = path / "tests" / "Dockerfile"
    if not image.is_file():
        yield "tests/Dockerfile is missing, so that the verifier has no environment of its own"
    elif not _BUNDLES_TESTS.search(image.read_text("utf-8", "replace")):
        yield "tests/Dockerfile does not copy the tests to /tests/, so that there would be none"
    if task.verifier_kind != MISSING and task.spec is None:
        yield "tests/spec.json is missing: nothing says which tests have to go from failing to passing"
    for link in sorted(found for found in path.rglob("*") if found.is_symlink()):
        if not link.resolve().is_relative_to(path.resolve()):
            yield f"{link.relative_to(path).as_posix()} is a link that leads out of the task"


def _words(instruction: str) -> str:
    """What is left for the agent: Harbor takes canary lines at the top away."""
    lines = instruction.splitlines()
    while lines and (not lines[0].strip() or ("canary" in lines[0] and lines[0].startswith(("<!--", "#")))):
        lines.pop(0)
    return "\n".join(lines).strip()


def _tree(task: Written) -> Iterator[str]:
    try:
        for member in members(task.path):
            place = PurePosixPath(member.path)
            if place.is_absolute() or ".." in place.parts:
                yield f"{REPOSITORY} has an entry outside of its folder: {member.path}"
            if member.kind == "other":
                yield f"{REPOSITORY} has an entry that is neither file, folder nor link: {member.path}"
            if member.kind == "link" and _leads_out(place, member.link):
                yield f"{REPOSITORY} has a link that leads out of it: {member.path}"
    except (tarfile.TarError, EOFError) as error:
        yield f"{REPOSITORY} cannot be read: {error}"


def _leads_out(place: PurePosixPath, link: str) -> bool:
    if PurePosixPath(link).is_absolute():
        return True
    depth = 0
    for part in (*place.parent.parts, *PurePosixPath(link).parts):
        depth += -1 if part == ".." else part != "."
        if depth < 0:
            return True
    return False


def _outside_digest(task: Written) -> Iterator[Check]:
    covered = set(folders.digested(task.path))
    loose = {each.relative_to(task.path).as_posix() for each in files(task.path)} - covered
    if loose:
        yield warned(
            "digest",
            f"its digest does not cover {joined(loose)}: a change there would go unnoticed",
            files=some(loose),
        )
