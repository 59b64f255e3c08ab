"""The three sets, drawn from their tables: same seed, same texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import NamedTuple

from benchmarks.utterances import common_words, desk_words, errand_words, title_words

_EVERYDAY = common_words.EVERYDAY.split()
_TECHNICAL = common_words.TECHNICAL.split()
_DOING = common_words.DOING.split()
_OWN = 3


class Labelled(NamedTuple):
    """Texts and, for each, the group it was written for."""

    name: str
    texts: list[str]
    truth: list[int]


class Loose(NamedTuple):
    """How freely people say it: no two public requests share a sentence, so ours must not either."""

    kept: float
    """Chance that a word of the table's sentence is said."""
    added: int
    """At most so many words are added that belong to no group."""
    opening: float
    ending: float
    typo: float
    twice: float
    """Chance that a request is said again in other words."""
    faithful: float
    """How rarely a thing goes by another of its names."""
    named: float
    """Chance that a thing is named where the table's sentence names it."""
    own: float
    """Chance of each of three words that belong to this request alone, as real requests have them."""


def desk(seed: int = 1) -> Labelled:
    """77 near-synonym requests of one domain, 40 to 190 texts each."""
    draw = Random(seed)
    loose = Loose(kept=0.75, added=3, opening=0.2, ending=0.35, typo=0.08, twice=0.7, faithful=1.5, named=0.8, own=0.4)
    wrap = _wrapper(draw, desk_words.OPENINGS, desk_words.ENDINGS, loose)
    writers = [
        _request(draw, wrap, loose, things.split("|"), troubles.split("|"))
        for things in desk_words.THINGS.values()
        for troubles in desk_words.TROUBLES.values()
    ]
    return _drawn("desk", draw, writers, (40, 190))


def errands(seed: int = 1) -> Labelled:
    """150 requests over ten domains, 150 texts each."""
    draw = Random(seed)
    loose = Loose(kept=0.8, added=2, opening=0.3, ending=0.3, typo=0.05, twice=0.5, faithful=1.3, named=0.8, own=0.35)
    wrap = _wrapper(draw, errand_words.OPENINGS, errand_words.ENDINGS, loose)
    writers = [
        _request(draw, wrap, loose, things.split("|"), doings.split("|"))
        for domain, all_things in errand_words.DOMAINS.items()
        for things in all_things
        for doings in errand_words.DOINGS[domain]
    ]
    return _drawn("errands", draw, writers, (150, 150))


def titles(seed: int = 1) -> Labelled:
    """1,000 titles on each of 20 topics; a few name no word of their topic."""
    draw = Random(seed)
    writers = [_title(draw, topic.split("|")) for topic in title_words.TOPICS.values()]
    return _drawn("titles", draw, writers, (1000, 1000))


ALL: Mapping[str, Callable[[int], Labelled]] = {"desk": desk, "errands": errands, "titles": titles}


def _head_heavy(draw: Random, words: Sequence[str], faithful: float) -> str:
    """One of them, the earlier the likelier: each is said `exp(faithful)` times as often as the next."""
    return words[int(draw.expovariate(faithful)) % len(words)]


def _wrapper(draw: Random, openings: str, endings: str, loose: Loose) -> Callable[[str], str]:
    first, last = openings.split("|"), endings.split("|")

    def wrap(text: str) -> str:
        text = (draw.choice(first) if draw.random() < loose.opening else "") + text
        text += draw.choice(last) if draw.random() < loose.ending else ""
        return _slip(draw, text) if draw.random() < loose.typo else text

    return wrap


def _request(
    draw: Random, wrap: Callable[[str], str], loose: Loose, things: list[str], forms: list[str]
) -> Callable[[], str]:
    own = draw.sample(_TECHNICAL + _DOING, _OWN)

    def write() -> str:
        words = " ".join(draw.sample(forms, 2 if draw.random() < loose.twice else 1)).split()
        said = [word for word in words if draw.random() < (loose.named if "{x}" in word else loose.kept)]
        said += [word for word in own if draw.random() < loose.own]
        for _ in range(draw.randint(0, loose.added)):
            said.insert(draw.randint(0, len(said)), draw.choice(_EVERYDAY))
        return wrap((" ".join(said) or "{x}").format(x=_head_heavy(draw, things, loose.faithful)))

    return write


def _slip(draw: Random, text: str) -> str:
    place = draw.randrange(len(text) - 1)
    return draw.choice(
        (text[:place] + text[place + 1 :], text[:place] + text[place + 1] + text[place] + text[place + 2 :])
    )


def _title(draw: Random, terms: list[str]) -> Callable[[], str]:
    shapes, bare = common_words.SHAPES.split("|"), common_words.BARE.split("|")

    def write() -> str:
        # One title in twenty does not say what it is about.
        shape = draw.choice(bare if draw.random() < 0.05 else shapes)
        while "{noun}" in shape:
            shape = shape.replace("{noun}", draw.choice(_TECHNICAL), 1)
        return shape.format(topic=_head_heavy(draw, terms, 0.8), verb=draw.choice(_DOING))

    return write


def _drawn(name: str, draw: Random, writers: list[Callable[[], str]], sizes: tuple[int, int]) -> Labelled:
    pairs = [(write(), label) for label, write in enumerate(writers) for _ in range(draw.randint(*sizes))]
    draw.shuffle(pairs)
    return Labelled(name, [text for text, _ in pairs], [label for _, label in pairs])
