"""Alert rules, dashboard and page, judged by the real Prometheus programs."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pytest

from codex_loop.clock import HOUR_MS, MINUTE_MS
from codex_loop.settings import load
from codex_loop.sources.samples.event import StatusEvent
from codex_loop.store import runs
from codex_loop.usage.metrics.exposition import text
from codex_loop.usage.metrics.scrape import scrape
from codex_loop.usage.metrics.tokens import TokenSums
from codex_loop.usage.sampler import state as sampler_state
from codex_loop.usage.sampler.state import SamplerState
from tests.store.builder import BORN_MS, Builder
from tests.usage.metrics.month import CADENCE, Answer, Minute, Series, told_by_minute
from tools import prometheus

pytestmark = pytest.mark.contract

SHIPPED = files("codex_loop.usage.monitoring")
DIAL = ("usage_ratio", "pace_ratio", "reset_seconds")
DIAL_IS_OLD = "time() - codexloop_limit_observed_timestamp_seconds > codexloop_limit_stale_after_seconds"


@pytest.fixture(scope="module")
def rules() -> Iterator[Path]:
    with as_file(SHIPPED / "alerts.yml") as place:
        yield place


def promtool(*words: str | Path, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [prometheus.find("promtool"), *map(str, words)]
    return subprocess.run(command, input=given, capture_output=True, check=False, timeout=60)


def accepted(done: subprocess.CompletedProcess[bytes]) -> bool:
    assert done.returncode == 0, (done.stdout + done.stderr).decode()
    return True


def dashboard() -> dict[str, Any]:
    board: dict[str, Any] = json.loads((SHIPPED / "dashboard.json").read_text(encoding="utf-8"))
    return board


def story(minutes: int, **answers: Callable[[int], Answer]) -> Series:
    """What is told while the sampler asks every five minutes; each source answers as the minute makes it."""
    return told_by_minute(
        [
            Minute({tool: answer(minute) for tool, answer in answers.items()} if minute % CADENCE == 0 else {})
            for minute in range(minutes)
        ]
    )


def used(percent: float) -> Callable[[int], Answer]:
    return lambda _: percent


def fails(*, since: int, until: int = 10_000) -> Callable[[int], Answer]:
    return lambda minute: "timeout" if since <= minute < until else 1.0


def query(minute: int, expr: str, *expected: tuple[str, float]) -> dict[str, Any]:
    samples = [{"labels": labels, "value": value} for labels, value in expected]
    return {"expr": expr, "eval_time": f"{minute}m", "exp_samples": samples}


def firing(minute: int, *alerts: tuple[str, str | None]) -> dict[str, Any]:
    """At this minute these alerts fire, of these sources, and no others."""
    expected = [
        (f'{{alertname="{name}"' + (f', source="{source}"}}' if source else "}"), 1.0) for name, source in alerts
    ]
    return query(minute, 'count by (alertname, source) (ALERTS{alertstate="firing"})', *expected)


def holds(tmp_path: Path, rules: Path, series: Series, *expected: dict[str, Any]) -> bool:
    """Let Prometheus evaluate the shipped rules over what it was told."""
    told_ = [
        {"series": name, "values": " ".join("_" if value is None else repr(value) for value in values)}
        for name, values in series.items()
    ]
    test = {"interval": "1m", "input_series": told_, "promql_expr_test": list(expected)}
    place = tmp_path / "play.json"
    play = {"rule_files": [str(rules)], "evaluation_interval": "1m", "tests": [test]}
    place.write_text(json.dumps(play), encoding="utf-8")
    return accepted(promtool("test", "rules", place))


def test_the_rules_are_accepted(rules: Path) -> None:
    assert accepted(promtool("check", "rules", rules))


def test_a_page_with_everything_on_it_is_accepted_without_a_remark(tmp_path: Path) -> None:
    settings = load({"data_dir": tmp_path}, environ={}, config=tmp_path / "none.toml")
    settings.samples_dir.mkdir()
    event = StatusEvent(source_tool="codex", seq_no=1)
    state = SamplerState().failed("codex", "timeout", "", 1).captured(event, BORN_MS)
    sampler_state.save(settings.samples_dir, state)
    builder = Builder(settings.db)
    builder.file(session="a")
    for model in ("gpt-5", 'of "nobody"\\\n'):
        builder.usage(builder.session("a"), model=model, input=7, reasoning=1, time_ms=BORN_MS)
    for account in (None, "k1"):
        builder.row("limit_samples", agent="codex", host="h", limit_id="codex", window_minutes=300, time_ms=BORN_MS,
                    used_percent=60.0, resets_ms=BORN_MS + 4 * HOUR_MS, account=account)  # fmt: skip
    builder.write()
    runs.record(builder.database, BORN_MS, BORN_MS, "ingest", "{}")
    builder.close()
    families = scrape(settings, settings.samples_dir, BORN_MS, TokenSums()).families
    assert {family.name for family in families if not family.samples} <= {f"claude_{each}" for each in DIAL}
    done = promtool("check", "metrics", given=text(families))
    assert accepted(done)
    assert (done.stdout, done.stderr) == (b"", b"")


@pytest.mark.parametrize(("failing", "well"), [("codex", "claude"), ("claude", "codex")])
def test_a_source_that_fails_alone_is_told_before_its_dial_is_old(
    tmp_path: Path, rules: Path, failing: str, well: str
) -> None:
    series = story(35, **{failing: fails(since=15), well: used(1.0)})
    old = f"count by (source) ({DIAL_IS_OLD})"
    assert holds(
        tmp_path, rules, series,
        firing(19),
        firing(21, ("CodexLoopSourceFailing", failing)), query(21, old),
        firing(34, ("CodexLoopSourceFailing", failing), ("CodexLoopSamplerStale", failing)),
        query(34, old, (f'{{source="{failing}"}}', 1)),
    )  # fmt: skip


def test_one_failure_is_no_alert(tmp_path: Path, rules: Path) -> None:
    series = story(35, codex=fails(since=15, until=20), claude=used(1.0))
    assert holds(tmp_path, rules, series, *(firing(minute) for minute in range(15, 35)))


def test_a_sampler_that_stopped_is_told_for_both_sources(tmp_path: Path, rules: Path) -> None:
    series = story(11, codex=used(1.0), claude=used(1.0))
    series = {name: values + [values[-1]] * 20 for name, values in series.items()}
    stale = "CodexLoopSamplerStale"
    assert holds(tmp_path, rules, series, firing(24), firing(26, (stale, "claude"), (stale, "codex")))


def test_a_source_that_is_not_to_be_asked_is_no_alert(tmp_path: Path, rules: Path) -> None:
    series = story(35, codex=lambda minute: 1.0 if minute < 15 else None, claude=used(1.0))
    enabled = series['codexloop_sampler_enabled{source="codex"}']
    enabled[15:] = [0.0] * 20
    assert holds(tmp_path, rules, series, firing(34))


def test_a_source_that_never_answered_is_told(tmp_path: Path, rules: Path) -> None:
    series = story(35, codex=lambda minute: None, claude=used(1.0))
    assert holds(tmp_path, rules, series, firing(10), firing(20, ("CodexLoopSourceNeverCaptured", "codex")))


def test_silence_is_told(tmp_path: Path, rules: Path) -> None:
    silence: Series = {"up": [1.0] * 35}
    assert holds(tmp_path, rules, silence, firing(10), firing(20, ("CodexLoopNothingCaptured", None)))


def test_a_store_that_cannot_be_read_is_told(tmp_path: Path, rules: Path) -> None:
    series = story(35, codex=used(1.0), claude=used(1.0)) | {"codexloop_store_up": [0.0] * 35}
    assert holds(tmp_path, rules, series, firing(10), firing(20, ("CodexLoopStoreUnreadable", None)))


def test_a_limit_that_is_high_warns_and_at_95_percent_it_pages(tmp_path: Path, rules: Path) -> None:
    # Late in its window nothing runs out early: the window began 285 minutes ago.
    minutes = [Minute({"codex": 80.0, "claude": 95.0} if minute % CADENCE == 0 else {}) for minute in range(10)]
    series = told_by_minute(minutes, began_ms=-285 * MINUTE_MS)
    high, page = "CodexLoopLimitHigh", "CodexLoopLimitNearlyUsedUp"
    paged = 'count by (source) (ALERTS{alertstate="firing",severity="page"})'
    assert holds(
        tmp_path, rules, series,
        firing(6, (high, "codex"), (high, "claude"), (page, "claude")),
        query(6, paged, ('{source="claude"}', 1)),
    )  # fmt: skip


def test_a_limit_that_runs_out_early_is_told_while_most_of_it_is_left(tmp_path: Path, rules: Path) -> None:
    series = story(60, codex=lambda minute: minute * 0.7, claude=lambda minute: minute * 0.2)
    assert holds(tmp_path, rules, series, firing(59, ("CodexLoopLimitRunsOutEarly", "codex")))


def expressions() -> list[str]:
    return [target["expr"] for panel in dashboard()["panels"] for target in panel["targets"]]


def test_every_expression_of_the_dashboard_parses(tmp_path: Path) -> None:
    plain = [expr.replace("$__rate_interval", "5m") for expr in expressions()]
    group = {"name": "dashboard", "rules": [{"record": f"a{place}", "expr": expr} for place, expr in enumerate(plain)]}
    place = tmp_path / "dashboard.rules.json"
    place.write_text(json.dumps({"groups": [group]}), encoding="utf-8")
    done = promtool("check", "rules", place)
    assert accepted(done)
    assert f"{len(plain)} rules found" in done.stdout.decode()
