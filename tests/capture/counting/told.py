"""Rows of the ledger as tests speak of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from codex_loop.capture.counting.base import FINAL, MAIN_THREAD, Counted, Into
from codex_loop.model.keys import session_key
from codex_loop.store.compiled.sqlite import COLUMNS

_PLACES = {name: place for place, name in enumerate(COLUMNS["usage_events"])}
_SESSIONS: dict[int, str] = {}


class Told:
    """One row: its columns by name, and the native id of its session."""

    def __init__(self, row: Iterable[Any]) -> None:
        self.row = tuple(row)
        assert len(self.row) == len(_PLACES)

    def __getattr__(self, name: str) -> Any:
        return self.row[_PLACES[name]]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Told) and self.row == other.row

    def __hash__(self) -> int:
        return hash(self.row)

    @property
    def session(self) -> str:
        return _SESSIONS[self.session_key]

    @property
    def offset(self) -> int:
        return int(self.line_offset)

    @property
    def sidechain(self) -> bool:
        return int(self.weight) < MAIN_THREAD

    @property
    def final(self) -> bool:
        return bool(self.quality == FINAL)

    def having(self, **values: Any) -> Told:
        told = {**dict(zip(_PLACES, self.row, strict=True)), **values}
        return Told(told.values())


def told(counted: Counted, agent: str) -> list[Told]:
    """The rows of a count; every session they belong to was announced, now or in an earlier one."""
    for started in counted.sessions:
        _SESSIONS[session_key(agent, started.session)] = started.session
    for session in counted.last:
        _SESSIONS[session_key(agent, session)] = session
    return [Told(row) for row in counted.usages]


def codex(path: str) -> Into:
    return Into(path, "codex")


def claude(path: str) -> Into:
    return Into(path, "claude")
