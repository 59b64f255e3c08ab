"""Where trials can run on this machine: docker where its daemon answers, else the sandbox made of bubblewrap."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import msgspec

from codex_loop.errors import MissingTool
from codex_loop.harbor import stage, workshop

_ANSWER_S = 20.0
_SETUP = "run `codex-loop measure setup`"


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """One way to run trials, and whether it works here."""

    name: str
    usable: bool
    detail: str
    """What is there, or the reason why it cannot be used and what to do."""


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """What Harbor is told."""

    kind: str
    """`docker`, `bubblewrap`, or what was asked for."""
    flag: str
    variables: dict[str, str]
    """What Harbor's process must know of it."""


def choose(asked: str | None, environ: Mapping[str, str] = os.environ) -> Chosen:
    """The environment that was asked for; None: docker, else bubblewrap. Raise MissingTool when it cannot be used."""
    if asked is None:
        return _first_usable(environ)
    if asked == "bubblewrap":
        found = bubblewrap(environ)
        if not found.usable:
            raise MissingTool("the environment bubblewrap", hint=found.detail)
        return _bubblewrap(environ)
    if asked == "docker":
        found = docker(environ)
        if not found.usable:
            raise MissingTool("the environment docker", hint=found.detail)
    return Chosen(kind=asked, flag=asked, variables={})


def available(environ: Mapping[str, str] = os.environ) -> tuple[Environment, ...]:
    """Both environments, in the order in which they are chosen."""
    return docker(environ), bubblewrap(environ)


def docker(environ: Mapping[str, str] = os.environ) -> Environment:
    """Whether a daemon answers, and knows compose, by which Harbor speaks to it; the program alone runs nothing."""
    program = shutil.which("docker", path=environ.get("PATH"))
    if program is None:
        return Environment(name="docker", usable=False, detail="docker is not on the PATH; install it")
    code, said = _ask([program, "version", "--format", "{{.Server.Version}}"], environ)
    if code != 0 or not said:
        return Environment(name="docker", usable=False, detail="its daemon does not answer; start it")
    if _ask([program, "compose", "version"], environ)[0] != 0:
        return Environment(name="docker", usable=False, detail="its compose plugin (version 2) is missing; install it")
    return Environment(name="docker", usable=True, detail=f"daemon {said}")


def bubblewrap(environ: Mapping[str, str] = os.environ) -> Environment:
    """Whether a sandbox of our own can be made: Linux, the program, user namespaces, and the workshop."""

    def no(reason: str) -> Environment:
        return Environment(name="bubblewrap", usable=False, detail=reason)

    if platform.system() != "Linux":
        return no("it exists on Linux only; use docker")
    program = shutil.which("bwrap", path=environ.get("PATH"))
    if program is None:
        return no("bwrap is not on the PATH; install the package bubblewrap")
    code, said = _ask([program, *stage.PROBE, "true"], environ)
    if code != 0:
        return no(f"bwrap may make no sandbox here ({said}); allow unprivileged user namespaces")
    if workshop.find(environ) is None:
        return no(f"its Python with pytest is not installed; {_SETUP}")
    _, version = _ask([program, "--version"], environ)
    return Environment(name="bubblewrap", usable=True, detail=version)


def _first_usable(environ: Mapping[str, str]) -> Chosen:
    tried = [docker(environ)]
    if tried[0].usable:
        return Chosen(kind="docker", flag="docker", variables={})
    tried.append(bubblewrap(environ))
    if tried[1].usable:
        return _bubblewrap(environ)
    reasons = "; ".join(f"{each.name}: {each.detail}" for each in tried)
    raise MissingTool("an environment in which tasks can run", hint=reasons)


def _bubblewrap(environ: Mapping[str, str]) -> Chosen:
    return Chosen(kind="bubblewrap", flag=stage.FLAG, variables=stage.variables(environ))


def _ask(command: list[str], environ: Mapping[str, str]) -> tuple[int | None, str]:
    """The exit code and the last line; None: it did not start or did not end."""
    try:
        done = subprocess.run(
            command,
            env=dict(environ),
            cwd=Path(os.sep),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_ANSWER_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None, f"no answer in {_ANSWER_S:.0f} seconds"
    except OSError as error:
        return None, error.strerror or str(error)
    lines = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines()
    return done.returncode, lines[-1][:160] if lines else ""
