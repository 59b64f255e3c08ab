"""The redactor of this process, made once."""

from __future__ import annotations

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


def shown(key_file: str, data: bytes) -> str:
    """Bytes of a bad line as text that may be stored and shown."""
    from codex_loop.model.text import head

    if not data:
        return ""
    return head(redactor_for(key_file).redact(data.decode("utf-8", "replace")).text)
