"""What a mock provider really sent and received: the truth that a recorder has to reproduce."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from tests.fakes.scenario import Outcome, Tokens

Kind = Literal["turn", "compaction", "title", "warmup", "other"]


@dataclass(frozen=True)
class SentCall:
    """A tool call as it went over the wire, with what the scenario says must become of it."""

    call_id: str
    name: str
    arguments: Mapping[str, object] | str
    outcome: Outcome
    exit_code: int | None


@dataclass(frozen=True)
class Sent:
    """One reply. `complete` says that the terminal event, with the tokens, reached the agent's socket."""

    ordinal: int
    kind: Kind
    thread: str | None
    prompt: str | None
    scenario: str | None
    step: int
    model: str
    response_id: str
    request_id: str
    status: int = 200
    text: str | None = None
    thinking: str | None = None
    calls: tuple[SentCall, ...] = ()
    tokens: Tokens | None = None
    complete: bool = False


class Ledger:
    """Thread-safe record of one server's life."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._sent: list[Sent] = []
        self._outputs: dict[str, str] = {}
        self._requests: list[Mapping[str, object]] = []

    def reserve(self) -> int:
        """The ordinal of the next reply; its entry exists from now on, so that order is the order of requests."""
        with self._changed:
            ordinal = len(self._sent)
            self._sent.append(Sent(ordinal, "other", None, None, None, 0, "", "", ""))
            return ordinal

    def write(self, sent: Sent) -> None:
        with self._changed:
            self._sent[sent.ordinal] = sent
            self._changed.notify_all()

    def complete(self, sent: Sent) -> None:
        self.write(replace(sent, complete=True))

    def heard(self, call_id: str, output: str) -> None:
        """Remember what the agent reported back for a call."""
        with self._changed:
            self._outputs.setdefault(call_id, output)
            self._changed.notify_all()

    def keep_request(self, body: Mapping[str, object]) -> None:
        with self._changed:
            self._requests.append(body)

    @property
    def requests(self) -> list[Mapping[str, object]]:
        with self._changed:
            return list(self._requests)

    @property
    def sent(self) -> list[Sent]:
        with self._changed:
            return list(self._sent)

    @property
    def outputs(self) -> dict[str, str]:
        with self._changed:
            return dict(self._outputs)

    def wait_for(self, ready: Callable[[list[Sent]], bool], *, timeout_s: float) -> bool:
        """Block until the replies satisfy `ready`; False when the time is over first."""
        with self._changed:
            return self._changed.wait_for(lambda: ready(self._sent), timeout=timeout_s)

    def streaming(self, scenario: str, step: int, *, timeout_s: float = 60.0) -> bool:
        """Block until the reply of this step is on its way (a hanging step never gets further)."""
        return self.wait_for(
            lambda sent: any(s.scenario == scenario and s.step == step for s in sent), timeout_s=timeout_s
        )
