"""Which engine judges words by the settings, and how a run says so."""

from collections.abc import Iterator, Mapping

from codex_loop import clock
from codex_loop.cli.render import counted
from codex_loop.semantics.engines import Engine, Rates, choose
from codex_loop.semantics.tally import Tally
from codex_loop.settings import Settings


def engine(settings: Settings, environ: Mapping[str, str]) -> Engine | None:
    """The engine that the settings name; None when they say `off`."""
    paid = settings.semantic_engine in ("auto", "openai") and environ.get("OPENAI_API_KEY")
    return choose(
        settings.semantic_engine,
        model=settings.semantic_model,
        budget_usd=settings.semantic_budget_usd,
        rates=_rates(settings) if paid else None,
        cache=settings.data_dir / "semantic-judgements.jsonl",
        environ=environ,
    )


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
