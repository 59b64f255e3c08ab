"""Everything that is told of a real store, on both engines."""

from __future__ import annotations

from pathlib import Path

import pytest

from codex_loop.clock import HOUR_MS
from codex_loop.settings import Settings, load
from codex_loop.sources.samples.event import StatusEvent
from codex_loop.usage.metrics.exposition import text
from codex_loop.usage.metrics.scrape import Scraped, scrape
from codex_loop.usage.metrics.tokens import TokenSums
from codex_loop.usage.sampler import state as sampler_state
from codex_loop.usage.sampler.state import SamplerState
from tests.store.builder import BORN_MS, Builder
from tests.usage.metrics.month import named

NOW = BORN_MS + HOUR_MS
FABLED = "gpt-unheard-of"


@pytest.fixture
def settings(place: str, tmp_path: Path) -> Settings:
    return load({"db": place, "data_dir": tmp_path}, environ={}, config=tmp_path / "none.toml")


def looked(settings: Settings) -> Scraped:
    return scrape(settings, settings.samples_dir, NOW, TokenSums())


def test_tokens_are_told_by_kind_and_their_value_by_model(settings: Settings) -> None:
    builder = Builder(settings.db)
    builder.file(session="a")
    one = builder.session("a")
    builder.usage(one, model="gpt-5", input=1_000_000, cached=400, output=50, reasoning=30, time_ms=BORN_MS)
    builder.usage(one, model="gpt-5", input=5, cache_write_5m=7, cache_write_1h=1, time_ms=BORN_MS + 1)
    builder.usage(one, model=FABLED, input=11, time_ms=BORN_MS + 2)
    builder.usage(one, input=2, time_ms=BORN_MS + 3)
    builder.close()
    found = named(looked(settings).families)
    tokens = {name: value for name, value in found.items() if name.startswith("codexloop_tokens_total") and value}
    assert tokens == {
        'codexloop_tokens_total{kind="input",model="gpt-5",source="codex"}': 1_000_005,
        'codexloop_tokens_total{kind="cached",model="gpt-5",source="codex"}': 400,
        'codexloop_tokens_total{kind="cache_write",model="gpt-5",source="codex"}': 8,
        'codexloop_tokens_total{kind="output",model="gpt-5",source="codex"}': 50,
        'codexloop_tokens_total{kind="reasoning",model="gpt-5",source="codex"}': 30,
        f'codexloop_tokens_total{{kind="input",model="{FABLED}",source="codex"}}': 11,
        'codexloop_tokens_total{kind="input",model="unknown",source="codex"}': 2,
    }
    assert found['codexloop_cost_usd_total{model="gpt-5",source="codex"}'] > 1.25
    assert found['codexloop_unpriced_tokens_total{model="gpt-5",source="codex"}'] == 0


def test_tokens_without_a_price_cost_nothing_known_and_not_nothing(settings: Settings) -> None:
    builder = Builder(settings.db)
    builder.file(session="a")
    builder.usage(builder.session("a"), model=FABLED, input=11, time_ms=BORN_MS)
    builder.close()
    found = named(looked(settings).families)
    assert found[f'codexloop_unpriced_tokens_total{{model="{FABLED}",source="codex"}}'] == 11
    assert not any(name.startswith("codexloop_cost_usd_total") for name in found)


def test_reasoning_that_nobody_stated_is_not_told_as_zero(settings: Settings) -> None:
    builder = Builder(settings.db)
    builder.file("claude", session="c")
    builder.usage(builder.session("c", agent="claude"), model="claude-sonnet-4-5", output=9, time_ms=BORN_MS)
    builder.close()
    found = named(looked(settings).families)
    assert found['codexloop_tokens_total{kind="output",model="claude-sonnet-4-5",source="claude"}'] == 9
    assert not any('kind="reasoning"' in name for name in found)


def test_limits_and_bad_lines_of_the_store_are_told(settings: Settings) -> None:
    builder = Builder(settings.db)
    builder.file(session="a", read=10, rejected=3)
    builder.row(
        "limit_samples", agent="codex", host="h", limit_id="codex", slot="primary", window_minutes=300, time_ms=NOW,
        used_percent=42.0, resets_ms=NOW + HOUR_MS,
    )  # fmt: skip
    builder.close()
    found = named(looked(settings).families)
    assert found['codex_usage_ratio{window="5h_limit"}'] == 0.42
    assert found['codexloop_ingest_bad_lines_total{lane="full",source="codex"}'] == 3
    assert found["codexloop_store_up"] == 1
    assert "codexloop_ingest_last_run_timestamp_seconds" not in found


def test_without_a_store_the_sampler_is_told_all_the_same(tmp_path: Path) -> None:
    absent = load({"db": str(tmp_path / "absent.db"), "data_dir": tmp_path}, environ={}, config=tmp_path / "none.toml")
    absent.samples_dir.mkdir()
    state = SamplerState().captured(StatusEvent(source_tool="codex", seq_no=1), NOW)
    sampler_state.save(absent.samples_dir, state)
    seen = looked(absent)
    found = named(seen.families)
    assert found["codexloop_store_up"] == 0
    assert found['cctrack_sampler_captures_total{source="codex"}'] == 1
    assert "codex-loop ingest" in str(seen.problem)
    assert not Path(absent.db).exists()


def test_what_was_read_before_a_failure_stays(settings: Settings, tmp_path: Path) -> None:
    builder = Builder(settings.db)
    builder.file(session="a")
    builder.row("limit_samples", agent="codex", host="h", limit_id="codex", window_minutes=300, time_ms=NOW,
                used_percent=42.0, resets_ms=NOW + HOUR_MS)  # fmt: skip
    builder.close()
    broken = tmp_path / "prices.toml"
    broken.write_text("models = 7\n", encoding="utf-8")
    wrong = load(
        {"db": settings.db, "data_dir": tmp_path, "prices": broken}, environ={}, config=tmp_path / "none.toml"
    )  # fmt: skip
    seen = looked(wrong)
    assert named(seen.families)['codex_usage_ratio{window="5h_limit"}'] == 0.42
    assert "prices" in str(seen.problem)


def test_no_sample_names_a_session_a_path_or_a_person(settings: Settings) -> None:
    builder = Builder(settings.db)
    builder.file(session="019a-secret", path="/home/ann/.codex/x.jsonl")
    session = builder.session("019a-secret", cwd="/home/ann/secret-project", git_url="git@example.org:ann/secret.git")
    builder.usage(session, model="gpt-5", input=1, time_ms=BORN_MS)
    builder.close()
    page = text(looked(settings).families).decode()
    assert "gpt-5" in page
    assert "secret" not in page
    assert "ann" not in page
