"""Why ccusage and our ledger differ: what is known from the numbers themselves, and what only is likely.

A reason is `known` when it makes the difference what it is, to the token, or follows from the times; it is `likely`
when the period holds what ccusage is known to count otherwise. Where neither holds, that is said, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

import msgspec

from codex_loop.model.text import UUID
from codex_loop.sources.ccusage import Report, Row
from codex_loop.usage.bridge.counts import Counts, Ledger, Share

_UUID = re.compile(UUID)
_PERIODS = ("daily", "weekly", "monthly")


class Reason(msgspec.Struct, frozen=True):
    """One explanation; `code` is stable."""

    code: str
    certainty: Literal["known", "likely", "none"]
    text: str


class Zone(NamedTuple):
    """A zone in whose days more of the report agrees."""

    name: str
    wholly: bool


class Case(NamedTuple):
    """What is known around one difference."""

    report: Report
    ledger: Ledger
    agent: str
    row: Row | None
    latest: bool
    zone: Zone | None
    moved: bool
    """The sum over all sessions agrees."""


class Sides(NamedTuple):
    """The two sides of a difference; `more`: by how much theirs exceeds ours."""

    theirs: Counts | None
    ours: Share | None
    more: int
    case: Case


UNEXPLAINED = Reason("unexplained", "none", "nothing that is known of either side explains it")


def why(theirs: Counts | None, ours: Share | None, case: Case) -> tuple[Reason, ...]:
    """All reasons that apply, the known ones first; `unexplained` when there is none."""
    sides = Sides(theirs, ours, _total(theirs) - (0 if ours is None else _total(ours.counts)), case)
    found = _applying(_RULES, sides)
    known = [reason for reason in found if reason.certainty == "known"]
    return tuple(known or found or _applying(_FALLBACKS, sides) or [UNEXPLAINED])


def _applying(rules: Sequence[Callable[[Sides], Reason | None]], sides: Sides) -> list[Reason]:
    return [reason for rule in rules if (reason := rule(sides)) is not None]


def thread_of(session: str) -> str:
    """The thread that a session of ccusage is: its path of a rollout names it; other ids are what they are."""
    stem = session.rpartition("/")[2]
    found = _UUID.search(stem) if stem.startswith("rollout-") else None
    return found.group() if found else session


def _total(counts: Counts | None) -> int:
    return 0 if counts is None else counts.total_tokens


def _other_agent(sides: Sides) -> Reason | None:
    if sides.ours is None and sides.case.agent not in ("codex", "claude", "all"):
        return Reason("other-agent", "known", f"our ledger does not read {sides.case.agent}")
    others = (
        sorted(set(sides.case.row.agents) - {"codex", "claude"}) if sides.case.row and sides.case.agent == "all" else []
    )
    if others and sides.more > 0:
        return Reason("other-agent", "likely", f"it counts {', '.join(others)}, which our ledger does not read")
    return None


def _zone(sides: Sides) -> Reason | None:
    if sides.case.zone is None:
        return None
    certainty: Literal["known", "likely"] = "known" if sides.case.zone.wholly else "likely"
    return Reason(
        "zone",
        certainty,
        f"its days are those of {sides.case.zone.name}: compare with --timezone {sides.case.zone.name}",
    )


def _repeats(sides: Sides) -> Reason | None:
    if sides.case.report.dialect != "codex-v18" or sides.more <= 0:
        return None
    return Reason("v18-repeats", "likely", "version 18 counts repeated counters and copied forks again")


_NOT_READ_YET = "our ledger was last brought up to date before that; run `codex-loop ingest`"


def _not_read_yet(sides: Sides) -> Reason | None:
    until, row = sides.case.ledger.read_until_ms, sides.case.row
    if until is None or row is None or row.last_ms is None or sides.more <= 0 or row.last_ms <= until:
        return None
    return Reason("not-read-yet", "known", _NOT_READ_YET)


def _hardly_read_yet(sides: Sides) -> Reason | None:
    """The last day of the report, and our last look was on it or before."""
    until, row = sides.case.ledger.read_until_ms, sides.case.row
    if until is None or row is None or sides.more <= 0 or not sides.case.latest:
        return None
    if sides.case.report.kind not in _PERIODS or sides.case.ledger.day_of(until)[: len(row.key)] > row.key:
        return None
    return Reason("not-read-yet", "likely", _NOT_READ_YET)


def _older_report(sides: Sides) -> Reason | None:
    if sides.case.ledger.just_made:
        return None
    if not (sides.case.latest and sides.more < 0 and sides.case.report.kind in _PERIODS and sides.theirs is not None):
        return None
    return Reason("older-report", "likely", "the report is older than what our ledger has read since")


def _compressed(sides: Sides) -> Reason | None:
    return _unread(sides, "compressed", sides.ours.compressed if sides.ours else 0, "it does not read compressed files")


def _linked(sides: Sides) -> Reason | None:
    return _unread(sides, "symlink", sides.ours.linked if sides.ours else 0, "it does not follow symbolic links")


def _spaced(sides: Sides) -> Reason | None:
    tokens = sides.ours.spaced if sides.ours else 0
    return _unread(sides, "spaced", tokens, "it finds nothing in lines that are written with spaces")


def _unread(sides: Sides, code: str, tokens: int, text: str) -> Reason | None:
    if not tokens or sides.more >= 0:
        return None
    return Reason(code, "known" if tokens == -sides.more else "likely", text)


def _archived_copy(sides: Sides) -> Reason | None:
    if sides.case.report.kind != "session" or sides.ours is None or not sides.ours.copied or sides.more <= 0:
        return None
    exactly = sides.more == sides.ours.copied
    text = "the session also lies in the archive folder, and its session report counts both files"
    return Reason("archived-copy", "known" if exactly else "likely", text)


def _replayed(sides: Sides) -> Reason | None:
    kind = sides.case.report.kind
    if kind not in ("session", "blocks") or sides.ours is None or not sides.ours.aside or sides.more <= 0:
        return None
    text = f"side conversations replay messages of the session, which its {kind} report counts again"
    return Reason("side-replay", "likely", text)


def _orphan(sides: Sides) -> Reason | None:
    if sides.ours is None or not sides.ours.orphan:
        return None
    text = "a fork of it has lost its parent's file: ccusage then drops copied history, or counts it again"
    return Reason("missing-parent", "likely", text)


def _moved(sides: Sides) -> Reason | None:
    if not sides.case.moved:
        return None
    return Reason("other-session", "known", "the same tokens, which a fork or resume copied, under another session")


def _quick_child(sides: Sides) -> Reason | None:
    if sides.ours is None or not 0 < -sides.more <= sides.ours.branch or sides.case.report.dialect == "codex-v18":
        return None
    certainty: Literal["known", "likely"] = "known" if sides.ours.branch == -sides.more else "likely"
    text = "ccusage takes what a fork or subagent uses in quick succession at its beginning for copied history"
    return Reason("quick-child", certainty, text)


def _same_moment(sides: Sides) -> Reason | None:
    if sides.ours is None or not sides.ours.twins or sides.more >= 0 or sides.case.report.kind not in _PERIODS:
        return None
    text = "sessions used the same numbers at the same millisecond, which ccusage counts once"
    return Reason("same-moment", "known" if sides.ours.twins == -sides.more else "likely", text)


def _resumed(sides: Sides) -> Reason | None:
    if sides.ours is None or not sides.ours.old or sides.more <= 0:
        return None
    return Reason("resumed-copies", "likely", "resuming copied history without request ids, which ccusage counts again")


def _records(sides: Sides) -> Reason | None:
    if sides.ours is None or sides.more >= 0 or sides.ours.recorded < -sides.more:
        return None
    return Reason("usage-records", "likely", "ccusage does not read usage records, which also tell of killed requests")


def _requests(sides: Sides) -> Reason | None:
    if sides.case.report.kind not in _PERIODS or sides.ours is None or not sides.ours.unnamed or sides.more <= 0:
        return None
    if sides.case.agent not in ("claude", "all"):
        return None
    return Reason("no-request-id", "likely", "ccusage counts messages without a request id once for each line")


def _nowhere(sides: Sides) -> Reason | None:
    if sides.ours is None and sides.theirs is not None:
        return Reason("other-home", "likely", "it stands in a folder that `codex-loop ingest` was not told of")
    if sides.theirs is None:
        text = "ccusage did not read it: another folder, or a report of fewer days"
        return Reason("not-read-there", "likely", text)
    return None


def _kinds(sides: Sides) -> Reason | None:
    if sides.more or sides.theirs is None or sides.ours is None:
        return None
    return Reason("kinds", "likely", "only the kinds of tokens differ, not their sum")


_RULES: Sequence[Callable[[Sides], Reason | None]] = (
    _other_agent,
    _zone,
    _not_read_yet,
    _archived_copy,
    _compressed,
    _linked,
    _spaced,
    _repeats,
    _replayed,
    _moved,
    _orphan,
    _quick_child,
    _same_moment,
    _records,
    _requests,
    _resumed,
    _kinds,
)
_FALLBACKS: Sequence[Callable[[Sides], Reason | None]] = (_hardly_read_yet, _older_report, _nowhere)
