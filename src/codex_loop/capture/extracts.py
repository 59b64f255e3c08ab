"""What a row keeps of texts that only the archive has whole: enough to tell repeats, errors and edits apart.

Keys are of redacted text: two secrets behind the same tag are the same text here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from codex_loop.model.keys import key
from codex_loop.model.text import head

ERROR_BYTES = 160
_EDGE = 2048
"""Of a long output, the beginning and the end are compared: progress bars and dumps differ there or nowhere."""
_LINES = 400
_LONG_LINE = 2000
_VOLATILE = frozenset({"description", "timeout", "timeout_ms", "yield_time_ms", "max_output_tokens", "justification"})

_ANSI = re.compile("\x1b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b]*(?:\x07|\x1b\\\\)?)")
_ERROR = re.compile(
    r"\b\w*(?:Error|Exception)\b|\berror\b|\bfatal:|\bpanic(?:ked)?\b|\bFAILED\b|\b(?:failed|failure)\b"
    r"|\bcannot\b|\bcan't\b|\bcould not\b|\bno such\b|\bnot found\b|\bdenied\b|\bnot permitted\b|\binvalid\b"
    r"|\bunable to\b|\bundefined\b|\bunexpected\b|\btimed out\b|\brefused\b|\bmissing\b",
    re.IGNORECASE,
)
_EMPTY_WORDS = re.compile(r"Traceback \(most recent|^Exit code:? \d+$|^Process exited|\b0 (?:errors?|failed)\b")
_PATH = re.compile(r"(?:[A-Za-z]:)?(?:[\w.~@+-]*[/\\])+([\w.~@+-]+)")
_NAMELESS = re.compile(
    r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|\b0x[0-9a-fA-F]+\b|\b[0-9a-f]{7,64}\b|\d+"
)
_SPACES = re.compile(r"\s+")

_json: msgspec.json.Decoder[object] = msgspec.json.Decoder()
_sorted = msgspec.json.Encoder(order="sorted")


def arguments_key(name: str, arguments: str, command: str | None, cwd: str | None) -> int:
    """Equal for calls that ask for the same thing, however they spell it and whatever they say about it."""
    if command is not None:
        return key("arguments", name, _SPACES.sub(" ", command).strip(), cwd or "")
    try:
        said = _json.decode(arguments)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return key("arguments", name, arguments)
    if isinstance(said, dict):
        said = {field: value for field, value in said.items() if field not in _VOLATILE}
    return key("arguments", name, _sorted.encode(said))


def output_key(output: str) -> int:
    """Equal for equal outputs."""
    edges = output if len(output) <= 2 * _EDGE else output[:_EDGE] + output[-_EDGE:]
    return key("output", len(output), edges)


def error_line(output: str) -> str | None:
    """The first line that tells of an error, without what differs from one time to the next."""
    lines = [line.strip() for line in _ANSI.sub("", output[: 64 * 1024]).splitlines()[:_LINES]]
    told = [line[:_LONG_LINE] for line in lines if line and not _EMPTY_WORDS.search(line[:_LONG_LINE])]
    line = next((line for line in told if _ERROR.search(line)), told[-1] if told else None)
    return None if line is None else signature(line)


def signature(line: str) -> str:
    """A line without folders, numbers, hashes and ids."""
    plain = _NAMELESS.sub("#", _PATH.sub(r"\1", line[:_LONG_LINE]))
    return head(_SPACES.sub(" ", plain).strip(), ERROR_BYTES)


def lines_key(lines: Iterable[str]) -> int | None:
    """Equal for the same set of lines, whatever their order and indentation; None for none."""
    plain = sorted({line.strip() for line in lines} - {""})
    return key("lines", *plain) if plain else None


def changed_keys(diff: str | None) -> tuple[int | None, int | None]:
    """Of the lines a diff adds, and of those it removes."""
    if diff is None:
        return None, None
    body = [line for line in diff.splitlines() if not line.startswith(("+++", "---"))]
    added = lines_key(line[1:] for line in body if line.startswith("+"))
    return added, lines_key(line[1:] for line in body if line.startswith("-"))
