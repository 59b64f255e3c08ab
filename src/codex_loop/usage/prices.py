"""What a token costs: which model a name means, and the rates that hold for one class of requests.

Money is counted in pico-dollars (a millionth of a millionth), in which every published price is a whole number, so that
sums are exact. The table is kept in a file of the data folder; `pricebook.py` makes it anew when it is missing, broken,
or made from another version of the package, other prices of a person, or an older form of ours.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from functools import cached_property
from hashlib import blake2b
from importlib.machinery import PathFinder
from pathlib import Path

import msgspec

from codex_loop.errors import SettingsError
from codex_loop.store.spending import Steps

FORM = 1
"""Of the file, and of the rules that make it."""

MEGA_PICO = 1_000_000
"""Pico-dollars of a token that costs a dollar a million."""
SEARCH_PICO = 10_000_000_000
"""A web search, where the table says nothing: ten dollars a thousand."""
STANDARD = frozenset({None, "", "standard", "default", "normal", "auto"})
"""Tiers that are no tier of their own."""

_DATE = re.compile(r"[-@](?:20\d{6}|20\d{2}-\d{2}-\d{2})$")
_DRESS = re.compile(r"(?:\[1m\]|-latest|-v\d+(?::\d+)?|:\d+)$")
_REGION = re.compile(r"^(?:us|eu|apac|global|au|jp)\.")
_VENDOR = re.compile(r"^(?:anthropic|openai|azure|google|bedrock|vertex)[./_-]")
_SIZES = frozenset(
    (
        *("mini", "nano", "micro", "small", "tiny", "pro", "max", "ultra", "lite", "flash", "turbo", "air", "deep"),
        *("chat", "image", "audio", "realtime", "search", "tts", "transcribe", "vision", "embedding", "instruct"),
        *("oss", "cyber"),
    )
)
"""A name that goes on with one of these means another model, at another price."""


class Rates(msgspec.Struct, frozen=True, array_like=True):
    """Pico-dollars of a token of each kind, and of a web search."""

    input: int
    cached: int
    write_5m: int
    write_1h: int
    output: int
    search: int = SEARCH_PICO


class Band(msgspec.Struct, frozen=True, array_like=True):
    """The rates of a whole request whose input, cache included, is more than `above` tokens."""

    above: int
    rates: Rates


class Price(msgspec.Struct, frozen=True, array_like=True):
    """What holds from an instant on; the first of a model holds since ever. Bands ascend, the first is above -1."""

    since_ms: int | None
    bands: tuple[Band, ...]


class Model(msgspec.Struct, frozen=True):
    """One priced model: its standard prices by date, and those of other service tiers."""

    id: str
    provider: str
    prices: tuple[Price, ...]
    tiers: dict[str, tuple[Price, ...]] = {}


class PriceTable(msgspec.Struct, frozen=True, dict=True):
    """Every price known, and under which names."""

    source: str
    """Where the prices come from, with its version: `genai-prices 0.2.3`."""
    version: str
    """The same for the same prices, on every machine."""
    mark: str
    """Changes whenever what the table was made from does, here."""
    models: tuple[Model, ...]
    names: dict[str, int]
    overridden: tuple[str, ...] = ()
    """Models whose prices a person stated."""

    @cached_property
    def _found(self) -> dict[str, Model | None]:
        return {}

    def model(self, name: str | None) -> Model | None:
        """The model that a name of an agent means; None rather than one that merely resembles it."""
        if name is None:
            return None
        if name not in self._found:
            key = _key(name, self.names)
            self._found[name] = None if key is None else self.models[self.names[key]]
        return self._found[name]

    def cuts(self, names: Iterable[str | None]) -> Steps:
        """Where a price of one of these models changes."""
        tokens: set[int] = set()
        instants: set[int] = set()
        for model in filter(None, map(self.model, names)):
            for prices in (model.prices, *model.tiers.values()):
                tokens.update(band.above for price in prices for band in price.bands[1:])
                instants.update(price.since_ms for price in prices if price.since_ms is not None)
        return Steps(tuple(sorted(tokens)), tuple(sorted(instants)))

    def rates(self, name: str | None, tier: str | None, above: int, since_ms: int | None) -> Rates | None:
        """The rates of requests of more than `above` tokens of input, made at or after `since_ms`; None: unknown."""
        model = self.model(name)
        if model is None:
            return None
        prices = model.prices if tier in STANDARD else model.tiers.get(tier or "")
        if not prices:
            return None
        started = [each for each in prices if each.since_ms is None or (since_ms or 0) >= each.since_ms]
        bands = (started or prices)[-1 if started else 0].bands
        return [band for band in bands if band.above <= above][-1].rates if above > 0 else bands[0].rates

    def said_otherwise(self, name: str) -> str | None:
        """The model it is priced as, where its name is not that model's own."""
        model = self.model(name)
        return None if model is None or plain(name) in self.names else model.id


def price_table(data_dir: Path, overrides: Path | None = None) -> PriceTable:
    """The prices that hold now. SettingsError when the person's own cannot be read."""
    own = _read(overrides)
    mark = _mark(own)
    file = data_dir / "prices.json"
    with suppress(OSError, msgspec.DecodeError):
        table = msgspec.json.decode(file.read_bytes(), type=PriceTable)
        if table.mark == mark:
            return table
    from codex_loop.usage import pricebook

    table = pricebook.make(own, mark, overrides)
    _keep(file, msgspec.json.encode(table))
    return table


def _read(overrides: Path | None) -> bytes:
    if overrides is None:
        return b""
    try:
        return overrides.read_bytes()
    except OSError as error:
        raise SettingsError("prices", problem=f"{overrides}: {error.strerror or 'cannot be read'}") from error


def _mark(own: bytes) -> str:
    """Told without importing the package: where its data lies, how large and how old they are."""
    spec = PathFinder.find_spec("genai_prices")
    made_of = f"{FORM}"
    if spec is not None and spec.origin:
        with suppress(OSError):
            facts = Path(spec.origin).with_name("data.py").stat()
            made_of += f" {spec.origin} {facts.st_size} {facts.st_mtime_ns}"
    return blake2b(made_of.encode() + b"\n" + own, digest_size=8).hexdigest()


def _keep(file: Path, data: bytes) -> None:
    """Whole or not at all; a folder that cannot be written costs the next report a moment, nothing else."""
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(data)
        draft.replace(file)
    except OSError:
        with suppress(OSError):
            draft.unlink()


def plain(name: str) -> str:
    """The name without its date, its provider and what only dresses it."""
    plain = name.lower().rsplit("/", 1)[-1]
    plain = _VENDOR.sub("", _REGION.sub("", plain))
    before = None
    while plain != before:
        before, plain = plain, _DATE.sub("", _DRESS.sub("", plain))
    return plain


def _key(name: str, names: dict[str, int]) -> str | None:
    """Exact, else undressed, else the longest key that the name goes on from with a word that is no version."""
    low = name.lower()
    for said in (low, _DATE.sub("", low), low.rsplit("/", 1)[-1], plain(low)):
        if said in names:
            return said
    words = re.split(r"([-:@_])", plain(low))
    for count in range(len(words) - 2, 0, -2):
        key, rest = "".join(words[:count]), words[count + 1 :: 2]
        if key in names:
            return None if any(word[:1].isdigit() or word in _SIZES for word in rest) else key
    return None
