"""Every recording, read into one store through the command line, is told as it really was."""

from __future__ import annotations

from pathlib import Path

import pytest

from codex_loop.store.sessions import Session
from tests.contract.judge import Judge
from tests.contract.truth import name, recorded, recordings
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


def test_calls_are_told_with_their_outcome_and_exit_code(judge: Judge) -> None:
    assert list(judge.calls()) == []


def test_tokens_are_those_that_the_provider_sent(judge: Judge) -> None:
    assert list(judge.tokens()) == []


def test_compactions_interruptions_reverts_and_forks_are_told(judge: Judge) -> None:
    assert list(judge.happenings()) == []


def test_reading_everything_again_stores_nothing(store: Store, sessions: dict[str, Session]) -> None:
    again = store.ingest(codex=CODEX, claude=CLAUDE)
    assert again.stored == 0
    assert store.sessions() == sessions
