"""What a model would try: asked only where it is allowed, of the ticket's text alone, and once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from codex_loop.cli.app import run
from codex_loop.store.clusters import cluster_id
from tests.cli.conftest import Json, data_dir, page, said, store, told
from tests.fakes.provider import Provider, serving
from tests.report.told import CLUSTER, NOW, sessions, troubled
from tests.semantics.test_openai import saying
from tests.store.builder import Builder

__all__ = ["data_dir", "page", "said", "store", "told"]

DAYS = (20.0, 19.0, 13.0, 6.0, 5.0)
NAMED = ("ticket", "--cluster-id", cluster_id(CLUSTER))
SECRET = "ghp_" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"


@pytest.fixture
def answers() -> list[str]:
    tries = ["Pin the peer in package.json.", f"Ask /home/ann with {SECRET}", "<b>Third</b>", "A fourth"]
    return [json.dumps({"tries": tries})]


@pytest.fixture
def provider(answers: list[str]) -> Iterator[Provider]:
    def answer(_: dict[str, Any]) -> dict[str, Any]:
        return saying(answers[0])

    with serving("responses", answer) as server:
        yield server


@pytest.fixture
def problem(store: Builder, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Builder:
    monkeypatch.setattr("codex_loop.clock.now_ms", lambda: NOW)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-EXAMPLE")
    monkeypatch.setenv("OPENAI_BASE_URL", provider.url)
    monkeypatch.setenv("CODEX_LOOP_SEMANTIC_ENGINE", "openai")
    sessions(store, DAYS)
    troubled(store, DAYS, text=f"npm error with {SECRET} in /home/ann/shop")
    return store


def test_it_says_three_things_under_its_own_name(problem: Builder, said: Callable[..., str]) -> None:
    text = said(*NAMED, "--suggest")
    assert "gpt-5-mini would try, and knows only this ticket:" in text
    assert "- Pin the peer in package.json." in text
    assert "A fourth" not in text
    assert "<b>" not in text.replace("\\<b", "")
    assert "/home/ann" not in text
    assert SECRET not in text


def test_it_is_sent_the_ticket_without_secrets_and_nothing_is_to_be_kept(
    problem: Builder, provider: Provider, said: Callable[..., str]
) -> None:
    said(*NAMED, "--suggest")
    (sent,) = provider.asked
    assert sent["input"].startswith("# exec")
    assert sent["store"] is False
    assert SECRET not in json.dumps(sent)
    assert "/home/ann" not in json.dumps(sent)


def test_a_ticket_that_did_not_change_is_asked_about_once(
    problem: Builder, provider: Provider, told: Callable[..., Json]
) -> None:
    first = told(*NAMED, "--suggest")
    assert [told(*NAMED, "--suggest")["change"], told(*NAMED)["change"]] == ["unchanged", "unchanged"]
    assert told(*NAMED)["ticket"] == first["ticket"]
    assert len(provider.asked) == 1
    sessions(problem, [1.0])
    troubled(problem, (*DAYS, 1.0))
    told(*NAMED, "--suggest")
    assert len(provider.asked) == 2


def test_without_the_flag_nobody_is_asked(problem: Builder, provider: Provider, told: Callable[..., Json]) -> None:
    assert told(*NAMED)["ticket"]["suggested"] is None
    assert provider.asked == []


def test_what_no_setting_allows_is_refused_with_the_setting(
    problem: Builder, provider: Provider, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value, words in (
        ("CODEX_LOOP_SEMANTIC_ENGINE", "local", "semantic_engine is local; set CODEX_LOOP_SEMANTIC_ENGINE=openai"),
        ("OPENAI_API_KEY", "", "OPENAI_API_KEY is not set"),
        ("CODEX_LOOP_SEMANTIC_MODEL", "nobody-knows", "no price is known for nobody-knows"),
    ):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            assert run([*NAMED, "--suggest", "--db", problem.place]) == 3
        assert words in capsys.readouterr().err
    assert provider.asked == []


@pytest.mark.parametrize("answer", ["no JSON", '{"tries": []}', '{"tries": [" "]}', '{"other": 1}'])
def test_a_model_that_says_nothing_of_use_leaves_the_ticket_as_it_would_be(
    answer: str, problem: Builder, answers: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    answers[0] = answer
    assert run([*NAMED, "--suggest", "--db", problem.place]) == 4
    out, err = capsys.readouterr()
    assert out.startswith("# exec")
    assert err.startswith("codex-loop: gpt-5-mini suggests nothing")


def test_a_budget_that_does_not_cover_it_sends_nothing(
    problem: Builder, provider: Provider, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CODEX_LOOP_SEMANTIC_BUDGET_USD", "0.00001")
    assert run([*NAMED, "--suggest", "--db", problem.place]) == 4
    assert "suggests nothing: the run might come to $0.0" in capsys.readouterr().err
    assert provider.asked == []
