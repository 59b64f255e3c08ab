"""The payload files beside a rollout trace: read only as far as they are redacted, bounded, and inside their folder."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import msgspec

from codex_loop.sources.base import OVERSIZE
from codex_loop.sources.fields import NOTHING, Body, body, text
from codex_loop.sources.lines import BadLine, parse

Redact = Callable[[bytes], bytes]

_INSIDE = re.compile(r"[\w-]{1,64}/[\w-]{1,128}\.json")
_OBJECT: msgspec.json.Decoder[dict[str, object]] = msgspec.json.Decoder(dict[str, object])


def read(trace: Path, of: Body, name: str, redact: Redact | None) -> Body:
    """What the payload reference in field `name` points at; empty if it is missing, too large, or nobody redacts.

    Lines are redacted before a source sees them, these files are not: without `redact` nothing of them is shown.
    """
    place = text(body(of, name), "path") or ""
    if redact is None or not _INSIDE.fullmatch(place):
        return NOTHING
    try:
        file = (trace / place).resolve(strict=True)
        if not file.is_relative_to(trace.resolve()) or file.stat().st_size > OVERSIZE:
            return NOTHING
        return parse(_OBJECT, redact(file.read_bytes()))
    except (OSError, ValueError, RuntimeError, BadLine):  # gone, unreadable, a loop of links, not JSON
        return NOTHING
