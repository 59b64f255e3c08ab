"""What of this machine takes part in a sandbox's results: runs on machines that differ in it are not the same."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Mapping

from codex_loop.harbor import workshop
from codex_loop.harbor.sandbox import PYTEST
from codex_loop.harbor.sandbox.room import USUAL_PATH

_TOOLS = ("bash", "gcc", "git", "go", "java", "make", "node", "rustc")
_ASK: Mapping[str, tuple[str, ...]] = {"go": ("version",), "java": ("-version",)}
_ANSWER_S = 10.0
_VERSION = re.compile(r"\d+(?:\.\d+)+")


def identity(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Names and versions; a tool that is not in the sandbox is not named."""
    found = workshop.find(environ)
    made = {"system": f"{platform.system()} {platform.machine()}", "libc": " ".join(platform.libc_ver()).strip()}
    if found is not None:
        made |= {"python": found.version, "pytest": PYTEST}
    for tool in ("bwrap", *_TOOLS):
        if (version := _version(tool)) is not None:
            made[tool] = version
    return {name: value for name, value in made.items() if value}


def _version(tool: str) -> str | None:
    """Of the one in the sandbox: the PATH of this user leads elsewhere."""
    search = {"PATH": ":".join(USUAL_PATH), "HOME": os.sep, "LC_ALL": "C"}
    program = next((f"{folder}/{tool}" for folder in USUAL_PATH if os.access(f"{folder}/{tool}", os.X_OK)), None)
    if program is None:
        return None
    try:
        done = subprocess.run(
            [program, *_ASK.get(tool, ("--version",))],
            env=search,
            cwd=os.sep,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=_ANSWER_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    said = _VERSION.search(done.stdout)
    return said.group() if said and done.returncode == 0 else None
