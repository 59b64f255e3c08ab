"""What each generation of each agent's files can show at all: absent evidence there is no evidence of absence.

A detector names what it `needs`; where the files cannot show that, "none" would be a lie, and `doctor` says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from codex_loop.signals.detector import Detector

EVERYTHING = frozenset(
    {"approvals", "compactions", "decider", "interruptions", "plans", "retries", "reverts", "warnings"}
)


class Generation(NamedTuple):
    """Files of an agent from this version on, and what they show by themselves."""

    agent: str
    since: tuple[int, ...]
    shows: frozenset[str]
    text_only: frozenset[str] = frozenset()
    """Shown by words of a result alone: found, with less confidence."""


GENERATIONS = (
    Generation("codex", (0,), frozenset({"compactions", "interruptions", "plans"}), frozenset({"approvals"})),
    Generation("codex", (0, 169), frozenset({"compactions", "interruptions", "plans", "reverts"}),
               frozenset({"approvals"})),
    Generation("claude", (0,), frozenset({"compactions", "interruptions", "plans"}), frozenset({"approvals"})),
    Generation("claude", (2, 1), frozenset({"compactions", "interruptions", "plans", "retries"}),
               frozenset({"approvals"})),
    Generation("claude", (2, 1, 329), frozenset({"approvals", "compactions", "decider", "interruptions", "plans",
                                                 "retries"})),
)  # fmt: skip


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Something that some sessions' files cannot show, and which signals are unknown there instead of absent."""

    agent: str
    version: str
    sessions: int
    missing: tuple[str, ...]
    """Not shown at all."""
    doubtful: tuple[str, ...]
    """Shown by words of a result alone."""
    unknown_signals: tuple[str, ...]


def generation(agent: str, version: str | None) -> Generation | None:
    """The generation of a version's files; None for an agent nobody described."""
    number = tuple(map(int, re.findall(r"\d+", version or "")[:3]))
    known = [each for each in GENERATIONS if each.agent == agent and each.since <= number]
    return max(known, key=lambda each: each.since, default=None)


def gaps(counts: Mapping[tuple[str, str | None], int], detectors: Iterable[Detector]) -> list[Gap]:
    """By agent and version, what (session counts by agent and version) cannot tell."""
    needs = {detector.id: detector.needs for detector in detectors}
    found = []
    for (agent, version), sessions in sorted(counts.items(), key=lambda item: (item[0][0], item[0][1] or "")):
        told = generation(agent, version)
        if told is None:
            continue
        missing = EVERYTHING - told.shows - told.text_only
        found.append(
            Gap(
                agent=agent,
                version=version or "unknown",
                sessions=sessions,
                missing=tuple(sorted(missing)),
                doubtful=tuple(sorted(told.text_only)),
                unknown_signals=tuple(sorted(name for name, need in needs.items() if need & missing)),
            )
        )
    return found
