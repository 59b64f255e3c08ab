"""The validity gate: a task counts when nobody's work fails it, its solution passes it, and nothing gives it away.

What can be said without running comes first; what is refused there is not run. Then the tests are measured, once, on
the base tree and with the solution, and written into the task; from there on its content, and so its digest, stays.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from codex_loop.errors import UsageError
from codex_loop.harbor import folders as harbor_folders
from codex_loop.harbor.lint import lint
from codex_loop.harbor.progress import Told, silent
from codex_loop.tasks.gate import behaviour, duplicates, leaks, measured, secrets, specification, static
from codex_loop.tasks.gate import hollow as hollowed
from codex_loop.tasks.gate.check import Check, State, failed, joined, passed, skipped, warned
from codex_loop.tasks.gate.folder import MISSING, Written, gold, read
from codex_loop.tasks.gate.rounds import Outcome, Round, forget, job_name, play
from codex_loop.tasks.gate.workshop import NOT_RUN, Workshop, building_once

__all__ = ["LEAST_ATTEMPTS", "Check", "Gated", "State", "Workshop", "gate"]

LEAST_ATTEMPTS = 3
"""Fewer cannot tell a flaky task from a steady one."""
SLOW_ATTEMPTS = 5


class Gated(msgspec.Struct, frozen=True):
    """What became of a task at the gate."""

    path: str
    name: str
    digest: str
    state: State
    reason: str | None
    """Why it is not validated."""
    checks: tuple[Check, ...]
    draft: str | None = None
    """The digest it came with, where measuring its tests gave it another."""

    @property
    def folder(self) -> Path:
        return Path(self.path)


def gate(
    folders: Sequence[Path],
    workshop: Workshop,
    told: Told = silent,
    *,
    known: Mapping[str, Gated] | None = None,
    golds: Mapping[str, str] | None = None,
) -> list[Gated]:
    """Look at these tasks, in this order; those that a digest of `known` names are not run again.

    `golds` names a task for each solution that is there already. A task whose tests were not measured yet is rewritten:
    its lists of tests become what was seen. Without Harbor what passes stays a draft. Raise KeyboardInterrupt when
    interrupted: the same call goes on.
    """
    if workshop.attempts < LEAST_ATTEMPTS:
        raise UsageError(f"{workshop.attempts} attempts cannot show that a task is steady; at least {LEAST_ATTEMPTS}")
    cases = [_Case(path) for path in folders]
    for case in cases:
        case.recall(known or {})
    for case in _open(cases):
        _static(case)
    _lint(_open(cases), workshop)
    for case in _open(cases):
        case.add(*leaks.look(case.task))
    for case in _open(cases):
        _provable(case)
    with building_once(workshop) as yard:
        if yard.harbor is not None:
            _measure(_open(cases), yard, told)
        for case in _open(cases):
            case.add(leaks.hidden_tests(case.task), specification.look(case.task))
        _duplicates(cases, golds or {})
        if yard.harbor is not None:
            _behave(_open(cases), yard, told)
    for case in _open(cases):
        case.rest("draft", workshop.lacking or NOT_RUN)
    return [case.gated() for case in cases]


class _Case:
    """A task on its way through the gate; it is open until something decides."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.checks: list[Check] = []
        self.state: State | None = None
        self.reason: str | None = None
        self._task: Written | None = None
        self._known: Gated | None = None
        self._draft: str | None = None

    @property
    def task(self) -> Written:
        if self._task is None:
            self._task = read(self.path)
        return self._task

    def recall(self, known: Mapping[str, Gated]) -> None:
        found = known.get(harbor_folders.digest(self.path))
        if found is not None and found.state != "draft":
            self._known, self.state = found, found.state

    def settle(self, shown: measured.Shown) -> None:
        """Write what was measured into it."""
        self._draft = harbor_folders.digest(self.path)
        measured.settle(self.task, shown)
        self._task = read(self.path)

    def add(self, *checks: Check) -> None:
        """Keep them; the first that failed decides."""
        self.checks += checks
        for check in checks:
            if check.outcome == "failed" and self.state is None:
                self.rest("quarantined", check.detail)

    def rest(self, state: State, reason: str | None) -> None:
        self.state, self.reason = state, reason

    def gated(self) -> Gated:
        digest = harbor_folders.digest(self.path)
        name = harbor_folders.name(self.path)
        if self._known is not None:
            return msgspec.structs.replace(self._known, path=str(self.path), name=name)
        assert self.state is not None
        return Gated(str(self.path), name, digest, self.state, self.reason, tuple(self.checks), self._draft)


