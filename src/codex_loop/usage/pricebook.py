"""The price table, made from the package genai-prices and a person's own prices.

Importing the package costs more than a report: `prices.py` comes here only when its file is missing or out of date.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec

from codex_loop.clock import DAY_MS
from codex_loop.errors import SettingsError
from codex_loop.usage.prices import MEGA_PICO, Band, Model, Price, PriceTable, Rates

PROVIDERS = ("openai", "anthropic", "google", "deepseek", "mistral", "x-ai", "moonshotai", "zai", "minimax", "meta")
"""Who makes models; those who only sell others' models have prices of their own, which a name does not tell."""
MULTIPLIED: Mapping[str, Mapping[str, str]] = {"claude-opus-4-6": {"fast": "6"}, "claude-opus-4-7": {"fast": "6"}}
"""Tiers that are known as a multiple of the standard price, and that the package does not have."""
_TIERS = {("service_tier", "priority"), ("service_tier", "fast"), ("service_tier", "flex"), ("speed", "fast")}
_WRITE_5M, _WRITE_1H = Decimal("1.25"), Decimal(2)
"""Of the price of input, where a price for writing the cache is not stated: as every stated one is."""

_EPOCH_DAY = 719_163

Kinds = dict[str, Decimal]


class Stated(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Dollars per million tokens, as a person writes them; what is left out stays as the table has it."""

    input: float | None = None
    cached_input: float | None = None
    cache_write: float | None = None
    cache_write_1h: float | None = None
    output: float | None = None
    web_search: float | None = None
    """Dollars per thousand searches."""


class Above(Stated, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The rates of a request with more than `tokens` of input."""

    tokens: int


class Override(Stated, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One model of the file `prices`: `[models."name"]`."""

    names: tuple[str, ...] = ()
    above: tuple[Above, ...] = ()
    tiers: dict[str, float] = {}
    """Service tiers as multiples: `{ fast = 2.5 }`."""


class Overrides(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file that the setting `prices` names."""

    models: dict[str, Override] = {}


def make(own: bytes, mark: str, overrides: Path | None) -> PriceTable:
    """The whole table. Imports the package; a hot path does not come here twice."""
    import genai_prices
    from genai_prices import data

    models: list[Model] = []
    names: dict[str, int] = {}
    for provider in sorted((each for each in data.providers if each.id in PROVIDERS), key=_order):
        for found in provider.models:
            model = _model(provider.id, found)
            if model is not None:
                for name in (found.id.lower(), *_names(found.match)):
                    names.setdefault(name, len(models))
                models.append(model)
    source = f"genai-prices {genai_prices.__version__}"
    table = PriceTable(source=source, version="", mark=mark, models=tuple(models), names=names)
    table = overridden(table, _decoded(own, overrides))
    content = msgspec.json.encode((table.models, sorted(table.names.items())))
    return msgspec.structs.replace(table, version=blake2b(content, digest_size=6).hexdigest())


def overridden(table: PriceTable, own: Overrides) -> PriceTable:
    """The table with a person's prices over it: they hold for every date, and for every length but those stated."""
    models, names = list(table.models), dict(table.names)
    for name, said in own.models.items():
        base = table.model(name)
        prices = tuple(_stated(price, said) for price in (base.prices[-1:] if base else (None,)))
        if prices[0] is None:
            raise SettingsError("prices", problem=f"{name} is in no table: state at least its input and output")
        whole = msgspec.structs.replace(prices[0], since_ms=None)
        tiers: dict[str, tuple[Price, ...]] = {
            tier: (_times(whole, Decimal(str(times))),) for tier, times in said.tiers.items()
        }
        for key in (name, *said.names):
            names[key.lower()] = len(models)
        models.append(Model(name, base.provider if base else "stated", (whole,), tiers))
    return msgspec.structs.replace(table, models=tuple(models), names=names, overridden=tuple(sorted(own.models)))


def _decoded(own: bytes, place: Path | None) -> Overrides:
    try:
        return msgspec.toml.decode(own, type=Overrides) if own else Overrides()
    except (msgspec.DecodeError, ValueError) as error:
        raise SettingsError("prices", problem=f"{place}: {error}") from error


def _order(provider: Any) -> int:
    return PROVIDERS.index(provider.id)


def _names(match: Any) -> Iterator[str]:
    """The names a rule of the package states; a pattern states none."""
    for part in getattr(match, "or_", None) or (match,):
        said = getattr(part, "equals", None) or getattr(part, "starts_with", None)
        if said:
            yield said.lower().rstrip("-@:.")


def _model(provider: str, found: Any) -> Model | None:
    dated = [(None, found.prices)] if not isinstance(found.prices, list) else list(_dated(found.prices))
    prices = tuple(price for since, each in dated if (price := _price(since, _kinds(each))) is not None)
    if not prices:
        return None
    tiers: dict[str, tuple[Price, ...]] = {}
    for tier, times in MULTIPLIED.get(found.id, {}).items():
        tiers[tier] = tuple(_times(price, Decimal(times)) for price in prices)
    tiers.update(_variants(found, dated[-1][1]))
    return Model(found.id, provider, _rising(prices), tiers)


def _dated(conditional: Iterable[Any]) -> Iterator[tuple[int | None, Any]]:
    """Prices that begin on a date. Those of an hour of the day are left out: a report has no hours."""
    for each in conditional:
        if each.constraint is None:
            yield None, each.prices
        elif hasattr(each.constraint, "start_date"):
            yield _midnight(each.constraint), each.prices


def _midnight(constraint: Any) -> int:
    """The package's dates are days in UTC."""
    day: int = constraint.start_date.toordinal() - _EPOCH_DAY
    return day * DAY_MS


def _variants(found: Any, standard: Any) -> dict[str, tuple[Price, ...]]:
    """The prices of each service tier; the earliest holds before its date too, which is when it was written down."""
    made: dict[str, list[Price]] = {}
    for variant in found.price_variants or ():
        ((kind, tier), *more) = variant.when.items()
        kinds = _kinds(variant.prices)
        if more or (kind, tier) not in _TIERS or not kinds:
            continue
        constraint = variant.constraint
        since = _midnight(constraint) if constraint is not None else 0
        price = _price(since, {**_kinds(standard), **kinds})
        if price is not None:
            made.setdefault(tier, []).append(price)
    return {tier: _rising(prices) for tier, prices in made.items()}


def _rising(prices: Iterable[Price]) -> tuple[Price, ...]:
    ordered = sorted(prices, key=lambda price: price.since_ms or 0)
    return (msgspec.structs.replace(ordered[0], since_ms=None), *ordered[1:])


def _kinds(prices: Any) -> dict[str, Any]:
    return {name: value for name, value in prices.__dict__.items() if not name.startswith("_") and value is not None}


def _price(since_ms: int | None, kinds: Mapping[str, Any]) -> Price | None:
    if "input_mtok" not in kinds or "output_mtok" not in kinds:
        return None
    starts = sorted({tier.start for value in kinds.values() for tier in getattr(value, "tiers", ())})
    bands = [Band(above, _rates({name: _at(value, above) for name, value in kinds.items()})) for above in (-1, *starts)]
    return Price(since_ms, tuple(bands))


def _at(value: Any, above: int) -> Decimal:
    """The price of a kind in a request of more than `above` tokens."""
    if isinstance(value, Decimal):
        return value
    reached = [tier.price for tier in value.tiers if tier.start <= above]
    price: Decimal = reached[-1] if reached else value.base
    return price


def _rates(kinds: Kinds) -> Rates:
    fresh = kinds["input_mtok"]
    short = kinds.get("cache_write_5m_mtok", kinds.get("cache_write_mtok", fresh * _WRITE_5M))
    return Rates(
        input=_pico(fresh),
        cached=_pico(kinds.get("cache_read_mtok", fresh)),
        write_5m=_pico(short),
        write_1h=_pico(kinds.get("cache_write_1h_mtok", fresh * _WRITE_1H)),
        output=_pico(kinds["output_mtok"]),
        search=_pico(kinds.get("web_searches_kcount", Decimal(10))) * 1000,
    )


def _pico(dollars: Decimal) -> int:
    return round(dollars * MEGA_PICO)


def _times(price: Price, times: Decimal) -> Price:
    """Every token at a multiple; a search costs the same in every tier."""
    return Price(price.since_ms, tuple(Band(band.above, _multiple(band.rates, times)) for band in price.bands))


def _multiple(rates: Rates, times: Decimal) -> Rates:
    return Rates(
        input=round(rates.input * times),
        cached=round(rates.cached * times),
        write_5m=round(rates.write_5m * times),
        write_1h=round(rates.write_1h * times),
        output=round(rates.output * times),
        search=rates.search,
    )


def _stated(price: Price | None, said: Override) -> Price | None:
    base = _merged(None if price is None else price.bands[0].rates, said)
    if base is None:
        return None
    bands = [Band(-1, base)]
    for above in sorted(said.above, key=lambda each: each.tokens):
        rates = _merged(bands[-1].rates, above)
        if rates is not None:
            bands.append(Band(above.tokens, rates))
    return Price(None, tuple(bands))


def _merged(rates: Rates | None, said: Stated) -> Rates | None:
    if rates is None and (said.input is None or said.output is None):
        return None
    kinds = {} if rates is None else _dollars(rates)
    for name, stated in (
        ("input_mtok", said.input),
        ("cache_read_mtok", said.cached_input),
        ("cache_write_mtok", said.cache_write),
        ("cache_write_1h_mtok", said.cache_write_1h),
        ("output_mtok", said.output),
        ("web_searches_kcount", said.web_search),
    ):
        if stated is not None:
            kinds[name] = Decimal(str(stated))
    return _rates(kinds)


def _dollars(rates: Rates) -> Kinds:
    pico = {
        "input_mtok": rates.input,
        "cache_read_mtok": rates.cached,
        "cache_write_mtok": rates.write_5m,
        "cache_write_1h_mtok": rates.write_1h,
        "output_mtok": rates.output,
        "web_searches_kcount": rates.search // 1000,
    }
    return {name: Decimal(rate) / MEGA_PICO for name, rate in pico.items()}
