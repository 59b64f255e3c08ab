"""A mock of the Anthropic Messages API, good enough for Claude Code 1.0 to the newest."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from tests.fakes.ledger import Kind, Ledger, Sent, SentCall
from tests.fakes.scenario import Attempts, Book, Call, Place, Step, Tokens, asked, step_at, tokens_of
from tests.fakes.server import Exchange, Loopback

SUMMARY = "<summary>SUMMARY-OF-WORK: the tests were run and one file was changed.</summary>"
_COMPACTION = "detailed summary of the conversation"
_ERRORS = {
    400: "invalid_request_error",
    401: "authentication_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}
_SESSION = re.compile(r"_session_([0-9a-f-]{36})")

Message = Mapping[str, object]


class AnthropicMessages:
    """Answers `POST /v1/messages` from a book of scenarios and keeps the ledger."""

    def __init__(self, book: Book, *, seed: str | None = None) -> None:
        self.book = book
        self.ledger = Ledger()
        self._seed = seed or secrets.token_hex(6)
        self._attempts = Attempts()
        self._at_compaction: dict[str | None, Place] = {}

    def serve(self) -> Loopback:
        return Loopback(self)

    def answer(self, exchange: Exchange) -> None:
        if exchange.method == "HEAD":
            exchange.reply(200, None)
        elif exchange.path.endswith("/count_tokens"):
            exchange.reply(200, {"input_tokens": 1234})
        elif exchange.method == "POST" and exchange.path.endswith("/messages"):
            self._respond(exchange)
        else:
            exchange.reply(404, {"type": "error", "error": {"type": "not_found_error", "message": "not here"}})

    def _respond(self, exchange: Exchange) -> None:
        body = json.loads(exchange.body or b"{}")
        self.ledger.keep_request(body)
        messages: list[Message] = body.get("messages") or []
        for call_id, output in _outputs(messages):
            self.ledger.heard(call_id, output)
        thread = exchange.headers.get("x-claude-code-session-id") or _session(body)
        kind, place = _kind(body, messages), self._place(messages, thread)
        if kind == "compaction":
            self._at_compaction[thread] = place
        sent = self._sent(kind, thread, place, body)
        step = step_at(self.book, place) if kind == "turn" else Step(text=_SMALL_TALK[kind])
        if kind == "turn" and self._attempts.fails(thread, place, step):
            self._refuse(exchange, sent, step)
        elif body.get("stream"):
            self._stream(exchange, self._filled(sent, step, _offered(body)), step)
        else:
            self._whole(exchange, self._filled(sent, step, _offered(body)), step)

    def _place(self, messages: Sequence[Message], thread: str | None) -> Place:
        prompt, at = "", -1
        for index, message in enumerate(messages):
            for text in _texts(message) if message.get("role") == "user" else ():
                if asked(self.book, text):
                    prompt, at = text, index
        step = sum(message.get("role") == "assistant" for message in messages[at + 1 :])
        before = self._at_compaction.get(thread)
        if not prompt and before is not None:
            # Compaction drops the prompt and the replies to it; they are still behind us.
            return replace(before, step=before.step + step)
        return Place(prompt, asked(self.book, prompt) or "", step)

    def _sent(self, kind: Kind, thread: str | None, place: Place, body: Message) -> Sent:
        ordinal = self.ledger.reserve()
        return Sent(
            ordinal=ordinal,
            kind=kind,
            thread=thread,
            prompt=place.prompt or None,
            scenario=place.scenario or None,
            step=place.step,
            model=str(body.get("model", "")),
            response_id=f"msg_01{self._seed}{ordinal:04d}",
            request_id=f"req_011{self._seed}{ordinal:04d}",
        )

    def _filled(self, sent: Sent, step: Step, offered: frozenset[str]) -> Sent:
        calls = tuple(self._call(sent, index, call, offered) for index, call in enumerate(step.calls))
        tokens = step.tokens or tokens_of(sent.ordinal)
        return replace(sent, text=step.text, thinking=step.thinking, calls=calls, tokens=tokens)

    def _call(self, sent: Sent, index: int, call: Call, offered: frozenset[str]) -> SentCall:
        name, arguments = _named(call, offered)
        call_id = f"toolu_01{self._seed}{sent.ordinal:04d}{index:02d}"
        return SentCall(call_id, name, arguments, call.outcome, call.exit_code)

    def _refuse(self, exchange: Exchange, sent: Sent, step: Step) -> None:
        self.ledger.write(replace(sent, status=step.status))
        kind = _ERRORS.get(step.status, "api_error")
        headers = {**_limits(), "request-id": sent.request_id}
        if step.failures is None:
            headers["x-should-retry"] = "false"
        error = {"type": kind, "message": f"The mock provider says {step.status}."}
        exchange.reply(step.status, {"type": "error", "error": error, "request_id": sent.request_id}, headers)

    def _stream(self, exchange: Exchange, sent: Sent, step: Step) -> None:
        assert sent.tokens is not None
        exchange.open_stream({**_limits(), "request-id": sent.request_id})
        self.ledger.write(sent)
        exchange.event("message_start", {"message": _envelope(sent, usage=usage_of(sent.tokens, output=1))})
        exchange.event("ping", {})
        for kind, data in _blocks(sent, step):
            exchange.event(kind, data)
            if kind == "content_block_delta":
                exchange.pause(step.delay_s)
        if step.hangs or step.cuts:
            exchange.hang() if step.hangs else exchange.cut()
        # The agents write a block to disk as soon as it is whole: a short silence shows who waits for the totals.
        exchange.pause(0.05)
        stop = {"stop_reason": _stop_reason(sent, step), "stop_sequence": None}
        exchange.event("message_delta", {"delta": stop, "usage": usage_of(sent.tokens)})
        exchange.event("message_stop", {})
        self.ledger.complete(sent)

    def _whole(self, exchange: Exchange, sent: Sent, step: Step) -> None:
        assert sent.tokens is not None
        content = [block for block, _ in _content(sent)]
        message = {
            **_envelope(sent, usage=usage_of(sent.tokens)),
            "content": content,
            "stop_reason": _stop_reason(sent, step),
        }
        exchange.reply(200, message, {**_limits(), "request-id": sent.request_id})
        self.ledger.complete(sent)


_SMALL_TALK: Mapping[Kind, str] = {
    "compaction": SUMMARY,
    "title": json.dumps({"isNewTopic": False, "title": "A short title"}),
    "warmup": "Ready.",
    "other": "Fine.",
}


def usage_of(tokens: Tokens, output: int | None = None) -> Mapping[str, object]:
    """Tokens as the Messages API reports them: the input excludes everything about the cache."""
    return {
        "input_tokens": tokens.fresh,
        "cache_creation_input_tokens": tokens.cache_write_5m + tokens.cache_write_1h,
        "cache_read_input_tokens": tokens.cache_read,
        "cache_creation": {
            "ephemeral_5m_input_tokens": tokens.cache_write_5m,
            "ephemeral_1h_input_tokens": tokens.cache_write_1h,
        },
        "output_tokens": tokens.output if output is None else output,
        "service_tier": "standard",
        "inference_geo": "us",
    }


def _envelope(sent: Sent, *, usage: Mapping[str, object]) -> dict[str, object]:
    return {
        "id": sent.response_id,
        "type": "message",
        "role": "assistant",
        "model": sent.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }


def _content(sent: Sent) -> Iterator[tuple[dict[str, object], list[dict[str, object]]]]:
    """Every block of a reply: whole, and as the deltas that build it from an empty one."""
    if sent.thinking:
        whole: dict[str, object] = {"type": "thinking", "thinking": sent.thinking, "signature": "bW9jaw=="}
        thought: dict[str, object] = {"type": "thinking_delta", "thinking": sent.thinking}
        yield whole, [thought, {"type": "signature_delta", "signature": "bW9jaw=="}]
    if sent.text:
        words = [{"type": "text_delta", "text": word} for word in re.findall(r"\S+\s*", sent.text)]
        yield {"type": "text", "text": sent.text}, [dict(word) for word in words]
    for call in sent.calls:
        whole = {"type": "tool_use", "id": call.call_id, "name": call.name, "input": call.arguments}
        yield whole, [{"type": "input_json_delta", "partial_json": json.dumps(call.arguments)}]


def _empty(block: Mapping[str, object]) -> dict[str, object]:
    blank: dict[str, object] = {"thinking": "", "signature": "", "text": "", "input": {}}
    return {key: blank.get(key, value) if key != "type" else value for key, value in block.items()}


def _blocks(sent: Sent, step: Step) -> Iterator[tuple[str, Mapping[str, object]]]:
    for index, (block, deltas) in enumerate(_content(sent)):
        yield "content_block_start", {"index": index, "content_block": _empty(block)}
        for delta in deltas:
            yield "content_block_delta", {"index": index, "delta": delta}
        yield "content_block_stop", {"index": index}


def _stop_reason(sent: Sent, step: Step) -> str:
    return step.stop_reason or ("tool_use" if sent.calls else "end_turn")


def _named(call: Call, offered: frozenset[str]) -> tuple[str, dict[str, object]]:
    """A neutral call in the words of the running version."""
    arguments = dict(call.arguments)
    if call.tool == "shell":
        return "Bash", {"description": "Run a command", **arguments}
    if call.tool == "agent":
        return ("Agent" if "Agent" in offered else "Task"), {"subagent_type": "general-purpose", **arguments}
    return call.tool, arguments


def _offered(body: Message) -> frozenset[str]:
    tools = body.get("tools")
    return frozenset(str(tool.get("name")) for tool in tools) if isinstance(tools, list) else frozenset()


def _kind(body: Message, messages: Sequence[Message]) -> Kind:
    newest = next((_text(m) for m in reversed(messages) if m.get("role") == "user"), "")
    if _COMPACTION in newest:
        return "compaction"
    if newest.strip() == "Warmup":
        return "warmup"
    return "turn" if body.get("tools") else "title"


def _session(body: Message) -> str | None:
    metadata = body.get("metadata")
    found = _SESSION.search(str(metadata.get("user_id", ""))) if isinstance(metadata, dict) else None
    return found.group(1) if found else None


def _outputs(messages: Sequence[Message]) -> Iterator[tuple[str, str]]:
    for message in messages:
        content = message.get("content")
        for block in content if isinstance(content, list) else []:
            if isinstance(block, dict) and block.get("type") == "tool_result":
                output = block.get("content")
                yield str(block.get("tool_use_id")), output if isinstance(output, str) else _text(block)


def _texts(message: Message) -> list[str]:
    """The text blocks of a message; the agents put reminders of their own beside a person's words."""
    content = message.get("content")
    if isinstance(content, str):
        return [content]
    parts = content if isinstance(content, list) else []
    return [str(part["text"]) for part in parts if isinstance(part, dict) and part.get("type") == "text"]


def _text(message: Message) -> str:
    return "\n".join(_texts(message))


def _limits() -> dict[str, str]:
    now = int(time.time())
    prefix = "anthropic-ratelimit-unified"
    return {
        f"{prefix}-status": "allowed",
        f"{prefix}-reset": str(now + 7200),
        f"{prefix}-5h-status": "allowed",
        f"{prefix}-5h-reset": str(now + 7200),
        f"{prefix}-5h-utilization": "0.42",
        f"{prefix}-7d-status": "allowed",
        f"{prefix}-7d-reset": str(now + 300_000),
        f"{prefix}-7d-utilization": "0.17",
        f"{prefix}-representative-claim": "five_hour",
    }
