"""A count of GLM prompts from what is pasted: a number, or JSON of ccusage's blocks or of a counter."""

from __future__ import annotations

import re

import msgspec

_NUMBER = re.compile(r"\s*(?:prompts?\s*[:=]?\s*)?(\d{1,9})(?:\s*prompts?)?\s*", re.IGNORECASE)
NO_COUNT = "no-prompt-count"
INVALID = "invalid-json"


class _Block(msgspec.Struct, rename="camel"):
    entries: int | None = None
    is_gap: bool = False


class _Counted(msgspec.Struct):
    blocks: list[_Block] | None = None
    prompts: int | None = None
    prompts_used: int | None = None
    count: int | None = None


class Count(msgspec.Struct, frozen=True):
    """Cumulative prompts; None with the tag that says why."""

    prompts: int | None
    errors: tuple[str, ...] = ()


def read(text: str) -> Count:
    """The cumulative count in this text. Of blocks: their entries added up, gaps left out."""
    if match := _NUMBER.fullmatch(text):
        return Count(int(match[1]))
    try:
        counted = msgspec.json.decode(text, type=_Counted)
    except msgspec.ValidationError:
        return Count(None, (NO_COUNT,))
    except msgspec.DecodeError:
        return Count(None, (INVALID,))
    if counted.blocks is not None:
        entries = [block.entries for block in counted.blocks if not block.is_gap]
        known = [each for each in entries if each is not None]
        return Count(sum(known)) if len(known) == len(entries) else Count(None, (NO_COUNT,))
    stated = [each for each in (counted.prompts, counted.prompts_used, counted.count) if each is not None]
    return Count(stated[0]) if stated else Count(None, (NO_COUNT,))
