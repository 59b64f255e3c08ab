"""Everything that files of an export tell, each thing once: requests by their identity, counters by their streams."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from codex_loop.errors import SourceUnreadable, UsageError
from codex_loop.sources.otlp import documents as otlp
from codex_loop.sources.otlp.reading import told
from codex_loop.sources.otlp.told import Count, Kind, Other, Request, Told

SUFFIXES = (".json", ".jsonl")
_MS_NS = 1_000_000
Session = tuple[str, str]
"""The agent and its own name of the session."""


class Counted(msgspec.Struct, frozen=True):
    """What the counters of one session say of one model, in tokens and pico-dollars."""

    model: str
    sums: dict[Kind, int]
    queries: frozenset[str]
    first_ms: int | None
    last_ms: int | None


class Unreadable(msgspec.Struct, frozen=True):
    """A line that is no document."""

    file: str
    line: int
    reason: str


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """All that was read."""

    files: int
    documents: int
    unreadable: tuple[Unreadable, ...]
    torn: int
    """Files whose last line is not complete: somebody is still writing."""
    duplicates: int
    """Events and data points that were there more than once."""
    requests: dict[Session, list[Request]]
    counted: dict[Session, list[Counted]]
    others: tuple[Other, ...]


def read(paths: Sequence[Path]) -> Export:
    """Read files, and the `.json` and `.jsonl` of folders. UsageError where there is nothing of OTLP/JSON."""
    gathered = _Gathered()
    files = _files(paths)
    for file in files:
        try:
            good, bad = gathered.file(file)
        except OSError as error:
            raise SourceUnreadable(str(file), reason=error.strerror or "cannot be read") from error
        if bad and not good:
            raise UsageError(
                f"{file}: not one line of it is OTLP/JSON; give what a collector's file exporter wrote, or the posted"
                " documents, one a line"
            )
    return gathered.export(len(files))


def _files(paths: Sequence[Path]) -> list[Path]:
    """Each file once, in the order they were named; those of a folder by name."""
    found: dict[Path, None] = {}
    for path in map(Path.expanduser, paths):
        if path.is_dir():
            inside = sorted(each for each in path.iterdir() if each.suffix in SUFFIXES and each.is_file())
            if not inside:
                raise UsageError(f"{path}: no {' or '.join(SUFFIXES)} in that folder; name the files of the export")
            found.update(dict.fromkeys(inside))
        elif path.exists():
            found[path] = None
        else:
            raise UsageError(f"{path}: no such file; name a file of OTLP/JSON, or a folder with such files")
    return list(found)


class _Gathered:
    """What has been read so far."""

    def __init__(self) -> None:
        self.documents = 0
        self.unreadable: list[Unreadable] = []
        self.torn = 0
        self._requests: dict[object, Request] = {}
        self._points: dict[object, Count] = {}
        self._others: Counter[Other] = Counter()
        self._all = 0

    def file(self, file: Path) -> tuple[int, int]:
        """How many lines of it are documents, and how many are none."""
        good = bad = 0
        for each in otlp.documents(file):
            if isinstance(each, otlp.Unread):
                bad += 1
                if each.torn:
                    self.torn += 1
                else:
                    self.unreadable.append(Unreadable(str(file), each.line, each.reason))
                continue
            good += 1
            for one in told(each):
                self._take(one)
        self.documents += good
        return good, bad

    def _take(self, one: Told) -> None:
        if isinstance(one, Other):
            self._others[msgspec.structs.replace(one, count=1)] += one.count
            return
        self._all += 1
        if isinstance(one, Request):
            name: object = (one.agent, one.request_id) if one.request_id else one.identity
            held = self._requests.get(name)
            if held is None or one.total > held.total:
                self._requests[name] = one
        else:
            place = (one.stream, one.cumulative, one.begun_ns, one.time_ns)
            point = self._points.get(place)
            if point is None or one.value > point.value:
                self._points[place] = one

    def export(self, files: int) -> Export:
        requests: dict[Session, list[Request]] = defaultdict(list)
        for each in self._requests.values():
            requests[each.agent, each.session].append(each)
        others = [msgspec.structs.replace(each, count=count) for each, count in self._others.items()]
        return Export(
            files=files,
            documents=self.documents,
            unreadable=tuple(self.unreadable),
            torn=self.torn,
            duplicates=self._all - len(self._requests) - len(self._points),
            requests=dict(requests),
            counted=_counted(self._points.values()),
            others=tuple(sorted(others, key=lambda each: (each.why, each.what, each.name))),
        )


def _counted(points: Iterable[Count]) -> dict[Session, list[Counted]]:
    streams: dict[int, list[Count]] = defaultdict(list)
    for point in points:
        streams[point.stream].append(point)
    models: dict[tuple[Session, str], list[list[Count]]] = defaultdict(list)
    for stream in streams.values():
        models[(stream[0].agent, stream[0].session), stream[0].model].append(stream)
    found: dict[Session, list[Counted]] = defaultdict(list)
    for (session, model), of in models.items():
        sums: Counter[Kind] = Counter()
        for stream in of:
            sums[stream[0].kind] += amount(stream)
        all_points = [point for stream in of for point in stream]
        found[session].append(
            Counted(
                model,
                dict(sums),
                frozenset(point.query for point in all_points if point.query),
                min(point.begun_ns or point.time_ns for point in all_points) // _MS_NS or None,
                max(point.time_ns for point in all_points) // _MS_NS or None,
            )
        )
    return dict(found)


def amount(stream: Sequence[Count]) -> int:
    """What the distinct points of one stream add up to.

    Exported both as differences and as running totals, by two ways, it is one amount and not their sum.
    """
    delta = sum(point.value for point in stream if not point.cumulative)
    return max(delta, _grown([point for point in stream if point.cumulative]))


def _grown(points: Sequence[Count]) -> int:
    """How much running totals grew: from 0 at every new beginning, and wherever one became smaller."""
    begun: dict[int, list[Count]] = defaultdict(list)
    for point in points:
        begun[point.begun_ns].append(point)
    grown = 0
    for each in begun.values():
        before = 0
        for point in sorted(each, key=lambda point: point.time_ns):
            grown += point.value - before if point.value >= before else point.value
            before = point.value
    return grown
