"""A bundle, ours or another's, or a bare spine folder, read as the recording it was made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import msgspec

from codex_loop.errors import UsageError
from codex_loop.model.records import AnyRecord, SessionStarted
from codex_loop.sources import registry
from codex_loop.sources.base import Line, Source
from codex_loop.sources.bundles import DESCRIPTION, MADE
from codex_loop.sources.lines import split
from codex_loop.sources.spine.segments import BUNDLE
from codex_loop.sources.spine.spines import segments
from codex_loop.tasks.bundle.recording import Content, Recording, assemble
from codex_loop.tasks.bundle.writing import Kept, Told

_HEAD = 65_536


class _Description(msgspec.Struct):
    bundle_version: str | None = None
    thread_id: str | None = None
    codex_loop: Told | None = None


def read(folder: Path) -> Recording:
    """The session of a bundle or spine folder; UsageError where there is none."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder; name a bundle, as `codex-loop trace bundle` writes it")
    described = _description(folder)
    ours = described.codex_loop
    contents = list(_kept(folder, ours.files)) if ours is not None else list(_found(folder))
    if ours is None or ours.spine != MADE or not contents:
        contents += _spines(folder)
    if not contents:
        raise UsageError(f"{folder} holds neither a rollout nor a spine; name a bundle or a folder of segment files")
    told = _sessions(contents)
    root = described.thread_id or next(iter(told), "")
    wanted = (root, *(ours.sessions if ours is not None else ()))
    # A session that was begun and in which nothing was said is one, too.
    told[root] = told.get(root) or [content for content in contents if content.about == root]
    by_session = {name: told[name] for name in dict.fromkeys(wanted) if name in told}
    if not by_session[root]:
        raise UsageError(f"{folder} says it holds the session {root}, but no line of it does")
    return assemble(ours.agent if ours is not None else contents[0].agent, root, by_session)


def _description(folder: Path) -> _Description:
    path = folder / DESCRIPTION
    if not path.is_file():
        return _Description()
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_Description)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{path} cannot be read as a bundle's description: {error}") from error
    if found.bundle_version not in (None, BUNDLE):
        raise UsageError(f"{path} is of version {found.bundle_version}, and only {BUNDLE} can be read")
    return found


def _kept(folder: Path, files: tuple[Kept, ...]) -> Iterator[Content]:
    for kept in files:
        relative = PurePosixPath(kept.path)
        if relative.is_absolute() or ".." in relative.parts or "\\" in kept.path:
            raise UsageError(f"{folder / DESCRIPTION} names {kept.path!r:.80}, which leads out of the bundle")
        path = folder.joinpath(*relative.parts)
        if not path.is_file():
            raise UsageError(f"{path} is named in {DESCRIPTION} but not there; the bundle is incomplete")
        copied = {number for first, stop in kept.copied for number in range(first, stop)}
        yield _content(kept.source, path, copied)._replace(rejected=kept.rejected)


def _found(folder: Path) -> Iterator[Content]:
    """Whatever files of the agents another's bundle holds."""
    for path in sorted((folder / "rollout").rglob("*")):
        if not path.is_file():
            continue
        with path.open("rb") as stream:
            claimed = registry.claim(path, stream.read(_HEAD))
        if claimed is not None:
            yield _content(claimed.source, path, set())


def _spines(folder: Path) -> list[Content]:
    places = segments(folder / "spine") or segments(folder)
    return [_content("trace-spine", path, set()) for path in places]


def _content(name: str, path: Path, copied: set[int]) -> Content:
    try:
        source: Source = registry.by_name(name)
    except (KeyError, ImportError, AttributeError) as error:
        raise UsageError(f"{path} is of the format {name}, which nothing here reads") from error
    lines = [line for line in split(path.read_bytes(), 0) if line.data.strip()]
    records = _decoded(source, path, lines)
    told = tuple((line.data, tuple(records[line.offset]), number in copied) for number, line in enumerate(lines))
    return Content(name, source.agent, str(path), told)


def _decoded(source: Source, path: Path, lines: list[Line]) -> dict[int, list[AnyRecord]]:
    state = source.state()
    source.identify(state, str(path), [line.data for line in lines])
    records: dict[int, list[AnyRecord]] = defaultdict(list)
    for record in source.decode(state, str(path), lines).records:
        records[record.offset].append(record)
    return records


def _sessions(contents: list[Content]) -> dict[str, list[Content]]:
    """Which files tell of which session: more than that there was one."""
    told: dict[str, list[Content]] = defaultdict(list)
    for content in contents:
        names = dict.fromkeys(
            record.session
            for _, records, _ in content.lines
            for record in records
            if not isinstance(record, SessionStarted)
        )
        for name in names:
            told[name].append(content)
    return told
