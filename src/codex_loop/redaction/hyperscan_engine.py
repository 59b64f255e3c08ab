"""The fast engine: every rule in one pass over the raw bytes.

Compiling takes more than a second, loading a few milliseconds; so the compiled database lives in the
user's cache folder, one file for each version of rules, library and processor. A file that cannot be
read, or that another library wrote, is compiled again and replaced.
"""

from __future__ import annotations

import hashlib
import os
import platform
import tempfile
import threading
from contextlib import suppress
from importlib.metadata import version as version_of
from pathlib import Path
from typing import TYPE_CHECKING

import hyperscan
import platformdirs

from codex_loop.redaction.engines import Hit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_KEPT_FILES = 6  # older databases are deleted; a user has one or two versions at a time


class HyperscanEngine:
    """One compiled database; safe to use from several threads."""

    name = "hyperscan"

    def __init__(self, expressions: Callable[[], Sequence[bytes]], version: str) -> None:
        self._database = load_database(expressions, version)
        self._local = threading.local()

    def hits(self, data: bytes) -> list[Hit]:
        """Every end of every match, from left to right."""
        found: list[Hit] = []
        append = found.append

        def on_match(rule: int, _start: int, end: int, _flags: int, _context: object) -> None:
            append(Hit(end, rule))

        self._database.scan(data, match_event_handler=on_match, scratch=self._scratch())
        return found

    def _scratch(self) -> hyperscan.Scratch:
        """Hyperscan writes into its scratch space while it scans: one for each thread."""
        scratch = getattr(self._local, "scratch", None)
        if scratch is None:
            scratch = self._local.scratch = hyperscan.Scratch(self._database)
        return scratch


def load_database(expressions: Callable[[], Sequence[bytes]], version: str) -> hyperscan.Database:
    """The database for these expressions, from the cache when it can be."""
    path = cache_file(version)
    with suppress(OSError, hyperscan.error, ValueError):
        return _opened(path.read_bytes())
    database = _compiled(expressions())
    with suppress(OSError):
        _keep(path, _sealed(hyperscan.dumpb(database)))
    return database


def cache_file(version: str) -> Path:
    """Where the database of one version is kept."""
    machine = f"{platform.machine()}-{_processor()}".encode()
    name = f"{version}-{version_of('hyperscan')}-{hashlib.sha256(machine).hexdigest()[:8]}.hsdb"
    return platformdirs.user_cache_path("codex-loop", appauthor=False) / "redaction" / name


def _processor() -> str:
    """The processor's abilities, as far as the platform tells: a database is tuned to them."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith(("flags", "Features")):
                return line
    return platform.processor()


def _compiled(expressions: Sequence[bytes]) -> hyperscan.Database:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(expressions=list(expressions), ids=list(range(len(expressions))), flags=[0] * len(expressions))
    return database


def _opened(sealed: bytes) -> hyperscan.Database:
    seal, body = sealed[:32], sealed[32:]
    if hashlib.sha256(body).digest() != seal:
        raise ValueError("damaged database")
    return hyperscan.loadb(body, hyperscan.HS_MODE_BLOCK)


def _sealed(body: bytes) -> bytes:
    return hashlib.sha256(body).digest() + body


def _keep(path: Path, sealed: bytes) -> None:
    """Whole or not at all: several processes may do this at once, and the last one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    with os.fdopen(handle, "wb") as file:
        file.write(sealed)
    Path(name).replace(path)
    by_age = sorted(path.parent.glob("*.hsdb"), key=lambda file: file.stat().st_mtime, reverse=True)
    for old in by_age[_KEPT_FILES:]:
        old.unlink(missing_ok=True)
