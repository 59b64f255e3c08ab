"""`python -m tools.tidy`: no tracked file may name a package registry of this machine, or a path that only it has.

Also lists the longest Python files, for a look: does each still hold one noun?
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

LONG_LINES = 500
# Folders that every machine has; a file may mention them.
COMMON = {Path(path) for path in ("/", "/home", "/Users", "/root", "/tmp", "/var/tmp", "/private/tmp", "/opt", "/srv")}
INDEX_VARIABLES = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX", "NPM_CONFIG_REGISTRY")
HOST = re.compile(r"https?://(?:[^/\s@]*@)?([A-Za-z0-9._-]+)")
LOCK_NAMES = re.compile(r"(^|/)(requirements/.*\.txt|.*\.lock|package-lock\.json)$")


def main(root: Path) -> int:
    files = tracked(root)
    complaints = [*named_places(root, files, forbidden_words(root)), *addresses_in_locks(root, files)]
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    for lines, name in sorted(long_files(root, files), reverse=True):
        print(f"a look, please: {name} has {lines} lines; does it still hold one noun?")
    return 1 if complaints else 0


def tracked(root: Path) -> list[str]:
    """Every file that git keeps; none outside a checkout."""
    listing = subprocess.run(["git", "-C", str(root), "ls-files", "-z"], capture_output=True, check=False).stdout
    return [os.fsdecode(name) for name in listing.split(b"\0") if name]


def forbidden_words(root: Path) -> set[str]:
    """Hosts of the registries this machine is set up for, and the folder this checkout lies in."""
    words = {host for host in registry_hosts(os.environ) if host not in ("localhost", "127.0.0.1")}
    parent = root.resolve().parent
    if parent not in COMMON and parent.parent not in {Path("/tmp"), Path("/home"), Path("/Users")}:
        words.add(f"{parent}{os.sep}")
    return words


def registry_hosts(environ: Mapping[str, str]) -> Iterator[str]:
    settings = [environ.get(variable, environ.get(variable.lower(), "")) for variable in INDEX_VARIABLES]
    settings.append(_said(["npm", "config", "get", "registry"]))
    home = Path.home()
    files = [*Path("/etc/apt").glob("sources.list*/*"), Path("/etc/apt/sources.list"), Path("/etc/pip.conf")]
    files += [home / ".config/pip/pip.conf", home / ".pip/pip.conf", home / ".config/uv/uv.toml"]
    files += [Path(environ["PIP_CONFIG_FILE"])] if environ.get("PIP_CONFIG_FILE") else []
    settings += [_text(path) for path in files]
    for text in settings:
        yield from HOST.findall(text)


def named_places(root: Path, files: Sequence[str], words: set[str]) -> Iterator[str]:
    for name in files:
        text = _text(root / name)
        yield from (f"{name} names {word}, which only this machine knows" for word in sorted(words) if word in text)


def addresses_in_locks(root: Path, files: Sequence[str]) -> Iterator[str]:
    for name in files:
        if LOCK_NAMES.search(name) and (found := HOST.search(_text(root / name))):
            yield f"{name} names the host {found[1]}; pins carry hashes, never addresses"


def long_files(root: Path, files: Sequence[str]) -> Iterator[tuple[int, str]]:
    for name in files:
        if name.endswith(".py") and (lines := _text(root / name).count("\n")) > LONG_LINES:
            yield lines, name


def _said(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    except FileNotFoundError:
        return ""
    return done.stdout


def _text(path: Path) -> str:
    # A file deleted but not yet committed is still listed.
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


if __name__ == "__main__":
    raise SystemExit(main(Path(__file__).resolve().parent.parent))
