"""What a person did with an agent, and how long to wait for the agent to write it down."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tests.contract.workplace import Finished
from tests.fakes.ledger import Ledger


class Asked(NamedTuple):
    """A human prompt and the session it went to."""

    session: str
    prompt: str


@dataclass
class Story:
    """What happened, from the point of view of the person who did it."""

    asked: list[Asked] = field(default_factory=list)
    forks: dict[str, str] = field(default_factory=dict)
    """Child session by its parent."""
    reverted: list[str] = field(default_factory=list)
    """Prompts that were taken back."""
    compacted: list[str] = field(default_factory=list)
    interrupted: list[str] = field(default_factory=list)
    killed: list[str] = field(default_factory=list)
    exit_codes: list[int] = field(default_factory=list)

    def ask(self, session: str, prompt: str) -> None:
        self.asked.append(Asked(session, prompt))

    def ended(self, finished: Finished) -> Finished:
        self.exit_codes.append(finished.exit_code)
        return finished


def until_written(files: Callable[[], Sequence[Path]], ledger: Ledger) -> None:
    """The agents write some time after they act; killed before that, a session loses even its first answer."""
    call = next(call.call_id for sent in ledger.sent for call in sent.calls)
    # Twice: the call and its result.
    until(
        lambda: sum(path.read_text(encoding="utf-8").count(call) for path in files()) > 1,
        f"{call} was never written to disk",
    )


def until_last_written(files: Callable[[], Sequence[Path]], ledger: Ledger) -> None:
    """As above, for the newest call."""
    call = [call.call_id for sent in ledger.sent for call in sent.calls][-1]
    until(
        lambda: any(path.read_text(encoding="utf-8").count(call) > 1 for path in files()),
        f"{call} was never written to disk",
    )


def until_counted(files: Callable[[], Sequence[Path]]) -> None:
    """A command starts before the answer that asked for it ends; old releases lose its tokens when stopped by then."""
    until(
        lambda: any('"total_tokens"' in path.read_text(encoding="utf-8") for path in files()),
        "the tokens of the answer were never written to disk",
    )


def until(ready: Callable[[], bool], otherwise: str) -> None:
    for _ in range(400):
        if ready():
            return
        time.sleep(0.05)
    raise AssertionError(otherwise)
