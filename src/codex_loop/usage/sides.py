"""Two tellings of the same tokens, side by side: ours, and what an agent says of itself."""

from __future__ import annotations

import msgspec

REGION = 1.1
"""What Anthropic takes for inference in one chosen region, which the ledger does not keep."""


class Kinds(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Tokens of a session or a model, by one side."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_creation_tokens: int = 0
    cache_read_tokens: int = 0

    @property
    def all(self) -> tuple[int, int, int, int]:
        return self.input_tokens, self.output_tokens, self.cache_creation_tokens, self.cache_read_tokens


class ModelCheck(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One model of a session; `difference` is the agent's number less ours."""

    model_name: str
    ledger: Kinds
    agents_own: Kinds
    difference: Kinds


def side_by_side(name: str, ours: Kinds, theirs: Kinds) -> ModelCheck:
    """One model with its difference."""
    less = [b - a for a, b in zip(ours.all, theirs.all, strict=True)]
    difference = Kinds(
        input_tokens=less[0], output_tokens=less[1], cache_creation_tokens=less[2], cache_read_tokens=less[3]
    )
    return ModelCheck(model_name=name, ledger=ours, agents_own=theirs, difference=difference)


def is_region(ours: float, theirs: float) -> bool:
    """Whether the agent's cost is ours with the surcharge for a region."""
    return ours > 0 and abs(theirs / ours - REGION) < 0.0005


def cost_note(ours: int | None, theirs: int | None) -> str | None:
    """Why the same tokens are worth something else to the agent."""
    if ours is None or theirs is None or abs(ours - theirs) <= 1:
        return None
    if is_region(ours, theirs):
        return "not priced: the tenth that the agent adds for inference in one chosen region"
    return "the agent has other prices than the table"
