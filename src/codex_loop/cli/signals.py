"""`codex-loop signals …`: find the moments that cost time, list them, and show what proves one."""

import os
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

import msgspec

from codex_loop import clock, embedding
from codex_loop.cli import judging
from codex_loop.cli.moments import beginning, when
from codex_loop.cli.progress import Progress
from codex_loop.cli.render import Column, at_most, counted, duration, fields, noted, number, show, style, table
from codex_loop.errors import Exit, UsageError
from codex_loop.semantics.tally import Tally
from codex_loop.settings import load
from codex_loop.store import places, runs
from codex_loop.store import signals as store
from codex_loop.store.engine import Database, open_existing, open_for_reading

SCREEN = 25
"""So many signals a person looks at; JSON has all."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What one run of the detectors found, and what the store holds after it."""

    files: int
    sessions: int
    new: int
    same: int
    changed: int
    gone: int
    back: int
    called: int
    """How many signals an approved category calls otherwise than before."""
    semantic: str
    """Which engine judged words: `off` unless asked for."""
    judged: Tally | None
    """What judging came to; null: nobody judged."""
    categories: tuple[store.Count, ...]


class Listed(msgspec.Struct, frozen=True):
    signals: tuple[store.Signal, ...]


class Explained(msgspec.Struct, frozen=True):
    """A signal, its rule, and the lines that made it fire."""

    signal: store.Signal
    rule: str
    absorbs: tuple[str, ...]
    records: tuple[store.Proof, ...]


def signals(*, semantic: bool = False, estimate: bool = False, db: str | None = None, json: bool = False) -> int:
    """Find what went wrong and what went well in every session that changed.

    Rules only, unless asked for more; a session that did not change is not opened again. With --semantic a model also
    judges what you said: the one in this program, unless the setting semantic_engine names another.

    Examples:
        codex-loop signals
        codex-loop signals --semantic
        codex-loop signals --semantic --estimate
        codex-loop signals --db ./codex_loop.db --json

    Args:
        semantic: Let a model judge words too: anger, displeasure, being at a loss, praise.
        estimate: Only say what judging would cost at most; nothing is sent, nothing is looked for.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    from codex_loop.signals.detect import detect
    from codex_loop.signals.semantic import Words
    from codex_loop.taxonomy.classify import classify

    began = clock.now_ms()
    settings = load({"db": db})
    embedding.use(settings.embedding_model, os.environ)
    engine = judging.engine(settings, os.environ) if semantic or estimate else None
    if estimate:
        with open_for_reading(settings.db) as database:
            forecast = judging.forecast(database, began, engine, settings)
        show(forecast, judging.draw_forecast, schema="signals-estimate", as_json=json)
        return Exit.OK
    with open_existing(settings.db) as database:
        with Progress("looking") as bar:
            report = detect(
                database,
                began,
                words=None if engine is None else Words(engine),
                progress=lambda done, total: bar.to(done / max(total, 1), note=f"{done}"),
            )
        classified = classify(database, began)
        found = Found(
            **msgspec.structs.asdict(report),
            called=classified.given + classified.taken,
            semantic=engine.name if engine is not None else "off",
            judged=None if engine is None else engine.tally,
            categories=tuple(store.counts(database)),
        )
        runs.record(database, began, clock.now_ms(), "signals", msgspec.json.encode(report).decode())
    show(found, _draw_found, schema="signals", as_json=json)
    return Exit.DEGRADED if engine is not None and engine.tally.not_judged else Exit.OK


def signals_list(
    *,
    type: Literal["friction", "delight"] | None = None,  # noqa: A002  # the flag's name
    category: str | None = None,
    session: str | None = None,
    since: str | None = None,
    absorbed: bool = False,
    limit: int | None = None,
    db: str | None = None,
    json: bool = False,
) -> int:
    """List the signals that were found, the latest first.

    Examples:
        codex-loop signals list
        codex-loop signals list --type friction --since 7d
        codex-loop signals list --category retry_loop --json

    Args:
        type: Only friction, or only delight.
        category: Only this category, e.g. exec_failure.
        session: Only this session; the beginning of its id is enough.
        since: Only what happened since then: 2026-11-20, 24h, 7d, today, yesterday.
        absorbed: Also what another signal tells already: the failures inside a loop.
        limit: At most so many; 0 means all. By default the table shows 25, JSON all.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    most = at_most(limit, SCREEN, json=json)
    with open_for_reading(load({"db": db}).db) as database:
        wanted = store.Wanted(
            kind=type,
            category=category,
            session_key=places.find(database, session).key if session else None,
            since_ms=beginning(since, "--since"),
            with_absorbed=absorbed,
            limit=None if most is None else most + 1,  # one more than is shown tells whether there are more
        )
        found = store.listed(database, wanted)
        short = places.Family(database).short
    report = Listed(tuple(found[:most]))
    chosen = any(each is not None for each in (type, category, session, since))
    page = _Page(short, chosen=chosen, more=len(found) > len(report.signals))
    show(report, lambda listed: _draw_list(listed, page), schema="signals-list", as_json=json)
    return Exit.OK


