"""A mock of the OpenAI Responses API, good enough for every Codex release from 0.63 on."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from tests.fakes.ledger import Kind, Ledger, Sent, SentCall
from tests.fakes.scenario import Attempts, Book, Call, Place, Step, Tokens, asked, step_at, steps_done, tokens_of
from tests.fakes.server import Exchange, Loopback

SUMMARY = "SUMMARY-OF-WORK: the tests were run and one file was changed."
_COMPACTION = "context checkpoint compaction"
_THREAD_HEADERS = ("thread-id", "session-id", "conversation_id", "session_id")

Item = Mapping[str, object]


class OpenAIResponses:
    """Answers `POST /v1/responses` from a book of scenarios and keeps the ledger."""

    def __init__(self, book: Book, *, seed: str | None = None) -> None:
        self.book = book
        self.ledger = Ledger()
        self._seed = seed or secrets.token_hex(4)
        self._attempts = Attempts()
        self._done_before_compaction: dict[tuple[str | None, str], int] = {}

    def serve(self) -> Loopback:
        return Loopback(self)

    def answer(self, exchange: Exchange) -> None:
        if exchange.method == "GET" and exchange.path.endswith("/models"):
            exchange.reply(200, {"object": "list", "data": [], "models": []})
        elif exchange.method == "POST" and exchange.path.endswith("/responses"):
            self._respond(exchange)
        elif exchange.method == "GET" and exchange.path.endswith("/responses"):
            # Codex tries a WebSocket first; told so, it asks over HTTP at once, instead of trying five times more.
            exchange.reply(426, {"error": {"message": "HTTP only", "type": "upgrade_required"}})
        else:
            exchange.reply(404, {"error": {"message": "not here", "type": "not_found"}})

    def _respond(self, exchange: Exchange) -> None:
        body = json.loads(exchange.body or b"{}")
        self.ledger.keep_request(body)
        items: list[Item] = body.get("input") or []
        for call_id, output in _outputs(items):
            self.ledger.heard(call_id, output)
        thread = _thread(exchange, body)
        place = self._place(items, thread)
        if _is_compaction(items):
            self._send(exchange, self._sent("compaction", thread, place, body), Step(text=self._summary(thread, place)))
            return
        step = step_at(self.book, place)
        sent = self._sent("turn", thread, place, body)
        if self._attempts.fails(thread, place, step):
            self._refuse(exchange, sent, step)
        else:
            self._send(exchange, sent, step, offered=_offered(body))

    def _summary(self, thread: str | None, place: Place) -> str:
        """Another one for every compaction of a prompt; remembers what was behind us by then."""
        again = (thread, place.prompt) in self._done_before_compaction
        self._done_before_compaction[thread, place.prompt] = place.step
        return f"{SUMMARY} That is after {place.step} steps." if again else SUMMARY

    def _place(self, items: Sequence[Item], thread: str | None) -> Place:
        prompt, at = "", -1
        for index, item in enumerate(items):
            text = _text(item) if item.get("role") == "user" else ""
            if asked(self.book, text):
                prompt, at = text, index
        scenario = asked(self.book, prompt) or ""
        outputs = sum(str(item.get("type", "")).endswith("_output") for item in items[at + 1 :])
        done = steps_done(self.book.get(scenario, ()), outputs)
        if any(SUMMARY in _text(item) for item in items[at + 1 :]):
            # Compaction drops the outputs from the history; the steps they stood for are still behind us.
            before = self._done_before_compaction.get((thread, prompt), 0)
            done = before + steps_done(self.book.get(scenario, ())[before:], outputs)
        return Place(prompt, scenario, done)

    def _sent(self, kind: Kind, thread: str | None, place: Place, body: Item) -> Sent:
        ordinal = self.ledger.reserve()
        return Sent(
            ordinal=ordinal,
            kind=kind,
            thread=thread,
            prompt=place.prompt or None,
            scenario=place.scenario or None,
            step=place.step,
            model=str(body.get("model", "")),
            response_id=f"resp_{self._seed}_{ordinal:04d}",
            request_id=f"req_{self._seed}_{ordinal:04d}",
        )

    def _refuse(self, exchange: Exchange, sent: Sent, step: Step) -> None:
        self.ledger.write(replace(sent, status=step.status))
        error: dict[str, object] = {"type": "server_error", "message": "The server had an error."}
        if step.status == 429:
            error = {
                "type": "usage_limit_reached",
                "message": "The usage limit has been reached",
                "plan_type": "pro",
                "resets_at": int(time.time()) + 7200,
            }
        exchange.reply(step.status, {"error": error}, _limits(100.0 if step.status == 429 else 12.5))

    def _send(self, exchange: Exchange, sent: Sent, step: Step, *, offered: frozenset[str] = frozenset()) -> None:
        calls = tuple(self._call(sent, index, call, offered) for index, call in enumerate(step.calls))
        sent = replace(sent, text=step.text, thinking=step.thinking, calls=tuple(call for call, _ in calls))
        exchange.open_stream({**_limits(12.5), "x-request-id": sent.request_id})
        exchange.event("response.created", {"response": {"id": sent.response_id}})
        for kind, data in _spoken(sent, step):
            exchange.event(kind, data)
            if kind.endswith(".delta"):
                exchange.pause(step.delay_s)
        if step.hangs or step.cuts:
            self.ledger.write(sent)
            exchange.hang() if step.hangs else exchange.cut()
        for index, (_, item) in enumerate(calls):
            exchange.event("response.output_item.done", {"output_index": 10 + index, "item": item})
        tokens = (step.tokens or tokens_of(sent.ordinal))._replace(cache_write_5m=0, cache_write_1h=0)
        sent = replace(sent, tokens=tokens)
        self.ledger.write(sent)
        exchange.event("response.completed", {"response": {"id": sent.response_id, "usage": usage_of(tokens)}})
        self.ledger.complete(sent)

    def _call(self, sent: Sent, index: int, call: Call, offered: frozenset[str]) -> tuple[SentCall, Item]:
        call_id = f"call_{self._seed}_{sent.ordinal:04d}_{index}"
        item = {**_item(call, offered), "id": f"fc_{self._seed}_{sent.ordinal:04d}_{index}", "call_id": call_id}
        written = str(item.get("input", item.get("arguments")))
        arguments = written if "input" in item else json.loads(written)
        return SentCall(call_id, str(item["name"]), arguments, call.outcome, call.exit_code), item


def usage_of(tokens: Tokens) -> Mapping[str, object]:
    """Tokens as the Responses API reports them: the input includes what came from the cache."""
    total_input = tokens.fresh + tokens.cache_read
    return {
        "input_tokens": total_input,
        "input_tokens_details": {"cached_tokens": tokens.cache_read},
        "output_tokens": tokens.output,
        "output_tokens_details": {"reasoning_tokens": tokens.reasoning},
        "total_tokens": total_input + tokens.output,
    }


def _spoken(sent: Sent, step: Step) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Thinking and text, as the API streams them."""
    if step.thinking:
        part = {"type": "summary_text", "text": step.thinking}
        head: dict[str, object] = {
            "type": "reasoning",
            "id": f"rs_{sent.response_id}",
            "summary": [],
            "encrypted_content": None,
        }
        yield "response.output_item.added", {"output_index": 0, "item": head}
        at = {"item_id": head["id"], "output_index": 0, "summary_index": 0}
        yield "response.reasoning_summary_part.added", {**at, "part": {"type": "summary_text", "text": ""}}
        yield "response.reasoning_summary_text.delta", {**at, "delta": step.thinking}
        done = {**head, "summary": [part], "encrypted_content": "ZW5jcnlwdGVk"}
        yield "response.output_item.done", {"output_index": 0, "item": done}
    if step.text:
        phase = "commentary" if step.calls else "final_answer"
        head = {"type": "message", "id": f"msg_{sent.response_id}", "role": "assistant", "phase": phase, "content": []}
        yield "response.output_item.added", {"output_index": 1, "item": head}
        at = {"item_id": head["id"], "output_index": 1, "content_index": 0}
        for word in step.text.split(" "):
            yield "response.output_text.delta", {**at, "delta": word + " "}
        if not (step.hangs or step.cuts):
            content = [{"type": "output_text", "text": step.text, "annotations": []}]
            yield "response.output_item.done", {"output_index": 1, "item": {**head, "content": content}}


