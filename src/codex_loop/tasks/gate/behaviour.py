"""What the trials say: nobody's work must fail, the solution must pass, every time."""

from __future__ import annotations

from collections.abc import Sequence

from codex_loop.harbor.trials import Trial
from codex_loop.model.text import counted
from codex_loop.tasks.gate.check import Check, Seen, failed, joined, passed, skipped, some, warned
from codex_loop.tasks.gate.folder import Spec, Written
from codex_loop.tasks.gate.measured import Report, report
from codex_loop.tasks.gate.rounds import Outcome

SLOW_MS = 30_000
"""From here on a suite has more to go wrong in it, and is tried more often."""
MARGIN = 5
"""How often the measured time has to fit into the time limit."""
THE_TASKS_DOING = frozenset({"verifier_failed"})
"""Causes of a trial that cannot be graded for which another machine would not help."""


def is_slow(outcome: Outcome) -> bool:
    return (_grading_ms(outcome) or 0) > SLOW_MS


def rewards(agent: str, outcome: Outcome, attempts: int, wanted: float) -> Check:
    """Whether every attempt of that agent was given the same, wanted reward."""
    valid = [trial.reward for trial in outcome.trials if trial.valid]
    seen: dict[str, Seen] = {
        "attempts": attempts,
        "valid": len(valid),
        "rewards": " ".join("none" if each.reward is None else f"{each.reward:g}" for each in outcome.trials),
    }
    broken = next((trial for trial in outcome.trials if not trial.valid), None)
    if broken is not None:
        return _broken(agent, broken, seen)
    if len(valid) < attempts:
        return skipped(agent, f"{len(valid)} of {attempts} attempts of {agent} ended: {outcome.problem}", **seen)
    if set(valid) == {wanted}:
        return passed(agent, f"{agent} was given {wanted:g} in {len(valid)} of {len(valid)} attempts", **seen)
    if len(set(valid)) > 1:
        given = joined(f"{valid.count(each)} × {each:g}" for each in set(valid) if each is not None)
        return failed("flaky", f"{agent} was given {given}: its verifier is flaky", agent=agent, **seen)
    if wanted == 0.0:
        return failed(agent, f"its verifier gives {valid[0]:g} to an agent that does nothing", **seen)
    return failed(agent, f"its verifier gives {valid[0]:g} to the solution itself", **seen)


def _broken(agent: str, trial: Trial, seen: dict[str, Seen]) -> Check:
    what = ": ".join(filter(None, (trial.exception, trial.message)))
    if trial.cause in THE_TASKS_DOING:
        return failed(agent, f"its verifier gave no reward in a run of {agent} ({what})", cause=trial.cause, **seen)
    return skipped(agent, f"a run of {agent} could not be graded ({trial.cause}: {what})", cause=trial.cause, **seen)


def steady(task: Written, agent: str, outcome: Outcome) -> Check | None:
    """Whether each test that counts did the same in every attempt; None where the verifier reports no tests."""
    reports = _reports(outcome)
    if task.spec is None or not reports:
        return None
    wanted = {*task.spec.fail_to_pass, *task.spec.pass_to_pass}
    turning = {test for test in wanted if len({each.seen.get(test) == "passed" for each in reports}) > 1}
    if turning:
        detail = f"{joined(turning)} came out differently in {len(reports)} runs of {agent}: flaky"
        return failed("flaky", detail, agent=agent, tests=some(turning), count=len(turning))
    return passed(
        "flaky", f"{counted(len(wanted), 'test')} came out alike in {len(reports)} runs of {agent}", agent=agent
    )


def tests(task: Written, base: Outcome, gold: Outcome) -> Check | None:
    """Each test against what it has to show, on both sides; None for a task that names no tests."""
    spec = task.spec
    if spec is None or not spec.fail_to_pass:
        return None
    red, green = _reports(base), _reports(gold)
    if not red or not green:
        return warned("tests", f"its verifier writes no report.json, so {len(spec.fail_to_pass)} tests are unproven")
    wrong = _wrong(spec, red, green)
    if wrong:
        detail = f"{joined(wrong)} did not do what tests/spec.json says of them"
        return failed("tests", detail, tests=some(wrong), count=len(wrong))
    return _proven(spec)


