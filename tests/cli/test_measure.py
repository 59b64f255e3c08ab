"""`codex-loop measure` as a person types it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from codex_loop.cli.app import run
from codex_loop.errors import Exit
from codex_loop.measure import baseline
from codex_loop.store import evals
from codex_loop.store.engine import open_for_writing
from codex_loop.tasks.dataset.dataset import SIDECAR, Dataset, Sidecar
from tests.measure.rehearsal import ENVIRONMENT, mined, rehearse
from tests.measure.told import even
from tests.measure.told import run as made_up

Json = dict[str, Any]
WORSE = {f"retry-{number}": [0.0] * 9 for number in range(7)}


class Bench:
    """A store, a dataset, a Harbor that plays, and what the command said."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        self.place, self.dataset = str(folder / "store.db"), mined(folder / "mined")

    def play(self, **script: object) -> None:
        rehearse(self.folder / "harbor", **script)  # type: ignore[arg-type]

    def said(self, *words: str, code: int = 0) -> tuple[str, str]:
        got = run([*words, "--db", self.place])
        out, err = self._capsys.readouterr()
        assert got == code, (got, out, err)
        return out, err

    def measured(self, *words: str, code: int = 0) -> tuple[str, str]:
        how = ("--dataset", str(self.dataset), "--model", "gpt-5.2", "--environment", ENVIRONMENT, "--no-gate")
        return self.said("measure", *how, "--attempts", "2", *words, code=code)

    def told(self, *words: str, code: int = 0) -> Json:
        answer: Json = json.loads(self.said(*words, "--json", code=code)[0])
        return answer


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Bench:
    monkeypatch.setenv("CODEX_LOOP_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CODEX_LOOP_CONFIG", str(tmp_path / "none.toml"))
    monkeypatch.setenv("CODEX_LOOP_HARBOR", str(tmp_path / "harbor" / "bin" / "harbor"))
    monkeypatch.setenv("COLUMNS", "80")
    made = Bench(tmp_path, capsys)
    made.play()
    return made


def test_a_first_run_says_what_was_solved_and_how_to_go_on(bench: Bench) -> None:
    path = bench.folder / "baseline.json"
    out, err = bench.measured("--name", "before", "--save-baseline", str(path))
    assert out.startswith("100 % of 7 tasks solved by codex\n")
    assert "14 valid of 14" in out
    assert f"--baseline {path}" in " ".join(out.replace("\n      ", " ").split())
    assert "before: codex with openai/gpt-5.2, 7 tasks × 2 attempts" in err
    assert all(len(line) <= 80 or str(bench.folder) in line for line in out.splitlines())
    assert len(baseline.read(path).trials) == 14


def test_a_baseline_that_cannot_be_written_is_refused_before_anything_is_run(bench: Bench) -> None:
    notes = bench.folder / "notes.md"
    notes.write_text("my own notes")
    for place, why in (
        (notes, "is there and is no baseline"),
        (bench.folder / "nowhere" / "b.json", "No such file"),
        (bench.folder / "mined", "it is a folder"),
    ):
        _, err = bench.measured("--save-baseline", str(place), code=Exit.USAGE)
        assert why in err
    assert notes.read_text() == "my own notes"
    assert not Path(bench.place).exists()


def test_a_baseline_may_take_the_place_of_an_older_one(bench: Bench) -> None:
    path = bench.folder / "baseline.json"
    for name in ("first", "second"):
        bench.measured("--name", name, "--save-baseline", str(path))
        assert baseline.read(path).name == name


def test_a_worse_agent_ends_with_exit_code_1_and_the_verdict_first(bench: Bench) -> None:
    path = bench.folder / "baseline.json"
    bench.measured("--name", "before", "--save-baseline", str(path))
    bench.play(solved=WORSE)
    out, _ = bench.measured("--name", "after", "--baseline", str(path), code=Exit.FINDING)
    assert out.startswith("REGRESSION")
    assert "fewer of the same 7 tasks are solved: 0 % now, 100 % before (p 0.016)" in out
    assert "local/retry-0" in out
    assert all(len(line) <= 80 or str(bench.folder) in line for line in out.splitlines())


def test_the_same_agent_again_is_no_regression_and_says_what_it_would_take(bench: Bench) -> None:
    bench.measured("--name", "before")
    out, _ = bench.measured("--name", "again", "--baseline", "before", code=Exit.DEGRADED)
    assert out.startswith("TOO FEW TASKS TO TELL")
    assert "tasks are needed at 2 attempts" in " ".join(out.split())


def test_the_json_holds_run_tasks_and_comparison(bench: Bench) -> None:
    bench.measured("--name", "before")
    bench.play(solved={"retry-2": ["ApiRateLimitError", 1.0]})
    answer = json.loads(bench.measured("--name", "after", "--baseline", "before", "--json", code=Exit.DEGRADED)[0])
    assert answer["schema"] == "codex-loop/measure/1"
    assert answer["run"]["name"] == "after"
    assert answer["comparison"]["baseline"]["name"] == "before"
    assert answer["invalid"][0]["cause"] == "model_provider_failed"
    assert [each["invalid"] for each in answer["tasks"]] == [0, 0, 1, 0, 0, 0, 0]


