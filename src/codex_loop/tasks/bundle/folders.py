"""Folders that are written whole: names that stay inside, a place that was empty before."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from codex_loop.errors import UsageError

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST = 96
_SUFFIX = 6
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|\Z)", re.IGNORECASE)


def safe_name(name: str) -> str:
    """The name as that of a file, on every system; names that differ stay different."""
    plain = _UNSAFE.sub("_", name).strip(".") or "_"
    if plain == name and len(plain) <= _LONGEST and not _DEVICES.match(plain):
        return plain
    mark = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    stem, _, suffix = plain[-_LONGEST:].rpartition(".")
    if stem and len(suffix) <= _SUFFIX:
        return f"{stem.strip('.') or '_'}-{mark}.{suffix}"
    return f"{plain[-_LONGEST:].strip('.') or '_'}-{mark}"


def check_output(output: Path) -> None:
    """UsageError where something is there already: nothing that exists is ever changed."""
    if output.is_symlink() and not output.exists():
        raise UsageError(f"{output} is a link to nothing; name a folder that does not exist yet")
    if output.exists() and not output.is_dir():
        raise UsageError(f"{output} is a file; name a folder that does not exist yet")
    if output.is_dir() and any(output.iterdir()):
        raise UsageError(f"{output} is not empty; name a folder that does not exist yet, or an empty one")


def write_all(output: Path, files: Mapping[str, bytes]) -> None:
    """Write these files below the folder. Their names are checked first: none may lead out of it."""
    for name in files:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or "\0" in name:
            raise ValueError(f"{name!r} leads out of {output}")
    for name, data in files.items():
        target = output.joinpath(*PurePosixPath(name).parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
