"""Whose limits they are, as a keyed hash: equal for equal accounts on this machine, and telling nothing of them."""

from __future__ import annotations

import hmac

DIGITS = 16


def account_hash(key: bytes, agent: str, account: str) -> str:
    """The same for the same account and key; of an agent of its own."""
    return hmac.digest(key, f"account\0{agent}\0{account}".encode(), "sha256").hex()[:DIGITS]
