"""The JSON Schemas of what the commands print with `--json`, checked in under `docs/schemas/`.

    python -m codex_loop.cli.schemas docs/schemas

writes them anew; a test proves the files equal to the Structs. Fields are only ever added.
"""

import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import msgspec

REPORTS: Mapping[str, str] = {
    "analyzer": "codex_loop.cli.analyzer:Analyzed",
    "cluster": "codex_loop.cli.cluster:Report",
    "cluster-show": "codex_loop.cli.cluster:Shown",
    "daily": "codex_loop.pipeline:DailyReport",
    "demo": "codex_loop.report.demo_page:Demo",
    "distill": "codex_loop.cli.distill:Distilled",
    "doctor": "codex_loop.cli.doctor:Diagnosis",
    "home": "codex_loop.cli.home:Home",
    "ingest": "codex_loop.cli.ingest:Ingested",
    "init": "codex_loop.cli.init:Made",
    "measure": "codex_loop.measure.outcome:Outcome",
    "measure-compare": "codex_loop.measure.compare:Comparison",
    "measure-list": "codex_loop.measure.outcome:Runs",
    "measure-plan": "codex_loop.measure.plan:Plan",
    "measure-setup": "codex_loop.cli.measure_setup:HarborReady",
    "rebuild": "codex_loop.capture.rebuild:Rebuilt",
    "redact": "codex_loop.capture.reredact:Reredacted",
    "report": "codex_loop.report.summary:Summary",
    "sample": "codex_loop.cli.sampler:Sampled",
    "schema-auto-promote": "codex_loop.cli.schema:Promoted",
    "schema-decided": "codex_loop.cli.schema:Decided",
    "schema-diff": "codex_loop.cli.schema:Difference",
    "schema-export": "codex_loop.cli.schema:Written",
    "schema-import": "codex_loop.cli.schema:Imported",
    "schema-proposals": "codex_loop.cli.schema:Proposals",
    "schema-undo": "codex_loop.cli.schema:Classified",
    "search": "codex_loop.store.search:Hits",
    "service": "codex_loop.cli.service:Service",
    "service-status": "codex_loop.cli.service:ServiceStatus",
    "sessions": "codex_loop.store.sessions:Listed",
    "show": "codex_loop.store.timeline:Timeline",
    "signals": "codex_loop.cli.signals:Found",
    "signals-estimate": "codex_loop.cli.judging:Forecast",
    "signals-explain": "codex_loop.cli.signals:Explained",
    "signals-list": "codex_loop.cli.signals:Listed",
    "status": "codex_loop.cli.status:Status",
    "ticket": "codex_loop.report.tickets:Ticket",
    "ticket-filed": "codex_loop.cli.ticket:Filed",
    "tickets": "codex_loop.cli.ticket:Overview",
    "trace-dataset": "codex_loop.tasks.dataset.dataset:Dataset",
    "trace-atif": "codex_loop.tasks.atif.writing:Documents",
    "trace-bundle": "codex_loop.tasks.bundle.writing:Bundled",
    "trace-validate": "codex_loop.cli.trace:Validation",
    "trace-verify": "codex_loop.tasks.dataset.gating:Verified",
    "tracker-archive-check": "codex_loop.usage.tracker.archive:ArchiveCheck",
    "tracker-preview": "codex_loop.usage.tracker.preview:Preview",
    "tracker-reconcile": "codex_loop.usage.tracker.reconcile:Reconciled",
    "tracker-window-audit": "codex_loop.usage.tracker.audit:WindowAudit",
    "trends-dataset": "codex_loop.report.eval_trends:EvalTrends",
    "trends-signals": "codex_loop.report.trends:SignalTrends",
    "usage-blocks": "codex_loop.usage.blocks:Blocks",
    "usage-daily": "codex_loop.usage.reports:Daily",
    "usage-import": "codex_loop.cli.usage_import:UsageImport",
    "usage-monthly": "codex_loop.usage.reports:Monthly",
    "usage-limits": "codex_loop.cli.limits:Limits",
    "usage-reconcile": "codex_loop.usage.reconcile:Reconciled",
    "usage-session": "codex_loop.usage.reports:BySession",
    "usage-weekly": "codex_loop.usage.reports:Weekly",
}
"""The name in `codex-loop/<name>/1`, and the Struct it is printed from."""


def schema(name: str) -> bytes:
    """The JSON Schema of one report, as it is checked in."""
    module, _, attribute = REPORTS[name].partition(":")
    report: type[msgspec.Struct] = getattr(import_module(module), attribute)
    _, parts = msgspec.json.schema_components([report], ref_template="#/$defs/{name}")
    top = parts.pop(report.__name__)
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **top,
        "properties": {"schema": {"const": f"codex-loop/{name}/1"}, **top["properties"]},
        "required": ["schema", *top.get("required", [])],
        "$defs": dict(sorted(parts.items())),
    }
    return msgspec.json.format(msgspec.json.encode(whole), indent=2) + b"\n"


def write(folder: Path) -> None:
    """Write every schema into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in REPORTS:
        (folder / f"{name}.json").write_bytes(schema(name))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
