"""A document as schema 1.4 has it, and nothing that came later: what 1.4 has no field for stands in `extra`.

1.4 cannot hold another document, so every session that this one started becomes a file of its own beside it.
"""

from __future__ import annotations

import msgspec

from codex_loop.tasks.atif.document import Content, Extra, Part, Result, Step, SubagentRef, Trajectory
from codex_loop.tasks.bundle.folders import safe_name

VERSION = "ATIF-v1.4"


def as_1_4(name: str, trajectory: Trajectory) -> dict[str, Trajectory]:
    """The document under its file name, and one file for each session inside it."""
    files: dict[str, Trajectory] = {}
    names = {child.trajectory_id or "": _file_name(child.trajectory_id) for child in _inside(trajectory)}
    for child in _inside(trajectory):
        files[names[child.trajectory_id or ""]] = _alone(child, names)
    return {name: _alone(trajectory, names), **files}


def _inside(trajectory: Trajectory) -> list[Trajectory]:
    found = []
    for child in trajectory.subagent_trajectories or ():
        found += [child, *_inside(child)]
    return found


def _file_name(trajectory_id: str | None) -> str:
    return f"subagent-{safe_name(trajectory_id or '')}.json"


def _alone(trajectory: Trajectory, names: dict[str, str]) -> Trajectory:
    agent = trajectory.agent
    if agent.tool_definitions is not None:
        extra = {**(agent.extra or {}), "tool_definitions": agent.tool_definitions}
        agent = msgspec.structs.replace(agent, tool_definitions=None, extra=extra)
    about: Extra = {"trajectory_id": trajectory.trajectory_id}
    if trajectory.continued_trajectory_ref is not None:
        about["continued_trajectory_ref"] = trajectory.continued_trajectory_ref
    return msgspec.structs.replace(
        trajectory,
        schema_version=VERSION,
        trajectory_id=None,
        agent=agent,
        steps=[_step(step, names) for step in trajectory.steps],
        continued_trajectory_ref=None,
        extra={**about, **(trajectory.extra or {})},
        subagent_trajectories=None,
    )


def _step(step: Step, names: dict[str, str]) -> Step:
    extra: Extra = dict(step.extra or {})
    images: list[Extra] = []
    if step.is_copied_context is not None:
        extra["is_copied_context"] = step.is_copied_context
    if step.llm_call_count is not None:
        extra["llm_call_count"] = step.llm_call_count
    calls = None
    if step.tool_calls is not None:
        extra["tool_call_details"] = {call.tool_call_id: call.extra for call in step.tool_calls if call.extra}
        calls = [msgspec.structs.replace(call, extra=None) for call in step.tool_calls]
    observation = step.observation
    if observation is not None:
        details = {
            result.source_call_id or f"#{number}": result.extra
            for number, result in enumerate(observation.results)
            if result.extra
        }
        if details:
            extra["observation_details"] = details
        results = [_result(result, names, images) for result in observation.results]
        observation = msgspec.structs.replace(observation, results=results)
    message = _plain(step.message, images)
    if images:
        extra["images"] = images
    return msgspec.structs.replace(
        step,
        message=message or "",
        tool_calls=calls,
        observation=observation,
        is_copied_context=None,
        llm_call_count=None,
        extra=extra or None,
    )


def _result(result: Result, names: dict[str, str], images: list[Extra]) -> Result:
    refs = result.subagent_trajectory_ref
    return msgspec.structs.replace(
        result,
        content=_plain(result.content, images),
        subagent_trajectory_ref=None if refs is None else [_ref(ref, names) for ref in refs],
        extra=None,
    )


def _ref(ref: SubagentRef, names: dict[str, str]) -> SubagentRef:
    return SubagentRef(session_id=ref.session_id, trajectory_path=names.get(ref.trajectory_id or ""), extra=ref.extra)


def _plain(content: Content | None, images: list[Extra]) -> str | None:
    """The text, with a word where an image stood; the image's file is named in `images`."""
    if content is None or isinstance(content, str):
        return content
    return "\n".join(_words(part, images) for part in content)


def _words(part: Part, images: list[Extra]) -> str:
    if part.source is None:
        return part.text or ""
    images.append({"path": part.source.path, "media_type": part.source.media_type})
    return f"[image: {part.source.path}]"
