"""What the product says about sessions: its command line, run as a person would, with `--json`."""

from __future__ import annotations

import contextlib
import io
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from codex_loop.__main__ import main
from codex_loop.store.ledger import Tokens
from codex_loop.store.sessions import Session
from codex_loop.store.timeline import Timeline


class Ingested(msgspec.Struct, frozen=True):
    files: int
    read: int
    stored: int
    duplicate: int
    rejected: int
    unknown_types: int


class Listed(msgspec.Struct, frozen=True):
    sessions: tuple[Session, ...]


class Store:
    """One store, asked only through the command line."""

    def __init__(self, place: Path | str) -> None:
        self.place = place
        self._timelines: dict[str, Timeline] = {}

    def ingest(
        self, *, codex: Sequence[Path] = (), claude: Sequence[Path] = (), paths: Sequence[Path] = ()
    ) -> Ingested:
        homes = [word for home in codex for word in ("--codex-home", str(home))]
        homes += [word for home in claude for word in ("--claude-home", str(home))]
        homes += [word for path in paths for word in ("--path", str(path))]
        return msgspec.json.decode(self._run("ingest", *homes, "--lookback-hours", "9000"), type=Ingested)

    def sessions(self) -> dict[str, Session]:
        listed = msgspec.json.decode(self._run("sessions"), type=Listed)
        return {session.native_id: session for session in listed.sessions}

    def timeline(self, session: Session) -> Timeline:
        if session.id not in self._timelines:
            self._timelines[session.id] = msgspec.json.decode(self._said("show", session.id), type=Timeline)
        return self._timelines[session.id]

    def _said(self, command: str, *arguments: str) -> str:
        """The same command line without a process of its own: there are hundreds of sessions to look at."""
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            assert main([command, *arguments, "--db", str(self.place), "--json"]) == 0
        return said.getvalue()

    def _run(self, command: str, *arguments: str) -> bytes:
        done = subprocess.run(
            [sys.executable, "-m", "codex_loop", command, *arguments, "--db", str(self.place), "--json"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, f"{command} ended with {done.returncode}: {done.stderr.decode()[-2000:]}"
        return done.stdout


def empty() -> Tokens:
    return Tokens(0, 0, 0, 0, None, 0, "final", 0)
