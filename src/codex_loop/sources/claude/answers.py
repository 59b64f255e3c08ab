"""Assistant lines of Claude Code, as records: text, reasoning, calls, and what went wrong with the provider."""

from __future__ import annotations

import re

from codex_loop.model.records import (
    AgentMessage,
    Attachment,
    Problem,
    Reasoning,
    SessionStarted,
    ToolCall,
    TurnStarted,
    Unknown,
)
from codex_loop.sources.claude.changes import EDITORS, request
from codex_loop.sources.claude.entries import SYNTHETIC, Block, Message, text_of
from codex_loop.sources.claude.interruptions import settle
from codex_loop.sources.claude.plans import is_plan_tool, plan_asked_for
from codex_loop.sources.claude.results import SHELLS, Verdict
from codex_loop.sources.claude.sessions import OpenCall, remember_call
from codex_loop.sources.claude.told import Told, outcome_of, tell_plan
from codex_loop.sources.claude.tools import shell_command, split_tool_name


def assistant(told: Told) -> None:
    message = told.entry.message
    if message is None:
        return
    settle(told, None)
    if message.model == SYNTHETIC:
        _synthetic(told, message)
        return
    _name_model(told, message.model)
    if isinstance(message.content, str):
        message.content = [Block(type="text", text=message.content)]
    for number, block in enumerate(message.content or ()):
        _block(told, message, block, number)
    if message.stop_reason in {"refusal", "max_tokens"}:
        _cut_short(told, message)


def _name_model(told: Told, model: str | None) -> None:
    note = told.place.note
    if not model:
        return
    if model != note.model:
        note.model = model
        told.records.append(
            SessionStarted(offset=told.offset, time_ms=told.time_ms, session=told.place.session, model=model)
        )
    if note.turn is not None and model != note.turn_model:
        note.turn_model = model
        told.records.append(
            TurnStarted(
                **told.at(),
                model=model,
                effort=told.entry.per_turn_effort,
            )
        )


def _block(told: Told, message: Message, block: Block, number: int) -> None:
    entry = told.entry
    name = entry.uuid if number == 0 or entry.uuid is None else f"{entry.uuid}#{number}"
    if block.type == "text":
        if block.text:
            told.records.append(
                AgentMessage(
                    **told.at(),
                    text=block.text,
                    id=name,
                    model=message.model,
                )
            )
    elif block.type == "thinking":
        if block.thinking:
            told.records.append(Reasoning(**told.at(), text=block.thinking, id=name))
    elif block.type in {"tool_use", "server_tool_use", "mcp_tool_use"}:
        _call(told, block)
    elif block.type.endswith("_tool_result"):
        if block.tool_use_id:
            told.records.append(outcome_of(told, block.tool_use_id, Verdict("unknown", "item"), block.content_text()))
    elif block.type not in {"redacted_thinking", "fallback"}:
        told.records.append(Unknown(**told.at(), type=f"assistant/{block.type}"))


def _call(told: Told, block: Block) -> None:
    if block.id is None or block.name is None:
        return
    namespace, name = split_tool_name(block)
    shell = name in SHELLS and namespace is None
    edits = name in EDITORS and namespace is None
    remember_call(told.state, block.id, OpenCall(block.name, request(block.input) if edits else None))
    told.records.append(
        ToolCall(
            **told.at(),
            call_id=block.id,
            name=name,
            namespace=namespace,
            arguments=bytes(block.input).decode("utf-8", "replace"),
            command=shell_command(block.input) if shell else None,
            cwd=told.entry.cwd if shell else None,
        )
    )
    if is_plan_tool(name):
        tell_plan(told, plan_asked_for(name, block.input))


def _synthetic(told: Told, message: Message) -> None:
    """The program speaks in the model's place: an error, or a remark."""
    entry = told.entry
    content = message.content
    text = content if isinstance(content, str) else "\n".join(block.text for block in content or () if block.text)
    code = text_of(entry.error)
    if not (entry.is_api_error_message or code or text.startswith(_ERROR_TEXTS)):
        if text:
            told.records.append(Attachment(**told.at(), name="synthetic", text=text))
        return
    refusal = "appears to violate our Usage Policy" in text
    if refusal and entry.request_id and told.state.refused == entry.request_id:
        return
    status = entry.api_error_status or _http_status(text)
    limit = code == "rate_limit" or status == 429 or "usage limit reached" in text
    told.state.refused = entry.request_id if refusal else told.state.refused
    told.records.append(
        Problem(
            **told.at(),
            scope="refusal" if refusal else "limit" if limit else "error",
            code=code,
            message=text,
            http_status=status,
        )
    )


def _http_status(text: str) -> int | None:
    """Before 2.1 the status stands only in the text."""
    found = re.match(r"API Error: (\d{3})\b", text)
    return int(found[1]) if found else None


_ERROR_TEXTS = (
    "API Error",
    "Invalid API key",
    "Claude AI usage limit reached",
    "Prompt is too long",
    "Credit balance is",
)


def _cut_short(told: Told, message: Message) -> None:
    """A refusal or a full answer; every line of the message says so, once is enough."""
    response = told.entry.request_id or message.id
    if response is not None and told.state.refused == response:
        return
    told.state.refused = response
    told.records.append(
        Problem(
            **told.at(),
            scope="refusal" if message.stop_reason == "refusal" else "warning",
            code=message.stop_reason,
        )
    )
