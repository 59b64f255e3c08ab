"""Who judges words: the shipped model, a provider's if a setting says so, or nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple, Protocol
from zlib import crc32

from codex_loop.errors import MissingPrerequisite
from codex_loop.remote.budget import Budget, Model
from codex_loop.semantics.linear import Judge, shipped
from codex_loop.semantics.tally import Estimate, Tally
from codex_loop.semantics.turn import Scores, Turn

Choice = Literal["auto", "local", "openai", "off"]


class Engine(Protocol):
    """Judges turns. What it could not judge it says so of: never a guess."""

    name: str
    """As a person reads it: `local`, `openai gpt-5-mini`."""
    version: int
    """Changes when the same words may be judged otherwise."""
    tally: Tally

    def judge(self, turns: Sequence[Turn]) -> list[Scores] | None:
        """Scores of every turn, or None: not judged, and `tally.reason` says why."""
        ...

    def estimate(self, turns: Sequence[Turn]) -> Estimate:
        """What judging these would cost. Sends nothing."""
        ...


class Local:
    """The shipped model: free, and nothing leaves the machine."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self.name = "local"
        self.version = crc32(judge.model.version.encode())
        self.tally = Tally()

    def judge(self, turns: Sequence[Turn]) -> list[Scores] | None:
        self.tally.judged += len(turns)
        return [each.scores for each in self._judge.verdicts(turns)]

    def estimate(self, turns: Sequence[Turn]) -> Estimate:
        return Estimate(len(turns), 0, 0, 0.0)


class Rates(NamedTuple):
    """Dollars for a million tokens."""

    input: float
    output: float


def choose(
    choice: Choice,
    *,
    model: str,
    budget: Budget,
    rates: Rates | None,
    cache: Path,
    environ: Mapping[str, str],
) -> Engine | None:
    """The engine that the setting names; None: nobody judges. MissingPrerequisite when it cannot be had.

    A key alone chooses nothing: `local` stays local whatever the environment holds.
    """
    if choice == "off":
        return None
    key = environ.get("OPENAI_API_KEY", "")
    if choice == "local" or (choice == "auto" and not key):
        return Local(shipped())
    if not key:
        raise MissingPrerequisite(
            "semantic_engine is openai, and OPENAI_API_KEY is not set; set it, or semantic_engine = local"
        )
    if rates is None:
        raise MissingPrerequisite(
            f"no price is known for {model}, so its spending cannot be capped; name another semantic_model, "
            "state its price in the prices file, or set semantic_engine = local"
        )
    from codex_loop.remote.responses import Asker
    from codex_loop.semantics.cache import Cache
    from codex_loop.semantics.openai import OpenAI

    place = environ.get("OPENAI_BASE_URL") or "https://api.openai.com/v1"
    return OpenAI(Asker(Model(model, key, place, *rates), budget), Cache(cache))
