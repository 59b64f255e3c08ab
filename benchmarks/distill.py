"""From forty scripted sessions of real agents to tasks: how many become valid without help, and why others do not.

    python -m benchmarks.distill
    python -m benchmarks.distill --only backoff        # stories whose names begin so; goals are for all of them
    python -m benchmarks.distill --without-harbor      # drafts only
    python -m benchmarks.distill --keep FOLDER         # homes, store, drafts and dataset stay there

The sessions are played once for each content (`benchmarks/repairs/`) and kept in the cache folder of the tools. Each
session is distilled by the worst signal that was found in it, and every draft goes through the gate with real Harbor.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks import measure, verdicts
from benchmarks.repairs.play import Played, gather, play_all
from benchmarks.repairs.stories import STORIES
from benchmarks.verdicts import Line
from codex_loop.clock import now_ms
from codex_loop.harbor import job
from codex_loop.harbor.progress import Step
from codex_loop.settings import load
from codex_loop.store import signals
from codex_loop.store.engine import Database, open_for_writing
from codex_loop.store.signals import Signal, Wanted
from codex_loop.tasks.dataset.assembly import assemble
from codex_loop.tasks.dataset.dataset import Dataset
from codex_loop.tasks.distill.distill import Draft, Request, distill
from codex_loop.tasks.gate.gate import Gated, gate
from codex_loop.tasks.gate.workshop import Workshop, open_workshop

VALID = 30
VALIDATED = "validated"


class Fate(NamedTuple):
    """What became of one session."""

    played: Played
    state: str
    reason: str | None
    verifier: str
    folder: Path | None = None

    @property
    def surprises(self) -> bool:
        """Valid where no task can be, or not valid where one can."""
        return (self.state == VALIDATED) != (self.played.story.why_not is None)


def main(arguments: Sequence[str]) -> int:
    """Print what became of every session and one table; the exit code is 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", default="")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--without-harbor", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    played = play_all([story for story in STORIES if story.name.startswith(options.only)])
    with tempfile.TemporaryDirectory(prefix="codex-loop-distill-") as scratch:
        folder = options.keep or Path(scratch)
        lines = list(_measured(played, folder, harbor=not options.without_harbor, quiet=options.json))
    print(verdicts.document(lines) if options.json else verdicts.table(lines))
    return verdicts.exit_code(lines)


def _measured(played: Sequence[Played], folder: Path, *, harbor: bool, quiet: bool) -> Iterator[Line]:
    place = recorded(played, folder)
    with open_for_writing(str(place)) as database:
        drafts = distilled(database, played, folder / "drafts")
        workshop = _workshop(folder, harbor=harbor)
        folders = [Path(draft.path) for draft in drafts.values() if draft is not None and draft.path is not None]
        gated = gate(folders, workshop, _silent)
        fates = [_fate(each, drafts[each.session], gated) for each in played]
        dataset = assemble(gated, folder / "repairs", now_ms=now_ms(), database=database, workshop=workshop)
    if not quiet:
        _tell(fates)
    yield from _counted(fates)
    yield Line("dataset", "tasks in it", float(len(dataset.tasks)), "")
    yield from _passing(dataset, workshop)


def recorded(played: Sequence[Played], folder: Path) -> Path:
    """A store that has seen their sessions, with signals and clusters, by the commands a person types."""
    home = gather(played, folder / "home")
    place = folder / "repairs.db"
    where = ["--codex-home", str(home / "codex"), "--claude-home", str(home / "claude")]
    for words in (["ingest", *where, "--lookback-hours", "8760"], ["signals"], ["cluster"]):
        measure.Command([sys.executable, "-m", "codex_loop", *words, "--db", str(place)]).measured()
    return place


def distilled(database: Database, played: Sequence[Played], output: Path) -> Mapping[str, Draft | None]:
    """A draft for every session, by its id; None where nothing was found in it."""
    worst: dict[str, Signal] = {}
    for signal in signals.listed(database, Wanted()):
        native = (signal.session_id or "").partition(":")[2] or signal.session_id
        if native is None:
            continue
        known = worst.get(native)
        if known is None or _rank(signal) > _rank(known):
            worst[native] = signal
    found: dict[str, Draft | None] = {}
    for each in played:
        chosen = worst.get(each.session)
        request = None if chosen is None else Request(signal=chosen.id)
        made = () if request is None else distill(database, request, output / each.story.name)
        found[each.session] = made[0] if made else None
    return found


def _rank(signal: Signal) -> tuple[bool, float, str]:
    return signal.type == "friction", signal.severity, signal.id


def _workshop(folder: Path, *, harbor: bool) -> Workshop:
    workshop = open_workshop(load({"data_dir": folder / "data"}), environ=os.environ)
    return workshop if harbor else workshop._replace(harbor=None, lacking="not run: --without-harbor")


def _silent(_: Step) -> None:
    """A benchmark draws no bar."""


def _fate(played: Played, draft: Draft | None, gated: Sequence[Gated]) -> Fate:
    if draft is None:
        return Fate(played, "none", "no signal was found in it", "missing")
    found = next((each for each in gated if draft.path is not None and each.folder == Path(draft.path)), None)
    if found is None:
        return Fate(played, draft.state, draft.reason, draft.verifier)
    return Fate(played, found.state, found.reason, draft.verifier, found.folder)


def _tell(fates: Sequence[Fate]) -> None:
    for fate in sorted(fates, key=lambda each: (each.state, each.played.story.name)):
        story = fate.played.story
        mark = "!" if fate.surprises else " "
        print(f"{mark} {fate.state:11} {story.name:19} {story.agent:6} {fate.verifier:18} {fate.reason or ''}".rstrip())
    print()


def _counted(fates: Sequence[Fate]) -> Iterator[Line]:
    states = Counter(fate.state for fate in fates)
    yield Line("sessions", "played by real agents", float(len(fates)), "")
    for state, count in sorted(states.items()):
        yield Line("sessions", state, float(count), "")
    lacking = VALID - states[VALIDATED]
    yield Line("goal", f"valid tasks short of {VALID}", float(max(lacking, 0)), "", 0.0)
    wrong = sum(fate.state == VALIDATED and fate.surprises for fate in fates)
    yield Line("goal", "valid where no task can be", float(wrong), "", 0.0)


def _passing(dataset: Dataset, workshop: Workshop) -> Iterator[Line]:
    """Every task of the dataset once more, by itself: nobody's work fails, the solution passes."""
    title = "tasks of the dataset that fail the gate"
    if workshop.harbor is None or not dataset.tasks:
        yield Line("goal", title, None, "")
        return
    wrong: set[str] = set()
    for agent, wanted in (("nop", 0.0), ("oracle", 1.0)):
        names = tuple(each.directory for each in dataset.tasks)
        order = job.Order(
            path=dataset.folder, agent=agent, jobs_dir=workshop.jobs_dir, name=f"again-{agent}", only=names,
            environment=workshop.environment,
        )  # fmt: skip
        ended = job.run(workshop.harbor, order, _silent, workshop.environ)
        seen = {trial.directory: trial.reward for trial in ended.trials if trial.valid}
        wrong |= {name for name in names if seen.get(name) != wanted}
    yield Line("goal", title, float(len(wrong)), "", 0.0, ", ".join(sorted(wrong)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
