"""Tests and checkers: how long they stayed red after an edit, and what was claimed while they were."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from codex_loop.clock import MINUTE_MS
from codex_loop.model.text import counted
from codex_loop.signals.command import parse
from codex_loop.signals.detector import Detector, Finding, first_words
from codex_loop.signals.failures import tried
from codex_loop.signals.outcome import Outcome, is_check, is_test, outcome
from codex_loop.signals.session import Answer, Call, Edit, Prompt, Session, Step

FEW_TOOLS = 3
_TEST_FILE = re.compile(
    r"(?:^|[/\\])(?:tests?|__tests__|specs?)[/\\]|(?:^|[/\\])(?:test_|conftest)|[_.-](?:test|spec)s?\.\w+$"
)
_GREEN = frozenset({Outcome.OK})
_DONE = re.compile(
    r"\b(?:all\s+)?(?:the\s+)?tests?\s+(?:suite\s+)?(?:are\s+|is\s+|now\s+|all\s+)*(?:pass(?:es|ed|ing)?|green)\b"
    r"|\bbuild\s+(?:is\s+|now\s+)*(?:succeeds|passes|passing|green)\b"
    r"|\b(?:everything|it)\s+(?:is\s+)?(?:now\s+)?(?:works|working|passes|passing|green)\b"
    r"|\b(?:all|every)\s+checks?\s+(?:pass|are\s+green)",
    re.IGNORECASE,
)
_PARTLY = re.compile(
    r"\b(?:should|would|will|may|might|could|expect|once|after|until|except|but|not|n't|fail|some|if|when|to)\b",
    re.IGNORECASE,
)


class Red(NamedTuple):
    """From the first red run after an edit to the first green one of the same kind."""

    steps: Sequence[Call]
    """The red runs; the green one last, when it came."""
    green: bool
    calls_between: int


def reds(session: Session) -> list[Red]:
    """Every stretch in which checks that had not been red before an edit were red after it.

    Who writes a test before the code wants to see it fail: red after nothing but edits of tests is no news.
    """
    found: list[Red] = []
    edited, red_before = False, set[str]()
    tests_only: bool | None = None
    open_: dict[str, tuple[list[Call], int]] = {}
    position = 0
    for step in session.steps:
        if isinstance(step, Prompt) and step.author == "human":
            tests_only = None
        if isinstance(step, Edit) and step.ok is not False:
            edited, tests_only = True, tests_only is not False and bool(_TEST_FILE.search(step.path))
        if not isinstance(step, Call):
            continue
        position += 1
        kind = check_kind(step)
        if kind is None:
            continue
        result = outcome(step)
        if result is Outcome.RED and (not edited or (tests_only and kind == "tests" and kind not in open_)):
            red_before.add(kind)
        elif result is Outcome.RED and kind not in red_before:
            runs, since = open_.setdefault(kind, ([], position))
            runs.append(step)
        elif result in _GREEN:
            red_before.discard(kind)
            if kind in open_:
                runs, since = open_.pop(kind)
                found.append(Red((*runs, step), green=True, calls_between=position - since))
    found += [Red(runs, green=False, calls_between=position - since) for runs, since in open_.values()]
    return found


def check_kind(call: Call) -> str | None:
    """What kind of check a call is; None for none. A forgiven one (`|| true`) says nothing."""
    return _check_kind(call.command, call.exit_code == 0)


@lru_cache(maxsize=4096)
def _check_kind(line: str | None, went_well: bool) -> str | None:
    command = parse(line)
    if not is_check(command) or (command.forgiven and went_well):
        return None
    if is_test(command):
        return "tests"
    return next((head for head in command.heads if head), None)


def _red(session: Session) -> Iterator[Finding]:
    for red in reds(session):
        first, last = red.steps[0], red.steps[-1]
        minutes = _minutes(first, last)
        yield Finding(
            anchor=first.call_id,
            evidence=tuple(red.steps),
            title=(
                f"{check_kind(first)} red after an edit, green {counted(red.calls_between, 'call')} later"
                if red.green
                else f"{check_kind(first)} red after an edit, never green again"
            ),
            body=tried(first),
            severity=min(0.25 + 0.04 * red.calls_between, 0.7) if red.green else 0.8,
            measured={"calls": red.calls_between, "runs": len(red.steps), "green": int(red.green)}
            | ({} if minutes is None else {"minutes": minutes}),
        )


def _minutes(first: Step, last: Step) -> float | None:
    if first.time_ms is None or last.time_ms is None or last.time_ms < first.time_ms:
        return None
    return round((last.time_ms - first.time_ms) / MINUTE_MS, 1)


def _false_done(session: Session) -> Iterator[Finding]:
    for goal in session.goals:
        answers = goal.answers
        checked = [call for call in goal.calls if check_kind(call) is not None]
        if not answers or not checked or outcome(checked[-1]) is not Outcome.RED:
            continue
        last = answers[-1]
        claim = next((each for each in _sentences(last.text) if _DONE.search(each) and not _PARTLY.search(each)), None)
        if claim is not None and _comes_after(goal.steps, last, checked[-1]):
            yield Finding(
                anchor=checked[-1].call_id,
                evidence=(checked[-1], last),
                title="said to be done while the last check was red",
                body=f"{first_words(claim, 120)} | {tried(checked[-1])}",
                basis="text",
            )


def _sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.!?])\s+|\n+|,\s+(?:and|but)\s+", text)


def _comes_after(steps: Sequence[Step], answer: Answer, call: Call) -> bool:
    return steps.index(answer) > steps.index(call)


def verified(calls: Sequence[Call]) -> bool:
    """Whether the last check among these calls passed, and there was one."""
    checked = [call for call in calls if check_kind(call) is not None]
    return bool(checked) and outcome(checked[-1]) in _GREEN


def _first_attempt(session: Session) -> Iterator[Finding]:
    calls = session.calls
    bad = [call for call in calls if outcome(call) not in (Outcome.OK, Outcome.BENIGN, Outcome.RUNNING)]
    if len(calls) >= FEW_TOOLS and session.edits and not bad and verified(calls):
        checked = [call for call in calls if check_kind(call) is not None]
        yield Finding(
            anchor="",
            evidence=tuple(checked),
            title=f"{len(calls)} calls without a failure, verified",
            measured={"calls": len(calls)},
        )


def _recovery(session: Session) -> Iterator[Finding]:
    for goal in session.goals:
        broken: dict[int, Call] = {}
        for call in goal.calls:
            if call.arguments_key is None:
                continue
            result = outcome(call)
            if result in (Outcome.FAILED, Outcome.RED, Outcome.ENVIRONMENT):
                broken.setdefault(call.arguments_key, call)
            elif result is Outcome.OK and call.arguments_key in broken:
                first = broken.pop(call.arguments_key)
                yield Finding(
                    anchor=first.call_id,
                    evidence=(first, call),
                    title=f"{parse(call.command).head or call.name or 'a call'} failed, was mended, and passed",
                    body=tried(first),
                )


DETECTORS = (
    Detector("test_red_after_edit", 2, "friction", 0.5, 0.9, _red, "Checks turned red after an edit; how far to green.",
             absorbs=frozenset({"exec_failure"})),
    Detector("false_done", 1, "friction", 0.9, 0.85, _false_done, "Claimed to pass while the last check was red."),
    Detector("first_attempt_success", 1, "delight", 0.9, 0.9, _first_attempt, "No call failed, and a check passed."),
    Detector("resilient_recovery", 1, "delight", 0.5, 0.9, _recovery,
             "Something failed and then passed, without help in between."),
)  # fmt: skip
