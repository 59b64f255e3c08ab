"""Does every object of a document have the fields of its version, and only those, with values of the right kind?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite

from codex_loop.sources.fields import Body, as_body, items
from codex_loop.tasks.atif import fields
from codex_loop.tasks.atif.fields import Field

Add = Callable[[str, str, str], None]
"""(rule, place, what is wrong)"""


class Shape:
    """Walks one document of one version, without the documents inside it."""

    def __init__(self, version: int, add: Add) -> None:
        self.version, self.add = version, add

    def trajectory(self, document: Body, place: str) -> None:
        self.fields_of(document, fields.TRAJECTORY, place)
        agent = as_body(document.get("agent"))
        self.fields_of(agent, fields.AGENT, f"{place}agent/")
        self.fields_of(as_body(document.get("final_metrics")), fields.FINAL_METRICS, f"{place}final_metrics/")
        for number, step in enumerate(items(document, "steps")):
            here = f"{place}steps/{number}/"
            if isinstance(step, dict):
                self.step(step, here)
            else:
                self.add("field-type", here, "a step is an object")

    def step(self, step: Body, place: str) -> None:
        agent = step.get("source") == "agent"
        self.fields_of(step, fields.STEP, place, agent=agent)
        if step.get("source") not in fields.SOURCES:
            self.add("field-type", f"{place}source", f"source is one of {', '.join(fields.SOURCES)}")
        self.parts(step.get("message"), f"{place}message/")
        self._calls(step, place)
        self._observation(step, place, agent=agent)
        self.fields_of(as_body(step.get("metrics")), fields.METRICS, f"{place}metrics/")
        if agent and step.get("llm_call_count") == 0:
            for name in ("metrics", "reasoning_content"):
                if step.get(name) is not None:
                    self.add("no-reply", f"{place}{name}", "a step without a reply of a model has none")

    def _calls(self, step: Body, place: str) -> None:
        for number, call in enumerate(items(step, "tool_calls")):
            self.fields_of(call, fields.TOOL_CALL, f"{place}tool_calls/{number}/")

    def _observation(self, step: Body, place: str, *, agent: bool) -> None:
        observed = step.get("observation")
        if not isinstance(observed, dict):
            return
        if not agent and self.version < 2:  # ATIF 1.2
            self.add("field-too-new", f"{place}observation", "before 1.2 only steps of the agent have an observation")
        self.fields_of(observed, fields.OBSERVATION, f"{place}observation/")
        for number, result in enumerate(items(observed, "results")):
            here = f"{place}observation/results/{number}/"
            self.fields_of(result, fields.RESULT, here)
            self.parts(as_body(result).get("content"), f"{here}content/")
            for index, ref in enumerate(items(as_body(result), "subagent_trajectory_ref")):
                self.fields_of(ref, fields.REF, f"{here}subagent_trajectory_ref/{index}/")

    def parts(self, content: object, place: str) -> None:
        for number, part in enumerate(content if isinstance(content, list) else ()):
            here = f"{place}{number}/"
            self.fields_of(part, fields.PART, here)
            of = as_body(part)
            kind = of.get("type")
            since = fields.PART_TYPES.get(kind) if isinstance(kind, str) else None
            if since is None or since > self.version:
                self.add("part-type", here, f"a part of type {kind!r:.40} is not in this version")
            elif kind == "text":
                if not isinstance(of.get("text"), str) or of.get("source") is not None:
                    self.add("part-type", here, "a part of type text has a text and no source")
            else:
                self.fields_of(of.get("source"), fields.MEDIA, f"{here}source/")

    def fields_of(self, value: object, table: Mapping[str, Field], place: str, *, agent: bool = True) -> None:
        """The fields of one object, against the table of its kind."""
        if not isinstance(value, dict):
            self.add("field-type", place.rstrip("/"), "it is not an object")
            return
        for name, held in value.items():
            field = table.get(name)
            if field is None:
                self.add("unknown-field", f"{place}{name}", "no version of ATIF has this field")
            elif held is not None:
                self._field(held, field, f"{place}{name}", agent=agent)
        for name, field in table.items():
            needed = field.required and (field.until is None or self.version <= field.until)
            if needed and value.get(name) is None:
                self.add("field-missing", f"{place}{name}", "this version needs it")

    def _field(self, held: object, field: Field, place: str, *, agent: bool) -> None:
        if field.since > self.version:
            self.add("field-too-new", place, f"the field came with 1.{field.since}")
        if not any(self._is(held, kind, field) for kind in field.kinds):
            self.add("field-type", place, f"expected {' or '.join(field.kinds)}")
        if field.agent_only and not agent:
            self.add("agent-only", place, "only steps of the agent have it")

    def _is(self, held: object, kind: str, field: Field) -> bool:
        if kind == "parts":
            return isinstance(held, list) and self.version >= field.parts_since
        return _KINDS[kind](held)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


_KINDS: Mapping[str, Callable[[object], bool]] = {
    "text": lambda value: isinstance(value, str),
    "whole": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": _number,
    "object": lambda value: isinstance(value, dict),
    "list": lambda value: isinstance(value, list),
    "flag": lambda value: isinstance(value, bool),
}