def _open(cases: Iterable[_Case]) -> list[_Case]:
    return [case for case in cases if case.state is None]


def _static(case: _Case) -> None:
    there = static.is_there(case.path)
    if there.outcome == "failed":
        case.add(there)
        return
    try:
        task = case.task
    except ValueError as error:
        case.add(failed("files", str(error)))
        return
    case.add(*static.look(task))
    if case.state is None:  # a base tree that cannot be read has no texts
        case.add(*secrets.look(task))


def _lint(cases: Sequence[_Case], workshop: Workshop) -> None:
    if workshop.harbor is None or not cases:
        return
    found = lint(workshop.harbor, [case.path.resolve() for case in cases], workshop.environ)
    for case in cases:
        place = case.path.resolve()
        mine = [each for each in found if Path(each.path).is_relative_to(place)]
        if mine:
            rules = joined({each.rule for each in mine})
            told = [f"{each.rule}: {each.message}" for each in mine[:10]]
            case.add(failed("lint", f"Harbor's linter finds {rules}: {mine[0].message}", findings=told))
        else:
            case.add(passed("lint", "Harbor's linter finds nothing", harbor=workshop.harbor.version))


def _provable(case: _Case) -> None:
    """What has no verifier, or no solution to show that it can be passed, proves nothing by running."""
    if case.task.verifier_kind == MISSING:
        told = case.task.fact("unverified_reason") or "no verifier could be derived from the session"
        case.add(skipped("tests", told))
        case.rest("unverified", told)
    elif not (case.path / "solution" / "solve.sh").is_file() or not gold(case.path):
        reason = "no solution is known as a patch, so that nothing shows that its tests can pass for the right reason"
        case.add(skipped("oracle", reason))
        case.rest("unverified", reason)


def _measure(cases: Sequence[_Case], workshop: Workshop, told: Told) -> None:
    """Run the tests once on each side, where nobody has yet, and write down what they show."""
    fresh = [case for case in cases if case.task.spec is not None and not case.task.spec.measured]
    if not fresh:
        return
    paths = [case.path for case in fresh]
    base = play(paths, Round("nop", 1, "base tree"), workshop, told)
    fixed = play(paths, Round("oracle", 1, "solution"), workshop, told)
    for case in fresh:
        _settle(case, base[case.path], fixed[case.path])
    forget(base)
    forget(fixed)


def _settle(case: _Case, base: Outcome, fixed: Outcome) -> None:
    for agent, outcome, wanted in (("nop", base, 0.0), ("oracle", fixed, 1.0)):
        check = behaviour.rewards(agent, outcome, 1, wanted)
        ran = bool(outcome.trials) and outcome.trials[0].valid
        if not ran:
            case.add(check)
            if case.state is None:
                case.rest("draft", check.detail)
            return
    reports = [measured.report(outcome.trials[0].folder) for outcome in (base, fixed)]
    if reports[0] is None or reports[1] is None:
        case.add(warned("measured", "its verifier writes no report.json: its tests are taken as they are told"))
        return
    shown = measured.only_brought(case.task, measured.compare(reports[0], reports[1]))
    if not shown.fail_to_pass:
        if not reports[0].seen and not reports[1].seen and base.trials[0].reward == 0.0:
            case.add(not_run := _nothing_ran(measured.last_words(fixed.trials[0].folder)))
            case.rest("draft", not_run.detail)
            return
        case.add(failed_to_turn := _nothing_turns(shown))
        case.rest("unverified", failed_to_turn.detail)
        return
    case.settle(shown)
    case.add(
        passed(
            "measured",
            f"run once on each side: {len(shown.fail_to_pass)} tests turn green, {len(shown.pass_to_pass)} stay green",
            fail_to_pass=len(shown.fail_to_pass),
            pass_to_pass=len(shown.pass_to_pass),
            never=len(shown.never),
        )
    )


