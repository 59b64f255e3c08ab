"""What a tool's output text says about how the call ended.

No version states it the same way, and a version can be wrong about itself, so the text decides: three spellings of an
exit code, and the sentences by which Codex tells the model that a call was refused, cut short, or could not be made.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import msgspec

from codex_loop.model.records import ToolStatus
from codex_loop.sources.fields import as_body, body, flag, number, text

_FREEFORM = re.compile(r"Exit code: (-?\d+)\nWall time: ([\d.]+) seconds?\n(?:[^\n]*\n)*?Output:\n?")
_EXIT_CODE = re.compile(r"Exit code: (-?\d+)\b")
_CHUNK = re.compile(
    r"(?:Chunk ID: [^\n]*\n)?Wall time: ([\d.]+) seconds?\n"
    r"(?:Process exited with code (-?\d+)|(Process running with session ID [^\n]*))(?:\n[^\n]*)*?\nOutput:\n?"
)
_PROCESS_EXITED = re.compile(r"(?:Chunk ID: [^\n]*\n)?(?:Wall time: [^\n]*\n)?Process exited with code (-?\d+)\b")
_PROCESS_RUNS = re.compile(r"(?:Chunk ID: [^\n]*\n)?(?:Wall time: [^\n]*\n)?Process running with session ID\b")
_REFUSED = re.compile(r"\brejected by user\b")
_ABORTED = re.compile(r"(?:Wall time: [\d.]+ seconds?\n)?aborted(?: by user)?(?: after [\d.]+ ?s(?:econds)?)?\s*\Z")
_FAILED = re.compile(
    r"apply_patch verification failed|execution error|exec_command failed|write_stdin failed|failed in sandbox"
    r"|failed to parse function arguments|unsupported (?:custom tool )?call|patch rejected|invalid patch"
    r"|unable to (?:locate|read) |tool call error|err: "
)
_TIMED_OUT = re.compile(r"command timed out after \d+", re.IGNORECASE)
_TIMEOUT_EXIT = 124
_A_LIFETIME = 1e10
_SENTENCE = 1000
"""A refusal is a sentence; a longer text that mentions one is the output of a program."""

_json: msgspec.json.Decoder[object] = msgspec.json.Decoder()


class Ending(NamedTuple):
    status: ToolStatus
    output: str
    exit_code: int | None = None
    duration_ms: int | None = None
    basis: str = "text"


def ending(value: object) -> Ending:
    """How a call ended, from the output the model was shown."""
    if isinstance(value, str):
        return _of_text(value)
    if isinstance(value, list):
        return _of_text("\n".join(text(as_body(part), "text") or "" for part in value))
    of = as_body(value)
    content = of.get("content")
    inner = _of_text(content) if isinstance(content, str) else ending(content) if content else Ending("unknown", "")
    success = flag(of, "success")
    if success is None or inner.exit_code is not None:
        return inner
    return inner._replace(status="ok" if success else "failed", basis="payload")


def _of_text(said: str) -> Ending:
    if said.startswith("{"):
        found = _of_json(said)
        if found is not None:
            return found
    head = said[:_SENTENCE]
    if head.startswith(("Exit code:", "Chunk ID:", "Wall time:", "Process ")):
        found = _of_report(said, head)
        if found is not None:
            return found
    return _of_sentence(said, head)


def _of_json(said: str) -> Ending | None:
    try:
        of = as_body(_json.decode(said))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    metadata = body(of, "metadata")
    inner = text(of, "output")
    if inner is not None and metadata:
        code = number(metadata, "exit_code")
        return Ending(status_of(code, inner), inner, code, seconds_ms(metadata.get("duration_seconds")))
    failed = flag(of, "isError")
    if failed is not None and "content" in of:
        return Ending("failed" if failed else "ok", said, basis="is_error")
    return None


def _of_report(said: str, head: str) -> Ending | None:
    found = _FREEFORM.match(head)
    if found:
        code = whole(found[1])
        return Ending(status_of(code, said[found.end() :]), said[found.end() :], code, seconds_ms(found[2]))
    found = _CHUNK.match(head)
    if found:
        rest = said[found.end() :]
        if found[3]:
            return Ending("running", rest)
        code = whole(found[2])
        return Ending(status_of(code, rest), rest, code, seconds_ms(found[1]))
    found = _EXIT_CODE.match(head) or _PROCESS_EXITED.match(head)
    if found:
        code = whole(found[1])
        return Ending(status_of(code, said), said, code)
    return Ending("running", said) if _PROCESS_RUNS.match(head) else None


def _of_sentence(said: str, head: str) -> Ending:
    if len(said) < _SENTENCE:
        if _ABORTED.match(head):
            return Ending("interrupted", said)
        if _REFUSED.search(head):
            return Ending("declined", said)
    if _TIMED_OUT.match(head):
        return Ending("timeout", said)
    if _FAILED.match(head):
        return Ending("failed", said)
    return Ending("ok" if said == "Plan updated" else "unknown", said)


def status_of(code: int | None, output: str) -> ToolStatus:
    """What an exit code means; one that is not known says nothing."""
    if code is None:
        return "unknown"
    if code == _TIMEOUT_EXIT and _TIMED_OUT.search(output[:_SENTENCE]):
        return "timeout"
    return "ok" if code == 0 else "failed"


def seconds_ms(value: object) -> int | None:
    """Milliseconds of a number of seconds, in digits or as text."""
    try:
        seconds = float(value) if isinstance(value, str | int | float) else -1.0
    except (ValueError, OverflowError):
        return None
    return round(seconds * 1000) if 0 <= seconds < _A_LIFETIME else None


def whole(digits: str) -> int | None:
    """An exit code, unless it is too long to be one."""
    return int(digits) if len(digits) < 12 else None
