"""Is a value that has the right shape worth hiding, or is it a placeholder or a piece of code?

Every check is a plain function of the bytes of the value, so that all engines agree.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from codex_loop.redaction.rule import Check

# Eight equal characters in a row do not happen in random text (but A does: it is zero in base64); six x, dots
# or zeros are how people write "something".
_STAND_IN = re.compile(
    rb"EXAMPLE|example|([^A])\1{7,}|A{30,}|[xX]{6,}|0{6,}|\.\.\.|\xe2\x80\xa6|\*{3,}|<[^>]{0,60}>|\$\{|\{\{|%\(|\$\(|"
    rb"(?i:your[_-]|yourkey|my[_-]?(?:secret|password|token|api)|change[_-]?(?:me|this)|placeholder|redacted|"
    rb"dummy|replace[_-]?(?:me|with|this)|insert[_-]?(?:your|key|here)|goes[_-]here|[_-]here\Z|not[_-]?(?:a[_-])?real)",
    re.DOTALL,
)
_WORDS = frozenset(
    b"password passwd passphrase pass pwd pw secret token key user username admin_password string none null nil true "
    b"false undefined empty value values default required optional bearer basic xxx xxxx changeme test_password "
    b"mypassword yourpassword userpass the_password foo bar baz".split()
)
_VARIABLE = re.compile(rb"\$[A-Za-z_]|%[A-Za-z_]|[@:#&*!]?\{|\[|<")
_IDENTIFIER = re.compile(rb"[A-Za-z_][a-z_]*(?:[A-Z][a-z_]+)*[0-9]?\Z|[A-Z_][A-Z_-]*\Z|[a-z]+(?:[_-][a-z]+)*\Z")
_CODE = re.compile(
    rb"[A-Za-z_$][A-Za-z0-9_$]*(?:(?:\.|::|->|/)[A-Za-z_$][A-Za-z0-9_$]*)+\Z|\.{0,2}/|~/|[a-z]+://|[A-Za-z]:\\"
)
_NUMBER = re.compile(rb"[-+]?[0-9][0-9_.,:eETZ/+-]*[a-zA-Z%]{0,2}\Z")
_HEX_OR_UUID = re.compile(rb"[0-9a-f-]+\Z|[0-9A-F-]+\Z")
_SYMBOL = re.compile(rb"[!@#%^&*+=?~|]")
_ENTROPY_FLOOR = 3.9  # bits for each character; English and code identifiers stay below 3.7


def worth(check: Check, value: bytes) -> bool:
    """Whether the value is to be treated as a secret."""
    if check == "cookie":
        return any(worth("flagged", pair.partition(b"=")[2]) for pair in value.split(b";"))
    return not _STAND_IN.search(value) and _CHECKS[check](value)


def _token(_: bytes) -> bool:
    return True


def _mixed(value: bytes) -> bool:
    """Not a word: a digit, or case that changes like nobody writes it."""
    return _has_digit(value) or _turns(value) >= 0.4


def _random(value: bytes) -> bool:
    turns = _turns(value)
    return turns >= 0.4 or (_has_digit(value) and turns >= 0.15)


def _password(value: bytes) -> bool:
    return value.lower() not in _WORDS and not _VARIABLE.match(value)


def _flagged(value: bytes) -> bool:
    return _password(value) and not _IDENTIFIER.match(value)


def _assigned(value: bytes) -> bool:
    """A password in an assignment: letters with a digit or a sign, and not a piece of code or a number."""
    if not _password(value) or _IDENTIFIER.match(value) or _CODE.match(value) or _NUMBER.match(value):
        return False
    return any(65 <= byte | 32 <= 122 for byte in value) and (_has_digit(value) or bool(_SYMBOL.search(value)))


def _entropy(value: bytes) -> bool:
    if _HEX_OR_UUID.match(value) or not _has_digit(value):
        return False
    lower, upper = value.upper() != value, value.lower() != value
    return lower and upper and _turns(value) >= 0.3 and _bits(value) >= _ENTROPY_FLOOR


def _has_digit(value: bytes) -> bool:
    return any(48 <= byte <= 57 for byte in value)


def _kind(byte: int) -> int:
    if 48 <= byte <= 57:
        return 1
    if 65 <= byte <= 90:
        return 2
    return 3 if 97 <= byte <= 122 else 0


_KINDS = bytes(_kind(byte) for byte in range(256))


def _turns(value: bytes) -> float:
    """How often, of all neighbours, lower case, upper case and digits change; signs do not count."""
    kinds = value[:400].translate(_KINDS).replace(b"\0", b"")
    if len(kinds) < 2:
        return 0.0
    return sum(a != b for a, b in itertools.pairwise(kinds)) / (len(kinds) - 1)


def _bits(value: bytes) -> float:
    total = len(value)
    return -sum(n / total * math.log2(n / total) for n in Counter(value).values())


_CHECKS: Mapping[Check, Callable[[bytes], bool]] = {
    "token": _token,
    "mixed": _mixed,
    "random": _random,
    "password": _password,
    "flagged": _flagged,
    "cookie": _flagged,
    "assigned": _assigned,
    "entropy": _entropy,
    "pem": _token,
}
