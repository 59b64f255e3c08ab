"""Every source there is: ours by name, and those that installed packages bring.

A package adds a source with an entry point in group `codex_loop.sources`:

    [project.entry-points."codex_loop.sources"]
    my-agent = "my_package.source:MySource"

Nothing is imported before it is asked for. The entry points are read straight from the `entry_points.txt` files on
`sys.path`: the standard library's reader costs 70 ms of CPU to import, this costs about one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import NamedTuple, Protocol, cast, runtime_checkable

from codex_loop.sources.base import Found, Source

GROUP = "codex_loop.sources"
_ZSTD = b"\x28\xb5\x2f\xfd"

Redact = Callable[[bytes], bytes]

OURS: Mapping[str, str] = {
    "codex-rollout": "codex_loop.sources.codex.rollout:CodexRollouts",
    "codex-history": "codex_loop.sources.codex.history:CodexHistory",
    "claude-transcript": "codex_loop.sources.claude.transcript:ClaudeTranscripts",
    "claude-stream": "codex_loop.sources.claude.stream:ClaudeStreams",
    "claude-history": "codex_loop.sources.claude.history:ClaudeHistory",
    "trace-spine": "codex_loop.sources.spine.spines:TraceSpines",
    "rollout-trace": "codex_loop.sources.trace.traces:RolloutTraces",
    "codex-exec": "codex_loop.sources.codex.exec:CodexExecs",
    "status-samples": "codex_loop.sources.samples.files:StatusSamples",
    "claude-statusline": "codex_loop.sources.inbox.statusline:ClaudeStatusline",
}


@runtime_checkable
class ReadsBeside(Protocol):
    """A source that opens further files named by its lines. Until capture gives it `redact` it shows none of them."""

    redact: Redact | None


class BrokenSource(NamedTuple):
    """An entry point that could not become a source, for `doctor` to name."""

    name: str
    target: str
    reason: str


def names() -> list[str]:
    """Names of all sources, ours first. Imports none of them."""
    return [*OURS, *(name for name in installed(tuple(sys.path)) if name not in OURS)]


def by_name(name: str, redact: Redact | None = None) -> Source:
    """The source of that name; KeyError if there is none, ImportError or another error if it cannot be loaded.

    `redact` is handed to a source that reads further files (see `ReadsBeside`).
    """
    target = OURS.get(name) or installed(tuple(sys.path))[name]
    module, _, attribute = target.partition(":")
    source = cast("Source", getattr(import_module(module), attribute)())
    if isinstance(source, ReadsBeside):
        source.redact = redact
    return source


def all_sources(redact: Redact | None = None) -> list[Source]:
    """Every source that loads. A broken plug-in costs nobody else anything: `broken` names it."""
    return [loaded for _, loaded in _load_all(redact) if not isinstance(loaded, BrokenSource)]


def broken() -> list[BrokenSource]:
    """The plug-ins that `all_sources` leaves out, and why. Imports none of ours."""
    return [loaded for _, loaded in _load_plugins(None) if isinstance(loaded, BrokenSource)]


def claim(path: Path, head: bytes, among: Iterable[Source] | None = None) -> Found | None:
    """Which source reads a file the user named, judged by its path and first bytes. Ours are asked first."""
    for source in all_sources() if among is None else among:
        if source.fingerprint(path, head):
            return Found(path, source.name, _unit(path, head))
    return None


def _unit(path: Path, head: bytes) -> str:
    if head.startswith(_ZSTD):
        return "zstd"
    return "document" if path.suffix == ".json" else "lines"


def _load_all(redact: Redact | None) -> Iterator[tuple[str, Source | BrokenSource]]:
    for name in OURS:
        yield name, by_name(name, redact)
    yield from _load_plugins(redact)


def _load_plugins(redact: Redact | None) -> Iterator[tuple[str, Source | BrokenSource]]:
    for name, target in installed(tuple(sys.path)).items():
        if name in OURS:
            yield name, BrokenSource(name, target, "this name belongs to codex-loop itself")
            continue
        try:
            yield name, by_name(name, redact)
        except Exception as error:  # noqa: BLE001  # somebody else's code: whatever it raises stops only itself
            yield name, BrokenSource(name, target, f"{type(error).__name__}: {error}")


@cache
def installed(path: tuple[str, ...]) -> dict[str, str]:
    """Name to `module:attribute` of every entry point in our group below the folders of `path`, first one wins."""
    found: dict[str, str] = {}
    for folder in dict.fromkeys(path):
        for file in _entry_point_files(folder or os.curdir):
            for name, target in _our_entries(file):
                found.setdefault(name, target)
    return found


def _entry_point_files(folder: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            kept = [entry.path for entry in entries if entry.name.endswith((".dist-info", ".egg-info"))]
    except OSError:  # zip archives and folders that are gone are normal on sys.path
        return []
    return [os.path.join(directory, "entry_points.txt") for directory in sorted(kept)]  # noqa: PTH118  # hot path


def _our_entries(file: str) -> Iterator[tuple[str, str]]:
    try:
        with open(file, "rb") as stream:  # noqa: PTH123  # hot path
            data = stream.read()
    except OSError:
        return
    if GROUP.encode() not in data:
        return
    inside = False
    for line in data.decode("utf-8", "replace").splitlines():
        text = line.strip()
        if text.startswith("["):
            inside = text == f"[{GROUP}]"
        elif inside and "=" in text and not text.startswith("#"):
            name, _, target = text.partition("=")
            yield name.strip(), target.partition("[")[0].strip()
