"""What the real agents export while they play, held against the ledger and against what the provider sent."""

from __future__ import annotations

import contextlib
import io
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from codex_loop.__main__ import main
from tests.contract import otlp_stage
from tests.contract.conftest import required
from tests.contract.otlp_stage import Exported
from tests.contract.view import Store
from tools.catalog import CLAUDE_VERSIONS, CODEX_VERSIONS

pytestmark = [pytest.mark.contract, pytest.mark.slow]

NEW_CLAUDE, NEW_CODEX = CLAUDE_VERSIONS[-1], CODEX_VERSIONS[-1]
METRICS = "/v1/metrics"


def told(agent: str, exported: Exported, *signals: str) -> dict[str, Any]:
    """The only session of the export, as `usage reconcile --otel` tells of it."""
    done = exported.performance
    root = done.workplace.root
    store = Store(root / "store.db")
    store.ingest(**{agent: [done.codex_home if agent == "codex" else done.claude_home]})
    file = exported.collector.write(root / f"export{len(signals)}.jsonl", *signals)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        main(["usage", "reconcile", "--otel", str(file), "--db", str(store.place), "--json"])
    report = msgspec.json.decode(said.getvalue())
    assert (report["otel"]["unreadable"], report["otel"]["unexplained"]) == ([], 0)
    (session,) = report["otel"]["sessions"]
    assert isinstance(session, dict)
    return session


def sent(exported: Exported) -> int:
    """What the provider says it charged for, cache included."""
    tokens = [each.tokens for each in exported.performance.ledger.sent if each.tokens is not None and each.complete]
    return sum(
        each.fresh + each.cache_read + each.cache_write_5m + each.cache_write_1h + each.output for each in tokens
    )


def exported_tokens(session: dict[str, Any]) -> int:
    return sum(sum(model["agentsOwn"].values()) for model in session["models"])


@pytest.mark.parametrize(
    ("agent", "version", "play"),
    [
        ("claude", NEW_CLAUDE, "subagent"),
        ("claude", "2.1.197", "tools"),
        *(("codex", version, "tools") for version in CODEX_VERSIONS),
    ],
)
def test_the_export_and_the_ledger_agree_with_what_the_provider_sent(
    agent: str, version: str, play: str, tmp_path: Path
) -> None:
    required(agent, version)
    exported = otlp_stage.exported(agent, version, play, tmp_path)
    session = told(agent, exported)
    assert (session["toldBy"], session["agrees"], session["causes"]) == ("events", True, [])
    assert exported_tokens(session) == sent(exported)


def test_a_compaction_is_in_the_export_alone(tmp_path: Path) -> None:
    required("claude", NEW_CLAUDE)
    exported = otlp_stage.claude(NEW_CLAUDE, "compaction", tmp_path)
    session = told("claude", exported)
    ((reason, queries),) = [(each["reason"], each["queries"]) for each in session["causes"]]
    assert (reason, queries, session["countersLessEvents"]) == ("unseen", ["compact"], 0)
    assert exported_tokens(session) == sent(exported)


@pytest.mark.skipif(sys.platform == "win32", reason="an interruption is a signal")
def test_an_interrupted_request_is_in_the_transcript_alone(tmp_path: Path) -> None:
    required("claude", NEW_CLAUDE)
    exported = otlp_stage.claude(NEW_CLAUDE, "interrupt-heard", tmp_path)
    session = told("claude", exported)
    assert [each["reason"] for each in session["causes"]] == ["interrupted"]
    assert session["countersLessEvents"] > 0  # counters count it, too


@pytest.mark.parametrize("temporality", ["delta", "cumulative"])
def test_counters_alone_say_the_same_in_both_temporalities_over_two_processes(temporality: str, tmp_path: Path) -> None:
    """A resumed session is a second process: running totals begin anew at 0."""
    required("claude", NEW_CLAUDE)
    settings = {otlp_stage.TEMPORALITY: temporality, "OTEL_METRIC_EXPORT_INTERVAL": "500"}
    exported = otlp_stage.claude(NEW_CLAUDE, "resume", tmp_path, **settings)
    session = told("claude", exported, METRICS)
    assert (session["toldBy"], session["agrees"]) == ("counters", True)
    assert exported_tokens(session) == sent(exported)


def test_the_oldest_claude_guesses_in_its_transcript_what_it_exports_right(tmp_path: Path) -> None:
    required("claude", "1.0.100")
    exported = otlp_stage.claude("1.0.100", "tools", tmp_path)
    session = told("claude", exported)
    assert {each["reason"] for each in session["causes"]} == {"unseen", "partial"}
    assert exported_tokens(session) == sent(exported)
