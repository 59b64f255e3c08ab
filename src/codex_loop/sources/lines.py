"""Lines as agents really write them: BOM, CRLF, NUL runs, invalid UTF-8, lone surrogates.

Shared by every source that reads JSON lines.
"""

from __future__ import annotations

import json
from typing import TypeVar

import msgspec

from codex_loop.model.text import clean
from codex_loop.sources.base import Line

T = TypeVar("T")

_BOM = b"\xef\xbb\xbf"


def split(block: bytes, offset: int) -> list[Line]:
    """Complete lines of a block that starts at byte `offset` of its file; offsets point at the raw line start."""
    lines = []
    position = offset
    for raw in block.split(b"\n")[:-1] if block.endswith(b"\n") else block.split(b"\n"):
        lines.append(Line(position, trim(raw)))
        position += len(raw) + 1
    return lines


def trim(raw: bytes) -> bytes:
    """The line without what editors, Windows and crashed writers leave around it."""
    if raw.endswith(b"\r"):
        raw = raw[:-1]
    if raw.startswith(_BOM):
        raw = raw[3:]
    if raw.startswith(b"\0") or raw.endswith(b"\0"):
        raw = raw.strip(b"\0")
    return raw


TOO_DEEP = "nested too deeply to be read"


class BadLine(ValueError):
    """The line is no JSON value of the expected shape; the message is the reason for the quarantine."""


def parse(decoder: msgspec.json.Decoder[T], line: bytes) -> T:
    """Decode one line; raise BadLine when nothing can be made of it.

    The strict decoder comes first because it is twenty times faster. It refuses invalid UTF-8 and lone surrogates,
    which are common enough in transcripts to be repaired instead of rejected.
    """
    try:
        return decoder.decode(line)
    except msgspec.ValidationError as error:
        raise BadLine(f"unexpected shape: {error}") from None
    except RecursionError:
        raise BadLine(TOO_DEEP) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return _parse_repaired(decoder, line, str(error))


def _parse_repaired(decoder: msgspec.json.Decoder[T], line: bytes, reason: str) -> T:
    text = line.decode("utf-8", "replace")
    if text.encode("utf-8", "replace") == line and "\\u" not in text and "\\U" not in text:
        raise BadLine(f"not JSON: {reason}")
    try:
        value = json.loads(text)
        return msgspec.convert(_clean_tree(value), decoder.type)
    except msgspec.ValidationError as error:
        raise BadLine(f"unexpected shape: {error}") from None
    except ValueError as error:
        raise BadLine(f"not JSON: {error}") from None
    except RecursionError:
        raise BadLine(TOO_DEEP) from None


def _clean_tree(value: object) -> object:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_clean_tree(item) for item in value]
    if isinstance(value, dict):
        return {clean(key): _clean_tree(item) for key, item in value.items()}
    return value
