"""An ATIF document, field by field, as schema 1.7 has it. `older.py` makes a 1.4 of it."""

from __future__ import annotations

from typing import Literal

import msgspec

Extra = dict[str, object]
Schema = Literal["1.7", "1.4"]


class Picture(msgspec.Struct, frozen=True):
    """Where an image lies, relative to the document."""

    media_type: str
    path: str


class Part(msgspec.Struct, omit_defaults=True):
    """A piece of a message that is not only text."""

    type: Literal["text", "image"] = msgspec.field(name="type")
    text: str | None = None
    source: Picture | None = None


Content = str | list[Part]


class ToolCall(msgspec.Struct, omit_defaults=True):
    tool_call_id: str
    function_name: str
    arguments: Extra
    extra: Extra | None = None


class SubagentRef(msgspec.Struct, omit_defaults=True):
    trajectory_id: str | None = None
    session_id: str | None = None
    trajectory_path: str | None = None
    extra: Extra | None = None


class Result(msgspec.Struct, omit_defaults=True):
    source_call_id: str | None = None
    content: Content | None = None
    subagent_trajectory_ref: list[SubagentRef] | None = None
    extra: Extra | None = None


class Observation(msgspec.Struct):
    results: list[Result]


class Metrics(msgspec.Struct, omit_defaults=True):
    prompt_tokens: int | None = None
    """With what the cache gave and took."""
    completion_tokens: int | None = None
    """With reasoning."""
    cached_tokens: int | None = None
    cost_usd: float | None = None
    extra: Extra | None = None


class Step(msgspec.Struct, omit_defaults=True, kw_only=True):
    step_id: int
    timestamp: str | None = None
    source: Literal["system", "user", "agent"]
    model_name: str | None = None
    reasoning_effort: str | None = None
    message: Content
    reasoning_content: str | None = None
    tool_calls: list[ToolCall] | None = None
    observation: Observation | None = None
    metrics: Metrics | None = None
    is_copied_context: bool | None = None
    llm_call_count: int | None = None
    extra: Extra | None = None


class Agent(msgspec.Struct, omit_defaults=True):
    name: str
    version: str
    model_name: str | None = None
    tool_definitions: list[Extra] | None = None
    extra: Extra | None = None


class FinalMetrics(msgspec.Struct, omit_defaults=True):
    total_prompt_tokens: int | None = None
    total_completion_tokens: int | None = None
    total_cached_tokens: int | None = None
    total_cost_usd: float | None = None
    total_steps: int | None = None
    extra: Extra | None = None


class Trajectory(msgspec.Struct, omit_defaults=True, kw_only=True):
    schema_version: str
    session_id: str
    trajectory_id: str | None = None
    agent: Agent
    steps: list[Step]
    notes: str | None = None
    final_metrics: FinalMetrics | None = None
    continued_trajectory_ref: str | None = None
    extra: Extra | None = None
    subagent_trajectories: list[Trajectory] | None = None
