"""A provider's model asked for JSON of one shape, over the Responses API, within what one run may spend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

import msgspec

from codex_loop.remote.budget import Budget, Cost, Model
from codex_loop.remote.post import ask, shown

T = TypeVar("T")

OVERHEAD = 600
"""Tokens of instructions and schema, at most."""
THOUGHT = 1500
"""What a model that thinks first may think."""
_THINKING = ("gpt-5", "o1", "o3", "o4")


class Shape(msgspec.Struct, Generic[T], frozen=True):
    """What is the same in each question of one kind."""

    name: str
    """What the answer is made of, in the plural."""
    instructions: str
    schema: Mapping[str, object]
    kind: type[T]


class _Content(msgspec.Struct):
    type: str = ""
    text: str | None = None


class _Item(msgspec.Struct):
    content: list[_Content] | None = None
    """None of what a model thought."""


class _Usage(msgspec.Struct):
    input_tokens: int = -1
    output_tokens: int = -1


class _Answer(msgspec.Struct):
    output: list[_Item]
    usage: _Usage | None = None


class Asker:
    """The questions of one run. What goes wrong is a reason, never an exception, and ends the asking."""

    def __init__(self, model: Model, budget: Budget) -> None:
        self.model, self.budget = model, budget
        self.spent = Cost(0, 0.0)
        self.reason: str | None = None
        self._place = f"{model.base_url.rstrip('/')}/responses"

    def most(self, said: str, most_out: int) -> Cost:
        """What a question stays under: no token is shorter than a byte."""
        return self._cost(OVERHEAD + len(said.encode()), most_out)

    def ask(self, shape: Shape[T], said: str, most_out: int) -> T | None:
        """The answer; None when it would cost too much, nobody answers, or the answer has another shape."""
        if self.reason is None:
            self.reason = self._beyond(self.most(said, most_out))
        if self.reason is not None:
            return None
        answer = ask(self._place, self.model.key, _body(self.model.name, shape, said, most_out))
        if answer.data is None:
            self.reason = f"{shown(self._place)} gave no answer ({answer.reason})"
            return None
        return self._read(shape, answer.data, self.most(said, most_out))

    def _cost(self, tokens_in: int, tokens_out: int) -> Cost:
        usd = (tokens_in * self.model.usd_in + tokens_out * self.model.usd_out) / 1e6
        return Cost(tokens_in + tokens_out, usd)

    def _told(self, usage: _Usage | None) -> Cost | None:
        """What the server says that it took. One that does not say took all that it might: budgets have to end."""
        if usage is None or usage.input_tokens < 0 or usage.output_tokens < 0:
            return None
        return self._cost(usage.input_tokens, usage.output_tokens)

    def _beyond(self, most: Cost) -> str | None:
        usd, tokens = self.spent.usd + most.usd, self.spent.tokens + most.tokens
        if usd > self.budget.usd:
            return f"the run might come to ${usd:.4f}, and semantic_budget_usd is {self.budget.usd:g}"
        if tokens > self.budget.tokens:
            return f"the run might come to {tokens} tokens, and semantic_budget_tokens is {self.budget.tokens}"
        return None

    def _read(self, shape: Shape[T], data: bytes, most: Cost) -> T | None:
        try:
            answer = msgspec.json.decode(data, type=_Answer)
            told = self._told(answer.usage)
            cost = most if told is None else told
            self.spent = Cost(self.spent.tokens + cost.tokens, self.spent.usd + cost.usd)
            said = (part for item in answer.output for part in item.content or () if part.type == "output_text")
            return msgspec.json.decode("".join(part.text or "" for part in said), type=shape.kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self.reason = f"{shown(self._place)} answered with something else than {shape.name}: {error}"
            return None


def listed(name: str, item: Mapping[str, object]) -> dict[str, object]:
    """The schema of an object that has one list of such items, and nothing else."""
    return closed({name: {"type": "array", "items": item}})


def closed(properties: Mapping[str, object]) -> dict[str, object]:
    """The schema of an object that has these, all of them, and nothing else."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _body(model: str, shape: Shape[T], said: str, most_out: int) -> bytes:
    thinks = {"reasoning": {"effort": "low"}} if model.startswith(_THINKING) else {}
    return msgspec.json.encode(
        {
            **thinks,
            "model": model,
            "store": False,
            "instructions": shape.instructions,
            "input": said,
            "max_output_tokens": most_out,
            "text": {"format": {"type": "json_schema", "name": shape.name, "strict": True, "schema": shape.schema}},
        }
    )
