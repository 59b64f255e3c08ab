"""Which engine judges words by the settings, and how a run says so."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import msgspec

from codex_loop import clock
from codex_loop.cli.render import counted
from codex_loop.errors import MissingPrerequisite
from codex_loop.remote.budget import Budget, Model
from codex_loop.semantics.engines import Engine, Rates, choose
from codex_loop.semantics.tally import Tally
from codex_loop.settings import Settings
from codex_loop.store.engine import Database

if TYPE_CHECKING:
    from codex_loop.remote.responses import Asker


class Forecast(msgspec.Struct, frozen=True):
    """What judging words would come to, before anything is sent."""

    engine: str
    """`off`: nobody would judge."""
    prompts: int
    cached: int
    """Of these, judged already."""
    tokens_at_most: int
    usd_at_most: float
    budget_usd: float
    budget_tokens: int


def engine(settings: Settings, environ: Mapping[str, str]) -> Engine | None:
    """The engine that the settings name; None when they say `off`."""
    paid = settings.semantic_engine in ("auto", "openai") and environ.get("OPENAI_API_KEY")
    return choose(
        settings.semantic_engine,
        model=settings.semantic_model,
        budget=_budget(settings),
        rates=_rates(settings) if paid else None,
        cache=settings.data_dir / "semantic-judgements.jsonl",
        environ=environ,
    )


def asker(settings: Settings, environ: Mapping[str, str], flag: str) -> "Asker":
    """The model that this flag asks; MissingPrerequisite when none may be asked, or its price is unknown."""
    from codex_loop.remote.responses import Asker

    key, rates = environ.get("OPENAI_API_KEY", ""), _rates(settings)
    if settings.semantic_engine not in ("openai", "auto") or not key:
        missing = "" if key else " and OPENAI_API_KEY is not set"
        raise MissingPrerequisite(
            f"no model may be asked: semantic_engine is {settings.semantic_engine}{missing}; set"
            f" CODEX_LOOP_SEMANTIC_ENGINE=openai and the key, or leave {flag} out"
        )
    if rates is None:
        raise MissingPrerequisite(
            f"no price is known for {settings.semantic_model}, so its spending cannot be capped; name another"
            " semantic_model, or state its price in the prices file"
        )
    place = environ.get("OPENAI_BASE_URL") or "https://api.openai.com/v1"
    return Asker(Model(settings.semantic_model, key, place, *rates), _budget(settings))


def _budget(settings: Settings) -> Budget:
    return Budget(settings.semantic_budget_usd, settings.semantic_budget_tokens)


def _rates(settings: Settings) -> Rates | None:
    from codex_loop.usage.prices import price_table

    found = price_table(settings.data_dir, settings.prices).rates(settings.semantic_model, None, 0, clock.now_ms())
    # A million tokens at so many pico-dollars each.
    return None if found is None else Rates(found.input / 1e6, found.output / 1e6)


def told(name: str, tally: Tally | None) -> Iterator[str]:
    """Who judged words and what it came to."""
    if tally is None:
        yield "Words were not judged; --semantic lets a model judge them."
        return
    cost = f", {counted(tally.tokens, 'token')}, ${tally.usd:.4f}" if tally.tokens else ""
    known = f" ({tally.cached} known already)" if tally.cached else ""
    yield f"Words judged by {name}: {counted(tally.judged, 'prompt')}{known}{cost}."
    if tally.not_judged:
        yield f"Not judged: {counted(tally.not_judged, 'prompt')}. {tally.reason}"


def forecast(database: Database, now_ms: int, engine: Engine | None, settings: Settings) -> Forecast:
    """What a run would come to now: an upper bound. Sends and changes nothing."""
    from codex_loop.signals.detect import estimates
    from codex_loop.signals.semantic import Words

    if engine is None:
        return Forecast("off", 0, 0, 0, 0.0, *_budget(settings))
    found = list(estimates(database, now_ms, Words(engine)))
    return Forecast(
        engine=engine.name,
        prompts=sum(each.turns for each in found),
        cached=sum(each.cached for each in found),
        tokens_at_most=sum(each.tokens for each in found),
        usd_at_most=sum(each.usd for each in found),
        budget_usd=settings.semantic_budget_usd,
        budget_tokens=settings.semantic_budget_tokens,
    )


def draw_forecast(report: Forecast) -> Iterator[str]:
    """The forecast for a person."""
    yield f"{report.engine} would judge {counted(report.prompts, 'prompt')}, {report.cached} of them known already."
    yield f"At most {counted(report.tokens_at_most, 'token')}, ${report.usd_at_most:.4f}. Nothing was sent."
    yield f"A run stops at ${report.budget_usd:.2f} or {counted(report.budget_tokens, 'token')}."
