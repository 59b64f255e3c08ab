"""Drives Claude Code over its control protocol: approvals, denials and interrupts of a supervising host."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from tests.contract.claude import MODEL, ClaudeAgent
from tests.contract.workplace import Finished, Json


class ControlledClaude:
    """One headless session whose permission questions come to us."""

    def __init__(self, agent: ClaudeAgent, *arguments: str, model: str = MODEL) -> None:
        self._agent = agent
        self._running = agent.start(
            "--input-format",
            "stream-json",
            "--permission-prompt-tool",
            "stdio",
            *arguments,
            interactive=True,
            model=model,
        )

    def __enter__(self) -> Self:
        self._ask("i1", {"subtype": "initialize", "hooks": None})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.__exit__(kind, error, trace)

    def say(self, prompt: str) -> None:
        self._agent.prompts.append(prompt)
        self._running.send({"type": "user", "message": {"role": "user", "content": prompt}})

    def question(self) -> Json:
        """The first `can_use_tool` request."""
        return self._running.wait_for(_asks)

    def turn(self, prompt: str, **response: object) -> Json:
        """One prompt to its result; every permission question until then gets this response."""
        after, answered = len(self._running.lines), set[object]()
        self.say(prompt)
        while True:
            line = self._running.wait_for(
                lambda line: line.get("type") == "result" or (_asks(line) and line.get("request_id") not in answered),
                after=after,
                timeout_s=90,
            )
            if line.get("type") == "result":
                return line
            assert response, f"unexpected permission question {line}"
            answered.add(line["request_id"])
            self.answer(line, **response)

    def answer(self, question: Json, **response: object) -> None:
        self._running.send(
            {
                "type": "control_response",
                "response": {"subtype": "success", "request_id": question["request_id"], "response": response},
            }
        )

    def interrupt(self) -> None:
        self._ask("x1", {"subtype": "interrupt"})

    def heard(self, text: str) -> None:
        """Wait until the program passes on that the model has said this."""
        self._running.wait_for(lambda line: line.get("type") == "assistant" and text in str(line), timeout_s=90)

    def result(self) -> Json:
        return self._running.wait_for(lambda line: line.get("type") == "result", timeout_s=90)

    def finish(self) -> Finished:
        return self._running.finish()

    def _ask(self, number: str, request: Json) -> None:
        self._running.send({"type": "control_request", "request_id": number, "request": request})
        self._running.wait_for(
            lambda line: (
                line.get("type") == "control_response"
                and isinstance(line.get("response"), dict)
                and line["response"].get("request_id") == number  # type: ignore[attr-defined]
            )
        )


def _asks(line: Json) -> bool:
    request = line.get("request")
    asked = line.get("type") == "control_request" and isinstance(request, dict)
    return asked and isinstance(request, dict) and request.get("subtype") == "can_use_tool"
