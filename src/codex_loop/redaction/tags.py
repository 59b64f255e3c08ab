"""What stands in the place of a secret: `[REDACTED:<rule>:<hmac8>]`.

The eight digits are keyed, so equal secrets stay equal and a short one cannot be guessed from a list.
"""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

_TAG = re.compile(rb"\[REDACTED:([a-z0-9_]{1,64}):[0-9a-f]{8}\]")


def tag(key: bytes, rule: str, value: bytes) -> bytes:
    """The tag for one value under one key."""
    return b"[REDACTED:%s:%s]" % (rule.encode(), hmac.digest(key, value, "sha256").hex()[:8].encode())


def without_tags(data: bytes, rules: Collection[str]) -> bytes:
    """The text with our own tags blanked, so that redacting twice changes nothing. Offsets stay."""
    if b"[REDACTED:" not in data:
        return data
    return _TAG.sub(lambda m: b"\0" * len(m[0]) if m[1].decode() in rules else m[0], data)
