"""The pages of `codex-loop measure`: the verdict first, why, what to do next, then the tasks."""

import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

from codex_loop.cli.moments import when
from codex_loop.cli.render import UNKNOWN, Column, counted, duration, fields, number, page_width, style, table
from codex_loop.cli.usage import dollars
from codex_loop.cli.width import clean
from codex_loop.clock import now_ms
from codex_loop.measure.compare import Between, Comparison, Side, TaskChange
from codex_loop.measure.outcome import Failure, Outcome, Runs, TaskResult
from codex_loop.measure.plan import Design, Plan, doubts
from codex_loop.measure.words import points
from codex_loop.stats.power import ALPHA
from codex_loop.store.evals import EvalRun, EvalRunRow

__all__ = ["announced", "draw_comparison", "draw_outcome", "draw_plan", "draw_runs"]

_COLOURS = {"regression": "red", "improvement": "green", "equivalent": "green"}
_TITLES = {"insufficient_power": "TOO FEW TASKS TO TELL", "not_comparable": "NOT COMPARABLE"}


def announced(row: EvalRunRow, design: Design) -> None:
    """Say on stderr what is about to be run, and what it will be able to show, before it costs anything."""
    sees = "no change of any size" if design.detectable is None else f"changes of {points(design.detectable)} and more"
    who = clean(f"{row.agent} with {row.model}" if row.model else row.agent)
    size = f"{counted(design.tasks, 'task')} × {counted(design.attempts, 'attempt')}"
    sys.stderr.write(f"{row.name}: {who}, {size} in {row.environment}; it will see {sees}\n")
    for doubt in doubts(design):
        sys.stderr.write("".join(f"{line}\n" for line in _wrapped("careful: ", doubt)))


def draw_outcome(told: Outcome, saved: Path | None = None, place: str | None = None) -> Iterator[str]:
    """What a run came to; `place` is its store, where that is not the usual one."""
    run = told.run
    if told.comparison is not None:
        yield from _verdict(told.comparison)
        yield ""
    else:
        yield style(_headline(told), "bold")
    yield from fields(_facts(told))
    yield from _notes(told)
    if told.comparison is not None:
        yield from _changes(told.comparison)
    else:
        yield ""
        yield from _tasks(told.tasks)
    if saved is not None:
        yield ""
        yield f"baseline: {saved}" if run.state == "complete" else f"no baseline was written: the run is {run.state}"
    yield ""
    yield from _wrapped("next: ", _next(told, saved, place))


def draw_comparison(told: Comparison) -> Iterator[str]:
    """What can be said of two runs."""
    yield from _verdict(told)
    yield from _changes(told)
    yield ""
    yield from _wrapped("next: ", told.next)


def draw_plan(told: Plan) -> Iterator[str]:
    """How many tasks it takes."""
    yield style(
        f"To find a change of {points(told.effect)} {told.power * 100:.0f} times in 100, with p < {ALPHA}:", "bold"
    )
    columns = [Column(title, right=True) for title in ("attempts", "tasks", "trials of a run")]
    yield from table(columns, [(size.attempts, size.tasks, size.trials) for size in told.sizes])
    yield ""
    source = told.noise_from if told.noise_from == "mixed tasks" else f"the baseline {clean(told.noise_from)}"
    yield from _wrapped("", f"Reckoned for {source}: a single attempt has a variance of {told.noise:.2f}. The baseline"
                            " needs the same attempts. Tasks of one session count as one.")  # fmt: skip


def draw_runs(told: Runs) -> Iterator[str]:
    """The runs, the latest first."""
    if not told.runs:
        yield "Nothing has been measured yet; `codex-loop measure --dataset DIR` does."
        return
    now = now_ms()
    columns = (
        Column("run", shrinks=True),
        Column("when"),
        Column("agent", shrinks=True),
        Column("trials", right=True),
        Column("solved", right=True),
        Column("verdict", shrinks=True),
    )
    yield from table(columns, [_run_line(run, now) for run in told.runs])


