"""Sentences that no model is trained on, written apart from the tables: `-` displeased, `+` pleased, `.` neither."""

from __future__ import annotations

from codex_loop.semantics.turn import Turn

SETS: dict[str, list[tuple[Turn, str]]] = {}
