"""What the redactor hands back. No value of a secret is ever in here."""

from __future__ import annotations

from typing import Literal

import msgspec

Tier = Literal["definite", "candidate"]


class Finding(msgspec.Struct, frozen=True):
    """One secret in a text: the rule that found it and where it stood in the original string."""

    rule: str
    tier: Tier
    start: int
    end: int


class Redacted(msgspec.Struct, frozen=True):
    """A text that may be stored, and what was found in the original."""

    text: str
    findings: tuple[Finding, ...]


class LineFinding(msgspec.Struct, frozen=True):
    """How often one rule fired in a line."""

    rule: str
    tier: Tier
    count: int


class RedactedLine(msgspec.Struct, frozen=True):
    """A line that may be stored. Unchanged lines are the same object that went in."""

    line: bytes
    findings: tuple[LineFinding, ...]
    changed: bool


class BlockLine(msgspec.Struct, frozen=True):
    """A line of a block in which something was found.

    `index` counts lines from 0; `start` and `end` are offsets in the block that went in, without the
    newline. `redacted.changed` is false when only candidates were found and their text was kept.
    """

    index: int
    start: int
    end: int
    redacted: RedactedLine


class RedactedBlock(msgspec.Struct, frozen=True):
    """A block that may be stored.

    `data` is the very object that went in when no line changed. `lines` holds only the lines with
    findings, in order; every other line of the block is byte-identical in `data`.
    """

    data: bytes
    lines: tuple[BlockLine, ...]
    changed: bool
