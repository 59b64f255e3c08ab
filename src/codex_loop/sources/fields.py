"""Reading the fields of foreign JSON objects: a field of the wrong type counts as absent, nothing ever raises."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from math import floor, isfinite

Body = Mapping[str, object]

NOTHING: Body = {}

_LARGEST = 2**63 - 1


def as_body(value: object) -> Body:
    """The object itself, or an empty one."""
    return value if isinstance(value, dict) else NOTHING


def body(of: Body, name: str) -> Body:
    return as_body(of.get(name))


def items(of: Body, name: str) -> list[object]:
    value = of.get(name)
    return value if isinstance(value, list) else []


def text(of: Body, *names: str) -> str | None:
    """The first of these fields that holds a string."""
    for name in names:
        value = of.get(name)
        if isinstance(value, str):
            return value
    return None


def number(of: Body, *names: str) -> int | None:
    """The first of these fields that holds a whole number a database can store."""
    for name in names:
        value = of.get(name)
        if isinstance(value, bool):
            continue
        if isinstance(value, float) and isfinite(value) and value.is_integer():
            value = int(value)
        if isinstance(value, int) and -_LARGEST <= value <= _LARGEST:
            return value
    return None


def flag(of: Body, name: str) -> bool | None:
    value = of.get(name)
    return value if isinstance(value, bool) else None


def time_ms(stamp: str | None) -> int | None:
    """UTC milliseconds of an ISO 8601 time; one without a zone is UTC."""
    if not stamp:
        return None
    try:
        moment = datetime.fromisoformat(stamp)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return floor(moment.timestamp()) * 1000 + moment.microsecond // 1000
    except (ValueError, OverflowError):
        return None


def tag(value: object) -> str | None:
    """The name of a foreign enum value: the string itself, its `type`, or the only key of the object."""
    if isinstance(value, str):
        return value
    of = as_body(value)
    named = text(of, "type", "mode")
    if named is None and len(of) == 1:
        named = next(iter(of))
    return named
