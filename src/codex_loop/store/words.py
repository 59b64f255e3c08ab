"""What counts as a word for full-text search: the same on both engines, for what is stored and for what is asked."""

from __future__ import annotations

import re
import unicodedata

_SIGNS = re.compile(r"[\W_]+")


def spaced(text: str) -> str:
    """The words of a text, lower case, without accents, one space apart.

    SQLite's tokenizer does the same by itself; PostgreSQL's would keep `src/login.py` or `a-b` together as one word.
    """
    text = text.lower()
    if not text.isascii():
        parts = unicodedata.normalize("NFD", text)
        text = "".join(character for character in parts if not unicodedata.combining(character))
    return _SIGNS.sub(" ", text).strip()
