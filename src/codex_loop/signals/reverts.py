"""Work taken back: by the user, by the agent, by an edit that restores what was there."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from codex_loop.model.text import counted
from codex_loop.signals.command import parse
from codex_loop.signals.detector import Detector, Finding, first_words
from codex_loop.signals.outcome import Outcome, outcome
from codex_loop.signals.session import Call, Edit, Event, Session

CHURN_EDITS = 3
CHURN_SPAN = 10
FLIPS = 3
_RESTORING = (("git", "checkout"), ("git", "restore"), ("git", "reset"), ("git", "stash"), ("git", "clean"))
_SCRATCH = re.compile(r"(?:^|/)(?:\.?tmp\w*|scratch\w*|(?:temp|debug)\d*(?=[/_.-]|$)|test[_.-])")
"""`templates` and `debugger` are no scratch."""
_FENCE = re.compile(r"```.*?(?:```|$)", re.DOTALL)
_TAKE_BACK = re.compile(
    r"^\W*(?:(?:no|please|pls|ok|okay|wait|stop|just|now|can you|could you|hm+|argh|ugh)\b\W*)*"
    r"(?:undo|revert|roll\s?(?:(?:it|that|this|them)\s)?back|go back|put (?:it|that|this|them) back"
    r"|take (?:it|that) back|restore (?:it|that|the (?:old|previous|original))|back it out"
    r"|delete that|remove that|get rid of that)\b",
    re.IGNORECASE,
)
_OF_A_FEATURE = re.compile(
    r"^\W*(?:\w+\W+){0,3}(?:undo|revert|rollback|go back|cancel)\W+(?:\w+\W+){0,1}"
    r"(?:button|feature|command|action|stack|history|link|support|endpoint|menu|functionality|shortcut|key)",
    re.IGNORECASE,
)


def _reverted(session: Session, scope: str) -> Iterator[Finding]:
    for step in session.of(Event):
        if step.kind == "reverted" and step.scope == scope:
            yield Finding(
                anchor=str(step.key),
                evidence=(step,),
                title={"undo": "undone", "rollback": "rolled back", "revert": "taken back"}[scope] + " by the user",
                body="",
                measured={} if step.detail is None else {"detail": step.detail},
            )


def _undo(session: Session) -> Iterator[Finding]:
    return _reverted(session, "undo")


def _rollback(session: Session) -> Iterator[Finding]:
    return _reverted(session, "rollback")


def _revert(session: Session) -> Iterator[Finding]:
    return _reverted(session, "revert")


def _in_message(session: Session) -> Iterator[Finding]:
    goals = session.goals
    for before, goal in pairwise(goals):
        prompt = goal.prompt
        if prompt is None or not before.edits:
            continue
        words = _FENCE.sub(" ", prompt.text).strip()[:80]
        if _TAKE_BACK.search(words) and not _OF_A_FEATURE.search(words):
            yield Finding(
                anchor=prompt.native_id or str(prompt.key),
                evidence=(prompt, before.edits[-1]),
                title="asked to take an edit back",
                body=first_words(prompt.text),
                basis="text",
            )


def _backtracking(session: Session) -> Iterator[Finding]:
    edited: dict[str, Edit] = {}
    for step in session.steps:
        if isinstance(step, Edit):
            if step.ok is not False:
                edited[_basename(step.path)] = step
        elif isinstance(step, Call) and edited and outcome(step) is Outcome.OK:
            named = _restored(step, edited)
            if named:
                yield Finding(
                    anchor=step.call_id,
                    evidence=(*(edited[name] for name in named), step),
                    title="the agent threw its own edits away",
                    body=f"{parse(step.command).head} {' '.join(named)}",
                )
                for name in named:
                    edited.pop(name, None)


def _restored(call: Call, edited: dict[str, Edit]) -> list[str]:
    """Which of the edited files a command restores: those it names, or all."""
    words = parse(call.command).words
    pair = tuple(words[:2])
    if pair not in _RESTORING:
        return []
    named = [_basename(word) for word in words[2:]]
    hit = [name for name in named if name in edited]
    everything = (
        (pair == ("git", "reset") and "--hard" in words)
        or (pair == ("git", "stash") and not {"pop", "apply", "list", "show"} & set(words))
        or (pair in (("git", "checkout"), ("git", "restore")) and "." in words)
    )
    return hit or (list(edited) if everything else [])


def _basename(path: str) -> str:
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2]


def _edits_by_file(session: Session) -> dict[str, list[Edit]]:
    files: dict[str, list[Edit]] = defaultdict(list)
    for edit in session.edits:
        if edit.ok is not False:
            files[edit.path].append(edit)
    return files


def back_and_forth(session: Session) -> Iterator[Finding]:
    for path, edits in _edits_by_file(session).items():
        run = _flips(edits)
        if len(run) > FLIPS:
            yield Finding(
                anchor=f"{run[0].call_id}\n{path}",
                evidence=tuple(run),
                title=f"{_basename(path)}: the same lines in and out {len(run) - 1} times",
                body=f"edited back and forth: {_basename(path)}",
                measured={"flips": len(run) - 1, "threshold": FLIPS},
            )


def _flips(edits: Sequence[Edit]) -> list[Edit]:
    """The longest run of edits of which each takes back the one before."""
    best: list[Edit] = []
    run: list[Edit] = []
    for edit in edits:
        if run and _takes_back(run[-1], edit):
            run.append(edit)
        else:
            run = [edit]
        if len(run) > len(best):
            best = list(run)
    return best


def _takes_back(first: Edit, then: Edit) -> bool:
    keys = (first.added_key, first.removed_key)
    return keys != (None, None) and keys == (then.removed_key, then.added_key)


def _file_churn(session: Session) -> Iterator[Finding]:
    """Added and then deleted, by an edit or by `rm`; or changed and then changed back."""
    for path, edits in _edits_by_file(session).items():
        made = _made_and_deleted(session, path, edits)
        if made is not None:
            if not _is_scratch(path, session.cwd):
                yield _churned(path, made, "made and deleted again")
            continue
        run = _flips(edits)
        if 1 < len(run) <= FLIPS:
            yield _churned(path, tuple(run), "changed and changed back")


def _wrong_file(session: Session) -> Iterator[Finding]:
    """Lines go into one file, out again, and then into another one, for one request."""
    for goal in session.goals:
        edits = [edit for edit in goal.edits if edit.ok is not False]
        for at, first in enumerate(edits):
            back = next((e for e in edits[at + 1 :] if e.path == first.path and _takes_back(first, e)), None)
            if back is None or first.added_key is None:
                continue
            later = edits[edits.index(back) + 1 :]
            right = next((e for e in later if e.path != first.path and e.added_key == first.added_key), None)
            if right is not None:
                yield Finding(
                    anchor=f"{first.call_id}\n{first.path}",
                    evidence=(first, back, right),
                    title=f"{_basename(first.path)} was the wrong file, {_basename(right.path)} the right one",
                    body=f"edited the wrong file: {_basename(first.path)}, then {_basename(right.path)}",
                )


def _made_and_deleted(session: Session, path: str, edits: Sequence[Edit]) -> tuple[Edit, Edit | Call] | None:
    added = next((edit for edit in edits if edit.change == "add"), None)
    if added is None:
        return None
    behind = session.steps[session.steps.index(added) :]
    for step in behind:
        if isinstance(step, Edit) and step.change == "delete" and step.path == path and step.ok is not False:
            return added, step
        if isinstance(step, Call) and outcome(step) is Outcome.OK and path in _removed(step, session.cwd):
            return added, step
    return None


def _removed(call: Call, home: str | None) -> set[str]:
    """The files that a shell command deletes, as edits would name them; it runs in the session's folder or its own."""
    words = parse(call.command).words
    if words[:1] != ("rm",) and words[:2] != ("git", "rm"):
        return set()
    named = [word for word in words[1:] if not word.startswith("-")]
    return {*named, *(f"{(call.cwd or home or '').rstrip('/')}/{word.removeprefix('./')}" for word in named)}


