# ruff: noqa: E501 - a table of sentences, in the scripts people write
"""How carelessly people write: openings, endings, small letters, lost marks, typos."""

from __future__ import annotations

from random import Random

OPENINGS = ("um, ", "uh ", "well, ", "hi, ", "hello, ", "hey ", "ok, ", "okay ", "so ", "hmm, ", "oh, ", "please, ", "and ", "alright, ", "sorry, ")  # fmt: skip
ENDINGS = (" please", " please.", " ok?", " if possible", " for me", " today", " then", " now", ", you know", " I think", " at least")  # fmt: skip
_SHORT = {"do not": "don't", "did not": "didn't", "does not": "doesn't", "i am": "i'm", "that is": "that's", "have not": "haven't", "will not": "won't"}  # fmt: skip
_BARE = {"don't": "dont", "didn't": "didnt", "doesn't": "doesnt", "I'm": "im", "haven't": "havent", "isn't": "isnt", "can't": "cant", "that's": "thats"}  # fmt: skip


def spoken(draw: Random, text: str) -> str:
    """The same, as somebody in a hurry might write it."""
    if draw.random() < 0.14:
        text = draw.choice(OPENINGS) + text[:1].lower() + text[1:]
    if draw.random() < 0.06 and len(text) < 60:
        text = text.rstrip(".!") + draw.choice(ENDINGS)
    if draw.random() < 0.35:
        text = text.lower()
    if draw.random() < 0.25:
        text = text.rstrip(".!")
    for table, chance in ((_SHORT, 0.3), (_BARE, 0.15)):
        for long, short in table.items():
            if long in text and draw.random() < chance:
                text = text.replace(long, short)
    return _mistyped(draw, text) if draw.random() < 0.06 else text


def _mistyped(draw: Random, text: str) -> str:
    if len(text) < 6:
        return text
    at = draw.randrange(1, len(text) - 2)
    return draw.choice((text[:at] + text[at + 1] + text[at] + text[at + 2 :], text[:at] + text[at + 1 :]))