def _item(call: Call, offered: frozenset[str]) -> dict[str, object]:
    """A neutral call in the words of the running version."""
    arguments = dict(call.arguments)
    name, namespace = call.tool, None
    if call.tool == "patch":
        if "custom:apply_patch" in offered:
            return {"type": "custom_tool_call", "name": "apply_patch", "input": arguments["patch"]}
        name, arguments = "apply_patch", {"input": arguments["patch"]}
        if offered and name not in offered:
            # Of a model that it does not know, Codex expects patches as a command.
            name, arguments = _shell({"command": f"apply_patch <<'PATCH'\n{arguments['input']}PATCH\n"}, offered)
    elif call.tool == "shell":
        name, arguments = _shell(arguments, offered)
    elif call.tool == "plan":
        name = "update_plan"
    elif call.tool == "spawn":
        name = "spawn_agent"
        # Recent releases keep these tools in a namespace that the model finds by search; older ones list them plainly.
        namespace = None if "spawn_agent" in offered else "multi_agent_v1"
    item: dict[str, object] = {"type": "function_call", "name": name, "arguments": json.dumps(arguments)}
    return {**item, "namespace": namespace} if namespace else item


def _shell(arguments: dict[str, object], offered: frozenset[str]) -> tuple[str, dict[str, object]]:
    command = arguments.pop("command")
    if "exec_command" in offered:
        return "exec_command", {"cmd": command, **arguments}
    if "shell_command" in offered:
        return "shell_command", {"command": command, **arguments}
    return "shell", {"command": ["bash", "-lc", command], **arguments}


