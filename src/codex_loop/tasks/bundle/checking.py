"""Are the files of a bundle those that its description names? What `check_bundle` asks of any bundle comes first."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath

import msgspec

from codex_loop.sources.bundles import DESCRIPTION
from codex_loop.sources.spine.segments import Finding, check_bundle
from codex_loop.tasks.bundle.writing import Told


class _Description(msgspec.Struct):
    codex_loop: Told | None = None


def check(folder: Path) -> list[Finding]:
    """Everything that is wrong with a bundle beyond its segments."""
    found = check_bundle(folder)
    path = folder / DESCRIPTION
    try:
        ours = msgspec.json.decode(path.read_bytes(), type=_Description).codex_loop
    except msgspec.ValidationError as error:
        return [*found, Finding(path=str(path), rule="bundle-fields", message=str(error))]
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return found
    for kept in ours.files if ours is not None else ():
        problem = _wrong(folder, kept.path, kept.sha256)
        if problem is not None:
            found.append(Finding(path=str(path), rule=problem[0], message=problem[1]))
    return found


def _wrong(folder: Path, name: str, digest: str) -> tuple[str, str] | None:
    relative = PurePosixPath(name)
    if relative.is_absolute() or ".." in relative.parts or "\\" in name:
        return "file-path", f"the file {name!r:.80} leads out of the bundle"
    place = folder.joinpath(*relative.parts)
    if not place.is_file():
        return "file-missing", f"the file {name!r:.80} is not there"
    with place.open("rb") as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() != digest:
            return "file-sha256", f"the file {name!r:.80} is not the one that was bundled"
    return None
