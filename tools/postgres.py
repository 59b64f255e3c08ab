"""A real PostgreSQL for the tests: found or installed, started in a temporary folder, stopped again."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tools.catalog import MissingToolError

HINT = "run `make tools` (as root on Debian or Ubuntu) or install a PostgreSQL server"


def binaries() -> Path | None:
    """The folder of `initdb` and `postgres`; the newest installed server wins."""
    folders = [Path("/usr/lib/postgresql"), Path("/opt/homebrew/opt"), Path("/usr/local/opt")]
    candidates = [path.parent for folder in folders for path in folder.glob("*/bin/initdb")]
    on_path = shutil.which("initdb")
    if on_path is not None:
        candidates.append(Path(on_path).resolve().parent)
    return max(candidates, key=_release, default=None)


def _release(folder: Path) -> int:
    digits = "".join(char for char in folder.parent.name if char.isdigit())
    return int(digits or 0)


def ensure() -> str:
    """Installed when it returns; as root on Debian and Ubuntu it takes the distribution's server, without a cluster."""
    if (found := binaries()) is not None:
        return f"PostgreSQL: already there ({found})"
    if sys.platform != "linux" or os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise MissingToolError("PostgreSQL is not installed; install a server with your package manager")
    config = Path("/etc/postgresql-common/createcluster.conf")
    if not config.exists():
        config.parent.mkdir(parents=True, exist_ok=True)
        config.write_text("create_main_cluster = false\n", encoding="utf-8")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "postgresql"]):
        done = subprocess.run(
            ["apt-get", "-o", "Dpkg::Options::=--force-confold", *arguments],
            env=quiet,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise MissingToolError(f"apt-get {arguments[0]} failed: {(done.stderr.strip() or '?').splitlines()[-1]}")
    if (found := binaries()) is None:
        raise MissingToolError(f"PostgreSQL was installed but its initdb was not found; {HINT}")
    return f"PostgreSQL: installed ({found})"


@contextmanager
def running_postgres() -> Iterator[str]:
    """A private server; yields `postgresql://…` of an empty database and stops the server afterwards."""
    folder = binaries()
    if folder is None:
        raise MissingToolError(f"PostgreSQL is not installed; {HINT}")
    # A short path: a unix socket's name may have about 100 bytes.
    with tempfile.TemporaryDirectory(prefix="clpg-", ignore_cleanup_errors=True) as scratch:
        data = Path(scratch) / "data"
        _hand_over(Path(scratch))
        _run([str(folder / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"])
        port = _free_port()
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='{_socket_folder(scratch)}'"
        options += " -c fsync=off -c full_page_writes=off -c max_connections=40"
        log = Path(scratch) / "server.log"
        control = [str(folder / "pg_ctl"), "-D", str(data), "-w", "-t", "60"]
        _run([*control, "-o", options, "-l", str(log), "start"])
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
        finally:
            _run([*control, "-m", "fast", "stop"])


def _socket_folder(scratch: str) -> str:
    return "" if sys.platform == "win32" else scratch


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _hand_over(folder: Path) -> None:
    """PostgreSQL refuses to run as root: its own user gets the folder."""
    if sys.platform != "win32" and os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")


def _run(command: Sequence[str]) -> None:
    user = "postgres" if sys.platform != "win32" and os.geteuid() == 0 else None
    environment = {**os.environ, "LC_ALL": "C"}
    # pg_ctl leaves its server behind with our pipes open: files, not pipes, or the wait would never end.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            command,
            user=user,
            env=environment,
            cwd=tempfile.gettempdir(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if done.returncode != 0:
            output.seek(0)
            tail = output.read().decode(errors="replace").strip()[-400:]
            raise RuntimeError(f"{Path(command[0]).name} failed: {tail}")
