"""Commits and what became of them: mended or taken back within a week, or left alone.

A commit is what a session's calls say of it: the edits since the one before are its files. What nobody recorded is not
known: that a commit lasted is only said where sessions of the same place were recorded a week later.
"""

from __future__ import annotations

import re
from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

import msgspec

from codex_loop.clock import DAY_MS
from codex_loop.signals.command import parse
from codex_loop.signals.detector import Detector, Finding, first_words
from codex_loop.signals.rows import Told, row
from codex_loop.signals.session import Session
from codex_loop.store import committed
from codex_loop.store.committed import GitCall, Touched
from codex_loop.store.engine import Database
from codex_loop.store.neighbours import Neighbour
from codex_loop.store.signals import SignalRow

LASTING_MS = 7 * DAY_MS
_MADE = re.compile(r"^\[[^\]\n]*?\b([0-9a-f]{7,40})\] (.+)$", re.MULTILINE)
_MESSAGE = re.compile(r"(?:\s-[a-zA-Z]*m|--message)[ =]?\s*(['\"])(.*?)\1", re.DOTALL)
_HEREDOC = re.compile(r"^\$\(cat <<-?\s*['\"]?\w+['\"]?\n", re.DOTALL)
_MENDS = re.compile(
    r"^\W*(?:\[[^\]]*\]\s*)?(?:(?:bug|hot)?-?fix(?:e[sd]|up)?\b|revert(?:s|ed)?\b|repairs?\b|regression\b)"
    r"|\bregression\b|\bhot-?fix\b|\bbroken by\b",
    re.IGNORECASE,
)
_SHA = re.compile(r"^[0-9a-f]{7,40}$")
_QUOTED = re.compile(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_NO_COMMIT = re.compile(r"\s--(?:amend|dry-run|abort|quit|no-commit)\b|\brevert\s+-n\b")
_REVERTED = re.compile(r"\bgit\s+revert((?:\s+[^\s;&|]+)+)")


class Commit(NamedTuple):
    """A commit that a session made."""

    by: Neighbour
    call: GitCall
    sha: str | None
    subject: str
    files: Mapping[str, Touched]
    """The last edit of each file since the commit before."""
    takes_back: frozenset[str]
    """Commits it says it takes back: their digests, or their subjects."""

    @property
    def over_ms(self) -> int:
        """When its week is over."""
        return self.call.time_ms + LASTING_MS


class _Place(NamedTuple):
    """A repository, as its recorded sessions tell of it."""

    commits: list[Commit]
    """In the order of time."""
    edits: dict[str, list[int]]
    """When each file was edited, in the order of time."""
    until_ms: int
    """When it was last heard of."""


def look(database: Database, every: Sequence[Neighbour], now_ms: int) -> Iterator[SignalRow]:
    """Commits of these sessions that were mended, and those that lasted."""
    for place in _places(database, every):
        for at, commit in enumerate(place.commits):
            mending = _mending(commit, islice(place.commits, at + 1, None))
            if mending is not None:
                yield _mended(commit, mending, now_ms)
            elif _lasted(commit, place, now_ms):
                yield _left_alone(commit, now_ms)


def _places(database: Database, every: Sequence[Neighbour]) -> Iterator[_Place]:
    calls, known = committed.git_calls(database), {each.key: each for each in every}
    edits = committed.touched(database, [each.key for each in every]) if calls else {}
    made: dict[str, list[Commit]] = defaultdict(list)
    for commit in _commits(calls, known, edits):
        made[commit.by.place].append(commit)
    for name, commits in made.items():
        here = [each for each in every if each.place == name]
        times: dict[str, list[int]] = defaultdict(list)
        for each in here:
            for edit in edits.get(each.key, ()):
                insort(times[edit.path], edit.time_ms)
        yield _Place(commits, times, max(each.ended_ms for each in here))


def _is_no_commit(line: str) -> bool:
    """By its options: a message may speak of them."""
    return _NO_COMMIT.search(_QUOTED.sub("''", line)) is not None


def _commits(
    calls: Sequence[GitCall], known: Mapping[int, Neighbour], edits: Mapping[int, Sequence[Touched]]
) -> Iterator[Commit]:
    last: dict[int, Commit] = {}
    for call in calls:
        by, command = known.get(call.session_key), parse(call.command)
        reverts = "git revert" in command.heads
        if by is None or not (reverts or "git commit" in command.heads) or _is_no_commit(call.command):
            continue
        before = last.get(call.session_key)
        since = before.call.time_ms if before is not None else by.started_ms
        files = {
            each.path: each for each in edits.get(call.session_key, ()) if since <= each.time_ms <= call.time_ms
        }  # fmt: skip
        made = _MADE.search(call.output)
        commit = Commit(
            by, call, made[1] if made else None, made[2].strip() if made else _subject(call.command), files,
            _taken_back(call.command, made, before) if reverts else frozenset(),
        )  # fmt: skip
        last[call.session_key] = commit
        yield commit


def _subject(command: str) -> str:
    """The first line of the message that the command names."""
    found = _MESSAGE.search(command)
    lines = _HEREDOC.sub("", found[2]).strip().splitlines() if found else []
    return lines[0].strip() if lines else ""


def _taken_back(command: str, made: re.Match[str] | None, before: Commit | None) -> frozenset[str]:
    words = " ".join(_REVERTED.findall(command)).split()
    named = {word for word in words if _SHA.match(word)}
    if made is not None and made[2].startswith('Revert "'):
        named.add(made[2].removeprefix('Revert "').rstrip().removesuffix('"'))
    if before is not None and "HEAD" in words:
        named |= {before.sha or before.subject}
    return frozenset(named)


def _mending(commit: Commit, later: Iterable[Commit]) -> Commit | None:
    """The first commit of its week that mends it."""
    for each in later:
        if each.call.time_ms > commit.over_ms:
            return None
        if _mends(commit, each):
            return each
    return None


def _mends(first: Commit, later: Commit) -> bool:
    """Whether the later one takes the first back, or says in another session that it mends one of its files."""
    if any(_is_called(first, name) for name in later.takes_back):
        return True
    elsewhere = later.by.key != first.by.key
    return elsewhere and bool(_MENDS.search(later.subject)) and bool(first.files.keys() & later.files.keys())


def _is_called(commit: Commit, name: str) -> bool:
    if commit.sha is not None and _SHA.match(name):
        return commit.sha.startswith(name) or name.startswith(commit.sha)
    return bool(name) and name == commit.subject


def _lasted(commit: Commit, place: _Place, now_ms: int) -> bool:
    """Whether a week went by, somebody was there after it, and no recorded session touched its files within it."""
    if not commit.files or commit.takes_back or min(now_ms, place.until_ms) <= commit.over_ms:
        return False
    times = (place.edits[path] for path in commit.files)
    return all(bisect_right(each, commit.call.time_ms) == bisect_right(each, commit.over_ms) for each in times)


def _mended(commit: Commit, mending: Commit, now_ms: int) -> SignalRow:
    both = sorted(commit.files.keys() & mending.files.keys())
    named = ", ".join(path.rpartition("/")[2] for path in both[:5])
    how = "taken back" if mending.takes_back else "mended"
    days = (mending.call.time_ms - commit.call.time_ms) / DAY_MS
    edits = [_edit(mending.files[path]) for path in both[:5]]
    told = Told(
        title=f"a commit was {how} {days:.1f} days later" + (f": {named}" if named else ""),
        body=first_words(f"{commit.subject or 'a commit'} | {how} by: {mending.subject or 'another one'} | {named}"),
        proof=_proof(_call(commit.call), _call(mending.call), *edits),
        measured={"days": round(days, 2), "threshold_days": LASTING_MS // DAY_MS, "files": len(both)},
        anchor=commit.call.call_id,
        time_ms=commit.call.time_ms,
        call_key=commit.call.key,
        turn_key=commit.call.turn_key,
        confidence=0.95 if mending.takes_back else None,
    )
    return row(REGRESSION, commit.by, now_ms, told)


def _left_alone(commit: Commit, now_ms: int) -> SignalRow:
    names = ", ".join(sorted(path.rpartition("/")[2] for path in commit.files)[:5])
    told = Told(
        title=f"a commit of {len(commit.files)} file{'s' if len(commit.files) > 1 else ''} that lasted a week",
        body=first_words(" | ".join(filter(None, (commit.subject, names)))),
        proof=_proof(_call(commit.call), *(_edit(each) for each in list(commit.files.values())[:5])),
        measured={"files": len(commit.files), "days": LASTING_MS // DAY_MS},
        anchor=commit.call.call_id,
        time_ms=commit.call.time_ms,
        call_key=commit.call.key,
        turn_key=commit.call.turn_key,
    )
    return row(LASTING, commit.by, now_ms, told)


def _call(call: GitCall) -> dict[str, int | str]:
    return {"record": "call", "key": call.key, "source": call.source_id, "offset": call.offset, "call_id": call.call_id}


def _edit(edit: Touched) -> dict[str, int | str]:
    return {"record": "edit", "key": edit.key, "source": edit.source_id, "offset": edit.offset}


def _proof(*pointers: dict[str, int | str]) -> str:
    return msgspec.json.encode(pointers).decode()


def _not_alone(_: Session) -> Iterator[Finding]:
    return iter(())


REGRESSION = Detector("post_commit_regression", 2, "friction", 0.7, 0.8, _not_alone,
                      "A commit was taken back, or its files mended by another session, within a week.")  # fmt: skip
LASTING = Detector("commit_without_rework", 2, "delight", 0.6, 0.7, _not_alone,
                   "A commit whose files no recorded session touched again for a week.")  # fmt: skip
DETECTORS = (REGRESSION, LASTING)