def _nothing_ran(said: str) -> Check:
    """The test program or a package of it is not there; on another machine it may be."""
    told = f": {said}" if said else ""
    return skipped("measured", f"no test could be run, neither without the solution nor with it{told}", said=said)


def _nothing_turns(shown: measured.Shown) -> Check:
    if shown.own:
        detail = f"no test of the verifier turns green: {joined(shown.own)} does, in a file of the work itself"
    elif shown.never:
        detail = f"no test turns green: {joined(shown.never)} fails with the solution too"
    else:
        detail = f"no test turns green: all {len(shown.pass_to_pass)} pass on the base tree already"
    return failed("measured", detail, never=len(shown.never), pass_to_pass=len(shown.pass_to_pass))


def _duplicates(cases: Sequence[_Case], golds: Mapping[str, str]) -> None:
    known = dict(golds)
    for case in cases:
        if case.state == "validated":
            mine = duplicates.request(case.path, case.task.name, case.task.instruction)
            if mine.gold is not None:
                known.setdefault(mine.gold, mine.name)
    fresh = _open(cases)
    requests = [duplicates.request(case.path, case.task.name, case.task.instruction) for case in fresh]
    for case, (_, check) in zip(fresh, duplicates.look(requests, known), strict=True):
        case.add(check)


def _behave(cases: Sequence[_Case], workshop: Workshop, told: Told) -> None:
    base = _round(cases, "nop", workshop, told)
    for case in cases:
        mine = base[case.path]
        check = behaviour.rewards("nop", mine, _wanted(mine, workshop), 0.0)
        case.add(*_there(behaviour.steady(case.task, "nop", mine)), check, behaviour.tests_only(check))
    standing = _open(cases)
    fixed = _round(standing, "oracle", workshop, told)
    for case in standing:
        mine, ours = fixed[case.path], (base[case.path], fixed[case.path])
        case.add(*_there(behaviour.steady(case.task, "oracle", mine)))
        case.add(behaviour.rewards("oracle", mine, _wanted(mine, workshop), 1.0))
        case.add(*_there(behaviour.tests(case.task, *ours)), behaviour.timing(case.task, *ours))
    _hollow(_open(cases), workshop, told)
    for case in _open(cases):
        runs = (each for each in case.checks if each.name in ("nop", "oracle"))
        unsure = next((each for each in runs if each.outcome == "skipped"), None)
        case.rest(*(("validated", None) if unsure is None else ("draft", unsure.detail)))
    forget(base)
    forget(fixed)


def _there(check: Check | None) -> tuple[Check, ...]:
    return () if check is None else (check,)


def _round(cases: Sequence[_Case], agent: str, workshop: Workshop, told: Told) -> dict[Path, Outcome]:
    paths = [case.path for case in cases]
    if not paths:
        return {}
    outcomes = play(paths, Round(agent, workshop.attempts, agent), workshop, told)
    slow = [path for path in paths if behaviour.is_slow(outcomes[path])]
    more = SLOW_ATTEMPTS - workshop.attempts
    if slow and more > 0:
        for path, extra in play(slow, Round(agent, more, f"{agent}, slow ones again"), workshop, told).items():
            outcomes[path] = Outcome(outcomes[path].trials + extra.trials, outcomes[path].problem or extra.problem)
    return outcomes


def _wanted(outcome: Outcome, workshop: Workshop) -> int:
    return max(workshop.attempts, SLOW_ATTEMPTS) if behaviour.is_slow(outcome) else workshop.attempts


def _hollow(cases: Sequence[_Case], workshop: Workshop, told: Told) -> None:
    if not cases:
        return
    turn = Round("oracle", 1, "hollow solution")
    # Named by the work, so that an interrupted look finds its copies, and with them its job, again.
    place = workshop.jobs_dir / f"{job_name([case.path for case in cases], turn, workshop)}.hollow"
    staged = hollowed.stage([case.task for case in cases], place)
    outcomes = play(list(staged.values()), turn, workshop, told)
    for case in cases:
        copy = staged.get(case.path)
        case.add(behaviour.hollow(None if copy is None else outcomes[copy]))
    forget(outcomes)
    shutil.rmtree(place, ignore_errors=True)
