"""From drafts to the steps of a document."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from codex_loop.clock import format_ms
from codex_loop.model.records import LimitObserved, Usage
from codex_loop.tasks.atif.document import (
    Content,
    Extra,
    Metrics,
    Observation,
    Part,
    Result,
    Step,
    SubagentRef,
    ToolCall,
)
from codex_loop.tasks.atif.drafts import CallDraft, Draft, Said
from codex_loop.tasks.atif.foreign import Image
from codex_loop.tasks.atif.happenings import told

Price = Callable[[Usage], float | None]
"""What a reply would cost at public prices, in dollars; None where nobody knows."""
Paint = Callable[[Image], Part]
"""The part that shows an image: the file it was written to, or words in its place."""
NO_SUMMARY = "[the summary was not recorded]"
SEPARATOR = "\n\n"
_ROUND = 12

_json: msgspec.json.Decoder[object] = msgspec.json.Decoder()


class Finisher:
    """Makes the steps of one document, numbered from 1."""

    def __init__(self, name: str, price: Price, paint: Paint, cwd: str | None) -> None:
        self.name = name
        self.price, self.paint, self.cwd = price, paint, cwd

    def step(self, number: int, draft: Draft) -> Step:
        agent = draft.source == "agent"
        return Step(
            step_id=number,
            timestamp=None if draft.time_ms is None else format_ms(draft.time_ms),
            source=draft.source,
            model_name=draft.model if agent else None,
            reasoning_effort=draft.effort if agent else None,
            message=self._message(draft),
            reasoning_content=SEPARATOR.join(draft.thoughts) or None,
            tool_calls=[self._call(call) for call in draft.calls] or None,
            observation=self._observation(draft),
            metrics=self._metrics(draft.usages),
            is_copied_context=True if draft.copied else None,
            llm_call_count=(len(draft.usages) or 1) if agent else None,
            extra=self._extra(draft),
        )

    def _message(self, draft: Draft) -> Content:
        text = SEPARATOR.join(said.text for said in draft.said)
        if not draft.images:
            return text
        return [*([Part(type="text", text=text)] if text else []), *map(self.paint, draft.images)]

    def _extra(self, draft: Draft) -> Extra:
        extra: Extra = {"seq": draft.seq}
        if draft.turn is not None:
            extra["turn_id"] = draft.turn
        extra |= draft.extra
        if extra.get("cwd") == self.cwd:
            extra.pop("cwd", None)
        if draft.source == "agent" and draft.said:
            extra["messages"] = [_named(said) for said in draft.said]
        if len(draft.thoughts) > 1:
            extra["thoughts"] = [len(thought) for thought in draft.thoughts]
        if draft.thinking_items > len(draft.thoughts) or draft.sealed:
            extra["reasoning"] = {
                "items": draft.thinking_items,
                "encrypted_items": draft.sealed,
                "encrypted_bytes": draft.sealed_bytes,
            }
        if draft.limits:
            extra["rate_limits"] = [_limit(limit) for limit in draft.limits]
        return extra

    def _call(self, call: CallDraft) -> ToolCall:
        outcome = call.outcome
        facts: Extra = {
            "raw_arguments": call.arguments,
            "item_type": call.item,
            "namespace": call.namespace,
            "command": call.command,
            "cwd": call.cwd,
            "status": outcome.status or "unknown",
            "exit_code": outcome.exit_code,
            "duration_ms": outcome.duration_ms,
            "basis": outcome.basis,
            "original_id": outcome.call_id if outcome.call_id != call.id else None,
            "approvals": call.approvals or None,
            "file_changes": call.changes or None,
        }
        extra = {name: value for name, value in facts.items() if value is not None}
        return ToolCall(call.id, call.name or "unknown", _arguments(call.arguments), extra)

    def _observation(self, draft: Draft) -> Observation | None:
        results = [self._result(call) for call in draft.calls if call.answered or call.children]
        for content, extra in draft.observed:
            empty = not content and "context_management" in draft.extra
            results.append(Result(content=NO_SUMMARY if empty else content, extra=extra or None))
        if draft.children:
            results.append(Result(subagent_trajectory_ref=[self._ref(child) for child in draft.children]))
        return Observation(results) if results else None

    def _result(self, call: CallDraft) -> Result:
        extra: Extra = {}
        content: Content | None = call.reported if call.answered else None
        if call.shown is not None:
            content = call.shown.text
            if call.reported.strip() and call.reported.strip() not in call.shown.text:
                extra["output"] = call.reported
            if call.shown.images:
                words = [Part(type="text", text=call.shown.text)] if call.shown.text else []
                content = [*words, *map(self.paint, call.shown.images)]
        if call.answered_ms is not None:
            extra["finished_at"] = format_ms(call.answered_ms)
        if call.later:
            extra["later"] = call.later
        refs = [self._ref(child) for child in call.children] or None
        return Result(call.id, content, refs, extra or None)

    def _ref(self, child: str) -> SubagentRef:
        return SubagentRef(trajectory_id=child, session_id=child)

    def _metrics(self, usages: Sequence[Usage]) -> Metrics | None:
        if not usages:
            return None
        costs = [self.price(usage) for usage in usages]
        known = [cost for cost in costs if cost is not None]
        extra = _numbers(usages)
        if len(usages) > 1:
            extra["replies"] = [
                {"model_name": usage.model, "prompt_tokens": prompt_of(usage), "completion_tokens": usage.output}
                for usage in usages
            ]
        return Metrics(
            prompt_tokens=sum(map(prompt_of, usages)),
            completion_tokens=sum(usage.output for usage in usages),
            cached_tokens=sum(usage.cached for usage in usages),
            cost_usd=round(sum(known), _ROUND) if len(known) == len(costs) else None,
            extra=extra or None,
        )


def prompt_of(usage: Usage) -> int:
    """All that was sent, whether the cache knew it or not."""
    return usage.input + usage.cached + usage.cache_write_5m + usage.cache_write_1h


def _numbers(usages: Sequence[Usage]) -> Extra:
    first = usages[0]
    reasoning = [usage.reasoning for usage in usages if usage.reasoning is not None]
    facts: Extra = {
        "reasoning_tokens": sum(reasoning) if reasoning else None,
        "cache_write_5m_tokens": sum(usage.cache_write_5m for usage in usages) or None,
        "cache_write_1h_tokens": sum(usage.cache_write_1h for usage in usages) or None,
        "web_searches": sum(usage.web_searches for usage in usages) or None,
        "response_id": first.response_id,
        "request_id": first.request_id,
        "tier": first.tier,
        "quality": None if first.quality == "final" else first.quality,
        "counted_by": first.via or None,
    }
    return {name: value for name, value in facts.items() if value is not None}


def _named(said: Said) -> Extra:
    """What gives the text back, and its place among the calls, where a reply consists of several."""
    facts: Extra = {
        "id": said.id,
        "phase": said.phase,
        "chars": len(said.text),
        "after_calls": said.after_calls or None,
    }
    return {name: value for name, value in facts.items() if value is not None}


def _limit(limit: LimitObserved) -> Extra:
    facts = told(limit)
    if limit.resets_ms is not None:
        facts["resets_at"] = format_ms(limit.resets_ms)
        del facts["resets_ms"]
    return facts


def _arguments(written: str) -> Extra:
    """What the model wrote, as the object it has to be; text that is none stands under `input`."""
    try:
        found = _json.decode(written)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return {"input": written} if written else {}
    return found if isinstance(found, dict) else {"input": found}
