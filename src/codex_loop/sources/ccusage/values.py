"""Strict reading: a field that is there has the right type, or the whole report is rejected; null counts as absent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import NamedTuple

from codex_loop.sources.ccusage.report import Kind, Rejected, Tokens

Body = Mapping[str, object]

INVALID: Mapping[Kind, str] = {
    "session": "invalid-sessions",
    "daily": "invalid-days",
    "weekly": "invalid-week",
    "monthly": "invalid-months",
    "blocks": "invalid-blocks",
}
NONE: Mapping[Kind, str] = {
    "session": "no-sessions",
    "daily": "no-days",
    "weekly": "no-weeks",
    "monthly": "no-months",
    "blocks": "no-blocks",
}
_LARGEST = 2**63 - 1


class At(NamedTuple):
    """Where in the report we are, for the sentence that rejects it."""

    kind: Kind
    place: str

    def inside(self, place: str) -> At:
        return At(self.kind, f"{self.place}, {place}")

    def wrong(self, reason: str) -> Rejected:
        return Rejected(INVALID[self.kind], f"{self.place}: {reason}")


def body(value: object, at: At) -> Body:
    if not isinstance(value, dict):
        raise at.wrong(f"{_shown(value)} stands where an object is needed")
    return value


def rows(value: object, at: At) -> list[object]:
    if not isinstance(value, list):
        raise at.wrong(f"{_shown(value)} stands where a list is needed")
    return value


def present(of: Body, names: Sequence[str]) -> tuple[str, object] | None:
    """The first of these fields that is there and not null, whatever it holds: 0 is a value."""
    return next(((name, of[name]) for name in names if of.get(name) is not None), None)


def count(of: Body, at: At, *names: str) -> int | None:
    """A whole number of tokens, from the first of these names that is there."""
    found = present(of, names)
    if found is None:
        return None
    name, value = found
    if isinstance(value, float) and isfinite(value) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LARGEST:
        raise at.wrong(f"{name} is {_shown(value)}, not a number of tokens")
    return value


def counted(of: Body, at: At, name: str) -> int:
    """The same, of a field that every report of this dialect has."""
    value = count(of, at, name)
    if value is None:
        raise at.wrong(f"{name} is missing")
    return value


def amount(of: Body, at: At, *names: str) -> float | None:
    """A cost or a percentage; -0.0, which ccusage prints of empty reports, is 0."""
    found = present(of, names)
    if found is None:
        return None
    name, value = found
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value) or value < 0:
        raise at.wrong(f"{name} is {_shown(value)}, not an amount")
    return float(value) + 0.0


def text(of: Body, at: At, *names: str) -> str | None:
    found = present(of, names)
    if found is None:
        return None
    name, value = found
    if not isinstance(value, str):
        raise at.wrong(f"{name} is {_shown(value)}, not a text")
    return value


def named(of: Body, at: At, *names: str) -> str:
    """The same, of a field without which a row means nothing."""
    value = text(of, at, *names)
    if not value:
        raise at.wrong(f"{names[0]} is missing")
    return value


def flag(of: Body, at: At, name: str) -> bool:
    value = of.get(name)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise at.wrong(f"{name} is {_shown(value)}, neither true nor false")
    return value


def names_of(of: Body, at: At, name: str) -> tuple[str, ...]:
    value = of.get(name)
    if value is None:
        return ()
    found = tuple(each for each in rows(value, at.inside(name)) if isinstance(each, str))
    if len(found) != len(rows(value, at)):
        raise at.wrong(f"{name} holds something that is no name")
    return found


def tokens(of: Body, at: At) -> Tokens:
    """The counts of version 20, in which input leaves out the cache. All but the reasoning are always there."""
    return Tokens(
        input=counted(of, at, "inputTokens"),
        cache_read=counted(of, at, "cacheReadTokens"),
        cache_write=counted(of, at, "cacheCreationTokens"),
        output=counted(of, at, "outputTokens"),
        reasoning=count(of, at, "reasoningOutputTokens"),
        total=counted(of, at, "totalTokens"),
    )


def parts_sum(of: Tokens) -> int | None:
    """What the total should be; None where a part was not told."""
    parts = (of.input, of.cache_read, of.cache_write, of.output)
    told = [part for part in parts if part is not None]
    return sum(told) if len(told) == len(parts) else None


def _shown(value: object) -> str:
    kinds = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "nothing"}
    kind = next((name for of, name in kinds.items() if isinstance(value, of)), None)
    shown = kind or str(value)
    return f"{kind} ({value[:40]!r})" if isinstance(value, str) else shown
