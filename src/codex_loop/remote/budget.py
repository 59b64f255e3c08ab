"""Which model may be asked, and what one run may spend on it."""

from __future__ import annotations

from typing import NamedTuple


class Model(NamedTuple):
    """The model that may be asked, and where."""

    name: str
    key: str
    base_url: str
    usd_in: float
    usd_out: float
    """For a million tokens."""


class Budget(NamedTuple):
    """What one run may spend."""

    usd: float
    tokens: int


class Cost(NamedTuple):
    """What a question comes to, or may."""

    tokens: int
    usd: float
