"""The envelope of OTLP/JSON: documents to log records and data points with plain attributes.

64-bit numbers may be texts, and names of enumerations may stand for their numbers; fields that nobody here needs are
not looked at. A whole file that is one document over many lines is read as well as one document a line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

import msgspec

from codex_loop.model.text import clean
from codex_loop.sources.lines import BadLine, parse, trim

Attributes = Mapping[str, str | int | float | bool]
Number = int | float | str


class _Value(msgspec.Struct, rename="camel"):
    string_value: str | None = None
    int_value: int | str | None = None
    double_value: Number | None = None
    bool_value: bool | None = None


class _Pair(msgspec.Struct):
    key: str
    value: _Value | None = None


class _Named(msgspec.Struct):
    """A resource or a scope."""

    name: str | None = None
    attributes: list[_Pair] | None = None


class LogRecord(msgspec.Struct, rename="camel"):
    """One event. `body` is only looked at for a name."""

    time_unix_nano: Number | None = None
    event_name: str | None = None
    body: _Value | None = None
    attributes: list[_Pair] | None = None


class Point(msgspec.Struct, rename="camel"):
    """One data point of a counter."""

    attributes: list[_Pair] | None = None
    start_time_unix_nano: Number | None = None
    time_unix_nano: Number | None = None
    as_double: Number | None = None
    as_int: Number | None = None
    flags: int = 0


class Points(msgspec.Struct, rename="camel"):
    """The data of a metric, of whichever type."""

    data_points: list[Point] | None = None
    aggregation_temporality: int | str = 0
    is_monotonic: bool = False


class Metric(msgspec.Struct, rename="camel"):
    """One metric with the points of one export."""

    name: str = ""
    sum: Points | None = None
    gauge: Points | None = None
    histogram: Points | None = None
    exponential_histogram: Points | None = None
    summary: Points | None = None

    @property
    def points(self) -> int:
        """How many points it has, of whichever type."""
        kinds = (self.sum, self.gauge, self.histogram, self.exponential_histogram, self.summary)
        return sum(len(each.data_points or ()) for each in kinds if each is not None)


class _ScopeLogs(msgspec.Struct, rename="camel"):
    scope: _Named | None = None
    log_records: list[LogRecord] | None = None


class _ScopeMetrics(msgspec.Struct, rename="camel"):
    scope: _Named | None = None
    metrics: list[Metric] | None = None


class _ScopeSpans(msgspec.Struct):
    spans: list[msgspec.Raw] | None = None


class _ResourceLogs(msgspec.Struct, rename="camel"):
    resource: _Named | None = None
    scope_logs: list[_ScopeLogs] | None = None


class _ResourceMetrics(msgspec.Struct, rename="camel"):
    resource: _Named | None = None
    scope_metrics: list[_ScopeMetrics] | None = None


class _ResourceSpans(msgspec.Struct, rename="camel"):
    scope_spans: list[_ScopeSpans] | None = None


class Document(msgspec.Struct, rename="camel"):
    """What one export sent."""

    resource_logs: list[_ResourceLogs] | None = None
    resource_metrics: list[_ResourceMetrics] | None = None
    resource_spans: list[_ResourceSpans] | None = None

    @property
    def spans(self) -> int:
        scopes = (scope for each in self.resource_spans or () for scope in each.scope_spans or ())
        return sum(len(scope.spans or ()) for scope in scopes)


class Unread(msgspec.Struct, frozen=True):
    """A line that is no document, and why; `torn`: the last one, which somebody may still be writing."""

    line: int
    reason: str
    torn: bool = False


LARGEST = 64 * 1024 * 1024
"""A document is held in memory as a whole; agents post two megabytes at most."""
_BEYOND = 2**63
"""Beyond every clock and counter."""
_decoder: msgspec.json.Decoder[Document] = msgspec.json.Decoder(Document)
_KINDS = ("resourceLogs", "resourceMetrics", "resourceSpans")


def documents(file: Path) -> Iterator[Document | Unread]:
    """Every document of a file, a line at a time, in its order. Raises OSError when the file cannot be read."""
    with file.open("rb") as stream:
        begun = False
        for number, raw in enumerate(_lines(stream), 1):
            line = trim(raw.rstrip(b"\n"))
            if not line.strip():
                continue
            try:
                yield _document(line)
            except BadLine as error:
                whole = None if begun else _whole(file)
                if whole is not None:
                    yield whole
                    return
                yield Unread(number, str(error), torn=not raw.endswith(b"\n") and begun)
            begun = True


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """Lines with their ends; of one that is too long only its beginning."""
    while raw := stream.readline(LARGEST + 1):
        rest = raw
        while len(rest) > LARGEST and not rest.endswith(b"\n"):
            rest = stream.readline(LARGEST + 1)
        yield raw if rest is raw else raw + b"\n" * rest.endswith(b"\n")


def _document(line: bytes) -> Document:
    if len(line) > LARGEST:
        raise BadLine(f"longer than {LARGEST} bytes")
    document = parse(_decoder, line)
    if document.resource_logs is None and document.resource_metrics is None and document.resource_spans is None:
        raise BadLine(f"no export: none of {', '.join(_KINDS)} stands in it")
    return document


def _whole(file: Path) -> Document | None:
    """The file as one document, which a person or a program laid out over many lines."""
    if file.stat().st_size > LARGEST:
        return None
    try:
        return _document(trim(file.read_bytes().strip()))
    except BadLine:
        return None


def attributes(pairs: list[_Pair] | None) -> Attributes:
    """Attributes by name, texts and numbers alone: lists and maps are left out."""
    found: dict[str, str | int | float | bool] = {}
    for pair in pairs or ():
        value = pair.value
        if value is None:
            continue
        for said in (value.string_value, value.int_value, value.double_value, value.bool_value):
            if said is not None:
                found[pair.key] = clean(said) if isinstance(said, str) else said
                break
    return found


def of_named(named: _Named | None) -> tuple[str, Attributes]:
    """The name and the attributes of a scope or a resource."""
    return ("", {}) if named is None else (named.name or "", attributes(named.attributes))


def whole(value: object) -> int | None:
    """A whole number from 0 on that 64 bits hold, however it is spelled; None for anything else."""
    exact = real(value)
    return None if exact is None or not 0 <= exact < _BEYOND or exact != int(exact) else int(exact)


def real(value: object) -> float | int | None:
    """A number that 64 bits hold the whole part of, however it is spelled; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    if isinstance(value, str):
        try:
            value = int(value) if value.isdigit() else float(value)
        except ValueError:  # no number, or longer than anybody counts
            return None
    return value if abs(value) < _BEYOND else None  # which is no number either where it is NaN
