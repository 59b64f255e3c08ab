"""Ids as people type them: `sig_1f00ab`, or only the beginning of it."""

from __future__ import annotations

import re

DIGITS = 16
_LARGEST = (1 << 63) - 1
_BEGINNING = re.compile(r"[0-9a-f]{1,16}")


def span(text: str, prefix: str) -> tuple[int, int] | None:
    """The least and the greatest key whose id begins like this; None for what is no beginning of an id."""
    digits = text.strip().lower().removeprefix(prefix)
    if not _BEGINNING.fullmatch(digits):
        return None
    first, last = (int(digits.ljust(DIGITS, fill), 16) for fill in "0f")
    # Keys have 63 bits, and neither engine takes a larger number.
    return None if first > _LARGEST else (first, min(last, _LARGEST))
