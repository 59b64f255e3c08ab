"""The engine that costs money: what it sends, keeps and spends, and what becomes of its failures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codex_loop.errors import MissingPrerequisite
from codex_loop.remote.budget import Budget, Model
from codex_loop.remote.post import ATTEMPTS
from codex_loop.remote.responses import Asker
from codex_loop.semantics.cache import Cache
from codex_loop.semantics.engines import Engine, Rates, choose
from codex_loop.semantics.openai import BATCH, OpenAI
from codex_loop.semantics.turn import LABELS, Turn
from tests.fakes.provider import Provider, serving

KEY = "sk-proj-" + "aB3" * 16
RATES = Rates(0.25, 2.0)
ENOUGH = Budget(1.0, 1_000_000)
MODEL = "gpt-5-mini"


def answer(said: dict[str, Any]) -> dict[str, Any]:
    """As the Responses API does: who says no is displeased."""
    turns = [
        {"id": each["id"], **dict.fromkeys(LABELS, 0.1), "dissatisfied": 0.9 if "no" in each["message"] else 0.1}
        for each in json.loads(said["input"])
    ]
    return saying(json.dumps({"turns": turns[::-1]}))


def saying(text: str) -> dict[str, Any]:
    message = {"type": "message", "content": [{"type": "output_text", "text": text, "annotations": []}]}
    return {
        "id": "resp_1",
        "output": [{"type": "reasoning", "summary": []}, message],
        "usage": {"input_tokens": 900, "output_tokens": 1000, "total_tokens": 1900},
    }


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving("responses", answer) as server:
        yield server


def engine(provider: Provider, tmp_path: Path, budget: Budget = ENOUGH) -> OpenAI:
    return OpenAI(Asker(Model(MODEL, KEY, provider.url, *RATES), budget), Cache(tmp_path / "cache.jsonl"))


def turns(count: int) -> list[Turn]:
    return [Turn(f"message {at}", "what the agent said", "before") for at in range(count)]


def test_every_turn_gets_the_scores_of_its_own_id(provider: Provider, tmp_path: Path) -> None:
    judged = engine(provider, tmp_path).judge([Turn("yes"), Turn("no, not that"), Turn("fine")])
    assert judged is not None
    assert [each["dissatisfied"] for each in judged] == [0.1, 0.9, 0.1]
    assert set(judged[0]) == set(LABELS)


def test_only_what_people_said_leaves_and_secrets_do_not(provider: Provider, tmp_path: Path) -> None:
    secret = "ghp_" + "a1B2c3D4e5F6" * 3
    long = "x " * 395 + secret  # the cut goes through the secret
    engine(provider, tmp_path).judge([Turn(f"use {secret}", "THE AGENT SAID", f"before {secret}"), Turn(long)])
    (sent,) = provider.asked
    assert "THE AGENT SAID" not in json.dumps(sent)
    assert "a1B2c3" not in json.dumps(sent)
    assert sent["store"] is False
    assert sent["text"]["format"]["strict"] is True
    assert provider.keys == {f"Bearer {KEY}"}


def test_what_was_judged_is_never_asked_again_also_by_the_next_run(provider: Provider, tmp_path: Path) -> None:
    first = engine(provider, tmp_path).judge(turns(BATCH + 1))
    again = engine(provider, tmp_path)
    assert again.judge(turns(BATCH + 1)) == first
    assert len(provider.asked) == 2
    assert (again.tally.judged, again.tally.cached, again.tally.tokens) == (BATCH + 1, BATCH + 1, 0)


def test_the_cache_holds_no_text_and_survives_a_torn_line(provider: Provider, tmp_path: Path) -> None:
    engine(provider, tmp_path).judge([Turn("my very own words")])
    kept = tmp_path / "cache.jsonl"
    assert b"words" not in kept.read_bytes()
    with kept.open("ab") as file:
        file.write(b'{"key": "torn')
    engine(provider, tmp_path).judge([Turn("my very own words"), Turn("other")])
    engine(provider, tmp_path).judge([Turn("my very own words"), Turn("other")])
    assert len(provider.asked) == 2


@pytest.mark.parametrize(("budget", "setting"), [(Budget(0.02, 10**9), "usd"), (Budget(1.0, 20_000), "tokens")])
def test_a_run_never_spends_more_than_its_budget(
    provider: Provider, tmp_path: Path, budget: Budget, setting: str
) -> None:
    asked = engine(provider, tmp_path, budget)
    assert asked.judge(turns(10 * BATCH)) is None
    assert 0 < len(provider.asked) < 10
    assert asked.tally.usd <= budget.usd
    assert asked.tally.tokens <= budget.tokens
    assert f"semantic_budget_{setting} is" in (asked.tally.reason or "")
    assert asked.tally.not_judged == 10 * BATCH


def test_the_estimate_sends_nothing_and_is_no_less_than_the_bill(provider: Provider, tmp_path: Path) -> None:
    asked = engine(provider, tmp_path)
    estimate = asked.estimate(turns(30))
    assert provider.asked == []
    asked.judge(turns(30))
    assert asked.tally.usd <= estimate.usd
    assert asked.tally.tokens <= estimate.tokens
    assert asked.estimate(turns(30)).cached == 30


def test_a_hiccup_is_tried_again(provider: Provider, tmp_path: Path) -> None:
    provider.failures = [429, 500]
    assert engine(provider, tmp_path).judge(turns(1)) is not None
    assert len(provider.asked) == 3


@pytest.mark.parametrize("failures", [[401], [500] * ATTEMPTS])
def test_a_refusal_is_not_judged_and_never_an_exception(
    provider: Provider, tmp_path: Path, failures: list[int]
) -> None:
    provider.failures = list(failures)
    asked = engine(provider, tmp_path)
    assert asked.judge(turns(2)) is None
    assert asked.tally.not_judged == 2
    assert f"status {failures[0]}" in (asked.tally.reason or "")
    assert asked.judge(turns(2)) is None
    assert len(provider.asked) == len(failures)


@pytest.mark.parametrize("text", ["I cannot", '{"turns": []}', '{"turns": [{"id": 0}]}'])
def test_an_answer_in_another_form_is_not_judged(provider: Provider, tmp_path: Path, text: str) -> None:
    provider.body = json.dumps(saying(text)).encode()
    asked = engine(provider, tmp_path)
    assert asked.judge(turns(1)) is None
    assert asked.tally.reason is not None


def chosen(choice: Any, tmp_path: Path, rates: Rates | None = RATES, **environ: str) -> Engine | None:
    cache = tmp_path / "c.jsonl"
    return choose(choice, model=MODEL, budget=ENOUGH, rates=rates, cache=cache, environ=environ)


def test_a_key_in_the_environment_alone_sends_nothing(tmp_path: Path) -> None:
    local = chosen("local", tmp_path, OPENAI_API_KEY=KEY)
    assert local is not None
    assert local.name == "local"


def test_a_setting_decides_who_judges(tmp_path: Path) -> None:
    named = [chosen(choice, tmp_path, OPENAI_API_KEY=KEY) for choice in ("openai", "auto")]
    assert [each.name for each in named if each is not None] == [f"openai {MODEL}"] * 2
    without = chosen("auto", tmp_path)
    assert without is not None
    assert without.name == "local"
    assert chosen("off", tmp_path, OPENAI_API_KEY=KEY) is None


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingPrerequisite, match="OPENAI_API_KEY"):
        chosen("openai", tmp_path)
    with pytest.raises(MissingPrerequisite, match="price"):
        chosen("openai", tmp_path, None, OPENAI_API_KEY=KEY)
