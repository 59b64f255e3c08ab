"""The redactor of this process, made once."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from codex_loop.redaction import Redactor


@cache
def redactor_for(key_file: str) -> Redactor:
    # Loading the rules costs tens of milliseconds: a run that reads nothing new must not pay it.
    from codex_loop.redaction import Redactor
    from codex_loop.redaction.keys import load_key

    return Redactor(load_key(Path(key_file)))


_RISKY = re.compile(r"[A-Za-z0-9_+=.-]{20,}|[@\s=]")


def without_secrets(key_file: str, text: str | None) -> str | None:
    """A name, path or address that may be stored.

    Most of them plainly hold no token, so that a run which only counts need not load the rules.
    """
    if text is None or not _RISKY.search(text):
        return text
    return redactor_for(key_file).redact(text).text


def shown(key_file: str, data: bytes) -> str:
    """Bytes of a bad line as text that may be stored and shown."""
    from codex_loop.model.text import head

    if not data:
        return ""
    return head(redactor_for(key_file).redact(data.decode("utf-8", "replace")).text)
