"""What every installation here is made of: an interpreter, an environment, and what hash-pinned files name."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from codex_loop.errors import Degraded, MissingTool
from codex_loop.harbor.place import clean_environment, program_in

LOWEST = (3, 12)
"""Harbor runs on no older Python."""
HIGHEST = (3, 14)
"""The newest for which everything pinned has a wheel."""
_DEADLINE_S = 1800.0
_ASK = (
    "import json, sys, ssl, venv; print(json.dumps({'version': '.'.join(map(str, sys.version_info[:3])),"
    " 'prefix': sys.base_prefix, 'program': getattr(sys, '_base_executable', sys.executable)}))"
)


class Interpreter(NamedTuple):
    """A Python that can make environments."""

    program: Path
    version: str
    prefix: Path


class _Answer(msgspec.Struct, frozen=True):
    version: str
    prefix: str
    program: str


def find_python(environ: Mapping[str, str] = os.environ) -> Interpreter:
    """A Python new enough for Harbor; raise MissingTool when there is none."""
    tried: list[str] = []
    for candidate in _candidates(environ):
        found = _asked(candidate, environ)
        if found is None:
            continue
        if LOWEST <= _minor(found.version) <= HIGHEST:
            return found
        tried.append(found.version)
    versions = f" (found {', '.join(dict.fromkeys(tried))})" if tried else ""
    raise MissingTool(
        f"Python {'.'.join(map(str, LOWEST))} to {'.'.join(map(str, HIGHEST))}, which Harbor needs,",
        hint=f"install one{versions}, for example `uv python install 3.12`, and run `codex-loop measure setup` again",
    )


def make_environment(interpreter: Interpreter, folder: Path, environ: Mapping[str, str]) -> None:
    """A virtual environment with pip. Raise Degraded."""
    run([str(interpreter.program), "-m", "venv", str(folder)], environ, what="an environment could not be made")


def install_pins(folder: Path, pins: Path, environ: Mapping[str, str], *, what: str) -> None:
    """Everything that file names, each at its hash, and nothing else. Raise Degraded."""
    uv = _uv(environ)
    python = str(program_in(folder, "python"))
    # Nothing is resolved: what one package says of another's version does not matter, the pins were tried together.
    if uv is not None:
        command = [uv, "pip", "install", "--quiet", "--python", python]
    else:
        command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--no-deps", "--require-hashes", "-r", str(pins)]
    run(command, environ, what=f"{what} could not be installed")


def run(command: Sequence[str], environ: Mapping[str, str], *, what: str) -> str:
    """What the program printed; raise Degraded with its last error."""
    try:
        done = subprocess.run(
            command,
            env=clean_environment(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_DEADLINE_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Degraded(f"{what}: no end in {_DEADLINE_S / 60:.0f} minutes; run it again") from error
    except OSError as error:
        raise Degraded(f"{what}: {command[0]} cannot be started ({error.strerror or error})") from error
    if done.returncode != 0:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        errors = [line.removeprefix("ERROR: ") for line in lines if not line.startswith(("WARNING", "[notice]"))]
        reason = errors[-1][:300] if errors else f"exit code {done.returncode}"
        raise Degraded(f"{what}: {reason}; mend that and run it again")
    return done.stdout


def _uv(environ: Mapping[str, str]) -> str | None:
    """uv where it really runs: some machines have only its launcher."""
    found = shutil.which("uv", path=environ.get("PATH"))
    if found is None:
        return None
    try:
        run([found, "--version"], environ, what="uv")
    except Degraded:
        return None
    return found


def _candidates(environ: Mapping[str, str]) -> Iterator[str]:
    """Programs that may be one, likely ones first; none twice."""
    seen: set[str] = set()
    for candidate in (*_on_path(environ), *_of_pyenv(environ), *_of_uv(environ)):
        if candidate not in seen:
            seen.add(candidate)
            yield candidate


def _on_path(environ: Mapping[str, str]) -> Iterator[str]:
    minors = range(LOWEST[1], HIGHEST[1] + 1)
    for name in (*(f"python3.{minor}" for minor in minors), "python3", "python"):
        if found := shutil.which(name, path=environ.get("PATH")):
            yield found


def _of_pyenv(environ: Mapping[str, str]) -> Iterator[str]:
    root = Path(environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for folder in sorted(root.glob("versions/3.1[2-9]*")):
        yield str(program_in(folder, "python3"))


def _of_uv(environ: Mapping[str, str]) -> Iterator[str]:
    """The ones uv keeps, without starting it."""
    if chosen := environ.get("UV_PYTHON_INSTALL_DIR"):
        root = Path(chosen)
    elif sys.platform == "win32":
        root = Path(environ.get("APPDATA") or Path.home() / "AppData" / "Roaming") / "uv" / "python"
    else:
        root = Path(environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "uv" / "python"
    for folder in sorted(root.glob("cpython-3.1[2-9]*")):
        yield str(folder / "python.exe" if sys.platform == "win32" else folder / "bin" / "python3")


def _asked(program: str, environ: Mapping[str, str]) -> Interpreter | None:
    if not Path(program).is_file():
        return None
    try:
        said = run([program, "-I", "-c", _ASK], environ, what=program)
        answer = msgspec.json.decode(said, type=_Answer)
    except (Degraded, msgspec.DecodeError):  # a launcher without its Python, or one without what an environment needs
        return None
    return Interpreter(Path(answer.program), answer.version, Path(answer.prefix))


def _minor(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])
