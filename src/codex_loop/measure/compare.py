"""Two runs, task by task: what changed, how surely, and under which reservations. The verdict is of `verdicts.py`."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from codex_loop.measure import caveats
from codex_loop.measure.measured import Measured, Share, causes
from codex_loop.measure.pairing import Joined, Pair, Pairing, pair
from codex_loop.measure.verdicts import FEWEST_TASKS, MARGIN, RULES, Facts, Verdict, next_step
from codex_loop.measure.words import task_count
from codex_loop.stats import counts, power
from codex_loop.stats.paired import Interval, SignFlip, bootstrap, sign_flip, spread
from codex_loop.stats.power import Shares
from codex_loop.stats.ratios import ratio

AMOUNTS = ("tokens", "cost", "duration")


class Between(msgspec.Struct, frozen=True):
    """An interval."""

    low: float
    high: float


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """How many times as much as in the baseline, on tasks where both sides know the amount."""

    ratio: float
    interval: Between | None
    p: float
    p_holm: float
    """After looking at success and all amounts."""
    tasks: int


class TaskChange(msgspec.Struct, frozen=True, kw_only=True):
    """One task in both runs: to look at, no verdict."""

    task: str
    digest: str | None
    cluster_id: str | None
    source_session_id: str | None
    before: float | None
    after: float | None
    difference: float | None
    before_attempts: int
    after_attempts: int
    before_solved: int | None
    after_solved: int | None
    p: float | None
    """Fisher's exact test on its attempts."""
    p_holm: float | None
    """After looking at all tasks."""
    is_mixed_before: bool
    invalid_before: int
    invalid_after: int


class McNemar(msgspec.Struct, frozen=True):
    """Single attempts: tasks solved only before, and only after."""

    lost: int
    won: int
    p: float


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two runs, over the tasks that were compared."""

    name: str
    run_id: str | None
    reward: float | None
    trials: int
    invalid: dict[str, int]
    """By cause."""


class Varied(msgspec.Struct, frozen=True):
    """A condition in which the runs differ: what the comparison is about."""

    field: str
    before: str
    after: str


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """What can be said of the candidate against the baseline."""

    verdict: Verdict
    is_material: bool
    """A regression whose whole interval is beyond the margin."""
    why: str
    next: str
    baseline: Side
    candidate: Side
    margin: float
    difference: float | None
    interval: Between | None
    """95 %, by Student's t over clusters, never narrower than so few attempts allow."""
    bootstrap: Between | None
    """95 %, whole clusters drawn with replacement."""
    equivalence: Between | None
    """The same at 90 %: where it lies inside the margin, it is shown that nothing changed."""
    p: float | None
    p_is_exact: bool
    detectable: float | None
    """The smallest change that these runs find four times in five; None: no change of any size."""
    tasks: int
    clusters: int
    joined_by: Joined
    mcnemar: McNemar | None
    times: dict[str, Times]
    varied: tuple[Varied, ...]
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    changed: tuple[str, ...]
    ungraded: tuple[str, ...]
    warnings: tuple[str, ...]
    by_task: tuple[TaskChange, ...]


def compare(baseline: Measured, candidate: Measured, *, margin: float = MARGIN) -> Comparison:
    """The candidate against the baseline."""
    pairing = pair(baseline, candidate)
    facts = _facts(baseline, candidate, pairing, margin)
    rule = next(rule for rule in RULES if rule.applies(facts))
    differences, clusters = _differences(pairing)
    around = bootstrap(differences, clusters) if differences else None
    is_regression = rule.verdict == "regression"
    return Comparison(
        verdict=rule.verdict,
        is_material=is_regression and facts.interval is not None and facts.interval.high < -margin,
        why=rule.why(facts),
        next=next_step(rule.verdict, facts, _lost(pairing)),
        baseline=_side(baseline, [each.before for each in pairing.pairs]),
        candidate=_side(candidate, [each.after for each in pairing.pairs]),
        margin=margin,
        difference=facts.mean if differences else None,
        interval=_between(facts.interval),
        bootstrap=_between(around),
        equivalence=_between(facts.equivalence),
        p=facts.flip.p if differences else None,
        p_is_exact=facts.flip.exact,
        detectable=facts.detectable,
        tasks=facts.tasks,
        clusters=facts.clusters,
        joined_by=pairing.joined,
        mcnemar=_mcnemar(pairing.pairs),
        times=_times(pairing.pairs, clusters, facts.flip.p),
        varied=tuple(Varied(*each) for each in caveats.varied(baseline.key, candidate.key)),
        missing=pairing.missing,
        extra=pairing.extra,
        changed=pairing.changed,
        ungraded=tuple(each.task.name for each in pairing.ungraded),
        warnings=tuple(caveats.warnings(baseline, candidate, pairing)),
        by_task=_by_task(pairing),
    )


