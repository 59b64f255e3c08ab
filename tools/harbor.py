"""Real Harbor for the tests, by the product's own `measure setup`, and bubblewrap, which a sandbox is made of."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys

from tools.catalog import MissingToolError

HINT = "run `make tools`"
_PACKAGE = "bubblewrap"


def ensure() -> str:
    """Both are there when it returns. The product must be installed already, as `make tools` sees to."""
    bubblewrap = _bubblewrap()
    try:
        from codex_loop.errors import CodexLoopError
        from codex_loop.harbor.setup import setup
    except ImportError as error:
        raise MissingToolError(
            "Harbor is installed by codex-loop itself; run `make setup` before `make tools`"
        ) from error
    try:
        harbor = setup()
    except CodexLoopError as error:
        raise MissingToolError(str(error)) from error
    return f"Harbor {harbor.version}: {harbor.program.parent.parent}; {bubblewrap}"


def required() -> None:
    """The test goes on only with both; MissingToolError says which command brings them."""
    from codex_loop.harbor.environments import bubblewrap
    from codex_loop.harbor.place import managed

    if managed() is None:
        raise MissingToolError(f"Harbor is not installed; {HINT}")
    found = bubblewrap()
    if not found.usable:
        raise MissingToolError(f"the sandbox of bubblewrap cannot be used: {found.detail}; {HINT}")


def _bubblewrap() -> str:
    if platform.system() != "Linux":
        return "bubblewrap exists on Linux only"
    if shutil.which("bwrap") is None:
        _install()
    done = subprocess.run(["bwrap", "--version"], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _install() -> None:
    """The distribution's package, where we may; some systems let no program of another place make namespaces."""
    may_install = sys.platform != "win32" and os.geteuid() == 0
    if shutil.which("apt-get") is None or not may_install:
        raise MissingToolError(f"bwrap is not installed; install the package {_PACKAGE} with your package manager")
    subprocess.run(["apt-get", "update", "-qq"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    command = ["apt-get", "install", "-y", "-qq", _PACKAGE]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip() or "no reason given").splitlines()[-1]
        raise MissingToolError(f"{_PACKAGE} could not be installed: {last}")
