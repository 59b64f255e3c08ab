"""A document cut at its compactions: several files, each of which holds what the model had before it.

A part begins with a copy of the compaction that opened it, marked as copied context, so the totals of the parts add up
to those of the whole.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from codex_loop.tasks.atif.convert import totals
from codex_loop.tasks.atif.document import Step, Trajectory


def split(stem: str, trajectory: Trajectory) -> dict[str, Trajectory]:
    """The parts under their file names, the first as `<stem>.json`."""
    runs = _runs(trajectory.steps)
    names = [f"{stem}.json", *(f"{stem}.cont-{number}.json" for number in range(1, len(runs)))]
    parts: dict[str, Trajectory] = {}
    for number, (name, run) in enumerate(zip(names, runs, strict=True)):
        steps = [msgspec.structs.replace(run[0], is_copied_context=True), *run[1:]] if number else run
        numbered = [msgspec.structs.replace(step, step_id=place) for place, step in enumerate(steps, start=1)]
        parts[name] = _part(trajectory, numbered, names, number)
    return parts


def _runs(steps: Sequence[Step]) -> list[list[Step]]:
    """Up to and with each compaction; the compaction itself begins the next run once more."""
    runs: list[list[Step]] = [[]]
    for place, step in enumerate(steps):
        runs[-1].append(step)
        if "context_management" in (step.extra or {}) and place + 1 < len(steps):
            runs.append([step])
    return runs


def _part(trajectory: Trajectory, steps: list[Step], names: Sequence[str], number: int) -> Trajectory:
    extra = trajectory.extra or {}
    if len(names) > 1:
        extra = {**extra, "part": {"number": number + 1, "of": len(names)}}
    told = {
        ref.trajectory_id
        for step in steps
        if step.observation is not None and not step.is_copied_context
        for result in step.observation.results
        for ref in result.subagent_trajectory_ref or ()
    }
    children = [child for child in trajectory.subagent_trajectories or () if child.trajectory_id in told]
    return msgspec.structs.replace(
        trajectory,
        trajectory_id=f"{trajectory.trajectory_id}.cont-{number}" if number else trajectory.trajectory_id,
        steps=steps,
        final_metrics=totals(steps),
        continued_trajectory_ref=names[number + 1] if number + 1 < len(names) else None,
        extra=extra,
        subagent_trajectories=children or None,
    )