def _churned(path: str, run: tuple[Edit | Call, ...], what: str) -> Finding:
    return Finding(
        anchor=f"{run[0].call_id}\n{path}",
        evidence=run,
        title=f"{_basename(path)} was {what}",
        body=f"{what}: {_basename(path)}",
    )


def _is_scratch(path: str, home: str | None) -> bool:
    """By its name below the session's folder: a project may itself lie below /tmp."""
    place = (home or "").replace("\\", "/").rstrip("/")
    plain = path.replace("\\", "/")
    return bool(_SCRATCH.search(plain.removeprefix(f"{place}/") if place else plain))


def _edit_churn(session: Session) -> Iterator[Finding]:
    """Many edits of one file close together, with a failure or a red check among them."""
    order = {step.key: at for at, step in enumerate(s for s in session.steps if isinstance(s, Call | Edit))}
    failing = [
        order[call.key]
        for call in session.calls
        if outcome(call) in (Outcome.FAILED, Outcome.RED) and call.key in order
    ]
    for path, edits in _edits_by_file(session).items():
        for group in _close(edits, order):
            first, last = order[group[0].key], order[group[-1].key]
            between = [at for at in failing if first < at < last]
            if between:
                yield Finding(
                    anchor=f"{group[0].call_id}\n{path}",
                    evidence=tuple(group),
                    title=f"{_basename(path)} edited {len(group)} times around {counted(len(between), 'failure')}",
                    body=f"edited again and again: {_basename(path)}",
                    severity=min(0.3 + 0.05 * len(group), 0.8),
                    measured={"edits": len(group), "failures": len(between), "span": CHURN_SPAN},
                )


