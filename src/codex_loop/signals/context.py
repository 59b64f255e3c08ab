"""What the agent forgot or could not hold: compactions, files read again, wandering without an edit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

from codex_loop.signals.command import parse
from codex_loop.signals.detector import Detector, Finding
from codex_loop.signals.failures import READERS
from codex_loop.signals.outcome import Outcome, outcome
from codex_loop.signals.session import Call, Compacted, Edit, Goal, Session, Step

REPEATED = 2
READ_AGAIN = 3
FILES_READ = 10
_READING = frozenset({"cat", "sed", "head", "tail", "nl", "less", "bat"})
_WANTS_EDITS = re.compile(
    r"\b(?:fix|add|implement|change|refactor|write|create|remove|delete|rename|update|make|build|migrate|replace)\b",
    re.IGNORECASE,
)
_json: msgspec.json.Decoder[object] = msgspec.json.Decoder()
_PATH = re.compile(r'"(?:file_path|path|notebook_path|filePath|absolute_path)"\s*:\s*"((?:[^"\\]|\\.)+)"')


def automatic(session: Session) -> list[Compacted]:
    return [step for step in session.of(Compacted) if step.trigger != "manual"]


def _compaction(session: Session) -> Iterator[Finding]:
    """A compaction that was asked for is the user's choice, no friction."""
    for step in automatic(session):
        yield Finding(
            anchor=str(step.key),
            evidence=(step,),
            title="history was compacted because the context was full",
            measured={
                name: value
                for name, value in (("before", step.pre_tokens), ("after", step.post_tokens))
                if value is not None
            },
        )


def _repeated(session: Session) -> Iterator[Finding]:
    for goal in session.goals:
        steps = [step for step in goal.steps if isinstance(step, Compacted) and step.trigger != "manual"]
        if len(steps) >= REPEATED:
            yield Finding(
                anchor=str(steps[0].key),
                evidence=tuple(steps),
                title=f"{len(steps)} compactions within one request",
                severity=min(0.5 + 0.05 * len(steps), 0.9),
                measured={"compactions": len(steps), "threshold": REPEATED},
            )


def read_path(call: Call) -> str | None:
    """The file a call reads; None when it reads none, or nobody can tell which."""
    if outcome(call) not in (Outcome.OK, Outcome.UNKNOWN):
        return None
    if call.name in READERS:
        found = _PATH.search(call.arguments or "")
        return found[1] if found else None
    command = parse(call.command)
    if command.head not in _READING or len(command.heads) > 2:  # `cat x | head` still reads x
        return None
    named = [word for word in command.words[1:] if not word.startswith("-") and re.search(r"[./]", word)]
    return named[-1] if named else None


def read_again(session: Session) -> Iterator[Finding]:
    """Files read again after a compaction that had been read before it, and did not change in between."""
    steps = session.steps
    cuts = [at for at, step in enumerate(steps) if isinstance(step, Compacted) and step.trigger != "manual"]
    for at, after in pairwise([*cuts, len(steps)]):
        known = dict(_reads(steps[:at]))
        changed = {step.path for step in steps[:at] if isinstance(step, Edit)}
        again: dict[str, Call] = {}
        for path, call in _reads(steps[at:after]):
            if path in known and path not in changed:
                again.setdefault(path, call)
        if len(again) >= READ_AGAIN:
            yield Finding(
                anchor=str(steps[at].key),
                evidence=(steps[at], *again.values()),
                title=f"{len(again)} files read again after a compaction",
                body="read again after the history was cut: " + ", ".join(sorted(map(_basename, again))[:8]),
                measured={"files": len(again), "threshold": READ_AGAIN},
            )


def _reads(steps: Sequence[Step]) -> Iterator[tuple[str, Call]]:
    for step in steps:
        if isinstance(step, Call):
            path = read_path(step)
            if path is not None:
                yield path, step


def _basename(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


def wandered(session: Session) -> Iterator[Finding]:
    for goal in session.goals:
        if goal.prompt is None or not _WANTS_EDITS.search(goal.prompt.text):
            continue
        group = _wandering(goal)
        files = {path for path, _ in group}
        if len(files) > FILES_READ:
            yield Finding(
                anchor=group[0][1].call_id,
                evidence=tuple(call for _, call in group),
                title=f"{len(files)} files read without an edit",
                body=f"searching: {goal.prompt.text[:120]}",
                measured={"files": len(files), "threshold": FILES_READ},
            )


def _wandering(goal: Goal) -> list[tuple[str, Call]]:
    """The longest stretch of reads between two edits."""
    best: list[tuple[str, Call]] = []
    run: list[tuple[str, Call]] = []
    for step in goal.steps:
        if isinstance(step, Edit):
            run = []
        run += list(_reads([step]))
        if len(run) > len(best):
            best = list(run)
    return best


_SEEN = frozenset({"compactions"})

DETECTORS = (
    Detector("compaction", 1, "friction", 0.2, 0.95, _compaction, "The context was full and history was cut.",
             needs=_SEEN),
    Detector("repeated_compaction", 1, "friction", 0.6, 0.95, _repeated, "Cut twice or more within one request.",
             needs=_SEEN),
    Detector("context_thrash", 1, "friction", 0.6, 0.85, read_again, "Files read again after history was cut.",
             needs=_SEEN),
    Detector("context_churn", 1, "friction", 0.5, 0.7, wandered,
             "More than ten files read, none edited, though asked."),
)  # fmt: skip
