"""`codex-loop schema-…`: what clusters propose, what people decide, and categories as a file."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from codex_loop import __version__, clock, embedding
from codex_loop.cli.render import UNKNOWN, Column, counted, noted, page_width, show, style
from codex_loop.cli.width import clean, hanging, pad
from codex_loop.errors import Exit, UsageError
from codex_loop.settings import load
from codex_loop.store import proposals as store
from codex_loop.store.engine import Database, open_existing, open_for_reading
from codex_loop.store.proposals import Proposal
from codex_loop.taxonomy import exchange, review
from codex_loop.taxonomy.classify import Classified
from codex_loop.taxonomy.exchange import Difference, Imported
from codex_loop.taxonomy.review import Decided, Promoted

Status = Literal["pending", "accepted", "rejected", "withdrawn", "superseded", "all"]


class Proposals(msgspec.Struct, frozen=True):
    proposals: tuple[Proposal, ...]


class Written(msgspec.Struct, frozen=True):
    """A file of categories that was written."""

    path: str
    categories: int


def schema_proposals(*, status: Status = "pending", db: str | None = None, json: bool = False) -> int:
    """List the categories that clusters propose, the surest first.

    Examples:
        codex-loop schema-proposals
        codex-loop schema-proposals --status all --json

    Args:
        status: Only proposals in this state.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    with open_for_reading(load({"db": db}).db) as database:
        rows = store.every(database, None if status == "all" else status)
        report = Proposals(tuple(store.told(row) for row in rows))
    show(report, lambda found: _draw_proposals(found, status), schema="schema-proposals", as_json=json)
    return Exit.OK


def schema_approve(
    *,
    proposal_id: str,
    name: str | None = None,
    reason: str | None = None,
    db: str | None = None,
    json: bool = False,
) -> int:
    """Make a category of a proposal; it names signals from now on.

    Examples:
        codex-loop schema-approve --proposal-id proposal_abc123
        codex-loop schema-approve --proposal-id proposal_abc123 --name missing_fixture --reason "seen every week"

    Args:
        proposal_id: Its id, or the beginning of it.
        name: Another name for the category.
        reason: Why; it is kept.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    with _opened(db) as database:
        report = review.approve(database, proposal_id, clock.now_ms(), name=name, reason=reason)
    show(report, _draw_decided, schema="schema-decided", as_json=json)
    return Exit.OK


def schema_reject(*, proposal_id: str, reason: str, db: str | None = None, json: bool = False) -> int:
    """Turn a proposal down, with the reason.

    It comes back only when its cluster has doubled.

    Examples:
        codex-loop schema-reject --proposal-id proposal_abc123 --reason "Too vague"

    Args:
        proposal_id: Its id, or the beginning of it.
        reason: Why; it is kept.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    if not reason.strip():
        raise UsageError("--reason is empty; say in a few words why this is no category")
    with _opened(db) as database:
        report = review.reject(database, proposal_id, clock.now_ms(), reason=reason)
    show(report, _draw_decided, schema="schema-decided", as_json=json)
    return Exit.OK


def schema_auto_promote(
    *, confidence: float = 0.85, min_samples: int = 10, db: str | None = None, json: bool = False
) -> int:
    """Approve every proposal that is sure enough.

    It says why the others are not. Beside confidence and samples it takes at least three sessions, a cluster seen by
    `codex-loop cluster` on two days, a free name, and no category that claims half of it already.

    Examples:
        codex-loop schema-auto-promote --confidence 0.85 --min-samples 10

    Args:
        confidence: The least confidence.
        min_samples: The least number of signals.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    if not 0 <= confidence <= 1:
        raise UsageError(f"--confidence {confidence} is no share; give a number between 0 and 1")
    if min_samples < 1:
        raise UsageError(f"--min-samples {min_samples} is no number of signals; give 1 or more")
    with _opened(db) as database:
        report = review.promote(database, clock.now_ms(), least_confidence=confidence, least_samples=min_samples)
    show(report, _draw_promoted, schema="schema-auto-promote", as_json=json)
    return Exit.OK


def schema_export(*, output: Path, db: str | None = None, json: bool = False) -> int:
    """Write the approved categories to a file.

    Examples:
        codex-loop schema-export --output schema.json

    Args:
        output: The file; it is replaced whole.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    with open_for_reading(load({"db": db}).db) as database:
        catalogue = exchange.export(database, f"codex-loop {__version__}", clock.format_ms(clock.now_ms()))
    part = output.with_name(f".{output.name}.part")
    try:
        part.write_bytes(exchange.write(catalogue))
        part.replace(output)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UsageError(f"{output} cannot be written: {error.strerror or error}") from error
    report = Written(str(output), len(catalogue.categories))
    show(report, _draw_written, schema="schema-export", as_json=json)
    return Exit.OK


