"""The redactor of this process, made once."""

from __future__ import annotations

import os
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from codex_loop.errors import Degraded
from codex_loop.model.text import UUID, clean

T = TypeVar("T")

if TYPE_CHECKING:
    from codex_loop.redaction import Redactor


@cache
def redactor_for(key_file: str) -> Redactor:
    # Loading the rules costs tens of milliseconds: a run that reads nothing new must not pay it.
    from codex_loop.redaction import Redactor
    from codex_loop.redaction.keys import load_key

    try:
        key = load_key(Path(key_file))
    except OSError as error:
        # Not the fault of the file that is being read, so it must not look like one that cannot be read.
        reason = error.strerror or str(error)
        raise Degraded(
            f"the redaction key {key_file} can neither be read nor made: {reason}; allow it and run it again"
        ) from error
    return Redactor(key)


# A word is looked at from its beginning alone: what a later letter of it would find, the first finds, too.
_RISKY = re.compile(
    rf"""[A-Za-z0-9]{{16}} | [@\s=] | {UUID} | hook | apiKeys | :[0-9*]+:[^:\s"]*:[^:\s"]*:
    | (?<![\w+=.~-])(?=[\w+=.~-]*[A-Z])(?:(?=[\w+=.~-]*[a-z])[\w+=.~-]{{14}} | (?=[\w+=.~-]*\d)[\w+=.~-]{{20}})
    | _(?=[A-Za-z]*[A-Z0-9])[A-Za-z0-9]{{12}}""",
    re.ASCII | re.VERBOSE,
)
"""What every definite secret has somewhere, and ordinary names seldom: then the rules are asked."""

_STRING = re.compile(rb'"((?:[^"\\]|\\.)*)"')
_TEXT = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"')
NATIVE_ID = re.compile(r"(?:msg|req|resp|toolu|chatcmpl)_[0-9A-Za-z]+")
"""Ids of answers: very many, all different, and never a secret."""

_PLAIN = re.compile(
    rf"(?<![\w-])(?:rollout-[0-9T-]{{19}}-{UUID}(?:_{UUID})?|{UUID}|[0-9a-f]{{40}})(?![\w-])"
    r'|"(?:input|output|cacheReadInput|cacheCreationInput)Tokens":|"webSearchRequests":'
)
"""Names that agents make up for files and threads, commits, and the fields of Claude Code's totals."""
_ORDINARY = re.compile(rf'(?<![^"]){NATIVE_ID.pattern}(?![^"])|{_PLAIN.pattern}')
"""The same, and ids of answers, among texts with a quotation mark between them."""


@lru_cache(8192)
def without_secrets(key_file: str, text: str | None) -> str | None:
    """A name, path or address that may be stored, in either engine.

    Most of them plainly hold no token, so that a run which only counts need not load the rules.
    """
    if text is None:
        return None
    text = clean(text)
    return redactor_for(key_file).redact(text).text if _RISKY.search(_PLAIN.sub("", text)) else text


def printable(path: str) -> str:
    """A path as text: names need not be valid UTF-8."""
    # ASCII needs no escapes, and encoding every path of a large home is not free.
    return path if path.isascii() else clean(os.fsencode(path).decode("utf-8", "backslashreplace"))


def told_path(key_file: str, path: str) -> str:
    """A path as it may be stored and as sources may name a session after it: a secret in a name is one, too."""
    shown = printable(path)
    return without_secrets(key_file, shown) or shown


def without_secrets_in(key_file: str, state: T, kind: type[T]) -> T:
    """What a counter remembers was read from raw lines, and is stored beside its cursor."""
    packed = msgspec.json.encode(state)
    # All of them at a glance, because nearly always there is nothing; else one by one.
    if packed.isascii():
        plain = packed.decode("ascii")
        found = _TEXT.findall(plain) if "\\" in plain else plain.split('"')[1::2]
        if not _RISKY.search(_ORDINARY.sub("", '"'.join(found))):
            return state
    texts = {text.decode("utf-8", "replace") for text in _STRING.findall(packed)}
    if all(NATIVE_ID.fullmatch(text) or without_secrets(key_file, text) == text for text in texts):
        return state
    return msgspec.json.decode(redactor_for(key_file).line(packed).line, type=kind)


EDGE = 256
"""How many characters of each end of a bad line are shown."""


def edges(key_file: str, begin: bytes, end: bytes) -> tuple[str, str]:
    """Both ends of a bad line as text that may be stored and shown: redacted first and cut then."""
    redact = redactor_for(key_file).redact
    first = clean(redact(begin.decode("utf-8", "replace")).text)
    last = first if end is begin else clean(redact(end.decode("utf-8", "replace")).text)
    return first[:EDGE], last[-EDGE:] if len(first) > EDGE else ""
