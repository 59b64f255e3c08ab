"""`codex-loop cluster`: what keeps happening, and what to call it."""

import os
from collections.abc import Iterator

import msgspec

from codex_loop import clock, embedding
from codex_loop.cli import judging
from codex_loop.cli.moments import when
from codex_loop.cli.render import Column, counted, fields, noted, show, style, table
from codex_loop.cli.schema import strange
from codex_loop.clusters import asked, chroma
from codex_loop.clusters.asked import Named
from codex_loop.clusters.chroma import Written
from codex_loop.clusters.clustering import FEWEST, KindReport
from codex_loop.errors import Exit, UsageError
from codex_loop.report.words import unruled
from codex_loop.settings import load
from codex_loop.store import clusters as store
from codex_loop.store import runs
from codex_loop.store.engine import open_existing, open_for_reading
from codex_loop.store.signals import Signal, Wanted, listed
from codex_loop.store.tickets import clusters_named
from codex_loop.taxonomy.classify import Classified
from codex_loop.taxonomy.proposals import Proposed


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a run grouped, proposed and called by its category."""

    model: str
    kinds: dict[str, KindReport]
    proposals: Proposed
    classified: Classified
    clusters: tuple[store.Cluster, ...]
    """Those in at least two sessions, or as many as were asked for."""
    names: Named | None = None
    """What asking a model for names came to; null: none was asked."""
    vectors: Written | None = None
    """The copy in ChromaDB, if one was asked for."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A cluster with its signals and its past."""

    cluster: store.Cluster
    signals: tuple[Signal, ...]
    past: tuple[store.Past, ...]


def cluster(
    *,
    force: bool = False,
    min_sessions: int = store.SHOWN_SESSIONS,
    ask_names: bool = False,
    vectors: str | None = None,
    db: str | None = None,
    json: bool = False,
) -> int:
    """Group what keeps happening, and propose names for it.

    Works offline: texts become vectors with a model that lies in this installation. A cluster keeps its id from run to
    run. Clusters of one session are kept, but shown only when asked for.

    Examples:
        codex-loop cluster
        codex-loop cluster --db ./codex_loop.db --force
        codex-loop cluster --min-sessions 1 --json
        codex-loop cluster --vectors ./vectors
        codex-loop cluster --ask-names

    Args:
        force: Group everything again, also when little is new.
        min_sessions: Show clusters that occur in at least so many sessions.
        ask_names: Let the model that semantic_engine allows name clusters; it is sent words that sessions share.
        vectors: Also keep a copy of all vectors in ChromaDB: a folder, or http://host:port of a server.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    from codex_loop.clusters.clustering import cluster as run
    from codex_loop.taxonomy.classify import classify
    from codex_loop.taxonomy.proposals import propose

    if min_sessions < 1:
        raise UsageError(f"--min-sessions {min_sessions} is no number of sessions; give 1 or more")
    now = clock.now_ms()
    settings = load({"db": db})
    if vectors is not None:
        chroma.required()
    namer = judging.asker(settings, os.environ, "--ask-names") if ask_names else None
    embedding.use(settings.embedding_model, os.environ)
    with open_existing(settings.db) as database:
        done = run(database, now, force=force)
        names = None if namer is None else asked.rename(database, namer)
        classified = classify(database, now)
        report = Report(
            model=done.model,
            kinds=done.kinds,
            proposals=propose(database, now),
            classified=classified,
            clusters=tuple(store.shown(database, least_sessions=min_sessions)),
            names=names,
            vectors=None if vectors is None else chroma.write(database, vectors),
        )
        runs.record(database, now, clock.now_ms(), "cluster", msgspec.json.encode(done).decode())
    show(report, _draw, schema="cluster", as_json=json)
    return Exit.DEGRADED if names is not None and names.reason is not None else Exit.OK


def cluster_show(cluster: str, /, *, db: str | None = None, json: bool = False) -> int:
    """Show one cluster: its signals, and what became of it.

    Examples:
        codex-loop cluster show cluster_1f00ab
        codex-loop cluster show cluster_1f00ab --json

    Args:
        cluster: Its id, or the beginning of it, as `codex-loop cluster` shows it.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    with open_for_reading(load({"db": db}).db) as database:
        rows = clusters_named(database, cluster)
        if len(rows) > 1:
            raise UsageError(f"{cluster} is the beginning of {len(rows)} clusters; give more of the id")
        found = store.one(database, rows[0].key) if rows else None
        if found is None:
            raise UsageError(f"no cluster is called {cluster}; `codex-loop cluster --min-sessions 1` shows all")
        inside = listed(database, Wanted(cluster_key=rows[0].key))
        report = Shown(cluster=found, signals=tuple(inside), past=tuple(store.past(database, rows[0].key)))
    show(report, _draw_shown, schema="cluster-show", as_json=json)
    return Exit.OK