def _reports(outcome: Outcome) -> list[Report]:
    return [found for trial in outcome.trials if (found := report(trial.folder)) is not None]


def _wrong(spec: Spec, red: Sequence[Report], green: Sequence[Report]) -> set[str]:
    turned = {test for test in spec.fail_to_pass if any(each.seen.get(test) == "passed" for each in red)}
    turned |= {test for test in spec.pass_to_pass if any(each.seen.get(test) != "passed" for each in red)}
    kept = (*spec.fail_to_pass, *spec.pass_to_pass)
    return turned | {test for test in kept if any(each.seen.get(test) != "passed" for each in green)}


def _proven(spec: Spec) -> Check:
    red, kept, weak = len(spec.fail_to_pass), len(spec.pass_to_pass), len(spec.weak_fail_to_pass)
    seen: dict[str, Seen] = {"fail_to_pass": red, "pass_to_pass": kept, "weak_f2p": weak}
    detail = f"from failing to passing: {red}, passing in both: {kept}"
    if weak:
        return warned("tests", f"{detail}; weak_f2p: {weak} cannot even be loaded at the base", **seen)
    if not kept and spec.kind != "failing_command":
        return warned("tests", f"{detail}: nothing guards what worked before", **seen)
    return passed("tests", detail, **seen)


def tests_only(nop: Check) -> Check:
    """The mutant with the tests and no solution is what nop ran: the verifier lays the hidden tests in itself."""
    detail = "the hidden tests on the base tree, without the solution: the verifier brings them itself, so nop ran that"
    return Check("tests_only", nop.outcome, detail, {"by": "nop"})


def hollow(outcome: Outcome | None) -> Check:
    """Whether the verifier was pleased by the solution's words without its effect."""
    if outcome is None:
        return skipped("hollow", "the solution adds no lines, so there is nothing to hollow out")
    valid = [trial.reward for trial in outcome.trials if trial.valid]
    if not valid:
        cause = outcome.trials[0].cause if outcome.trials else outcome.problem
        # A verifier that breaks on a broken program is not pleased by it.
        return skipped("hollow", f"a solution in comments could not be graded ({cause})")
    if any(reward != 0.0 for reward in valid):
        return failed(
            "hollow",
            "its verifier is pleased by the solution's files with its lines in comments: it tests marks, not behaviour",
            reward=valid[0],
        )
    return passed("hollow", "the solution's lines as comments are worth 0", reward=0.0)


def timing(task: Written, *outcomes: Outcome) -> Check:
    """How long building and grading took, and whether a slower machine has time enough."""
    trials = [trial for outcome in outcomes for trial in outcome.trials]
    longest = max((each for outcome in outcomes if (each := _grading_ms(outcome)) is not None), default=None)
    setup = max((trial.setup_ms for trial in trials if trial.setup_ms is not None), default=None)
    limit_ms = round(task.config.verifier.timeout_sec * 1000)
    seen: dict[str, Seen] = {"verifier_ms": longest, "setup_ms": setup, "limit_ms": limit_ms, "setups": len(trials)}
    if longest is None:
        return skipped("timing", "Harbor did not say how long grading took", **seen)
    words = f"grading took {longest / 1000:.1f} s of the {limit_ms / 1000:.0f} s it may take"
    if longest * MARGIN > limit_ms:
        return failed("timing", f"{words}: less than {MARGIN} times what is needed", **seen)
    return passed("timing", f"{words}; its environment was set up {len(trials)} times", **seen)


def _grading_ms(outcome: Outcome) -> int | None:
    """The quickest attempt: the others may have built the verifier's image, which has a time limit of its own."""
    return min((trial.verifier_ms for trial in outcome.trials if trial.verifier_ms is not None), default=None)
