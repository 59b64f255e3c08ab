"""Which plays there are, and which of them a release can be in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tests.contract.claude_days import CLAUDE_DAY_PLAYS
from tests.contract.claude_plays import CLAUDE_PLAYS
from tests.contract.codex_days import CODEX_DAY_PLAYS
from tests.contract.codex_plays import CODEX_PLAYS
from tools.catalog import CLAUDE_VERSIONS, CODEX_VERSIONS

# What a release cannot do, or does without leaving a trace.
_LACKING: Mapping[str, frozenset[str]] = {
    "codex-0.63.0": frozenset(
        {"server-fork", "revert", "manual-compaction", "fork", "subagent", "given-history", "rollout-trace"}
    ),
    "codex-0.92.0": frozenset({"manual-compaction", "fork", "subagent", "given-history", "rollout-trace"}),
    "codex-0.120.0": frozenset({"fork", "rollout-trace"}),
    "codex-0.169.0": frozenset({"plan"}),
    "claude-1.0.100": frozenset({"fork", "compaction", "auto-compaction"}),
    "claude-2.1.197": frozenset({"auto-compaction"}),
}

DAYS = CODEX_DAY_PLAYS.keys() | CLAUDE_DAY_PLAYS.keys()
"""Lived with the newest releases only, and recorded without their streams: days are long."""
TOLD_BY_STREAM = frozenset({"long-guidance"})
"""Days of which the stream tells what the file does not."""


def plays_for(agent: str, version: str) -> Sequence[str]:
    """Names of the plays that this release can be in."""
    known: Iterable[str] = CODEX_PLAYS if agent == "codex" else CLAUDE_PLAYS
    missing = set(_LACKING.get(f"{agent}-{version}", ()))
    if version not in (CODEX_VERSIONS[-1], CLAUDE_VERSIONS[-1]):
        missing |= DAYS
    return [name for name in known if name not in missing]
