"""Is an ATIF document what it claims to be? Stricter than Harbor's validator, and for each version by its own fields.

Beyond the fields (`shape.py`): calls and their results, tokens and totals, order, references, compactions, secrets, and
texts that are too long. A document inside another is judged by the same rules.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Literal

import msgspec

from codex_loop.redaction import Redactor
from codex_loop.sources.fields import Body, as_body, body, items, text
from codex_loop.sources.spine.segments import Finding
from codex_loop.tasks.atif.bounds import LONGEST
from codex_loop.tasks.atif.fields import IMAGE_TYPES, MANAGEMENT, UNANSWERED, VERSIONS
from codex_loop.tasks.atif.shape import Shape

Severity = Literal["error", "warning"]
_MOST_DEPTH = 32
_CLOSE = 1e-6
_TOTALS = {
    "total_prompt_tokens": "prompt_tokens",
    "total_completion_tokens": "completion_tokens",
    "total_cached_tokens": "cached_tokens",
    "total_cost_usd": "cost_usd",
}
_OBJECT: msgspec.json.Decoder[dict[str, object]] = msgspec.json.Decoder(dict[str, object])


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One document: what it holds, and what is wrong with it."""

    path: str
    schema_version: str | None
    session_id: str | None
    steps: int
    tool_calls: int
    subagents: int
    findings: tuple[Finding, ...]


def looks_like_one(path: Path) -> bool:
    """Whether a file is meant as an ATIF document: JSON with a version of ATIF at its head."""
    if path.suffix != ".json" or not path.is_file():
        return False
    with path.open("rb") as stream:
        return b'"ATIF-v' in stream.read(4096)


def read_document(path: Path) -> Document:
    """Read a document and judge it; OSError if it cannot be read."""
    data = path.read_bytes()
    judge = _Judge(path)
    try:
        document = _OBJECT.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        judge.add("unreadable", "", str(error))
        return judge.report({})
    judge.document(document, "", 0, ())
    judge.texts(document)
    return judge.report(document)


