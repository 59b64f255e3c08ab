"""What became of every line of a session: in a step, folded into one, or dropped for a reason. The sums add up."""

from __future__ import annotations

from collections import Counter
from typing import Literal

import msgspec

Fate = Literal["mapped", "folded", "dropped"]


class Kind(msgspec.Struct, frozen=True):
    """Lines of one type. `input = mapped + folded + dropped`."""

    type: str
    input: int
    mapped: int
    folded: int
    dropped: int


class Reason(msgspec.Struct, frozen=True):
    """Why lines of a type are not in the document as such."""

    type: str
    fate: Fate
    reason: str
    lines: int


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """The report of one session, without those it started: they have their own."""

    session: str
    input: int
    mapped: int
    """Lines that a step, a call, a result, a metric or the head of the document is made of."""
    folded: int
    """Lines whose content stands where another line put it."""
    dropped: int
    kinds: tuple[Kind, ...]
    reasons: tuple[Reason, ...]
    sealed_reasoning_bytes: int = 0
    """Reasoning that only its provider can read: its size is kept."""
    cut_strings: int = 0
    """Texts longer than a document may hold; each says how long it was."""

    @property
    def adds_up(self) -> bool:
        whole = self.input == self.mapped + self.folded + self.dropped == sum(kind.input for kind in self.kinds)
        return whole and all(kind.input == kind.mapped + kind.folded + kind.dropped for kind in self.kinds)


class Tally:
    """Counts the fates of lines."""

    def __init__(self) -> None:
        self._fates: dict[str, Counter[Fate]] = {}
        self._reasons: Counter[tuple[str, Fate, str]] = Counter()

    def count(self, kind: str, fate: Fate, why: str = "", lines: int = 1) -> None:
        if not lines:
            return
        self._fates.setdefault(kind, Counter())[fate] += lines
        if fate != "mapped":
            self._reasons[(kind, fate, why)] += lines

    def report(self, session: str, sealed_bytes: int, cut_strings: int) -> Loss:
        kinds = tuple(
            Kind(name, fates.total(), fates["mapped"], fates["folded"], fates["dropped"])
            for name, fates in sorted(self._fates.items())
        )
        return Loss(
            session=session,
            input=sum(kind.input for kind in kinds),
            mapped=sum(kind.mapped for kind in kinds),
            folded=sum(kind.folded for kind in kinds),
            dropped=sum(kind.dropped for kind in kinds),
            kinds=kinds,
            reasons=tuple(Reason(*key, lines=lines) for key, lines in sorted(self._reasons.items())),
            sealed_reasoning_bytes=sealed_bytes,
            cut_strings=cut_strings,
        )
