"""Drives Codex's app-server over stdio: the road to denials, interrupts, forks, reverts and manual compaction."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from tests.contract.codex import CodexAgent
from tests.contract.workplace import Json

APPROVALS = {
    "item/commandExecution/requestApproval",
    "item/fileChange/requestApproval",
    "execCommandApproval",
    "applyPatchApproval",
}


class AppServer:
    """One app-server process; a context manager that ends it by closing its input."""

    def __init__(self, agent: CodexAgent) -> None:
        self._agent = agent
        self._running = agent.app_server()
        self._ids = itertools.count(1)

    def __enter__(self) -> Self:
        self.call(
            "initialize",
            clientInfo={"name": "codex_loop", "title": "codex-loop", "version": "0.1.0"},
            capabilities={"experimentalApi": True},
        )
        self._running.send({"method": "initialized"})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._running:
            if kind is None:
                self._running.finish(timeout_s=30)

    def call(self, method: str, **params: object) -> Json:
        """The result of one request; an AssertionError carries the server's own error."""
        number = next(self._ids)
        self._running.send({"id": number, "method": method, "params": params})
        reply = self._running.wait_for(lambda line: line.get("id") == number and "method" not in line)
        assert "result" in reply, f"{method} failed: {reply.get('error')}"
        result = reply["result"]
        return result if isinstance(result, dict) else {}

    def start_thread(self, **params: object) -> str:
        return _id(self.call("thread/start", cwd=str(self._agent.workplace.project), **params), "thread")

    def start_turn(self, thread: str, prompt: str, **params: object) -> str:
        self._agent.prompts.append(prompt)
        text: Mapping[str, object] = {"type": "text", "text": prompt}
        return _id(self.call("turn/start", threadId=thread, input=[text], **params), "turn")

    def turn(self, thread: str, prompt: str, *, decision: str | None = None, **params: object) -> str:
        """One prompt to its end; every approval that the server asks for gets `decision`."""
        seen = len(self._running.lines)
        turn = self.start_turn(thread, prompt, **params)
        self.until_completed(turn, decision=decision, after=seen)
        return turn

    def until_completed(self, turn: str, *, decision: str | None = None, after: int = 0) -> Json:
        answered: set[object] = set()
        while True:
            line = self._running.wait_for(
                lambda line: (
                    _completed(line, turn) or (line.get("method") in APPROVALS and line.get("id") not in answered)
                ),
                after=after,
                timeout_s=90,
            )
            if line.get("method") == "turn/completed":
                return line
            assert decision is not None, f"unexpected approval request {line}"
            answered.add(line.get("id"))
            self._running.send({"id": line["id"], "result": {"decision": decision}})

    def wait_for_item(self, kind: str, *, after: int = 0) -> Json:
        """The first `item/started` of a kind."""

        def started(line: Json) -> bool:
            params = line.get("params")
            item = params.get("item") if isinstance(params, dict) else None
            return line.get("method") == "item/started" and isinstance(item, dict) and item.get("type") == kind

        return self._running.wait_for(started, after=after)

    def compact(self, thread: str) -> None:
        """A manual compaction runs as a turn of its own."""
        seen = len(self._running.lines)
        self.call("thread/compact/start", threadId=thread)
        self._running.wait_for(lambda line: line.get("method") == "turn/completed", after=seen)

    def fork(self, thread: str) -> str:
        return _id(self.call("thread/fork", threadId=thread), "thread")


def _completed(line: Json, turn: str) -> bool:
    params = line.get("params")
    if line.get("method") != "turn/completed" or not isinstance(params, dict):
        return False
    return isinstance(params.get("turn"), dict) and params["turn"].get("id") == turn


def _id(result: Json, noun: str) -> str:
    value = result[noun]
    assert isinstance(value, dict)
    return str(value["id"])
