"""Which Harbor is run: the one the settings name, the one on the PATH, or the one `measure setup` installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from codex_loop.errors import HarborUnusable, MissingTool
from codex_loop.settings import Settings

VERSION = "0.25.0"
"""The version that is pinned, and that everything here was proven with."""
SUPPORTED = (0, 25)
"""Harbor changes its result files between minor versions, so only this one is read."""
MARKER = "installed.json"
HINT = "run `codex-loop measure setup`, or `uv tool install harbor==0.25.0`"
_LAST_WORD_S = 60.0

Origin = Literal["settings", "path", "managed"]


class Harbor(NamedTuple):
    """A Harbor that can be run."""

    program: Path
    version: str
    origin: Origin


def find(settings: Settings, environ: Mapping[str, str] = os.environ) -> Harbor:
    """The Harbor to run. Raise MissingTool when there is none, HarborUnusable when the named one will not do."""
    if settings.harbor is not None:
        return _named(settings.harbor, environ)
    passed = None
    found = shutil.which("harbor", path=environ.get("PATH"))
    if found is not None:
        version = version_of(Path(found), environ)
        if version is not None and is_supported(version):
            return Harbor(Path(found), version, "path")
        passed = f"the one on the PATH ({found}) is {version or 'of an unknown version'}, and {supported()} is needed"
    own = managed(environ)
    if own is not None:
        return own
    raise MissingTool("Harbor", hint=f"{passed}; {HINT}" if passed else HINT)


def managed(environ: Mapping[str, str] = os.environ) -> Harbor | None:
    """The Harbor that `measure setup` installed; None when there is none, or only half of one."""
    folder = home(environ)
    program = program_in(folder, "harbor")
    if not (folder / MARKER).is_file() or not program.is_file():
        return None
    return Harbor(program, VERSION, "managed")


def home(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder of the managed environment of this version."""
    return cache_folder(environ) / VERSION


def cache_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where everything of Harbor lies: `$CODEX_LOOP_HARBOR_HOME`, else in the platform's cache folder of this user."""
    if chosen := environ.get("CODEX_LOOP_HARBOR_HOME"):
        return Path(chosen).expanduser()
    import platformdirs

    return platformdirs.user_cache_path("codex-loop", appauthor=False) / "harbor"


def program_in(folder: Path, name: str) -> Path:
    """A program of a virtual environment."""
    return folder / "Scripts" / f"{name}.exe" if sys.platform == "win32" else folder / "bin" / name


def is_supported(version: str) -> bool:
    """Whether result files of that version are read."""
    return _release(version)[:2] == SUPPORTED


def supported() -> str:
    """The supported versions, in words."""
    return f"{SUPPORTED[0]}.{SUPPORTED[1]}.x"


def version_of(program: Path, environ: Mapping[str, str] = os.environ) -> str | None:
    """The version of that Harbor, read beside it where it is written down, else asked; None: it does not say."""
    written = _written_version(program)
    return written if written is not None else _asked_version(program, environ)


def _named(text: str, environ: Mapping[str, str]) -> Harbor:
    program = shutil.which(text, path=environ.get("PATH"))
    if program is None:
        raise MissingTool(f"Harbor at {text} (the setting `harbor`)", hint=f"name another, or {HINT}")
    version = version_of(Path(program), environ)
    if version is None:
        raise HarborUnusable(f"{program} (the setting `harbor`) does not say its version; is it Harbor? {HINT}")
    if not is_supported(version):
        raise HarborUnusable(
            f"{program} (the setting `harbor`) is Harbor {version}, and {supported()} is needed; {HINT}"
        )
    return Harbor(Path(program), version, "settings")


def _written_version(program: Path) -> str | None:
    """Asking costs seconds; the folder beside the program names the version."""
    root = program.resolve().parent.parent
    for pattern in ("lib/python3*/site-packages", "Lib/site-packages"):
        for found in sorted(root.glob(f"{pattern}/harbor-*.dist-info")):
            return found.name.removeprefix("harbor-").removesuffix(".dist-info")
    return None


def _asked_version(program: Path, environ: Mapping[str, str]) -> str | None:
    try:
        done = subprocess.run(
            [str(program), "--version"],
            env=clean_environment(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_LAST_WORD_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"\d+\.\d+\.\d+\S*", done.stdout)
    return found.group() if found and done.returncode == 0 else None


def clean_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of Harbor: what belongs to the Python we run in would make it load the wrong modules."""
    kept = {name: value for name, value in environ.items() if name not in _OURS}
    # Without the first Harbor tries to fetch a price table, thrice, before it takes the one it has; without the second
    # it tells its makers of every run, which a person may allow by setting it.
    # Its errors are read; they are not broken into lines of a terminal.
    return {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "HARBOR_TELEMETRY": "0", **kept, "COLUMNS": "500"}


_OURS = frozenset({"PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__", "PYTHONWARNINGS"})


def _release(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])