def _run_line(run: EvalRun, now: int) -> tuple[str, str, str, str, str, str]:
    state = run.verdict or ("" if run.state == "complete" else run.state)
    trials = f"{run.valid_trials}/{run.expected_trials}"
    return run.name, when(run.started_at, now), run.agent, trials, _percent(run.reward), state.replace("_", " ")


def _verdict(told: Comparison) -> Iterator[str]:
    title = _TITLES.get(told.verdict, told.verdict.upper())
    if told.verdict == "regression" and told.is_material:
        title = f"{title}, more than {points(told.margin)} for sure"
    yield style(title, _COLOURS.get(told.verdict, "yellow"))
    yield from _wrapped("", f"{told.why}.")
    yield from fields(_statistics(told))


def _statistics(told: Comparison) -> Iterator[tuple[str, str]]:
    yield "baseline", _side(told.baseline)
    yield "this run", _side(told.candidate)
    if told.difference is not None:
        change = f"{told.difference * 100:+.0f} points"
        around = "one session alone has no interval" if told.interval is None else f"95 % {_interval(told.interval)}"
        resampled = "" if told.bootstrap is None else f", resampled {_interval(told.bootstrap)}"
        yield "change", f"{change} ({around}{resampled})"
        sees = "no change of any size" if told.detectable is None else f"changes of {points(told.detectable)} and more"
        of = "" if told.clusters == told.tasks else f" of {counted(told.clusters, 'session')}"
        yield "can see", f"{sees}, with {counted(told.tasks, 'task')}{of}"
    for each in told.varied:
        yield each.field, f"{each.after}, before {each.before}"
    for name, times in told.times.items():
        within = "" if times.interval is None else f" ({_times(times.interval.low)} to {_times(times.interval.high)})"
        some = f" on {counted(times.tasks, 'task')}" if times.tasks < told.tasks else ""
        one_of = f" (1 of {len(told.times) + 1} looked at)" if times.p < ALPHA else ""
        sure = "" if times.p_holm < ALPHA else f", may be chance{one_of}"
        yield name, f"{_times(times.ratio)} × as much{within}{some}{sure}"


def _times(ratio: float) -> str:
    return f"{ratio:.2f}" if 0.01 <= ratio < 100 else f"{ratio:.0f}" if ratio >= 100 else "< 0.01"


def _side(side: Side) -> str:
    bad = sum(side.invalid.values())
    lost = f", {bad} invalid" if bad else ""
    return f"{_percent(side.reward)} solved, {counted(side.trials, 'trial')}{lost} ({clean(side.name)})"


def _interval(interval: Between) -> str:
    return f"{interval.low * 100:+.0f} to {interval.high * 100:+.0f}"


def _changes(told: Comparison) -> Iterator[str]:
    moved = [each for each in told.by_task if each.difference != 0]
    if moved:
        yield ""
        columns = (
            Column("task", shrinks=True),
            Column("before", right=True),
            Column("now", right=True),
            Column("change", right=True),
            Column("note"),
        )
        yield from table(columns, [_change_line(each) for each in moved])
    same = len(told.by_task) - len(moved)
    if same:
        yield style(f"{counted(same, 'task')} as before", "dim")
    for warning in told.warnings:
        yield from _wrapped("careful: ", clean(warning))


def _change_line(each: TaskChange) -> tuple[str, str, str, str, str]:
    change = UNKNOWN if each.difference is None else f"{each.difference * 100:+.0f}"
    return (
        each.task,
        _share(each.before, each.before_solved, each.before_attempts),
        _share(each.after, each.after_solved, each.after_attempts),
        change,
        _note(each),
    )


def _note(each: TaskChange) -> str:
    if each.difference is None:
        return "no valid attempt"
    if each.p_holm is not None and each.p_holm < ALPHA:
        return "surely"
    return "wavered before" if each.is_mixed_before else ""


def _headline(told: Outcome) -> str:
    run = told.run
    if run.state == "interrupted":
        return f"Interrupted after {counted(run.valid_trials + run.invalid_trials, 'trial')} of {run.expected_trials}"
    if run.reward is None:
        return "Nothing was measured: no trial is valid"
    return f"{_percent(run.reward)} of {counted(len(told.tasks), 'task')} solved by {clean(run.agent)}"