def test_a_run_that_broke_says_so_and_how_it_goes_on(bench: Bench) -> None:
    bench.play(die_after=4)
    out, _ = bench.measured("--name", "cut", code=Exit.DEGRADED)
    assert "problem: Harbor ended with exit code 1: the daemon is gone" in out
    assert f"codex-loop measure --resume cut --db {bench.place}" in " ".join(out.split())
    out, _ = bench.said("measure", "--resume", "cut")
    assert "14 valid of 14" in out
    assert len(bench.told("measure", "list")["runs"]) == 1


def test_few_tasks_are_warned_of_before_anything_is_run(bench: Bench) -> None:
    bench.dataset = mined(bench.folder / "few", 4)
    bench.play(die_after=0)
    _, err = bench.measured(code=Exit.DEGRADED)
    assert "4 tasks can never show a change, whatever comes out: 6 are the least" in " ".join(err.split())
    assert "Harbor ran nothing: Harbor ended with exit code 1: the daemon is gone" in err
    assert bench.told("measure", "list")["runs"] == []


def test_a_killed_run_is_resumed_and_nothing_is_counted_twice(bench: Bench) -> None:
    bench.play(hang_after=5)
    how = ("--dataset", str(bench.dataset), "--model", "gpt-5.2", "--environment", ENVIRONMENT, "--no-gate")
    words = [
        sys.executable,
        "-m",
        "codex_loop",
        "measure",
        *how,
        "--attempts",
        "2",
        "--name",
        "cut",
        "--db",
        bench.place,
    ]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as started:
        jobs = bench.folder / "data" / "jobs" / "cut"
        while len(list(jobs.glob("*/lock.json"))) < 5:
            assert started.poll() is None
            time.sleep(0.05)
        for process in (psutil.Process(started.pid), *psutil.Process(started.pid).children(recursive=True)):
            process.kill()
    assert bench.told("measure", "list")["runs"][0]["state"] == "running"
    bench.play()
    again = bench.told("measure", "--resume", "cut")
    assert (again["run"]["state"], again["run"]["valid_trials"], again["missing_trials"]) == ("complete", 14, 0)
    assert len(bench.told("measure", "list")["runs"]) == 1


def test_a_run_that_did_not_end_writes_no_baseline(bench: Bench) -> None:
    bench.play(die_after=4)
    path = bench.folder / "baseline.json"
    out, _ = bench.measured("--save-baseline", str(path), code=Exit.DEGRADED)
    assert "no baseline was written: the run is failed" in out
    assert not path.exists()


def test_runs_are_listed_and_compared_by_name(bench: Bench) -> None:
    bench.measured("--name", "before")
    bench.play(solved=WORSE)
    bench.measured("--name", "after")
    out, _ = bench.said("measure", "list")
    assert [line.split()[0] for line in out.splitlines()] == ["run", "after", "before"]
    assert bench.said("measure", "compare", "before", "after", code=Exit.FINDING)[0].startswith("REGRESSION")
    assert bench.said("measure", "compare", "after", "before")[0].startswith("IMPROVEMENT")
    assert bench.said("measure", "list", "--dataset", "mined")[0] == out


def test_two_files_are_compared_without_a_store(bench: Bench) -> None:
    for name, good in (("before", 4), ("after", 1)):
        baseline.write(bench.folder / f"{name}.json", made_up(even(8, good), name=name))
    words = ("measure", "compare", str(bench.folder / "before.json"), str(bench.folder / "after.json"))
    assert bench.told(*words, code=Exit.FINDING)["verdict"] == "regression"
    assert not Path(bench.place).exists()


def test_another_harness_is_refused_with_exit_code_2_before_anything_is_run(bench: Bench) -> None:
    bench.measured("--name", "before")
    _, err = bench.measured("--baseline", "before", "--timeout-multiplier", "2", code=Exit.USAGE)
    assert "another timeouts" not in err
    assert "other timeouts" in err
    assert "nothing was run" in err
    assert len(bench.told("measure", "list")["runs"]) == 1


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ((), Exit.USAGE, "name what to measure with --dataset DIR"),
        (("--dataset", "nothing", "--model", "m"), Exit.USAGE, "no dataset nothing"),
        (("--dataset", "mined", "--agent-arg", "effort"), Exit.USAGE, "--agent-arg effort names no value"),
        (("--resume", "nothing"), Exit.USAGE, "no evaluation run is called nothing"),
        (("--dataset", "mined", "--model", "m", "--baseline", "no.json"), Exit.USAGE, "no.json is not there"),
    ],
)
def test_what_cannot_be_right_is_one_sentence_with_the_next_step(
    bench: Bench, words: tuple[str, ...], code: int, sentence: str
) -> None:
    out, err = bench.said("measure", *words, code=code)
    assert out == ""
    assert sentence in err
    assert err.count("\n") == 1
    assert not Path(bench.place).exists()  # no store without anything in it


