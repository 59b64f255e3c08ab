"""Record the job folders of `tests/measure/jobs`: `python -m tests.measure.record`, with real Harbor and bubblewrap.

Six variations of the sample task, once each, by the agent that applies the solution and by the one that does nothing.
Kept are the two files of each trial that are read; the folders of this machine are replaced by /jobs and /mined.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from codex_loop.harbor import job
from codex_loop.harbor.job import Order
from codex_loop.harbor.place import managed
from tests.harbor.sample import write_dataset

JOBS = Path(__file__).parent / "jobs"
TASKS = 6


def record(folder: Path) -> None:
    harbor = managed()
    assert harbor is not None, "make tools installs it"
    with tempfile.TemporaryDirectory() as scratch:
        mined = write_dataset(Path(scratch, "mined"), TASKS)
        for agent in ("oracle", "nop"):
            order = Order(path=mined, agent=agent, environment="bubblewrap", jobs_dir=Path(scratch, "jobs"), name=agent)
            ended = job.run(harbor, order)
            assert ended.problem is None
            shutil.rmtree(folder / agent, ignore_errors=True)
            for trial in ended.trials:
                _keep(Path(trial.folder), folder / agent, scratch)


def _keep(trial: Path, target: Path, scratch: str) -> None:
    place = target / trial.name
    place.mkdir(parents=True)
    for name in ("result.json", "lock.json"):
        text = (trial / name).read_text(encoding="utf-8")
        text = text.replace(f"{scratch}/jobs", "/jobs").replace(f"{scratch}/mined", "/mined")
        (place / name).write_text(text.rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    record(JOBS)
