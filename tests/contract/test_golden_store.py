"""Every recording, read into one store through the command line, is told as it really was."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import zstandard

from codex_loop.store.sessions import Session
from tests.contract.judge import Judge
from tests.contract.truth import GOLDEN, name, recorded, recordings
from tests.contract.view import Store

FOLDERS = recordings()
CODEX = [path for path in FOLDERS if path.parent.name.startswith("codex")]
CLAUDE = [path for path in FOLDERS if path.parent.name.startswith("claude")]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """All recordings of all versions together: nothing of one may leak into another."""
    store = Store(tmp_path_factory.mktemp("golden") / "store.db")
    store.ingest(codex=CODEX, claude=CLAUDE)
    return store


@pytest.fixture(scope="module")
def sessions(store: Store) -> dict[str, Session]:
    return store.sessions()


@pytest.fixture(scope="module", params=FOLDERS, ids=name)
def judge(request: pytest.FixtureRequest, store: Store, sessions: dict[str, Session]) -> Judge:
    folder: Path = request.param
    return Judge(recorded(folder), store, sessions)


def test_prompts_are_told_once_and_where_they_were_asked(judge: Judge) -> None:
    assert list(judge.prompts()) == []


def test_no_answer_is_told_more_often_than_it_was_given(judge: Judge) -> None:
    assert list(judge.answers()) == []


def test_calls_are_told_with_their_outcome_and_exit_code(judge: Judge) -> None:
    assert list(judge.calls()) == []


def test_tokens_are_those_that_the_provider_sent(judge: Judge) -> None:
    assert list(judge.tokens()) == []


def test_compactions_interruptions_reverts_and_forks_are_told(judge: Judge) -> None:
    assert list(judge.happenings()) == []


@pytest.mark.parametrize("first", [True, False], ids=["streams first", "all at once"])
def test_a_stream_saved_beside_the_transcript_changes_nothing(
    tmp_path: Path, sessions: dict[str, Session], first: bool
) -> None:
    both, streams = Store(tmp_path / "store.db"), sorted(path for home in CLAUDE for path in home.glob("streams/*"))
    if first:
        (tmp_path / "none").mkdir()
        assert both.ingest(codex=[tmp_path / "none"], claude=[tmp_path / "none"], paths=streams).files == len(streams)
    both.ingest(codex=CODEX, claude=CLAUDE, paths=streams)
    told = both.sessions()
    truths = [recorded(folder) for folder in CLAUDE]
    judges = [Judge(truth, both, told) for truth in truths]
    differences = [word for judge in judges for word in (*judge.prompts(), *judge.calls(), *judge.tokens())]
    assert differences == []
    assert counts(told) == counts(sessions)


def counts(told: dict[str, Session]) -> dict[str, tuple[object, ...]]:
    return {
        name: (each.prompts, each.turns, each.tool_calls, each.failures, each.tokens) for name, each in told.items()
    }


@pytest.mark.postgres
def test_postgresql_tells_the_same_as_sqlite(postgres_place: str, store: Store, sessions: dict[str, Session]) -> None:
    other = Store(postgres_place)
    other.ingest(codex=CODEX, claude=CLAUDE)
    told = other.sessions()
    assert told == sessions
    tales = {key: [turn.prompt for turn in other.timeline(told[key]).turns] for key in sorted(told)[::10]}
    assert tales == {key: [turn.prompt for turn in store.timeline(sessions[key]).turns] for key in tales}


def test_a_rollout_that_is_compressed_after_it_was_read_stores_nothing_new(tmp_path: Path) -> None:
    homes = [tmp_path / folder.name for folder in CODEX if folder.parent.name == "codex-0.169.0"]
    for home in homes:
        shutil.copytree(GOLDEN / "codex-0.169.0" / home.name / "sessions", home / "sessions")
    cold = Store(tmp_path / "store.db")
    assert cold.ingest(codex=homes).stored > 0
    before = cold.sessions()
    for path in tmp_path.rglob("rollout-*.jsonl"):
        path.with_name(f"{path.name}.zst").write_bytes(zstandard.compress(path.read_bytes()))
        path.unlink()
    assert cold.ingest(codex=homes).stored == 0
    assert cold.sessions() == before


def test_reading_everything_again_stores_nothing(store: Store, sessions: dict[str, Session]) -> None:
    again = store.ingest(codex=CODEX, claude=CLAUDE)
    assert again.stored == 0
    assert store.sessions() == sessions
