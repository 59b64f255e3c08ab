"""Evaluation runs and trials come back as they were put, on both engines."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from codex_loop.errors import UsageError
from codex_loop.store import evals
from codex_loop.store.engine import Database, open_for_writing
from codex_loop.store.evals import EvalRunRow, TrialRow


@pytest.fixture
def database(place: str) -> Iterator[Database]:
    with open_for_writing(place) as opened:
        yield opened


def run(name: str, started_ms: int = 1_000, **facts: object) -> EvalRunRow:
    made = EvalRunRow(
        key=evals.run_key(name, started_ms), name=name, dataset="mined_001", dataset_digest="sha256:d", agent="codex",
        agent_version="0.169.0", model="openai/gpt-5.2", environment="bubblewrap", harbor="0.25.0", attempts=4,
        identity="{}", state="running", started_ms=started_ms, ended_ms=None, jobs_path=None, expected=8, valid=0,
        invalid=0, reward=None, input=None, cached=None, output=None, cost_microusd=None, duration_ms=None,
        baseline_key=None, verdict=None, body="{}",
    )  # fmt: skip
    return msgspec.structs.replace(made, **facts)


def trial(row: EvalRunRow, task: str, attempt: int, **facts: object) -> TrialRow:
    made = TrialRow(
        key=evals.trial_key(row.key, task, attempt), run_key=row.key, task=task, digest="sha256:t", attempt=attempt,
        trial_id=None, reward=1.0, valid=1, cause=None, exception=None, message=None, input=10, cached=0, output=2,
        cost_microusd=None, setup_ms=1, agent_ms=2, verifier_ms=3, started_ms=4, ended_ms=10,
    )  # fmt: skip
    return msgspec.structs.replace(made, **facts)


def test_runs_come_back_as_they_were_put_the_latest_first(database: Database) -> None:
    rows = [run("a"), run("b", 3_000, reward=0.0, cost_microusd=0), run("c", 2_000, dataset="other_001")]
    for row in rows:
        evals.put(database, row)
    assert evals.runs(database) == [rows[1], rows[2], rows[0]]
    assert evals.runs(database, "mined_001") == [rows[1], rows[0]]
    assert evals.runs(database, limit=1) == [rows[1]]
    assert evals.at(database, rows[0].key) == rows[0]
    assert evals.at(database, 1) is None


def test_a_resumed_run_replaces_its_trials_and_leaves_those_of_others_alone(database: Database) -> None:
    mine, other = run("mine"), run("other")
    evals.replace_trials(database, other, [trial(other, "t", 1)])
    evals.replace_trials(database, mine, [trial(mine, "t", 1), trial(mine, "t", 2, reward=None, valid=0, cause="x")])
    done = msgspec.structs.replace(mine, state="complete", valid=1)
    evals.replace_trials(database, done, [trial(mine, "s", 1), trial(mine, "t", 1, reward=0.0)])
    assert [(each.task, each.attempt, each.reward) for each in evals.trials(database, mine.key)] == [
        ("s", 1, 1.0),
        ("t", 1, 0.0),
    ]
    assert evals.at(database, mine.key) == done
    assert evals.trials(database, other.key) == [trial(other, "t", 1)]


def test_a_run_is_found_by_its_name_its_id_or_the_beginning_of_either(database: Database) -> None:
    row = run("mined-codex")
    evals.put(database, row)
    for text in ("mined-codex", "mined-c", evals.run_id(row.key), evals.run_id(row.key)[:9]):
        assert evals.find(database, text) == row


def test_a_whole_name_beats_the_beginning_of_another(database: Database) -> None:
    rows = [run("mined"), run("mined-2")]
    for row in rows:
        evals.put(database, row)
    assert evals.find(database, "mined") == rows[0]


def test_what_means_several_runs_or_none_is_refused_with_the_next_step(database: Database) -> None:
    for name in ("mined-1", "mined-2"):
        evals.put(database, run(name))
    with pytest.raises(UsageError, match=r"mined-1.*mined-2.*give more of the id"):
        evals.find(database, "mined")
    with pytest.raises(UsageError, match="measure list"):
        evals.find(database, "nothing%")
    with pytest.raises(UsageError, match="measure list"):
        evals.find(database, "")


def test_a_zero_is_told_as_a_zero_and_an_unknown_as_unknown() -> None:
    told = evals.told(run("a", reward=0.0, cost_microusd=0))
    assert (told.reward, told.cost_microusd) == (0.0, 0)
    assert (told.input_tokens, told.baseline_id, told.ended_at) == (None, None, None)
    assert told.id == evals.run_id(evals.run_key("a", 1_000))
