"""What Harbor's own linter says about task folders."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from codex_loop.errors import HarborUnusable
from codex_loop.harbor.place import Harbor, clean_environment

_DEADLINE_S = 300.0


class LintFinding(msgspec.Struct, frozen=True):
    """One thing that is wrong with a task."""

    rule: str
    path: str
    message: str
    line: int | None = None


_findings: msgspec.json.Decoder[list[LintFinding]] = msgspec.json.Decoder(list[LintFinding])


def lint(harbor: Harbor, folders: Sequence[Path], environ: Mapping[str, str] = os.environ) -> list[LintFinding]:
    """Every finding over these task folders, in one call. Raise HarborUnusable when the linter itself fails."""
    if not folders:
        return []
    command = [str(harbor.program), "lint", *map(str, folders), "--json"]
    try:
        done = subprocess.run(
            command,
            env=clean_environment(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_DEADLINE_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise HarborUnusable(f"{harbor.program} lint did not end in {_DEADLINE_S:.0f} seconds; try it again") from error
    except OSError as error:
        raise HarborUnusable(f"{harbor.program} cannot be started: {error.strerror or error}") from error
    try:
        return _findings.decode(done.stdout)
    except msgspec.DecodeError as error:
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["nothing was said"]
        raise HarborUnusable(f"{harbor.program} lint failed with exit code {done.returncode}: {last[0]}") from error