def _facts(baseline: Measured, candidate: Measured, pairing: Pairing, margin: float) -> Facts:
    hindrances = [*caveats.hindrances(baseline, candidate)]
    pairs = pairing.pairs
    if len(pairs) < FEWEST_TASKS:
        hindrances.append(f"only {task_count(len(pairs))} in common, and {FEWEST_TASKS} are the least")
    if not pairs:
        nothing = SignFlip(1.0, exact=True, moved=0, least=1.0)
        return Facts(tuple(hindrances), 0, 0, 0.0, 0.0, 0.0, nothing, None, None, None, margin, 1, 1, power.MIXED)
    differences, clusters = _differences(pairing)
    around = spread(differences, clusters)
    shares = [_shares(each) for each in pairs]
    # Runs that agree everywhere have no spread, and are still of few attempts.
    error = max(around.error or 0.0, power.sampling_error(shares))
    return Facts(
        hindrances=tuple(hindrances),
        tasks=len(pairs),
        clusters=around.clusters,
        mean=around.mean,
        before=sum(each.before for each in shares) / len(pairs),
        after=sum(each.after for each in shares) / len(pairs),
        # A change at a task that always went alike says more than one at a task that wavers.
        flip=sign_flip(differences, clusters, weights=[_steadiness(each) for each in shares]),
        interval=_possible(power.interval(around.mean, error, around.clusters, 0.95)),
        equivalence=power.interval(around.mean, error, around.clusters, 0.90),
        detectable=power.detectable(error, around.clusters),
        margin=margin,
        attempts=min(each.attempts_after for each in shares),
        attempts_before=min(each.attempts_before for each in shares),
        noise=sum(power.variance(each.before, each.attempts_before) for each in shares) / len(shares),
    )


def _differences(pairing: Pairing) -> tuple[list[float], list[str]]:
    told = [(each.difference, each.cluster) for each in pairing.pairs]
    return [difference for difference, _ in told if difference is not None], [cluster for _, cluster in told]


def _steadiness(task: Shares) -> float:
    both = min(1.0, max(0.0, (task.before + task.after) / 2))
    return 1 / (both * (1 - both) + 0.05)


def _lost(pairing: Pairing) -> list[str]:
    fell = [couple.task.cluster_id for couple in pairing.pairs if (couple.difference or 0.0) < 0]
    return [cluster for cluster in fell if cluster is not None]


def _shares(couple: Pair) -> Shares:
    assert couple.before.reward is not None
    assert couple.after.reward is not None
    return Shares(couple.before.reward, couple.before.attempts, couple.after.reward, couple.after.attempts)


def _side(measured: Measured, compared: Sequence[Share]) -> Side:
    rewards = [share.reward for share in compared if share.reward is not None]
    return Side(
        name=measured.name,
        run_id=measured.run_id,
        reward=sum(rewards) / len(rewards) if rewards else None,
        trials=sum(share.attempts for share in compared),
        invalid=causes(measured),
    )


def _mcnemar(pairs: Sequence[Pair]) -> McNemar | None:
    if not pairs or any(
        side.attempts != 1 or side.solved is None for couple in pairs for side in (couple.before, couple.after)
    ):
        return None
    lost = sum(couple.before.solved == 1 and couple.after.solved == 0 for couple in pairs)
    won = sum(couple.before.solved == 0 and couple.after.solved == 1 for couple in pairs)
    return McNemar(lost, won, counts.mcnemar(lost, won))


def _times(pairs: Sequence[Pair], clusters: Sequence[str], p_success: float) -> dict[str, Times]:
    found = {}
    for name in AMOUNTS:
        both = [
            (before, after, cluster)
            for couple, cluster in zip(pairs, clusters, strict=True)
            if (before := couple.before.amounts[name]) is not None and (after := couple.after.amounts[name]) is not None
        ]
        told = ratio([each[0] for each in both], [each[1] for each in both], [each[2] for each in both])
        if told is not None:
            found[name] = told
    adjusted = counts.holm([p_success, *(told.p for told in found.values())])[1:]
    return {
        name: Times(ratio=told.value, interval=_between(told.interval), p=told.p, p_holm=p_holm, tasks=told.tasks)
        for (name, told), p_holm in zip(found.items(), adjusted, strict=True)
    }


def _by_task(pairing: Pairing) -> tuple[TaskChange, ...]:
    couples = [*pairing.pairs, *pairing.ungraded]
    tested = [_fisher(couple) for couple in couples]
    adjusted = iter(counts.holm([p for p in tested if p is not None]))
    rows = [
        _task_change(couple, p, None if p is None else next(adjusted))
        for couple, p in zip(couples, tested, strict=True)
    ]
    return tuple(sorted(rows, key=lambda row: (row.difference is None, row.difference or 0.0, row.task)))


def _fisher(couple: Pair) -> float | None:
    before, after = couple.before, couple.after
    if before.solved is None or after.solved is None or not before.attempts or not after.attempts:
        return None
    return counts.fisher(before.solved, before.attempts, after.solved, after.attempts)


def _task_change(couple: Pair, p: float | None, p_holm: float | None) -> TaskChange:
    before, after, task = couple.before, couple.after, couple.task
    return TaskChange(
        task=task.name,
        digest=task.digest,
        cluster_id=task.cluster_id,
        source_session_id=task.source_session_id,
        before=before.reward,
        after=after.reward,
        difference=couple.difference,
        before_attempts=before.attempts,
        after_attempts=after.attempts,
        before_solved=before.solved,
        after_solved=after.solved,
        p=p,
        p_holm=p_holm,
        is_mixed_before=before.is_mixed,
        invalid_before=before.invalid,
        invalid_after=after.invalid,
    )


def _possible(interval: Interval | None) -> Interval | None:
    """No share can change by more than all."""
    return None if interval is None else Interval(max(interval.low, -1.0), min(interval.high, 1.0))


def _between(interval: Interval | None) -> Between | None:
    return None if interval is None else Between(interval.low, interval.high)
