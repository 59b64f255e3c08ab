"""From a document to what it tells: which agent it is of, which of its names carry tokens, and all other names."""

from __future__ import annotations

from collections.abc import Iterator

from codex_loop.clock import parse_ms
from codex_loop.model.keys import key
from codex_loop.sources.otlp import claude, codex
from codex_loop.sources.otlp.documents import (
    Attributes,
    Document,
    LogRecord,
    Metric,
    Point,
    Points,
    attributes,
    of_named,
    real,
    whole,
)
from codex_loop.sources.otlp.told import PICO, Count, Other, Request, Told, Why

_MS_NS = 1_000_000
_NAMELESS = "(no name)"
_LONGEST = 80
_TEMPORALITY = {
    1: False,
    2: True,
    "AGGREGATION_TEMPORALITY_DELTA": False,
    "AGGREGATION_TEMPORALITY_CUMULATIVE": True,
}
_NO_VALUE = 1
"""The flag of a point that only says that its stream has ended."""


def told(document: Document) -> Iterator[Told]:
    """Everything a document tells, in its order."""
    for logs in document.resource_logs or ():
        for group in logs.scope_logs or ():
            scope, _ = of_named(group.scope)
            for record in group.log_records or ():
                yield _event(record, scope)
    for metrics in document.resource_metrics or ():
        _, resource = of_named(metrics.resource)
        for each in metrics.scope_metrics or ():
            for metric in each.metrics or ():
                yield from _metric(metric, resource)
    if document.spans:
        yield Other("spans", "span", "no-tokens", document.spans)


def _event(record: LogRecord, scope: str) -> Told:
    said = attributes(record.attributes)
    name = _event_name(record, said, scope)
    answer: Request | Why
    if name == claude.REQUEST:
        answer = claude.request(said, _time_ms(record, said), _identity(record, said))
    elif name == codex.ANSWER and codex.carries_tokens(said):
        answer = codex.request(said, _time_ms(record, said), _identity(record, said))
    else:
        answer = "no-tokens" if name.startswith((claude.PREFIX, codex.PREFIX)) else "foreign"
    return answer if isinstance(answer, Request) else Other(name[:_LONGEST], "event", answer)


def _event_name(record: LogRecord, said: Attributes, scope: str) -> str:
    """Claude says it in the body and, without its prefix, in an attribute; Codex in an attribute alone."""
    body = record.body.string_value if record.body is not None else None
    if body and body.startswith(claude.PREFIX):
        return body
    name = str(said.get("event.name") or "")
    if name.startswith((claude.PREFIX, codex.PREFIX)):
        return name
    if scope.startswith(claude.SCOPE):
        return f"{claude.PREFIX}{name or _NAMELESS}"
    if scope.startswith(codex.SCOPE):
        return f"{codex.PREFIX}{name or _NAMELESS}"
    return name or record.event_name or _NAMELESS


def _time_ms(record: LogRecord, said: Attributes) -> int | None:
    """Codex leaves the record's own time at 0."""
    stamp = parse_ms(str(said.get("event.timestamp") or ""))
    nanos = whole(record.time_unix_nano)
    return stamp if stamp is not None or not nanos else nanos // _MS_NS


def _identity(record: LogRecord, said: Attributes) -> int:
    """Of what the agent said alone: what a collector adds on its way is different on another way."""
    return key("otlp", str(whole(record.time_unix_nano) or 0), *(f"{name}={said[name]}" for name in sorted(said)))


def _metric(metric: Metric, resource: Attributes) -> Iterator[Told]:
    name = metric.name[:_LONGEST] or _NAMELESS
    if metric.name == codex.TOKENS:
        yield Other(name, "metric", "no-session", metric.points)
    elif metric.name not in (claude.TOKENS, claude.COST):
        known = metric.name.startswith((claude.PREFIX, codex.PREFIX))
        yield Other(name, "metric", "no-tokens" if known else "foreign", metric.points)
    elif metric.sum is None or not metric.sum.is_monotonic or metric.sum.aggregation_temporality not in _TEMPORALITY:
        yield Other(name, "metric", "no-counter", metric.points)
    else:
        for point in metric.sum.data_points or ():
            if not point.flags & _NO_VALUE:
                yield _point(metric.name, metric.sum, point, resource)


def _point(metric: str, points: Points, point: Point, resource: Attributes) -> Told:
    said = attributes(point.attributes)
    everything = {**resource, **said}
    session, model = everything.get("session.id"), said.get("model")
    kind = claude.kind(metric, said)
    number = real(point.as_int if point.as_int is not None else point.as_double)
    value = None if number is None else round(number * PICO) if kind == "cost" else whole(number)
    why: Why | None = None
    if kind is None:
        why = "unknown-kind"
    elif value is None or value < 0:
        why = "bad-number"
    elif not session:
        why = "no-session"
    elif not model:
        why = "no-model"
    if why is not None or kind is None or value is None:
        return Other(metric, "metric", why or "bad-number")
    query = said.get("query_source")
    return Count(
        agent=claude.AGENT,
        session=str(session),
        model=str(model),
        kind=kind,
        value=value,
        stream=key("otlp", metric, *(f"{name}={said[name]}" for name in sorted(said)), str(session)),
        begun_ns=whole(point.start_time_unix_nano) or 0,
        time_ns=whole(point.time_unix_nano) or 0,
        cumulative=_TEMPORALITY[points.aggregation_temporality],
        query=str(query) if query else None,
    )
