"""A Harbor that plays what a test says: a real command line in, real result files out, and no sandbox."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from codex_loop.harbor.place import Harbor
from codex_loop.measure.asked import Lab
from tests.harbor.pretend import pretend
from tests.harbor.sample import write_task

ENVIRONMENT = "own_env:Own"
"""A module:Class, which is asked for nothing before Harbor starts."""
Result = float | str | None

PLAYER = """
import json, pathlib, sys
sys.path.insert(0, {root!r})
if "--version" in sys.argv:
    print("{version}"); raise SystemExit
from codex_loop.harbor.folders import digest, task_paths
from tests.harbor.told import write_trial

def flag(name):
    return [sys.argv[at + 1] for at, word in enumerate(sys.argv) if word == name]

book = pathlib.Path({book!r})
script = json.loads(book.read_text())
job = pathlib.Path(flag("-o")[0], flag("--job-name")[0])
job.mkdir(parents=True, exist_ok=True)
(job / "argv.json").write_text(json.dumps(sys.argv[1:]))
only = flag("-i")
written = 0
for task in task_paths(pathlib.Path(flag("-p")[0])):
    if (only and task.name not in only) or task.name in script["skip"]:
        continue
    outcomes = script["solved"].get(task.name, [1.0] * 99)
    for attempt in range(int(flag("-k")[0])):
        place = f"{{task.name}}__{{attempt:07d}}"
        if (job / place).exists():
            continue
        if script["die_after"] == written:
            book.write_text(json.dumps({{**script, "die_after": -1}}))
            print("the daemon is gone"); sys.exit(script["code"])
        while script["hang_after"] == written:
            time.sleep(0.05)
        outcome = outcomes[attempt]
        failed = outcome if isinstance(outcome, str) else None
        folder = write_trial(
            job, place, reward=None if failed else outcome,
            exception=(failed, "it broke with key sk-proj-" + "a1B2" * 12) if failed else None,
            started=f"2026-11-21T07:0{{attempt}}:00.000000Z",
        )
        lock = {{"schema_version": 2, "task": {{"name": task.name, "digest": digest(task), "version": "1.0.0"}}}}
        (folder / "lock.json").write_text(json.dumps(lock))
        written += 1
"""


def rehearse(
    folder: Path,
    solved: Mapping[str, Sequence[Result]] | None = None,
    *,
    skip: Sequence[str] = (),
    die_after: int = -1,
    hang_after: int = -1,
    code: int = 1,
    version: str = "0.25.0",
) -> Harbor:
    """Each task's outcomes, attempt by attempt: a reward, or the exception that broke it; all 1 where none are told."""
    book = folder / "script.json"
    folder.mkdir(parents=True, exist_ok=True)
    script = {
        "solved": dict(solved or {}),
        "skip": list(skip),
        "die_after": die_after,
        "hang_after": hang_after,
        "code": code,
    }
    book.write_text(json.dumps(script), encoding="utf-8")
    root = str(Path(__file__).parents[2])
    program = pretend(folder, PLAYER.format(root=root, book=str(book), version=version))
    return Harbor(program, version, "settings")


def lab(folder: Path, harbor: Harbor, environ: Mapping[str, str], environment: str = ENVIRONMENT) -> Lab:
    return Lab(harbor, environment, folder / "jobs", environ)


def mined(folder: Path, tasks: int = 7) -> Path:
    """So many variations of the sample task, each from another session."""
    for number in range(tasks):
        path = write_task(folder / f"retry-{number}", name=f"local/retry-{number}", limit=60 + number)
        config = path / "task.toml"
        told = config.read_text(encoding="utf-8").replace("-000000000001", f"-{number:012d}")
        config.write_text(told, encoding="utf-8", newline="\n")
    return folder
