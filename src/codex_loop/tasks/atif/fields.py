"""Every field of every ATIF version: since when it is there, what it holds, and whether it must be.

Harbor's own validator takes any field in any version; a strict reader of an older version does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

VERSIONS = tuple(f"ATIF-v1.{minor}" for minor in range(9))
"""In their order: the place is the minor version."""
TEXT_OR_PARTS = ("text", "parts")


class Field(NamedTuple):
    """What a version allows. `kinds`: text, parts, whole, number, object, list, flag."""

    kinds: tuple[str, ...]
    since: int = 0
    required: bool = False
    until: int | None = None
    """The last version that requires it."""
    agent_only: bool = False
    parts_since: int = 6


_EXTRA = Field(("object",))

TRAJECTORY: Mapping[str, Field] = {
    "schema_version": Field(("text",), required=True),
    "session_id": Field(("text",), required=True, until=6),
    "trajectory_id": Field(("text",), since=7),
    "agent": Field(("object",), required=True),
    "steps": Field(("list",), required=True),
    "notes": Field(("text",)),
    "final_metrics": Field(("object",)),
    "continued_trajectory_ref": Field(("text",), since=5),
    "extra": Field(("object",), since=1),
    "subagent_trajectories": Field(("list",), since=7),
}
AGENT: Mapping[str, Field] = {
    "name": Field(("text",), required=True),
    "version": Field(("text",), required=True),
    "model_name": Field(("text",)),
    "tool_definitions": Field(("list",), since=5),
    "extra": _EXTRA,
}
STEP: Mapping[str, Field] = {
    "step_id": Field(("whole",), required=True),
    "timestamp": Field(("text",)),
    "source": Field(("text",), required=True),
    "model_name": Field(("text",), agent_only=True),
    "reasoning_effort": Field(("text", "number"), agent_only=True),
    "message": Field(TEXT_OR_PARTS, required=True),
    "reasoning_content": Field(("text",), agent_only=True),
    "tool_calls": Field(("list",), agent_only=True),
    "observation": Field(("object",)),
    "metrics": Field(("object",), agent_only=True),
    "is_copied_context": Field(("flag",), since=5),
    "llm_call_count": Field(("whole",), since=7),
    "extra": _EXTRA,
}
TOOL_CALL: Mapping[str, Field] = {
    "tool_call_id": Field(("text",), required=True),
    "function_name": Field(("text",), required=True),
    "arguments": Field(("object",), required=True),
    "extra": Field(("object",), since=7),
}
OBSERVATION: Mapping[str, Field] = {"results": Field(("list",), required=True)}
RESULT: Mapping[str, Field] = {
    "source_call_id": Field(("text",)),
    "content": Field(TEXT_OR_PARTS),
    "subagent_trajectory_ref": Field(("list",)),
    "extra": Field(("object",), since=7),
}
REF: Mapping[str, Field] = {
    "trajectory_id": Field(("text",), since=7),
    "session_id": Field(("text",), required=True, until=6),
    "trajectory_path": Field(("text",)),
    "extra": _EXTRA,
}
METRICS: Mapping[str, Field] = {
    "prompt_tokens": Field(("whole",)),
    "completion_tokens": Field(("whole",)),
    "cached_tokens": Field(("whole",)),
    "cost_usd": Field(("number",)),
    "prompt_token_ids": Field(("list",), since=4),
    "completion_token_ids": Field(("list",), since=3),
    "logprobs": Field(("list",)),
    "extra": _EXTRA,
}
FINAL_METRICS: Mapping[str, Field] = {
    "total_prompt_tokens": Field(("whole",)),
    "total_completion_tokens": Field(("whole",)),
    "total_cached_tokens": Field(("whole",)),
    "total_cost_usd": Field(("number",)),
    "total_steps": Field(("whole",)),
    "extra": _EXTRA,
}
PART: Mapping[str, Field] = {
    "type": Field(("text",), required=True),
    "text": Field(("text",)),
    "source": Field(("object",)),
}
MEDIA: Mapping[str, Field] = {
    "media_type": Field(("text",), required=True),
    "path": Field(("text",), required=True),
    "duration_sec": Field(("number",), since=8),
}
SOURCES = ("system", "user", "agent")
PART_TYPES: Mapping[str, int] = {"text": 6, "image": 6, "audio": 8}
IMAGE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp")
MANAGEMENT = {"type": ("compaction", "pruning", "injection"), "boundary": ("replace", "append", "truncate")}
UNANSWERED = ("interrupted", "declined", "running", "cascade", "timeout", "unknown")
"""Statuses that explain why a call has no result; `unknown`: the record ends before one."""
