"""`codex-loop trace atif`: a session as an ATIF trajectory."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from codex_loop.capture.secrets import redactor_for
from codex_loop.cli.render import Column, counted, fields, number, style, table
from codex_loop.cli.render import show as render
from codex_loop.errors import Exit, UsageError
from codex_loop.settings import Settings, load
from codex_loop.store import places
from codex_loop.store.engine import open_for_reading
from codex_loop.tasks.atif.costs import at_public_prices
from codex_loop.tasks.atif.loss import Loss
from codex_loop.tasks.atif.writing import LOSS, Documents, write
from codex_loop.tasks.bundle import reading
from codex_loop.tasks.bundle.recording import Recording, from_store
from codex_loop.usage.prices import price_table

_MOST_REASONS = 8


def atif(
    *,
    output: Path,
    session: str | None = None,
    bundle: Path | None = None,
    schema: Literal["1.7", "1.4"] = "1.7",
    split_compaction: bool = False,
    db: str | None = None,
    json: bool = False,
) -> int:
    """Write a session as an ATIF trajectory, and say what became of every line.

    One step for each prompt, each happening and each reply of the model. Schema 1.7 holds subagents inside; 1.4 has a
    file for each of them. `loss.json` says of every type of line whether it was mapped, folded or dropped, and why.

    Examples:
        codex-loop trace atif --session 019a1b2c --output ./trajectory
        codex-loop trace atif --bundle ./bundle --output ./trajectory --schema 1.4
        codex-loop trace atif --session 5f0e --output ./parts --split-compaction

    Args:
        output: A folder that does not exist yet, or an empty one.
        session: An id as `codex-loop sessions` shows it, or any unambiguous beginning of one.
        bundle: A bundle, or a folder with a trace spine, instead of a session of the store.
        schema: The version of ATIF: 1.7, which Harbor's own adapters write, or a strict 1.4.
        split_compaction: One file for each stretch between compactions of the context.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    settings = load({"db": db})
    recording = _recording(settings, session, bundle)
    redactor = redactor_for(str(settings.key_file))
    price = at_public_prices(price_table(settings.data_dir, settings.prices))
    report = write(
        recording, output.expanduser(), schema, price, lambda line: redactor.line(line).line, cut=split_compaction
    )
    render(report, _draw, schema="trace-atif", as_json=json)
    return Exit.OK


def _recording(settings: Settings, session: str | None, bundle: Path | None) -> Recording:
    if bundle is not None and session is None:
        return reading.read(bundle.expanduser())
    if session is None or bundle is not None:
        raise UsageError("name either --session ID or --bundle DIR")
    with open_for_reading(settings.db) as database:
        return from_store(database, places.find(database, session))


def _draw(report: Documents) -> Iterator[str]:
    more = [counted(report.subagents, "subagent")] if report.subagents else []
    more += [counted(report.images, "image")] if report.images else []
    steps = ", ".join((counted(report.steps, "step"), counted(report.tool_calls, "tool call"), *more))
    told = report.prompt_tokens is not None
    tokens = f"{number(report.prompt_tokens)} in, {number(report.completion_tokens)} out"
    cost = "unknown: a model has no public price" if told else None
    if report.cost_usd is not None:
        cost = f"${report.cost_usd:.4f}, estimated at public prices"
    pairs = (
        ("session", report.session),
        ("folder", report.output),
        ("schema", report.schema_version),
        ("files", ", ".join(report.documents)),
        ("steps", steps),
        ("tokens", tokens if told else "unknown: no file of this session tells them"),
        ("cost", cost),
    )
    yield from fields(pair for pair in pairs if pair[1] is not None)
    yield ""
    yield from _lost(report.losses)


def _lost(losses: tuple[Loss, ...]) -> Iterator[str]:
    total, mapped = sum(loss.input for loss in losses), sum(loss.mapped for loss in losses)
    folded, dropped = sum(loss.folded for loss in losses), sum(loss.dropped for loss in losses)
    yield f"{counted(total, 'line')} = {number(mapped)} mapped + {number(folded)} folded + {number(dropped)} dropped"
    reasons = [reason for loss in losses for reason in loss.reasons if reason.fate == "dropped"]
    if not reasons:
        return
    summed: dict[tuple[str, str], int] = {}
    for reason in reasons:
        summed[reason.type, reason.reason] = summed.get((reason.type, reason.reason), 0) + reason.lines
    rows = sorted(((lines, kind, why) for (kind, why), lines in summed.items()), reverse=True)
    yield ""
    columns = [Column("dropped", right=True), Column("type"), Column("because", shrinks=True)]
    yield from table(columns, rows[:_MOST_REASONS])
    if len(rows) > _MOST_REASONS:
        yield style(f"and {len(rows) - _MOST_REASONS} more types; {LOSS} has them all", "dim")
