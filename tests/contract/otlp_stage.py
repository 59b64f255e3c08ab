"""Real agents that export over OpenTelemetry to a receiver on loopback, while they play.

    python -m tests.contract.otlp_stage

writes anew what tests/fixtures/otlp holds: exports of the newest releases, cut down to what a reader has to know.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.contract import book
from tests.contract.claude import ClaudeAgent
from tests.contract.claude_plays import CLAUDE_PLAYS, claude_interrupt_heard
from tests.contract.codex import CodexAgent
from tests.contract.codex_plays import CODEX_PLAYS
from tests.contract.normalise import Normaliser
from tests.contract.stage import COMPACT_AT, Performance
from tests.contract.workplace import Workplace
from tests.fakes.anthropic_messages import AnthropicMessages
from tests.fakes.openai_responses import OpenAIResponses
from tests.fakes.otlp import Collector
from tools.catalog import CLAUDE_VERSIONS, CODEX_VERSIONS

FIXTURES = Path(__file__).parents[1] / "fixtures" / "otlp"
_CLAUDE = {**CLAUDE_PLAYS, "interrupt-heard": claude_interrupt_heard}
RECORDED = (("claude", CLAUDE_VERSIONS[-1], "compaction"), ("codex", CODEX_VERSIONS[-1], "tools"))
TEMPORALITY = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"
_TOKEN_METRICS = ("claude_code.token.usage", "claude_code.cost.usage", "codex.turn.token_usage")


class Exported(NamedTuple):
    """A play that is over, and everything that was posted meanwhile."""

    performance: Performance
    collector: Collector


def claude(version: str, play: str, root: Path, *, seed: str | None = None, **settings: str) -> Exported:
    workplace, collector = Workplace(root), Collector()
    provider = AnthropicMessages(book.at(book.CLAUDE, workplace.project), seed=seed)
    with provider.serve() as server, collector.serve() as receiver:
        agent = ClaudeAgent(version, workplace, server.url)
        agent.settings |= {
            "CLAUDE_CODE_ENABLE_TELEMETRY": "1",
            "OTEL_METRICS_EXPORTER": "otlp",
            "OTEL_LOGS_EXPORTER": "otlp",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json",
            "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url,
            **settings,
        }
        story = _CLAUDE[play](agent, provider.ledger)
    return Exported(Performance("claude", version, play, workplace, provider.ledger, story), collector)


def codex(version: str, play: str, root: Path, *, seed: str | None = None) -> Exported:
    workplace, collector = Workplace(root), Collector()
    provider = OpenAIResponses(book.at(book.CODEX, workplace.project), seed=seed)
    with provider.serve() as server, collector.serve() as receiver:
        agent = CodexAgent(version, workplace, server.url, compact_at=COMPACT_AT)
        config = agent.home / "config.toml"
        to = f'{{ otlp-http = {{ endpoint = "{receiver.url}/v1/%s", protocol = "json" }} }}'
        exporters = f"\n[otel]\nexporter = {to % 'logs'}\nmetrics_exporter = {to % 'metrics'}\n"
        config.write_text(config.read_text(encoding="utf-8") + exporters, encoding="utf-8")
        story = CODEX_PLAYS[play](agent, provider.ledger)
    return Exported(Performance("codex", version, play, workplace, provider.ledger, story), collector)


def exported(agent: str, version: str, play: str, root: Path, *, seed: str | None = None) -> Exported:
    return (claude if agent == "claude" else codex)(version, play, root, seed=seed)


def main() -> None:
    FIXTURES.mkdir(parents=True, exist_ok=True)
    truth = {}
    for agent, version, play in RECORDED:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            performance, collector = exported(agent, version, play, root, seed="otlp")
            normal = Normaliser(performance.workplace.root)
            name = f"{agent}-{version}.jsonl"
            lines = [json.dumps(each, separators=(",", ":")) for each in _told(collector.documents())]
            (FIXTURES / name).write_text("".join(f"{normal.text(line)}\n" for line in lines), encoding="utf-8")
            truth[name] = [
                {"session": sent.thread, "request": sent.request_id, "kind": sent.kind, **sent.tokens._asdict()}
                for sent in performance.ledger.sent
                if sent.tokens is not None
            ]
    (FIXTURES / "truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")


def _told(documents: list[Any]) -> Iterator[Any]:
    """Every record with tokens, of all other names the first one of a document; nothing that names this machine."""
    for document in documents:
        for resource in document.get("resourceLogs", []):
            for scope in resource["scopeLogs"]:
                scope["logRecords"] = _cut(scope["logRecords"], _name)
        for resource in document.get("resourceMetrics", []):
            for scope in resource["scopeMetrics"]:
                telling = [each for each in scope["metrics"] if each["name"] in _TOKEN_METRICS]
                others = [each for each in scope["metrics"] if each not in telling]
                scope["metrics"] = telling + others[:2]
        _forget(document)
        yield document


def _cut(records: list[Any], name: Any) -> list[Any]:
    seen: set[str] = set()
    kept = []
    for record in records:
        said = name(record)
        if said not in seen or said in ("api_request", "response.completed"):
            kept.append(record)
        seen.add(said)
    return kept


def _name(record: Any) -> str:
    said = {each["key"]: each["value"].get("stringValue") for each in record["attributes"]}
    return str(said.get("event.kind") or said.get("event.name"))


def _forget(value: Any) -> None:
    """What tells one machine from another becomes the same everywhere; long texts are no use here."""
    if isinstance(value, list):
        for each in value:
            _forget(each)
    elif isinstance(value, dict):
        if value.get("key") in ("user.id", "host.name", "os.version", "os_version", "arguments", "output", "prompt"):
            value["value"] = {"stringValue": "x"}
        for name in ("bucketCounts", "explicitBounds"):
            value.pop(name, None)
        for each in value.values():
            _forget(each)


if __name__ == "__main__":
    main()
