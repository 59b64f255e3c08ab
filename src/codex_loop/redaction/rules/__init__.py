"""The rule book: one module for each noun. Add a rule where a user would look for the provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codex_loop.redaction.rules import (
    ai,
    candidates,
    clouds,
    code_hosts,
    generic,
    infra,
    messaging,
    observability,
    office,
    payments,
)

if TYPE_CHECKING:
    from codex_loop.redaction.rule import Rule

_BOOK = (ai, clouds, code_hosts, messaging, payments, office, observability, infra, generic, candidates)

RULES: tuple[Rule, ...] = tuple(rule for module in _BOOK for rule in module.RULES)