def explain(signal: str, /, *, db: str | None = None, json: bool = False) -> int:
    """Show the exact records that made a signal fire.

    Examples:
        codex-loop signals explain sig_1f00ab
        codex-loop signals explain sig_1f00ab --json

    Args:
        signal: Its id, or the beginning of it, as `codex-loop signals list` shows it.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    with open_for_reading(load({"db": db}).db) as database:
        report = _explained(database, signal)
    show(report, _draw_explained, schema="signals-explain", as_json=json)
    return Exit.OK


def _explained(database: Database, name: str) -> Explained:
    from codex_loop.signals.catalogue import BY_ID

    found = store.listed(database, store.Wanted(id=name))
    if not found:
        raise UsageError(f"no signal is called {name}; `codex-loop signals list` shows their ids")
    if len(found) > 1:
        raise UsageError(f"{name} is the beginning of {len(found)} signals; give more of the id")
    (signal,) = found
    detector = BY_ID.get(signal.detector)
    return Explained(
        signal=signal,
        rule=detector.help if detector else "a detector that this version does not have",
        absorbs=tuple(sorted(detector.absorbs)) if detector else (),
        records=tuple(store.proof(database, signal)),
    )


def _draw_found(report: Found) -> Iterator[str]:
    looked = f"{counted(report.sessions, 'session')} in {counted(report.files, 'changed file')}"
    yield f"{looked}: {report.new} new, {report.changed} changed, {report.gone} gone."
    yield from judging.told(report.semantic, report.judged)
    yield from category_table(report.categories)
    if report.categories:
        yield style("codex-loop signals list shows each; codex-loop signals explain ID what proves it", "dim")


def category_table(categories: tuple[store.Count, ...]) -> Iterator[str]:
    """How often each category was seen."""
    columns = (
        Column("type"),
        Column("category", shrinks=True),
        Column("signals", right=True),
        Column("sessions", right=True),
        Column("severity", right=True),
    )
    rows = [(each.type, each.category, each.signals, each.sessions, f"{each.severity:.2f}") for each in categories]
    yield from table(columns, rows) if rows else ["No signals: nothing went wrong or well enough to tell."]


class _Page(NamedTuple):
    """What the list has to know besides its signals."""

    short: Callable[[str], str]
    chosen: bool
    more: bool


def _draw_list(report: Listed, page: _Page) -> Iterator[str]:
    if not report.signals:
        where = "`codex-loop signals list` shows all" if page.chosen else "`codex-loop signals` looks for them"
        yield f"No {'such ' if page.chosen else ''}signals; {where}."
        return
    now = clock.now_ms()
    columns = (
        Column("id"),
        Column("when"),
        Column("session"),
        Column("category", shrinks=True),
        Column("severity", right=True),
    )
    rows = [
        (each.id[:12], when(each.at, now), _where(each, page.short), each.category_now, f"{each.severity:.1f}")
        for each in report.signals
    ]
    yield from noted(columns, rows, [each.title for each in report.signals])
    if page.more:
        yield ""
        yield f"the latest {counted(len(report.signals), 'signal')}; --limit 0 shows all"


def _cost(signal: store.Signal) -> str | None:
    parts = [] if signal.cost_ms is None else [duration(signal.cost_ms)]
    parts += [] if signal.cost_tokens is None else [f"{number(signal.cost_tokens)} tokens"]
    return ", ".join(parts) or None


def _where(signal: store.Signal, short: Callable[[str], str]) -> str | None:
    """The session, as short as `codex-loop show` takes it, and the turn in it."""
    native = (signal.session_id or "").partition(":")[2]
    return short(native) + (f"#{signal.turn}" if signal.turn else "") if native else None


def _draw_explained(report: Explained) -> Iterator[str]:
    signal = report.signal
    yield style(f"{signal.category_now}: {signal.title}", "bold")
    yield report.rule
    yield ""
    turn = "" if signal.turn is None else f" --turn {signal.turn}"
    yield from fields(
        [
            ("session", signal.session_id),
            ("severity", f"{signal.severity:.2f} ({signal.type})"),
            ("confidence", f"{signal.confidence:.2f}, by {signal.basis}"),
            ("measured", bytes(signal.parameters).decode().strip("{}") or None),
            ("cost", _cost(signal)),
            ("cluster", signal.cluster_id),
            ("told by", signal.absorbed_by),
            ("look", f"codex-loop show {(signal.session_id or '').partition(':')[2]}{turn}"),
        ]
    )
    if signal.text:
        yield ""
        yield signal.text
    yield ""
    for nth, record in enumerate(report.records, start=1):
        yield style(f"{nth}. {record.record} {record.call_id or ''}".rstrip(), "bold")
        told = " ".join((record.told or "").split()) or None
        result = " ".join((record.result or "").split()) or None
        place = f"byte {record.offset} of {record.file}"  # the end of a long line is cut off
        yield from fields([("   told", told), ("   result", result), ("   line", place)])