class _Judge:
    """One file on its way through the rules."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.found: dict[str, Finding] = {}
        self.version = 0

    def add(self, rule: str, place: str, message: str, severity: Severity = "error") -> None:
        """The first place a rule is broken is named, the others are counted."""
        known = self.found.get(rule)
        if known is not None:
            self.found[rule] = msgspec.structs.replace(known, count=known.count + 1)
            return
        where = f"{place.rstrip('/')}: " if place else ""
        self.found[rule] = Finding(path=str(self.path), rule=rule, severity=severity, message=f"{where}{message}")

    def report(self, document: Body) -> Document:
        steps = [as_body(step) for step in items(document, "steps")]
        return Document(
            path=str(self.path),
            schema_version=text(document, "schema_version"),
            session_id=text(document, "session_id"),
            steps=len(steps),
            tool_calls=sum(len(items(step, "tool_calls")) for step in steps),
            subagents=len(items(document, "subagent_trajectories")),
            findings=tuple(self.found.values()),
        )

    def document(self, document: Body, place: str, depth: int, above: tuple[str, ...]) -> None:
        stated = document.get("schema_version")
        if stated not in VERSIONS:
            self.add("schema-version", f"{place}schema_version", f"{stated!r:.60} is no version of ATIF we know")
            return
        self.version = VERSIONS.index(str(stated))
        Shape(self.version, self.add).trajectory(document, place)
        steps = [as_body(step) for step in items(document, "steps")]
        if not steps:
            self.add("steps-empty", f"{place}steps", "a trajectory has at least one step")
        self._order(steps, place)
        self._calls(steps, place)
        children = [as_body(child) for child in items(document, "subagent_trajectories")]
        names = (*above, *self._embedded(children, place))
        self._references(document, steps, place, names)
        for number, step in enumerate(steps):
            self._tokens(step, f"{place}steps/{number}/")
            self._management(step, f"{place}steps/{number}/")
        self._totals(document, steps, children, place)
        if depth >= _MOST_DEPTH:
            self.add("too-deep", place, "documents inside documents have no end")
            return
        for number, child in enumerate(children):
            self.document(child, f"{place}subagent_trajectories/{number}/", depth + 1, names)

    def _order(self, steps: list[Body], place: str) -> None:
        latest: datetime | None = None
        for number, step in enumerate(steps):
            here = f"{place}steps/{number}/"
            if step.get("step_id") != number + 1:
                self.add("step-order", f"{here}step_id", f"{step.get('step_id')!r:.30} instead of {number + 1}")
            stamp = text(step, "timestamp")
            if stamp is None:
                continue
            moment = _moment(stamp)
            if moment is None:
                self.add("time-format", f"{here}timestamp", f"{stamp!r:.40} is no ISO 8601 time")
            elif moment.tzinfo is None:
                self.add("time-zone", f"{here}timestamp", f"{stamp!r:.40} does not say its zone")
            elif latest is not None and moment < latest:
                self.add("time-order", f"{here}timestamp", f"{stamp} is earlier than a step before it", "warning")
            else:
                latest = moment

    def _calls(self, steps: list[Body], place: str) -> None:
        seen: set[str] = set()
        for number, step in enumerate(steps):
            here = f"{place}steps/{number}/"
            calls = {text(call, "tool_call_id") or "": call for call in map(as_body, items(step, "tool_calls"))}
            for index, call in enumerate(map(as_body, items(step, "tool_calls"))):
                name = text(call, "tool_call_id") or ""
                if name in seen:
                    self.add("call-repeated", f"{here}tool_calls/{index}", f"the id {name!r:.60} was used before")
                seen.add(name)
            self._results(step, calls, here)

    def _results(self, step: Body, calls: dict[str, Body], here: str) -> None:
        results = [as_body(result) for result in items(body(step, "observation"), "results")]
        answers = Counter(name for result in results if (name := text(result, "source_call_id")) is not None)
        for name in answers.keys() - calls.keys():
            self.add("result-without-call", f"{here}observation", f"no call of this step is named {name!r:.60}")
        for name, call in calls.items():
            details = body(call, "extra") or body(body(body(step, "extra"), "tool_call_details"), name)
            if answers[name] > 1 and details.get("results") != answers[name]:
                self.add("result-repeated", f"{here}observation", f"{answers[name]} results of the call {name!r:.60}")
            if not answers[name] and details.get("status") not in UNANSWERED:
                message = f"the call {name!r:.60} has no result, and no status says why"
                self.add("call-unanswered", f"{here}tool_calls", message)

    def _tokens(self, step: Body, here: str) -> None:
        metrics = body(step, "metrics")
        for name in (*_TOTALS.values(),):
            value = _number(metrics.get(name))
            if value is not None and value < 0:
                self.add("tokens-negative", f"{here}metrics/{name}", f"{value} is less than nothing")
        prompt, cached = _number(metrics.get("prompt_tokens")), _number(metrics.get("cached_tokens"))
        if prompt is not None and cached is not None and cached > prompt:
            self.add("cached-over-prompt", f"{here}metrics", f"{cached} cached of {prompt} tokens sent")

    def _totals(self, document: Body, steps: list[Body], children: list[Body], place: str) -> None:
        if text(document, "notes"):
            return
        final = body(document, "final_metrics")
        stated = _number(final.get("total_steps"))
        if stated is not None and stated != len(steps):
            message = f"{stated:g} stated, there are {len(steps)}, and no notes say why"
            self.add("steps-differ", f"{place}final_metrics/total_steps", message)
        for total, part in _TOTALS.items():
            said = _number(final.get(total))
            if said is None:
                continue
            own = _sum(_number(body(step, "metrics").get(part)) for step in steps if not _copied(step))
            possible = {own}
            if part == "cost_usd":
                possible.add(own + _sum(_number(body(child, "final_metrics").get(total)) for child in children))
            if not any(abs(said - each) <= _CLOSE * max(1.0, abs(each)) for each in possible):
                message = f"{said:g} stated, the steps add up to {own:g}, and no notes say why"
                self.add("totals-differ", f"{place}final_metrics/{total}", message)

    def _embedded(self, children: list[Body], place: str) -> list[str]:
        names = [text(child, "trajectory_id") for child in children]
        for number, name in enumerate(names):
            here = f"{place}subagent_trajectories/{number}/trajectory_id"
            if name is None:
                self.add("field-missing", here, "a document inside another needs it")
            elif name in names[:number]:
                self.add("trajectory-repeated", here, f"the id {name!r:.60} was used before")
        return [name for name in names if name is not None]

    def _references(self, document: Body, steps: list[Body], place: str, names: tuple[str, ...]) -> None:
        for name in ("continued_trajectory_ref",):
            onward = text(document, name) or text(body(document, "extra"), name)
            if onward is not None:
                self._path(onward, f"{place}{name}")
        for number, step in enumerate(steps):
            here = f"{place}steps/{number}/"
            self._pictures(step.get("message"), f"{here}message")
            for result in map(as_body, items(body(step, "observation"), "results")):
                self._pictures(result.get("content"), f"{here}observation")
                for ref in map(as_body, items(result, "subagent_trajectory_ref")):
                    self._reference(ref, f"{here}observation", names)

    def _reference(self, ref: Body, here: str, names: tuple[str, ...]) -> None:
        embedded, path = text(ref, "trajectory_id"), text(ref, "trajectory_path")
        if embedded is not None and path is None and embedded not in names:
            self.add("ref-unresolved", here, f"no document inside is named {embedded!r:.60}")
        if path is not None:
            self._path(path, here)
        if embedded is None and path is None and self.version >= VERSIONS.index("ATIF-v1.7"):
            self.add("ref-unresolved", here, "a reference names a document inside or a file")

    def _pictures(self, content: object, here: str) -> None:
        for part in map(as_body, content if isinstance(content, list) else ()):
            source = body(part, "source")
            path = text(source, "path")
            if path is not None:
                self._path(path, here)
            if part.get("type") == "image" and text(source, "media_type") not in IMAGE_TYPES:
                self.add("media-type", here, f"{source.get('media_type')!r:.40} is none of {', '.join(IMAGE_TYPES)}")

    def _path(self, path: str, here: str) -> None:
        if "://" in path:
            return
        relative = PurePosixPath(path.replace("\\", "/"))
        if relative.is_absolute() or ".." in relative.parts or ":" in path:
            self.add("ref-outside", here, f"{path!r:.80} leads out of the folder of this document")
        elif not (self.path.parent / relative).is_file():
            self.add("ref-unresolved", here, f"the file {path!r:.80} is not there")

    def _management(self, step: Body, here: str) -> None:
        manage = as_body(body(step, "extra").get("context_management"))
        if not manage:
            return
        for name, known in MANAGEMENT.items():
            if manage.get(name) not in known:
                message = f"{manage.get(name)!r:.40} is none of {', '.join(known)}"
                self.add("context-management", f"{here}extra/context_management/{name}", message, "warning")
        results = map(as_body, items(body(step, "observation"), "results"))
        if manage.get("boundary") == "replace" and not any(result.get("content") for result in results):
            message = "what replaced the context has to stand in the observation"
            self.add("replace-without-content", here, message)

    def texts(self, document: Body) -> None:
        """Secrets, and texts without end."""
        for place, said in _strings(document, ""):
            if len(said) * 4 > LONGEST and len(said.encode("utf-8", "replace")) > LONGEST:
                self.add("text-too-long", place, f"{len(said)} characters; at most {LONGEST} bytes of a text are kept")
        for finding in _redactor().line(msgspec.json.encode(document)).findings:
            if finding.tier == "definite":
                message = (
                    f"{finding.count} of what `{finding.rule}` finds; it has to be taken out before this is shared"
                )
                self.add("secret", "", message)


@cache
def _redactor() -> Redactor:
    # The key only marks what is taken out, and nothing taken out here is kept.
    return Redactor(secrets.token_bytes(32))


def _strings(value: object, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for name, held in value.items():
            yield from _strings(held, f"{place}{name}/")
    elif isinstance(value, list):
        for number, held in enumerate(value):
            yield from _strings(held, f"{place}{number}/")


def _moment(stamp: str) -> datetime | None:
    try:
        return datetime.fromisoformat(stamp)
    except ValueError:
        return None


def _copied(step: Body) -> bool:
    return step.get("is_copied_context") is True or body(step, "extra").get("is_copied_context") is True


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _sum(values: Iterator[float | None]) -> float:
    return sum(value for value in values if value is not None)
