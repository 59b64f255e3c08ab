"""The way back: what happened in a session, told once from an ATIF document alone and once without ATIF."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from codex_loop.model import records as r

SEPARATOR = "\n\n"


class Prompt(NamedTuple):
    text: str
    human: bool


class Answer(NamedTuple):
    text: str


class Call(NamedTuple):
    call_id: str
    name: str
    arguments: str


class Compacted(NamedTuple):
    summary: str | None


class Became(NamedTuple):
    """What became of a call."""

    status: str | None
    exit_code: int | None
    output: str | None
    """As the model was shown it."""


class TellingLine(Protocol):
    """A line as the archive has it, with its records."""

    @property
    def data(self) -> bytes: ...

    @property
    def records(self) -> tuple[r.AnyRecord, ...]: ...


Happened = Prompt | Answer | Call | Compacted


def happened(document: dict[str, Any]) -> list[Happened]:
    """Prompts, answers, calls and compactions of a document, in order."""
    return [each for step in document["steps"] for each in _of_step(step)]


def _of_step(step: dict[str, Any]) -> Iterator[Happened]:
    extra = step.get("extra", {})
    if "context_management" in extra:
        content = step["observation"]["results"][0]["content"]
        yield Compacted(None if content.startswith("[the summary was not recorded") else content)
    elif step["source"] == "user":
        yield Prompt(step["message"], human="synthetic" not in extra and "author" not in extra)
    elif extra.get("role") == "user":
        yield Prompt(step["message"], human=False)
    elif step["source"] == "agent":
        yield from _of_reply(step)


def _of_reply(step: dict[str, Any]) -> Iterator[Happened]:
    answers = list(_split(step["message"], step["extra"].get("messages", [])))
    calls = [_call(call, step) for call in step.get("tool_calls", [])]
    for number, call in enumerate(calls):
        yield from (answer for place, answer in answers if place == number)
        yield call
    yield from (answer for place, answer in answers if place >= len(calls))


def _split(message: str, parts: list[dict[str, Any]]) -> Iterator[tuple[int, Answer]]:
    at = 0
    for part in parts:
        yield part.get("after_calls", 0), Answer(message[at : at + part["chars"]])
        at += part["chars"] + len(SEPARATOR)


def _details(call: dict[str, Any], step: dict[str, Any]) -> dict[str, Any]:
    """In 1.7 with the call, in 1.4 with the step."""
    found: dict[str, Any] = call.get("extra") or step["extra"]["tool_call_details"][call["tool_call_id"]]
    return found


def _call(call: dict[str, Any], step: dict[str, Any]) -> Call:
    details = _details(call, step)
    return Call(details.get("original_id", call["tool_call_id"]), call["function_name"], details["raw_arguments"])


def outcomes(document: dict[str, Any]) -> dict[str, Became]:
    """What became of each call of a document."""
    found = {}
    for step in document["steps"]:
        results = {each.get("source_call_id"): each for each in step.get("observation", {}).get("results", [])}
        for call in step.get("tool_calls", []):
            details = _details(call, step)
            content = results.get(call["tool_call_id"], {}).get("content")
            found[call["tool_call_id"]] = Became(details["status"], details.get("exit_code"), content)
    return found


def told_by(lines: Sequence[TellingLine]) -> list[Happened]:
    """The same of a session's transcript, from its records alone."""
    found: list[Happened] = []
    calls: set[str] = set()
    compactions: dict[str, int] = {}
    for line in lines:
        for record in line.records:
            if isinstance(record, r.UserMessage):
                found.append(Prompt(record.text, human=record.author == "human"))
            elif isinstance(record, r.AgentMessage):
                found.append(Answer(record.text))
            elif isinstance(record, r.ToolCall) and record.call_id not in calls:
                calls.add(record.call_id)
                found.append(Call(record.call_id, record.name, record.arguments))
            elif isinstance(record, r.Compaction):
                if record.id in compactions:
                    found[compactions[record.id]] = Compacted(record.summary)
                    continue
                if record.id is not None:
                    compactions[record.id] = len(found)
                found.append(Compacted(record.summary))
    return found


def shown_by(lines: Sequence[TellingLine]) -> dict[str, str]:
    """What the model was shown of each call's result, read from the agents' own lines."""
    found: dict[str, str] = {}
    for line in lines:
        for call_id, output in _outputs(json.loads(line.data)):
            found.setdefault(call_id, output)
    return found


def _outputs(line: dict[str, Any]) -> Iterator[tuple[str, str]]:
    payload = line.get("payload", {})
    if line["type"] == "response_item" and payload["type"] in ("function_call_output", "custom_tool_call_output"):
        yield payload["call_id"], payload["output"]
    content = line.get("message", {}).get("content") if line["type"] == "user" else None
    for block in content if isinstance(content, list) else ():
        if block["type"] == "tool_result":
            said = block.get("content", "")
            yield block["tool_use_id"], said if isinstance(said, str) else "\n".join(part["text"] for part in said)
