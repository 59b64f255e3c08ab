"""Names by a model: asked for, paid for within a budget, and never in the way."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from codex_loop.cli.app import run
from codex_loop.clusters import asked
from codex_loop.clusters.clustering import cluster
from codex_loop.remote.budget import Budget, Model
from codex_loop.remote.post import ATTEMPTS
from codex_loop.remote.responses import Asker
from codex_loop.store import clusters
from codex_loop.store.engine import Database, open_for_writing
from tests.clusters.told import NOW_MS, about, put, signal
from tests.fakes.provider import Provider, serving
from tests.planted import PROBLEMS

Json = dict[str, Any]
KEY = "sk-proj-" + "aB3" * 16


def answer(said: Json) -> Json:
    """As the Responses API does: names each group after its first words."""
    items = json.loads(said["input"])
    names = [{"id": each["id"], "name": f"Problem with {each['words'][0]}!"} for each in items]
    return saying(json.dumps({"names": names[::-1]}))


def saying(text: str) -> Json:
    message = {"type": "message", "content": [{"type": "output_text", "text": text}]}
    return {"output": [{"type": "reasoning"}, message], "usage": {"input_tokens": 1000, "output_tokens": 500}}


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving("responses", answer) as server:
        yield server


@pytest.fixture
def database(place: str) -> Iterator[Database]:
    with open_for_writing(place) as opened:
        put(opened, [row for problem in PROBLEMS for row in about(problem, range(12))])
        cluster(opened, NOW_MS + 1)
        yield opened


def allowed(provider: Provider, budget_usd: float = 1.0) -> Asker:
    return Asker(Model("gpt-5-mini", KEY, provider.url, 0.25, 2.0), Budget(budget_usd, 10**6))


def names(database: Database) -> dict[int, str]:
    return {row.key: row.name for row in clusters.all_of(database, "friction")}


def renamed(database: Database, by: Asker) -> asked.Named:
    return asked.rename(database, by)


def test_every_shown_cluster_gets_the_name_of_its_own_id_and_is_asked_once(
    database: Database, provider: Provider
) -> None:
    done = renamed(database, allowed(provider))
    assert (done.asked, done.named, done.reason) == (3, 3, None)
    assert done.usd == pytest.approx(0.00125)
    assert all(name.startswith("problem_with_") for name in names(database).values())
    assert len(set(names(database).values())) == 3
    again = renamed(database, allowed(provider))
    assert (again.asked, again.named, len(provider.asked)) == (0, 0, 1)
    before = names(database)
    cluster(database, NOW_MS + 2, force=True)
    assert names(database) == before


def test_words_of_one_session_secrets_and_hidden_clusters_are_not_sent(database: Database, provider: Provider) -> None:
    put(database, [signal(9000 + at, f"cannot reach the depot of zanzibar {at}", session=7) for at in range(6)])
    put(database, [signal(9100 + at, f"token {KEY} of ann{at}holmes expired for the mailer") for at in range(6)])
    numbers = [f"the courier at 203.0.113.{70 + at} lost parcel 8842{at}" for at in range(6)]
    put(database, [signal(9200 + at, body) for at, body in enumerate(numbers)])
    cluster(database, NOW_MS + 2, force=True)
    renamed(database, allowed(provider))
    sent = json.dumps(provider.asked)
    assert "mailer" in sent
    assert "parcel" in sent
    assert not any(word in sent for word in ("zanzibar", "holmes", KEY))
    assert not re.search(r"113\.7[0-5]|8842", sent)
    assert provider.asked[0]["store"] is False


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda server: server.failures.extend([503] * ATTEMPTS), "gave no answer (status 503)"),
        (lambda server: server.failures.append(401), "gave no answer (status 401)"),
        (lambda server: setattr(server, "body", b"<html>"), "something else than names"),
        (lambda server: setattr(server, "body", json.dumps(saying("{}")).encode()), "something else than names"),
    ],
)
def test_when_no_names_come_those_made_offline_stay(
    database: Database, provider: Provider, spoil: Callable[[Provider], object], reason: str
) -> None:
    before = names(database)
    spoil(provider)
    done = renamed(database, allowed(provider))
    assert done.named == 0
    assert reason in (done.reason or "")
    assert names(database) == before


def test_nothing_is_sent_beyond_the_budget(database: Database, provider: Provider) -> None:
    done = renamed(database, allowed(provider, budget_usd=0.0001))
    assert "semantic_budget_usd is 0.0001" in (done.reason or "")
    assert provider.asked == []


@pytest.mark.parametrize("said", ["", "!!", "x", "exec_failure"])
def test_a_name_that_says_nothing_is_none(database: Database, provider: Provider, said: str) -> None:
    before = names(database)
    provider.body = json.dumps(saying(json.dumps({"names": [{"id": 0, "name": said}]}))).encode()
    assert renamed(database, allowed(provider)).named == 0
    assert names(database) == before


def test_two_groups_are_never_called_the_same(database: Database, provider: Provider) -> None:
    told = [{"id": number, "name": "the same"} for number in range(3)]
    provider.body = json.dumps(saying(json.dumps({"names": told}))).encode()
    renamed(database, allowed(provider))
    assert sorted(names(database).values()) == ["the_same", "the_same_2", "the_same_3"]


def test_the_command_asks_only_when_told_to_and_allowed(
    database: Database, place: str, provider: Provider, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", provider.url)
    assert run(["cluster", "--db", place]) == 0
    assert run(["cluster", "--ask-names", "--db", place]) == 3
    assert "semantic_engine is local" in capsys.readouterr().err
    assert provider.asked == []
    monkeypatch.setenv("CODEX_LOOP_SEMANTIC_ENGINE", "openai")
    assert run(["cluster", "--ask-names", "--db", place]) == 0
    assert "gpt-5-mini named 3 of 3 clusters." in capsys.readouterr().out
    assert len(provider.asked) == 1
    assert run(["schema-proposals", "--db", place]) == 0
    assert "problem_with_" in capsys.readouterr().out
