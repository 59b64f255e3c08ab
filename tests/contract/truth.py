"""What really happened, read from a recording's `truth.json` or from a play that was just performed."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from tests.contract.stage import Performance
from tests.fakes.scenario import Tokens

GOLDEN = Path(__file__).parent.parent / "golden"


class ToldCall(msgspec.Struct, frozen=True):
    call_id: str
    name: str
    arguments: Any
    outcome: str
    exit_code: int | None
    output: str | None

    @property
    def runs_on(self) -> bool:
        """A subagent in the background: the call is over, the work is not."""
        return self.name in ("Agent", "spawn_agent")


class Response(msgspec.Struct, frozen=True):
    kind: str
    session: str | None
    prompt: str | None
    scenario: str | None
    model: str
    response_id: str
    request_id: str
    status: int
    text: str | None
    thinking: str | None
    calls: tuple[ToldCall, ...]
    tokens: dict[str, int] | None
    complete: bool

    @property
    def counted(self) -> Tokens:
        return Tokens(**self.tokens) if self.tokens is not None else ZERO


class Prompted(msgspec.Struct, frozen=True):
    session: str
    prompt: str


class Truth(msgspec.Struct, frozen=True):
    """One play: what was asked, what was sent, what became of it."""

    agent: str
    version: str
    play: str
    prompts: tuple[Prompted, ...]
    forks: dict[str, str]
    reverted: tuple[str, ...]
    compacted: tuple[str, ...]
    interrupted: tuple[str, ...]
    killed: tuple[str, ...]
    exit_codes: tuple[int, ...]
    responses: tuple[Response, ...]

    @property
    def sessions(self) -> list[str]:
        """Sessions a person spoke to, in order."""
        return list(dict.fromkeys(prompted.session for prompted in self.prompts))

    def prompts_of(self, session: str) -> list[str]:
        return [prompted.prompt for prompted in self.prompts if prompted.session == session]

    def answers(self) -> Iterator[Response]:
        """Replies of the model to the conversation, whole ones."""
        return (each for each in self.responses if each.kind == "turn" and each.complete)


ZERO = Tokens(0, 0, 0, 0, 0, 0)


def added(many: Iterable[Tokens]) -> Tokens:
    return Tokens(*(sum(column) for column in zip(ZERO, *many, strict=True)))


def possible_sums(required: Iterable[Response], optional: Iterable[Response]) -> set[Tokens]:
    """Every total that is right when the optional responses may or may not be on record, each at most once."""
    base, extras = added(each.counted for each in required), [each.counted for each in optional]
    chosen = itertools.chain.from_iterable(itertools.combinations(extras, size) for size in range(len(extras) + 1))
    return {added([base, *some]) for some in chosen}


def recorded(folder: Path) -> Truth:
    return msgspec.json.decode((folder / "truth.json").read_bytes(), type=Truth)


def performed(performance: Performance) -> Truth:
    return msgspec.convert(performance.truth(), type=Truth)


def recordings() -> list[Path]:
    return sorted(path.parent for path in GOLDEN.glob("*/*/truth.json"))


def name(folder: Path) -> str:
    return f"{folder.parent.name}/{folder.name}"