def _draw_shown(report: Shown) -> Iterator[str]:
    found, now = report.cluster, clock.now_ms()
    yield style(found.name, "bold")
    yield from fields(
        [
            ("id", found.id),
            ("state", f"{found.state}, {found.type}"),
            ("category", found.category),
            ("size", f"{counted(found.members, 'signal')} in {counted(found.sessions, 'session')}"),
            ("severity", f"{found.severity:.2f}"),
            ("words", ", ".join(found.terms) or None),
            ("typical", unruled(found.example or "") or None),
        ]
    )
    if report.signals:
        yield ""
        columns = (Column("signal"), Column("when"), Column("detector", shrinks=True), Column("what", shrinks=True))
        rows = [
            (each.id[:12], when(each.at, now), each.detector, unruled(each.text) or each.title)
            for each in report.signals
        ]
        yield from table(columns, rows)
    if report.past:
        yield ""
        columns = (Column("when"), Column("became"), Column("the same", right=True), Column("from", shrinks=True))
        yield from table(columns, [_became(each, found.id, now) for each in report.past])


def _became(past: store.Past, own: str, now_ms: int) -> tuple[str, str, str, str]:
    same = "" if past.overlap is None else f"{past.overlap:.0%}"
    others = ", ".join(each[:16] for each in past.origins if each != own)
    return when(past.at, now_ms), past.event, same, others


def _draw(report: Report) -> Iterator[str]:
    for kind, done in report.kinds.items():
        yield f"{kind}: {_told(done)}"
    if report.clusters:
        yield ""
        columns = (
            Column("id"),
            Column("type"),
            Column("signals", right=True),
            Column("sessions", right=True),
            Column("severity", right=True),
        )
        rows = [
            (each.id[:16], each.type, each.members, each.sessions, f"{each.severity:.2f}") for each in report.clusters
        ]
        yield from noted(columns, rows, [each.name for each in report.clusters])
    if report.names is not None:
        yield f"{report.names.model} named {report.names.named} of {counted(report.names.asked, 'cluster')}."
        if report.names.reason is not None:
            yield f"The others keep the name made offline: {report.names.reason}"
    if report.vectors is not None:
        yield from _copied(report.vectors)
    yield from strange(report.classified.other_model)
    new = report.proposals.new
    if new:
        yield style(f"{counted(new, 'new proposal')}; codex-loop schema-proposals shows them", "dim")


def _copied(copy: Written) -> Iterator[str]:
    yield ""
    for name, done in copy.collections.items():
        remade = ", made anew: they were of another model" if done.remade else ""
        yield f"{name}: {counted(done.vectors, 'vector')}, {done.written} written, {done.removed} removed{remade}"


def _told(done: KindReport) -> str:
    if not done.enough:
        return f"not enough yet: {done.signals} of {FEWEST} signals"
    noise = f", {done.noise} in none" if done.noise else ""
    how = {"unchanged": "nothing new", "joined": f"{done.joined} newcomers placed"}.get(
        done.method, f"grouped anew ({done.method})"
    )
    return f"{counted(done.signals, 'signal')} in {counted(done.clusters, 'cluster')}{noise}; {how}"
