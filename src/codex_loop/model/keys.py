"""Identities as 63-bit integers: the same thing has the same key on every host, in every order of ingest.

Integers, because an index over them is a quarter of the size of one over text and inserting costs half. With ten
million rows the chance of any collision is below one in a hundred thousand.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

_MASK = (1 << 63) - 1
_NEAR = (1 << 47) - 1


def key(*parts: str | bytes | int) -> int:
    """The key of a tuple of parts: ("a", "bc") and ("ab", "c") differ, and so do 1 and "1"."""
    # ascii() and not repr(): what it prints of a text is the same in every version of Python.
    return int.from_bytes(blake2b(ascii(parts).encode("ascii"), digest_size=8).digest(), "big") & _MASK


@lru_cache(8192)
def session_key(agent: str, native_id: str) -> int:
    return key("session", agent, native_id)


def near(home: int, other: int) -> int:
    """`other`, moved beside `home`: rows of one session then lie on few pages, so that storing them touches few.

    47 bits still tell them apart: among ten thousand sessions of a thousand lines, the chance that any two meet is
    one in a hundred thousand.
    """
    return home & ~_NEAR | other & _NEAR


def chain(previous: int, data: bytes) -> int:
    """The key of `data` at its place in a sequence: equal only after an equal past."""
    return int.from_bytes(blake2b(data, digest_size=8, key=previous.to_bytes(8, "big")).digest(), "big") & _MASK
