"""Secrets out, before anything is stored or sent.

In: a text (`redact`, `Redactor.redact`), a foreign line (`Redactor.line`) or a block of lines
(`Redactor.block`, the hot path). Out: the same with every definite secret replaced by a tag, and what was
found, never its value. Read `redactor.py` first, then `scanner.py`; rules are data in `rules/`.
"""

from __future__ import annotations

from functools import cache

from codex_loop.redaction.findings import BlockLine, Finding, LineFinding, Redacted, RedactedBlock, RedactedLine, Tier
from codex_loop.redaction.keys import load_key
from codex_loop.redaction.redactor import Redactor

__all__ = [
    "BlockLine",
    "Finding",
    "LineFinding",
    "Redacted",
    "RedactedBlock",
    "RedactedLine",
    "Redactor",
    "Tier",
    "default_redactor",
    "load_key",
    "redact",
]


def redact(text: str) -> Redacted:
    """The text without secrets, under the key of this installation."""
    return default_redactor().redact(text)


@cache
def default_redactor() -> Redactor:
    """The redactor of the default data folder; with a key of its own for this process when that is read-only."""
    return Redactor(_install_key())


def _install_key() -> bytes:
    import secrets

    import platformdirs

    from codex_loop.errors import Degraded

    path = platformdirs.user_data_path("codex-loop", appauthor=False) / "redaction.key"
    try:
        return load_key(path)
    except (OSError, Degraded):
        return secrets.token_bytes(32)
