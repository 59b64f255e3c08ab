"""A measurement from the first refusal to the stored comparison, also when Harbor breaks on the way."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from codex_loop.clock import SystemClock
from codex_loop.errors import Degraded, Exit, UsageError
from codex_loop.harbor.process import alone
from codex_loop.harbor.progress import Step
from codex_loop.measure import plan, run, stored
from codex_loop.measure.asked import Held, Request
from codex_loop.measure.measured import Key, Measured
from codex_loop.measure.outcome import Outcome, exit_code, is_degraded, outcome
from codex_loop.measure.plan import Design
from codex_loop.store import evals
from codex_loop.store.engine import Database, open_for_writing
from codex_loop.store.evals import EvalRunRow
from codex_loop.tasks.dataset import Dataset, read
from tests.measure.rehearsal import lab, mined, rehearse

ASKED = Request(agent="codex", model="gpt-5.2", attempts=2, agent_version="0.169.0")
WORSE = {f"retry-{number}": [0.0, 0.0] for number in range(7)}


@pytest.fixture
def database(place: str) -> Iterator[Database]:
    with open_for_writing(place) as opened:
        yield opened


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Database]:
    """One engine, for what the store has no part in."""
    with open_for_writing(str(tmp_path / "store.db")) as opened:
        yield opened


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return read(mined(tmp_path / "mined"))


def measured(
    database: Database, tmp_path: Path, dataset: Dataset, held: Held | None = None, **script: object
) -> tuple[EvalRunRow, Outcome]:
    played = rehearse(tmp_path / "harbor", **script)  # type: ignore[arg-type]
    name = f"run-{len(evals.runs(database))}"
    asked = msgspec.structs.replace(ASKED, name=name)
    row = run.measure(
        database, dataset, asked, lab(tmp_path, played, os.environ), SystemClock(), held=held, unchecked=True
    )
    return row, outcome(database, row)


def held(database: Database, row: EvalRunRow) -> Held:
    return Held(stored.load(database, row), row.key, evals.run_id(row.key))


def test_a_run_is_stored_with_every_trial_and_every_identity(
    database: Database, tmp_path: Path, dataset: Dataset
) -> None:
    row, told = measured(database, tmp_path, dataset, solved={"retry-0": [1.0, 0.0]})
    assert evals.runs(database) == [row]
    assert (row.state, row.expected, row.valid, row.invalid) == ("complete", 14, 14, 0)
    assert row.reward == pytest.approx((6 + 0.5) / 7)
    assert (row.model, row.agent_version, row.dataset_digest) == ("openai/gpt-5.2", "0.169.0", dataset.digest)
    assert (row.input, row.output, row.cost_microusd) == (14 * 2700, 14 * 110, 14 * 2800)
    key = msgspec.json.decode(row.identity, type=Key)
    assert (key.harbor_version, key.env_kind, key.env_import_path) == ("0.25.0", "module", "own_env:Own")
    assert len(evals.trials(database, row.key)) == 14
    assert [each.solved for each in told.tasks] == [1, 2, 2, 2, 2, 2, 2]
    assert told.tasks[0].source_session_id == "0199c0de-0000-7000-8000-000000000000"
    assert exit_code(told) == Exit.OK
    assert any("never passed a gate" in warning for warning in told.warnings)


def test_a_worse_agent_is_a_regression_and_the_same_agent_is_none(
    database: Database, tmp_path: Path, dataset: Dataset
) -> None:
    before, _ = measured(database, tmp_path, dataset)
    worse, told = measured(database, tmp_path, dataset, held(database, before), solved=WORSE)
    assert (worse.verdict, worse.baseline_key, exit_code(told)) == ("regression", before.key, Exit.FINDING)
    same, told = measured(database, tmp_path, dataset, held(database, before))
    assert same.verdict == "insufficient_power"
    assert exit_code(told) == Exit.DEGRADED
    assert evals.find(database, worse.name) == worse


def test_what_broke_is_invalid_with_its_cause_and_not_a_failure(
    one: Database, tmp_path: Path, dataset: Dataset
) -> None:
    row, told = measured(one, tmp_path, dataset, solved={"retry-3": [1.0, "ApiRateLimitError"]})
    assert (row.reward, row.valid, row.invalid) == (1.0, 13, 1)
    (failure,) = told.invalid
    assert (failure.cause, failure.exception, failure.trials) == ("model_provider_failed", "ApiRateLimitError", 1)
    assert failure.message is not None
    assert "sk-proj" not in failure.message
    assert exit_code(told) == Exit.OK


def test_a_run_that_mostly_broke_says_that_little_was_measured(one: Database, tmp_path: Path, dataset: Dataset) -> None:
    broken = {f"retry-{number}": ["SandboxBuildFailedError"] * 2 for number in range(3)}
    row, told = measured(one, tmp_path, dataset, solved=broken)
    assert row.reward == 1.0
    assert told.invalid_share == pytest.approx(6 / 14)
    assert exit_code(told) == Exit.DEGRADED


def test_less_than_was_asked_for_is_told_by_the_exit_code(one: Database, tmp_path: Path, dataset: Dataset) -> None:
    _, whole = measured(one, tmp_path, dataset)
    assert not is_degraded(whole)
    for fact in ({"missing_trials": 1}, {"skipped": ("local/a",)}, {"problem": "it broke"}, {"invalid_share": 0.3}):
        less = msgspec.structs.replace(whole, **fact)
        assert exit_code(less) == Exit.DEGRADED, fact


def test_a_task_that_harbor_passes_over_is_named(one: Database, tmp_path: Path, dataset: Dataset) -> None:
    _, told = measured(one, tmp_path, dataset, skip=["retry-5"])
    assert told.skipped == ("local/retry-5",)
    assert told.missing_trials == 2
    assert exit_code(told) == Exit.DEGRADED


def test_harbor_that_crashes_half_way_loses_nothing_and_is_resumed(
    database: Database, tmp_path: Path, dataset: Dataset
) -> None:
    row, told = measured(database, tmp_path, dataset, die_after=5)
    assert (row.state, row.valid, told.missing_trials) == ("failed", 5, 9)
    assert told.problem is not None
    assert "exit code 1: the daemon is gone" in told.problem
    assert exit_code(told) == Exit.DEGRADED
    assert row.duration_ms is not None
    again = run.resume(
        database, row, Request(), lab(tmp_path, rehearse(tmp_path / "harbor"), os.environ), SystemClock()
    )
    assert (again.key, again.state, again.valid, again.invalid) == (row.key, "complete", 14, 0)
    assert len(evals.trials(database, row.key)) == 14
    assert evals.runs(database) == [again]
    assert outcome(database, again).problem is None
    assert again.duration_ms is not None
    assert again.duration_ms > row.duration_ms


def test_what_harbor_refuses_at_once_leaves_no_run(database: Database, tmp_path: Path, dataset: Dataset) -> None:
    with pytest.raises(
        Degraded, match=r"Harbor ran nothing.*the daemon is gone.*what it said is in (.*\.out)"
    ) as error:
        measured(database, tmp_path, dataset, die_after=0)
    assert "the daemon is gone" in Path(str(error.value).rpartition(" in ")[2]).read_text(encoding="utf-8")
    assert evals.runs(database) == []
    row, _ = measured(database, tmp_path, dataset)
    assert (row.name, row.state) == ("run-0", "complete")


def test_an_interrupted_run_keeps_what_is_there_and_goes_on_against_its_baseline(
    one: Database, tmp_path: Path, dataset: Dataset
) -> None:
    before, _ = measured(one, tmp_path, dataset)
    played = rehearse(tmp_path / "harbor", WORSE, hang_after=6)

    def interrupt(step: Step) -> None:
        if step.done == 6:
            raise KeyboardInterrupt

    asked = msgspec.structs.replace(ASKED, name="cut")
    place, baseline = lab(tmp_path, played, os.environ), held(one, before)
    seen: list[Design] = []

    def announced(_: EvalRunRow, design: Design) -> None:
        seen.append(design)

    row = run.measure(
        one, dataset, asked, place, SystemClock(), held=baseline, announce=announced, told=interrupt, unchecked=True
    )
    told = outcome(one, row)
    assert (row.state, row.valid, row.verdict) == ("interrupted", 6, None)
    assert exit_code(told) == Exit.INTERRUPTED
    rehearse(tmp_path / "harbor", WORSE)
    again = run.resume(one, row, Request(), place, SystemClock(), held=baseline, announce=announced)
    assert (again.state, again.valid, again.verdict) == ("complete", 14, "regression")
    assert seen[0] == seen[1]
    assert seen[0] != plan.design(baseline.measured.tasks, 2)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no lock between processes")
def test_a_run_that_another_process_is_at_stays_as_it_is(one: Database, tmp_path: Path, dataset: Dataset) -> None:
    row, _ = measured(one, tmp_path, dataset, die_after=3)
    running = msgspec.structs.replace(row, state="running")
    evals.put(one, running)
    place = lab(tmp_path, rehearse(tmp_path / "harbor"), os.environ)
    with alone(place.jobs_dir / f".{row.name}.lock", row.name), pytest.raises(Degraded):
        run.resume(one, running, Request(), place, SystemClock())
    assert evals.find(one, row.name) == running
    assert run.resume(one, running, Request(), place, SystemClock()).valid == 14


def test_a_run_over_tasks_that_changed_meanwhile_is_not_resumed(
    one: Database, tmp_path: Path, dataset: Dataset
) -> None:
    row, _ = measured(one, tmp_path, dataset, die_after=1)
    (dataset.folder / "retry-2" / "instruction.md").write_text("Something else.\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"local/retry-2 .* changed since the run began"):
        run.resume(one, row, Request(), lab(tmp_path, rehearse(tmp_path / "harbor"), os.environ), SystemClock())
    shutil.rmtree(dataset.folder)
    with pytest.raises(UsageError, match="changed since the run began"):
        run.resume(one, row, Request(), lab(tmp_path, rehearse(tmp_path / "harbor"), os.environ), SystemClock())


def test_a_run_is_resumed_only_where_it_was_begun(one: Database, tmp_path: Path, dataset: Dataset) -> None:
    row, _ = measured(one, tmp_path, dataset, die_after=1)
    other = lab(tmp_path, rehearse(tmp_path / "harbor"), os.environ, "another:Place")
    with pytest.raises(UsageError, match="was begun in own_env:Own"):
        run.resume(one, row, Request(), other, SystemClock())


def test_values_that_may_be_secrets_are_not_kept_and_asked_for_again(
    one: Database, tmp_path: Path, dataset: Dataset
) -> None:
    secret = "sk-proj-" + "Zx9q" * 12
    asked = msgspec.structs.replace(
        ASKED,
        name="cut",
        agent_environment={"OPENAI_API_KEY": "short"},
        agent_arguments={"key": secret, "effort": "low"},
    )
    place = lab(tmp_path, rehearse(tmp_path / "harbor", die_after=1), os.environ)
    row = run.measure(one, dataset, asked, place, SystemClock(), unchecked=True)
    assert secret not in str(row)
    assert "short" not in str(row)
    with pytest.raises(UsageError, match="--agent-arg key is not kept"):
        run.resume(one, row, Request(agent_environment={"OPENAI_API_KEY": "short"}), place, SystemClock())
    given = Request(agent_environment={"OPENAI_API_KEY": "short"}, agent_arguments={"key": secret})
    assert run.resume(one, row, given, place, SystemClock()).state == "complete"


def test_another_harness_is_refused_before_anything_is_run(one: Database, tmp_path: Path, dataset: Dataset) -> None:
    before, _ = measured(one, tmp_path, dataset)
    baseline = stored.load(one, before)
    assert baseline.key is not None
    other = msgspec.structs.replace(baseline, key=msgspec.structs.replace(baseline.key, env_kind="docker"))
    with pytest.raises(UsageError, match=r"another environment: module now, docker in the baseline.*nothing was run"):
        measured(one, tmp_path, dataset, Held(other, None))
    assert len(evals.runs(one)) == 1
    assert len(list((tmp_path / "jobs").glob("run-*"))) == 1


def test_a_baseline_of_other_tasks_is_refused_before_anything_is_run(
    one: Database, tmp_path: Path, dataset: Dataset
) -> None:
    before, _ = measured(one, tmp_path, dataset)
    baseline: Measured = stored.load(one, before)
    few = msgspec.structs.replace(baseline, tasks=baseline.tasks[:2])
    with pytest.raises(UsageError, match="only 2 tasks of mined in it"):
        measured(one, tmp_path, dataset, Held(few, None))


def test_only_what_passed_its_gate_is_measured_and_the_rest_is_told(
    one: Database, tmp_path: Path, dataset: Dataset
) -> None:
    bad = msgspec.structs.replace(dataset.tasks[0], state="quarantined", reason="flaky")
    good = [msgspec.structs.replace(each, state="validated", reason=None) for each in dataset.tasks[1:]]
    mixed = msgspec.structs.replace(dataset, tasks=(bad, *good))
    place = lab(tmp_path, rehearse(tmp_path / "harbor"), os.environ)
    row = run.measure(one, mixed, ASKED, place, SystemClock())
    told = outcome(one, row)
    assert [(each.name, each.state, each.reason) for each in told.left_out] == [
        ("local/retry-0", "quarantined", "flaky")
    ]
    assert len(told.tasks) == 6
    assert not any("never passed" in warning for warning in told.warnings)
    assert row.jobs_path is not None
    words = msgspec.json.decode((Path(row.jobs_path) / "argv.json").read_bytes())
    assert [words[at + 1] for at, word in enumerate(words) if word == "-i"] == [f"retry-{n}" for n in range(1, 7)]


def test_a_dataset_without_a_proven_task_is_not_measured(one: Database, tmp_path: Path, dataset: Dataset) -> None:
    place = lab(tmp_path, rehearse(tmp_path / "harbor"), os.environ)
    with pytest.raises(UsageError, match="holds no task that passed its gate: local/retry-0 is draft"):
        run.measure(one, dataset, ASKED, place, SystemClock())


def test_two_tasks_of_one_name_are_refused(one: Database, tmp_path: Path) -> None:
    folder = mined(tmp_path / "mined", 2)
    config = folder / "retry-1" / "task.toml"
    config.write_text(config.read_text(encoding="utf-8").replace("local/retry-1", "local/retry-0"), encoding="utf-8")
    place = lab(tmp_path, rehearse(tmp_path / "harbor"), os.environ)
    with pytest.raises(UsageError, match="two tasks called local/retry-0"):
        run.measure(one, read(folder), ASKED, place, SystemClock(), unchecked=True)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"model": None}, "codex runs with no model"),
        ({"attempts": 0}, "--attempts 0 runs nothing"),
        ({"concurrent": 0}, "--concurrent 0 runs nothing"),
        ({"margin": 0.0}, "--margin 0.0 is no difference"),
        ({"timeout_multiplier": 0.0}, "leaves no time"),
        ({"name": "../up"}, "is no name of a run"),
        ({"name": "taken"}, "a run is called taken already; `--resume taken`"),
    ],
)
def test_a_request_that_cannot_be_right_is_refused(
    one: Database, tmp_path: Path, dataset: Dataset, facts: dict[str, object], words: str
) -> None:
    place = lab(tmp_path, rehearse(tmp_path / "harbor"), os.environ)
    run.measure(one, dataset, msgspec.structs.replace(ASKED, name="taken"), place, SystemClock(), unchecked=True)
    with pytest.raises(UsageError, match=words):
        run.measure(one, dataset, msgspec.structs.replace(ASKED, **facts), place, SystemClock(), unchecked=True)
    assert len(evals.runs(one)) == 1


def test_runs_of_one_second_get_different_names(one: Database, tmp_path: Path, dataset: Dataset) -> None:
    class Still(SystemClock):
        def now_ms(self) -> int:
            return 1_763_715_600_000

    place = lab(tmp_path, rehearse(tmp_path / "harbor"), os.environ)
    names = {run.measure(one, dataset, ASKED, place, Still(), unchecked=True).name for _ in range(2)}
    assert names == {"mined-codex-20251121-090000", "mined-codex-20251121-090000-2"}
