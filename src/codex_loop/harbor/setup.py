"""Harbor in an environment of its own, and the Python of the sandbox: pinned by hashes, whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from codex_loop.errors import Degraded
from codex_loop.harbor import workshop
from codex_loop.harbor.installing import Interpreter, find_python, install_pins, make_environment, run
from codex_loop.harbor.place import MARKER, VERSION, Harbor, home, managed, program_in
from codex_loop.harbor.process import alone
from codex_loop.harbor.progress import Step, Told, silent

PINS = Path(__file__).parent / "pins.txt"
_STEPS = 4


def setup(told: Told = silent, environ: Mapping[str, str] = os.environ) -> Harbor:
    """Harbor and, on Linux, the workshop are there when it returns; what is there already is not touched.

    Raise MissingTool when there is no Python for it, Degraded when an installation failed: then run it again.
    """
    folder = home(environ)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with alone(folder.parent / ".setup.lock", "measure setup"):
        there = managed(environ)
        needs_workshop = sys.platform.startswith("linux") and workshop.find(environ) is None
        if there is not None and not needs_workshop:
            told(Step(_STEPS, _STEPS, "already there"))
            return there
        told(Step(0, _STEPS, "looking for Python"))
        interpreter = find_python(environ)
        if there is None:
            _install(interpreter, folder, told, environ)
        if needs_workshop:
            told(Step(3, _STEPS, "installing the sandbox's Python"))
            workshop.install(interpreter, environ)
        told(Step(_STEPS, _STEPS, "done"))
    done = managed(environ)
    if done is None:
        raise Degraded(f"{folder} vanished while it was made; run `codex-loop measure setup` again")
    return done


def _install(interpreter: Interpreter, folder: Path, told: Told, environ: Mapping[str, str]) -> None:
    """An environment knows its own path, so it is made in place and counts from the marker on."""
    if folder.is_dir():
        shutil.rmtree(folder)
    told(Step(1, _STEPS, f"making an environment with Python {interpreter.version}"))
    make_environment(interpreter, folder, environ)
    told(Step(2, _STEPS, f"installing Harbor {VERSION}, some 400 MB"))
    install_pins(folder, PINS, environ, what=f"Harbor {VERSION}")
    said = run([str(program_in(folder, "harbor")), "--version"], environ, what="Harbor does not start")
    if VERSION not in said:
        raise Degraded(
            f"{folder} holds Harbor {said.strip()!r} instead of {VERSION}; run `codex-loop measure setup` again"
        )
    marker = {"version": VERSION, "python": interpreter.version}
    (folder / MARKER).write_text(f"{json.dumps(marker)}\n", encoding="utf-8")