def _offered(body: Item) -> frozenset[str]:
    """Names of the tools in the request; a custom tool counts as `custom:name`, a namespace as `space:name`."""
    names: set[str] = set()
    tools = body.get("tools")
    for tool in tools if isinstance(tools, list) else []:
        prefix = {"custom": "custom:", "namespace": "space:"}.get(str(tool.get("type")), "")
        names.add(prefix + str(tool.get("name", tool.get("type"))))
    return frozenset(names)


def _thread(exchange: Exchange, body: Item) -> str | None:
    for header in _THREAD_HEADERS:
        if header in exchange.headers:
            return exchange.headers[header]
    key = body.get("prompt_cache_key")
    return key if isinstance(key, str) else None


def _is_compaction(items: Sequence[Item]) -> bool:
    return any(_COMPACTION in _text(item).lower() for item in items[-2:])


def _outputs(items: Sequence[Item]) -> Iterator[tuple[str, str]]:
    for item in items:
        if str(item.get("type", "")).endswith("_output"):
            output = item.get("output")
            yield str(item.get("call_id")), output if isinstance(output, str) else json.dumps(output)


def _text(item: Item) -> str:
    content = item.get("content")
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "".join(str(part.get("text", "")) for part in parts if isinstance(part, dict))


def _limits(used: float) -> dict[str, str]:
    now = int(time.time())
    headers: dict[str, str] = {"x-codex-credits-has-credits": "true", "x-codex-credits-unlimited": "false"}
    headers["x-codex-credits-balance"] = "9.99"
    for window, percent, minutes in (("primary", used, 300), ("secondary", 34.1, 10080)):
        headers[f"x-codex-{window}-used-percent"] = str(percent)
        headers[f"x-codex-{window}-window-minutes"] = str(minutes)
        headers[f"x-codex-{window}-reset-at"] = str(now + minutes * 30)
    return headers
