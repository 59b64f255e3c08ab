"""The version of the rules: it changes when a rule, or the code that applies rules, changes."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import msgspec

from codex_loop.redaction.rules import RULES


@cache
def rules_version() -> str:
    """Sixteen hex digits over the rule data and the source of this room."""
    digest = hashlib.sha256(msgspec.json.encode(RULES))
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:16]