def test_without_harbor_no_store_is_left_behind(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CODEX_LOOP_HARBOR")
    monkeypatch.setenv("PATH", str(bench.folder))
    monkeypatch.setenv("CODEX_LOOP_HARBOR_HOME", str(bench.folder / "none"))
    bench.measured(code=Exit.MISSING)
    assert not Path(bench.place).exists()


def test_what_is_wrong_with_a_store_that_is_there_leaves_it_as_it_was(bench: Bench) -> None:
    bench.said("init")
    assert "no dataset nothing" in bench.said("measure", "--dataset", "nothing", "--model", "m", code=2)[1]
    assert Path(bench.place).is_file()


def test_an_empty_folder_is_no_dataset(bench: Bench) -> None:
    (bench.folder / "empty").mkdir()
    _, err = bench.said("measure", "--dataset", str(bench.folder / "empty"), "--model", "m", code=Exit.USAGE)
    assert "holds no task" in err


def test_without_harbor_both_ways_to_install_it_are_named(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CODEX_LOOP_HARBOR")
    monkeypatch.setenv("PATH", str(bench.folder))
    monkeypatch.setenv("CODEX_LOOP_HARBOR_HOME", str(bench.folder / "none"))
    _, err = bench.measured(code=Exit.MISSING)
    assert "codex-loop measure setup" in err
    assert "uv tool install harbor" in err


def test_an_old_harbor_is_named_with_its_version(bench: Bench) -> None:
    bench.play(version="0.1.4")
    _, err = bench.measured(code=Exit.DEGRADED)
    assert "0.1.4" in err
    assert "0.25.x is needed" in err


def test_a_dataset_names_its_store(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    other = str(bench.folder / "other.db")
    open_for_writing(other).close()
    made = Dataset(name="mined_001", digest="sha256:d", path=str(bench.dataset), tasks=(), store=other)
    (bench.dataset / SIDECAR).write_bytes(_encoded(Sidecar(dataset=made)))
    how = ("--model", "gpt-5.2", "--environment", ENVIRONMENT, "--no-gate", "--attempts", "1")
    assert run(["measure", "--dataset", str(bench.dataset), *how]) == 0
    capsys.readouterr()
    with open_for_writing(other) as database:
        assert [row.dataset for row in evals.runs(database)] == ["mined_001"]
    for words in (("trends",), ("measure", "list")):
        assert run([*words, "--dataset", str(bench.dataset), "--json"]) == 0
        assert len(json.loads(capsys.readouterr().out)["runs"]) == 1


def test_a_store_that_is_not_on_this_machine_is_not_looked_for(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    made = Dataset(name="mined_001", digest="sha256:d", path=str(bench.dataset), tasks=(), store="/nowhere/loop.db")
    (bench.dataset / SIDECAR).write_bytes(_encoded(Sidecar(dataset=made)))
    how = ("--model", "gpt-5.2", "--environment", ENVIRONMENT, "--no-gate", "--attempts", "1")
    assert run(["measure", "--dataset", str(bench.dataset), *how]) == 0
    capsys.readouterr()
    assert (bench.folder / "data" / "codex-loop.db").is_file()


def test_the_plan_is_a_table_of_tasks_and_attempts(bench: Bench) -> None:
    answer = json.loads(_out(bench, "measure", "plan", "--effect", "0.1", "--power", "0.8", "--json"))
    assert [each["attempts"] for each in answer["sizes"]] == [1, 2, 4, 8]
    text = _out(bench, "measure", "plan", "--effect", "0.1", "--power", "0.8")
    assert "To find a change of 10 points 80 times in 100" in text
    for words in (("--effect", "0"), ("--power", "1"), ("--attempts", "0")):
        assert "measure plan" not in bench.said("measure", "plan", *words, code=Exit.USAGE)[1]


def test_a_plan_takes_a_baseline_at_its_word(bench: Bench) -> None:
    bench.measured("--name", "before")
    answer = bench.told("measure", "plan", "--effect", "0.1", "--attempts", "4", "--baseline", "before")
    assert answer["noise_from"] == "before"
    assert answer["sizes"][0]["tasks"] < json.loads(_out(bench, "measure", "plan", "--json"))["sizes"][2]["tasks"]


def test_nothing_measured_yet_says_how_to_begin(bench: Bench) -> None:
    open_for_writing(bench.place).close()
    assert "codex-loop measure --dataset DIR" in bench.said("measure", "list")[0]


def _out(bench: Bench, *words: str) -> str:
    return bench.said(*words)[0]


def _encoded(sidecar: Sidecar) -> bytes:
    import msgspec

    return msgspec.json.encode(sidecar)
