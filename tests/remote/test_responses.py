"""A model asked for JSON: what an answer costs, also when its server does not say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from codex_loop.remote.budget import Budget, Cost, Model
from codex_loop.remote.responses import Asker, Shape, listed
from tests.fakes.provider import Provider, serving


class _Words(msgspec.Struct):
    words: list[str]


SHAPE = Shape("words", "Say words.", listed("words", {"type": "string"}), _Words)
ENOUGH = Budget(1.0, 1_000_000)


def answer(**facts: Any) -> dict[str, Any]:
    thought: dict[str, Any] = {"type": "reasoning", "summary": [], "content": None}
    message = {"type": "message", "content": [{"type": "output_text", "text": '{"words": ["yes"]}'}]}
    return {"output": [thought, message], **facts}


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving("responses", lambda _: answer()) as server:
        yield server


def asker(provider: Provider, budget: Budget = ENOUGH) -> Asker:
    return Asker(Model("some-model", "sk-test", provider.url, 1.0, 2.0), budget)


def test_an_answer_costs_what_its_server_says(provider: Provider) -> None:
    provider.answer = lambda _: answer(usage={"input_tokens": 30, "output_tokens": 5})
    asking = asker(provider)
    assert asking.ask(SHAPE, "say", 100) == _Words(["yes"])
    assert asking.spent == Cost(35, 40e-6)


@pytest.mark.parametrize(
    "facts",
    [{}, *({"usage": usage} for usage in (None, {}, {"input_tokens": 1}, {"input_tokens": -9, "output_tokens": 1}))],
)
def test_an_answer_that_does_not_tell_its_usage_has_cost_all_that_it_might(
    provider: Provider, facts: dict[str, Any]
) -> None:
    provider.answer = lambda _: answer(**facts)
    asking = asker(provider)
    assert asking.ask(SHAPE, "say", 100) == _Words(["yes"])
    assert asking.spent == asking.most("say", 100)


def test_a_server_that_tells_no_usage_is_not_asked_without_end(provider: Provider) -> None:
    most = asker(provider).most("say", 100)
    asking = asker(provider, Budget(1.0, 2 * most.tokens))
    assert [asking.ask(SHAPE, "say", 100) is not None for _ in range(4)] == [True, True, False, False]
    assert len(provider.asked) == 2
    assert "semantic_budget_tokens" in (asking.reason or "")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"output":[{"content":[{"type":"output_text","text":"\xff"}]}]}',
        b'{"output":[],"x":' + b"[" * 5000 + b"]" * 5000 + b"}",
        json.dumps({"output": [{"content": [{"type": "output_text", "text": '{"words": ' + "[" * 5000}]}]}).encode(),
    ],
)
def test_whatever_a_server_answers_is_a_reason_and_no_exception(provider: Provider, body: bytes) -> None:
    provider.body = body
    asking = asker(provider)
    assert asking.ask(SHAPE, "say", 100) is None
    assert "something else than words" in (asking.reason or "")


def test_a_refusal_is_no_answer(provider: Provider) -> None:
    refusal = {"type": "message", "content": [{"type": "refusal", "refusal": "no"}]}
    provider.body = json.dumps({"output": [refusal], "usage": {"input_tokens": 3, "output_tokens": 1}}).encode()
    asking = asker(provider)
    assert asking.ask(SHAPE, "say", 100) is None
    assert asking.reason is not None
    assert asking.spent.tokens == 4


def test_no_reason_tells_a_password_of_the_address() -> None:
    asking = Asker(Model("some-model", "sk-test", "https://ann:passw0rd@host/v1", 1.0, 2.0), ENOUGH)
    assert asking.ask(SHAPE, "say", 100) is None
    assert asking.reason == "https://host/v1/responses gave no answer (that is no address)"
