"""A job of Harbor: what is told, what is kept, what happens when it breaks. The real one is in `test_harbor.py`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from codex_loop.errors import Degraded, HarborUnusable, UsageError
from codex_loop.harbor.job import Order, run
from codex_loop.harbor.place import VERSION, Harbor
from codex_loop.harbor.progress import Step
from tests.harbor.pretend import pretend
from tests.harbor.sample import write_dataset
from tests.harbor.told import write_trial

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the programs that pretend are scripts")


def order(tmp_path: Path, **more: object) -> Order:
    """Two tasks, twice each, in an environment that nothing has to exist for."""
    given: dict[str, object] = {"attempts": 2, "environment": "some.module:Class", **more}
    dataset = tmp_path / "dataset"
    if not dataset.is_dir():
        write_dataset(dataset, 2)
    return Order(path=dataset, agent="oracle", jobs_dir=tmp_path / "jobs", name="one", **given)  # type: ignore[arg-type]


def harbor(tmp_path: Path, body: str) -> Harbor:
    return Harbor(pretend(tmp_path / "pretend", body), VERSION, "settings")


def test_a_harbor_that_crashes_says_its_last_error_and_what_was_done_is_kept(tmp_path: Path) -> None:
    write_trial(tmp_path / "jobs" / "one", "retry-0__aaaaaaa")
    body = "print('│ RuntimeError: the disk is full │')\nprint('╰──────╯')\nsys.exit(1)"
    ended = run(harbor(tmp_path, body), order(tmp_path))
    assert ended.problem == "Harbor ended with exit code 1: RuntimeError: the disk is full"
    assert [trial.directory for trial in ended.trials] == ["retry-0"]
    assert ended.skipped == (), "what a crash did not reach is not skipped"
    assert not ended.interrupted


def test_a_task_that_harbor_passes_over_in_silence_is_named(tmp_path: Path) -> None:
    write_trial(tmp_path / "jobs" / "one", "retry-1__aaaaaaa")
    ended = run(harbor(tmp_path, ""), order(tmp_path))
    assert (ended.skipped, ended.problem) == (("retry-0",), None)


def test_only_the_tasks_that_were_asked_for_are_expected(tmp_path: Path) -> None:
    write_trial(tmp_path / "jobs" / "one", "retry-1__aaaaaaa")
    assert run(harbor(tmp_path, ""), order(tmp_path, only=("retry-1",))).skipped == ()


def test_a_secret_in_harbors_last_words_is_not_told(tmp_path: Path) -> None:
    secret = "ghp_" + "A1b2C3d4E5" * 3 + "abcdef"
    ended = run(harbor(tmp_path, f"sys.exit('token {secret}')"), order(tmp_path))
    assert ended.problem is not None
    assert secret not in ended.problem


def test_a_program_that_cannot_be_started_is_unusable(tmp_path: Path) -> None:
    with pytest.raises(HarborUnusable, match="cannot be started"):
        run(Harbor(tmp_path / "nothing", VERSION, "settings"), order(tmp_path))


def test_a_folder_without_tasks_is_refused_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "dataset").mkdir()
    with pytest.raises(UsageError, match="holds no task"):
        run(harbor(tmp_path, "sys.exit(9)"), order(tmp_path))


def test_a_task_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no task retry-9"):
        run(harbor(tmp_path, "sys.exit(9)"), order(tmp_path, only=("retry-9",)))


def test_each_trial_is_told_once_as_it_ends(tmp_path: Path) -> None:
    heard: list[Step] = []
    write_trial(tmp_path / "jobs" / "one", "retry-0__aaaaaaa")
    write_trial(tmp_path / "jobs" / "one", "retry-1__bbbbbbb")
    run(harbor(tmp_path, "time.sleep(0.6)"), order(tmp_path), heard.append)
    assert heard == [Step(1, 4, "retry-0"), Step(2, 4, "retry-1")]


def test_what_was_cancelled_or_torn_is_run_again_and_what_ended_is_not(tmp_path: Path) -> None:
    job = tmp_path / "jobs" / "one"
    write_trial(job, "retry-0__done")
    write_trial(job, "retry-0__gone", reward=None, exception=("CancelledError", ""))
    torn = write_trial(job, "retry-1__torn")
    (torn / "result.json").write_text("{", encoding="utf-8")
    ended = run(harbor(tmp_path, ""), order(tmp_path))
    assert [trial.trial_id for trial in ended.trials] == ["id-retry-0__done"]


def test_a_job_that_outlasts_its_deadline_is_stopped_and_says_so(tmp_path: Path) -> None:
    ended = run(harbor(tmp_path, "time.sleep(60)"), order(tmp_path, deadline_s=0.5))
    assert ended.problem is not None
    assert "did not end in" in ended.problem
    assert not alive(tmp_path)


def test_an_interruption_ends_harbor_and_is_told_not_raised(tmp_path: Path) -> None:
    write_trial(tmp_path / "jobs" / "one", "retry-0__aaaaaaa")

    def stop(_: Step) -> None:
        raise KeyboardInterrupt

    ended = run(harbor(tmp_path, "time.sleep(60)"), order(tmp_path), stop)
    assert (ended.interrupted, ended.problem, len(ended.trials)) == (True, None, 1)
    assert not alive(tmp_path)


def test_while_a_harbor_goes_on_without_us_nobody_starts_another_of_that_name(tmp_path: Path) -> None:
    script = tmp_path / "ours.py"
    script.write_text(
        "import sys; from pathlib import Path; sys.path[:0] = sys.argv[2:]\n"
        "from tests.harbor.test_job import harbor, order\nfrom codex_loop.harbor.job import run\n"
        "run(harbor(Path(sys.argv[1]), 'time.sleep(60)'), order(Path(sys.argv[1])))\n",
        encoding="utf-8",
    )
    root = str(Path(__file__).parents[2])
    ours = subprocess.Popen([sys.executable, str(script), str(tmp_path), root], cwd=root)
    try:
        until_s = time.monotonic() + 30
        while not alive(tmp_path):
            assert time.monotonic() < until_s
            time.sleep(0.05)
    finally:
        ours.send_signal(signal.SIGKILL)
        ours.wait()
    try:
        with pytest.raises(Degraded, match="one is still going on"):
            run(harbor(tmp_path, ""), order(tmp_path))
    finally:
        for process in alive(tmp_path):
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
    assert run(harbor(tmp_path, ""), order(tmp_path)).problem is None


def alive(tmp_path: Path) -> list[psutil.Process]:
    """What of the pretended Harbor is still running."""
    return [process for process in psutil.process_iter() if str(tmp_path / "pretend") in " ".join(_words(process))]


def _words(process: psutil.Process) -> Iterator[str]:
    try:
        yield from process.cmdline()
    except psutil.Error:
        return