def schema_import(file: Path, /, *, db: str | None = None, json: bool = False) -> int:
    """Take the categories of a file, all of them or none.

    Examples:
        codex-loop schema-import schema.json

    Args:
        file: As `codex-loop schema-export` writes it.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    catalogue = _read(file)
    with _opened(db) as database:
        report = exchange.take(database, catalogue, clock.now_ms(), reviewer=f"import of {file.name}")
    show(report, _draw_imported, schema="schema-import", as_json=json)
    return Exit.OK


def schema_diff(old: Path, new: Path, /, *, json: bool = False) -> int:
    """Say what changed from one file of categories to another.

    The exit code is 1 when something did.

    Examples:
        codex-loop schema-diff schema.json new.json

    Args:
        old: A file of `codex-loop schema-export`.
        new: A later one.
        json: Print one JSON object.
    """
    report = exchange.difference(_read(old), _read(new))
    show(report, _draw_difference, schema="schema-diff", as_json=json)
    return Exit.OK if report == Difference() else Exit.FINDING


def schema_undo(*, category: str, reason: str | None = None, db: str | None = None, json: bool = False) -> int:
    """Take the last change of a category back.

    Examples:
        codex-loop schema-undo --category missing_fixture

    Args:
        category: Its name.
        reason: Why; it is kept.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    with _opened(db) as database:
        report = review.undo(database, category, clock.now_ms(), reason=reason)
    show(report, lambda done: _draw_undone(done, category), schema="schema-undo", as_json=json)
    return Exit.OK


def _opened(db: str | None) -> Database:
    """The store, for decisions that call signals by another name: their texts are compared as settings say."""
    settings = load({"db": db})
    embedding.use(settings.embedding_model, os.environ)
    return open_existing(settings.db)


def _read(file: Path) -> exchange.Catalogue:
    if not file.exists():
        raise UsageError(f"{file}: No such file; `codex-loop schema-export --output {file}` writes one")
    return exchange.read(file)


def _draw_proposals(report: Proposals, status: str) -> Iterator[str]:
    if not report.proposals:
        kind = "" if status == "all" else f"{status} "
        yield f"No {kind}proposals; `codex-loop cluster` makes them from what keeps happening."
        return
    columns = (
        Column("id"),
        Column("type"),
        Column("samples", right=True),
        Column("sessions", right=True),
        Column("conf.", right=True),
        Column("status"),
    )
    rows = [
        (each.id[:17], each.type, each.sample_count, each.distinct_sessions, f"{each.confidence:.2f}", each.status)
        for each in report.proposals
    ]
    yield from noted(columns, rows, [each.name for each in report.proposals])
    for each in report.proposals[:3]:
        yield ""
        yield from _told(each)


def _told(proposal: Proposal) -> Iterator[str]:
    parts = ", ".join(f"{name} {value:.2f}" for name, value in proposal.confidence_parts.items())
    yield style(f"{proposal.id[:17]} {proposal.name}", "bold")
    for name, told in (
        ("what", proposal.description),
        ("when", proposal.inclusion_criteria),
        ("do", proposal.recommended_action),
        ("sure", f"{proposal.confidence:.2f}: {parts}"),
        ("look", f"codex-loop signals explain {proposal.evidence[0]}" if proposal.evidence else None),
    ):
        yield from hanging(pad(f"  {name}", 8), clean(told or UNKNOWN), page_width())


def _draw_decided(report: Decided) -> Iterator[str]:
    proposal = report.proposal
    if report.category is None:
        yield f"{proposal.id} is rejected: {proposal.reason}"
        return
    claims = counted(report.signals, "signal")
    yield f"{report.category} (version {report.version}) is a category now; it claims {claims}."


def _draw_promoted(report: Promoted) -> Iterator[str]:
    if not report.promoted and not report.left:
        yield "No pending proposals; `codex-loop cluster` makes them from what keeps happening."
    for decided in report.promoted:
        yield from _draw_decided(decided)
    for proposal, reason in report.left:
        yield style(f"{proposal[:17]} stays a proposal: {reason}", "dim")


def _draw_written(report: Written) -> Iterator[str]:
    yield f"{counted(report.categories, 'category', 'categories')} written to {report.path}"


def _draw_imported(report: Imported) -> Iterator[str]:
    yield f"{len(report.new)} new, {len(report.changed)} changed, {len(report.same)} the same"
    yield f"{counted(report.signals, 'signal')} called anew"
    yield from strange(report.other_model)
    if report.unknown_detectors:
        names = ", ".join(report.unknown_detectors)
        yield style(f"detectors that this version does not have, so nothing is found by them: {names}", "dim")


def strange(categories: Sequence[str]) -> Iterator[str]:
    """A line about categories that cannot look at what this machine embeds."""
    if categories:
        names = ", ".join(categories)
        yield style(f"made with another embedding model, or unreadable, so they name nothing new here: {names}", "dim")


def _draw_difference(report: Difference) -> Iterator[str]:
    if report == Difference():
        yield "The same categories."
    yield from (f"+ {name}" for name in report.added)
    yield from (f"- {name}" for name in report.removed)
    yield from (f"{before} is now {after}" for before, after in report.renamed)
    yield from (f"~ {name}: {', '.join(names)}" for name, names in sorted(report.changed.items()))


def _draw_undone(report: Classified, category: str) -> Iterator[str]:
    yield f"The last change of {category} is taken back; {counted(report.taken, 'signal')} lost that name."
