"""Files that we read and ccusage does not see, or finds nothing in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

Unseen = Literal["compressed", "symlink", "spaced"]

_HEAD = 256
_SPACED = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"[^"\\]*"(?:\s+:|\s*:\s)')


def unseen(path: str) -> Unseen | None:
    """Why, by a look at the file's name, kind and first bytes; None for one that ccusage reads, or that is gone.

    ccusage searches lines for the bytes of a field without spaces, and takes a line that has some for another one.
    """
    if path.endswith((".gz", ".zst")):
        return "compressed"
    place = Path(path)
    try:
        if place.is_symlink():
            return "symlink"
        with place.open("rb") as file:
            return "spaced" if _SPACED.match(file.read(_HEAD)) else None
    except (OSError, ValueError):  # gone, another host's, or a name that no system takes
        return None
