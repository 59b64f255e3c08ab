"""What a rule is, and the three ways to write one."""

from __future__ import annotations

from typing import Literal

import msgspec

from codex_loop.redaction.findings import Tier

Check = Literal["token", "mixed", "random", "password", "assigned", "flagged", "cookie", "entropy", "pem"]

AN = "[A-Za-z0-9]"
TK = "[A-Za-z0-9_-]"
HEX = "[0-9a-fA-F]"
LOWHEX = "[0-9a-f]"
B64 = "[A-Za-z0-9+/]"
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

# What may stand between a provider's name and its key. No digits: a first key must not hide behind a second.
NEAR = r"""[A-Za-z_.,:="'`\\ \t\r\n(>/-]{0,40}[:="'`, \t\r\n(>/]"""
# What stands between a name and its value in code, configuration, headers and shells.
ASSIGN = r"""["'`\\\])]{0,6}[ \t]{0,8}(?:=>|:=|==?|:)[ \t]{0,8}["'`\\]{0,6}"""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of secret.

    `shape` is what is looked for (`shape.py`); its value group, or else the whole, is the secret. It is
    loose on purpose: prefix and a least length. `sample` is the format as published, from which tests and
    benchmarks build examples; it is written apart from `shape` so that the two check each other.
    `before` and `after` are the characters that may not touch the match. `hint` is a shape that occurs in
    every match and is quicker to look for; it needs a fixed text to be quick.
    """

    id: str
    provider: str
    tier: Tier
    shape: str
    sample: str
    before: str = "A-Za-z0-9"
    after: str = ""
    check: Check = "token"
    hint: str = ""


def token(
    id: str,  # noqa: A002 - the rule's own word
    provider: str,
    shape: str,
    sample: str,
    *,
    before: str = "A-Za-z0-9",
    after: str = "",
    check: Check = "token",
    hint: str = "",
) -> Rule:
    """A token that is known by its own look."""
    return Rule(
        id=id,
        provider=provider,
        tier="definite",
        shape=shape,
        sample=sample,
        before=before,
        after=after,
        check=check,
        hint=hint,
    )


def near(id: str, provider: str, words: str, value: str, sample: str, *, check: Check = "token") -> Rule:  # noqa: A002
    """A token without a look of its own, known by the provider's name right before it."""
    return Rule(
        id=id,
        provider=provider,
        tier="definite",
        shape=f"(?i:{words}){NEAR}({value})",
        sample=sample,
        before="A-Za-z0-9",
        after="A-Za-z0-9",
        check=check,
    )


def candidate(id: str, shape: str, sample: str, check: Check, *, before: str = "A-Za-z0-9", after: str = "") -> Rule:  # noqa: A002
    """Something that is often a secret and sometimes just code."""
    return Rule(
        id=id,
        provider="generic",
        tier="candidate",
        shape=shape,
        sample=sample,
        before=before,
        after=after,
        check=check,
    )