def _close(edits: Sequence[Edit], order: dict[int, int]) -> Iterator[list[Edit]]:
    """Runs of edits, any three in a row of which lie within ten steps."""
    run: list[Edit] = []
    for edit in edits:
        if len(run) >= CHURN_EDITS - 1 and order[edit.key] - order[run[-(CHURN_EDITS - 1)].key] >= CHURN_SPAN:
            if len(run) >= CHURN_EDITS:
                yield run
            run = run[-(CHURN_EDITS - 2) :] if len(run) < CHURN_EDITS else []
        run.append(edit)
    if len(run) >= CHURN_EDITS:
        yield run


_REVERTS = frozenset({"reverts"})

DETECTORS = (
    Detector("undo", 1, "friction", 0.3, 0.95, _undo, "The user undid the last change.", needs=_REVERTS),
    Detector("rollback", 1, "friction", 0.4, 0.95, _rollback, "The user went back some turns.", needs=_REVERTS),
    Detector("revert", 1, "friction", 0.4, 0.95, _revert, "The user took history back and went on from there.",
             needs=_REVERTS),
    Detector("revert_in_message", 1, "friction", 0.5, 0.8, _in_message, "The user asked to take an edit back."),
    Detector("backtracking", 1, "friction", 0.5, 0.9, _backtracking, "The agent threw its own edits away with git."),
    Detector("diff_oscillation", 1, "friction", 0.5, 0.9, back_and_forth, "The same lines in and out, three times."),
    Detector("file_churn", 2, "friction", 0.5, 0.8, _file_churn, "A file made and deleted, or changed and back."),
    Detector("wrong_file", 1, "friction", 0.5, 0.85, _wrong_file, "Lines went into one file, out, and into another.",
             absorbs=frozenset({"file_churn"})),
    Detector("edit_churn", 1, "friction", 0.4, 0.8, _edit_churn, "Three edits of a file close together, and failures."),
)  # fmt: skip