def _facts(told: Outcome) -> Iterator[tuple[str, str]]:
    run = told.run
    yield "run", f"{run.name} ({run.id})"
    yield "dataset", clean(run.dataset)
    model = f", {run.model}" if run.model else ""
    yield "agent", clean(f"{run.agent} {run.agent_version or ''}".strip() + model)
    yield "where", f"{clean(run.environment)}, Harbor {run.harbor_version or UNKNOWN}"
    bad = f", {counted(run.invalid_trials, 'invalid one')}" if run.invalid_trials else ""
    yield "trials", f"{run.valid_trials} valid of {run.expected_trials}{bad}"
    if run.input_tokens is not None or run.output_tokens is not None:
        least = "" if told.sums_are_whole else "at least "
        cached = "" if run.cached_tokens is None else f" ({number(run.cached_tokens)} cached)"
        yield "tokens", f"{least}{number(run.input_tokens)} in{cached}, {number(run.output_tokens)} out"
    if run.cost_microusd is not None:
        yield "cost", f"{'' if told.sums_are_whole else 'at least '}{dollars(run.cost_microusd)}, as Harbor estimates"
    yield "took", duration(run.duration_ms)


def _notes(told: Outcome) -> Iterator[str]:
    if told.problem is not None:
        yield from _wrapped("problem: ", clean(told.problem))
    for failure in told.invalid:
        yield from _wrapped("invalid: ", _failure(failure))
    if told.skipped:
        yield from _wrapped("passed over by Harbor: ", clean(", ".join(told.skipped)))
    for left in told.left_out:
        reason = f" ({left.reason})" if left.reason else ""
        yield from _wrapped("left out: ", clean(f"{left.name} is {left.state}{reason}"))
    for warning in told.warnings:
        yield from _wrapped("careful: ", clean(warning))


def _failure(failure: Failure) -> str:
    named = f", {failure.exception}" if failure.exception else ""
    said = f": {' '.join(failure.message.split())}" if failure.message else ""
    return clean(f"{counted(failure.trials, 'trial')}, {failure.cause.replace('_', ' ')}{named}{said}")[:400]


def _tasks(tasks: tuple[TaskResult, ...]) -> list[str]:
    columns = (
        Column("task", shrinks=True),
        Column("solved", right=True),
        Column("invalid", right=True),
        Column("tokens", right=True),
        Column("time", right=True),
    )
    return table(
        columns,
        [
            (
                each.task,
                _share(each.reward, each.solved, each.attempts),
                str(each.invalid) if each.invalid else "",
                number(each.tokens),
                duration(None if each.seconds is None else each.seconds * 1_000),
            )
            for each in tasks
        ],
    )


def _next(told: Outcome, saved: Path | None, place: str | None) -> str:
    run = told.run
    if run.state in ("interrupted", "failed", "running"):
        where = "" if place is None else f" --db {place}"
        return f"`codex-loop measure --resume {run.name}{where}` goes on with it; what is there is not run again"
    if run.reward is None or told.skipped:
        return f"look at {told.jobs_path}: each trial's trial.log says what happened"
    if told.comparison is not None:
        return told.comparison.next
    baseline = saved if saved is not None else run.name
    again = f"codex-loop measure --dataset {told.dataset_path or run.dataset} … --baseline {baseline}"
    return f"change something, then `{again}`"


def _share(reward: float | None, solved: int | None, attempts: int) -> str:
    if reward is None:
        return UNKNOWN
    return f"{solved}/{attempts}" if solved is not None else f"{reward:.2f}"


def _percent(share: float | None) -> str:
    return UNKNOWN if share is None else f"{share * 100:.0f} %"


def _wrapped(label: str, text: str) -> Iterator[str]:
    yield from textwrap.wrap(
        f"{label}{text}", page_width(), subsequent_indent=" " * min(len(label), 9), break_on_hyphens=False,
        break_long_words=False,
    )  # fmt: skip
