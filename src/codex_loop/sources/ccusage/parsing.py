"""From the text of a ccusage report to one `Report`: which report, which dialect, every row, what is suspicious."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain

import msgspec

from codex_loop.sources.ccusage import blocks, claude, codex, report, tracker, unified, values
from codex_loop.sources.ccusage.dates import week_starts
from codex_loop.sources.ccusage.report import Dialect, Kind, Rejected, Report, Row, Tokens
from codex_loop.sources.ccusage.values import At, Body

_SECTIONS: Mapping[str, Kind] = {
    "daily": "daily",
    "days": "daily",
    "weekly": "weekly",
    "currentWeek": "weekly",
    "week": "weekly",
    "monthly": "monthly",
    "sessions": "session",
    "session": "session",
    "blocks": "blocks",
}
_ROWS: Mapping[Dialect, Callable[[Body, At], Row]] = {
    "codex-v18": codex.v18,
    "codex-v20": codex.v20,
    "claude-v20": claude.v20,
    "unified-v20": unified.v20,
    "blocks": blocks.block,
    "tracker": tracker.row,
}
_PROJECT_KINDS: Mapping[str, Kind] = {"date": "daily", "week": "weekly", "month": "monthly"}
_TOP = At("daily", "the report")


def parse(text: str | bytes, kind: Kind | None = None) -> Report:
    """The report in this text: the one of `kind`, or the only one. Raises Rejected: nothing is taken by halves."""
    of = _document(text)
    found = _sections(of)
    if kind is None and len(found) != 1:
        raise _unclear(found)
    wanted: Kind = kind if kind is not None else next(iter(found))
    if wanted not in found:
        told = ", ".join(sorted(found)) or "no report at all"
        raise Rejected(values.NONE[wanted], f"it holds {told}, not a {wanted} report")
    return _report(of, wanted, found[wanted])


def parse_all(text: str | bytes) -> tuple[Report, ...]:
    """Every report in this text: `--sections` prints several. Raises Rejected when one of them is wrong."""
    of = _document(text)
    found = _sections(of)
    if not found:
        raise _unclear(found)
    return tuple(_report(of, kind, field) for kind, field in found.items())


def _unclear(found: Mapping[Kind, str]) -> Rejected:
    if not found:
        return Rejected("unknown-report", "it is JSON, but no report of ccusage that we know")
    return Rejected("several-reports", f"it holds several reports: {', '.join(found)}")


def _document(text: str | bytes) -> Body:
    try:
        data = text.encode() if isinstance(text, str) else text
        value = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        empty = not text.strip()
        reason = "it is empty: ccusage prints nothing when it refuses a report" if empty else f"it is no JSON: {error}"
        raise Rejected("invalid-json", reason) from None
    if not isinstance(value, dict):
        kind = "a list" if isinstance(value, list) else "a single value"
        raise Rejected("invalid-json", f"it is {kind}, not a JSON object as ccusage prints")
    return value


def _sections(of: Body) -> dict[Kind, str]:
    """Which reports there are, and under which field; the first of two names wins."""
    found: dict[Kind, str] = {}
    for field, kind in _SECTIONS.items():
        if of.get(field) is not None:
            found.setdefault(kind, field)
    projects = of.get("projects")
    if not found and isinstance(projects, dict):
        rows = chain.from_iterable(each for each in projects.values() if isinstance(each, list))
        first = next((row for row in rows if isinstance(row, dict)), {})
        found[next((kind for field, kind in _PROJECT_KINDS.items() if field in first), "daily")] = "projects"
    return found


def _report(of: Body, kind: Kind, field: str) -> Report:
    at = At(kind, field)
    written = _written_rows(of[field], at)
    if not written:
        raise Rejected(values.NONE[kind], f"{field}: it is empty, there is nothing in it to read")
    dialect = _dialect(of, kind, written)
    if dialect == "tracker" and kind == "weekly" and not isinstance(of[field], list):
        rows = tuple(tracker.week(each, at) for each in written)
    else:
        read = _ROWS[dialect]
        rows = tuple(read(each, At(kind, f"{field} {number}")) for number, each in enumerate(written, 1))
    totals = values.body(of["totals"], at.inside("totals")) if of.get("totals") is not None else None
    stated = _totals(totals, dialect, at.inside("totals"))
    unpriced = _unpriced(rows, totals, at)
    return Report(
        dialect=dialect,
        kind=kind,
        rows=rows,
        totals=stated,
        cost_usd=None if totals is None else values.amount(totals, at.inside("totals"), "costUSD", "totalCost", "cost"),
        reset_at=values.text(of, at, "resetAt", "reset_at"),
        generated_at=values.text(of, at, "generatedAt", "generated_at"),
        unpriced_models=unpriced,
        flags=_flags(dialect, rows, stated, unpriced, written),
        week_starts=week_starts([row.key for row in rows if row.key]) if kind == "weekly" else None,
    )


def _written_rows(value: object, at: At) -> list[Body]:
    if at.place in tracker.WEEK_FIELDS and isinstance(value, dict):
        return [value]
    if at.place == "projects":
        projects = values.body(value, at)
        lists = ((name, values.rows(each, at.inside(name[:80]))) for name, each in projects.items())
        return [{"project": name, **values.body(row, at.inside(name[:80]))} for name, each in lists for row in each]
    listed = values.rows(value, at)
    return [values.body(row, At(at.kind, f"{at.place} {number}")) for number, row in enumerate(listed, 1)]


def _dialect(of: Body, kind: Kind, written: Sequence[Body]) -> Dialect:
    """The first that fits; a report in which nothing of a real one stands is the tracker's."""
    totals = of.get("totals")
    anywhere = {*chain.from_iterable(written), *(totals if isinstance(totals, dict) else ())}
    everywhere = set(written[0]).intersection(*written)
    invented = bool({*tracker.CLOCK_FIELDS, *tracker.WEEK_FIELDS, "days"} & set(of))
    found: Mapping[Dialect, bool] = {
        "blocks": kind == "blocks",
        "tracker": invented or bool(anywhere & set(tracker.PERCENT_FIELDS)),
        "codex-v18": "cachedInputTokens" in anywhere,
        "unified-v20": {"agent", "period"} <= everywhere,
        "claude-v20": bool(anywhere & {"modelBreakdowns", "modelsUsed"}),
        "codex-v20": bool(anywhere & {"cacheReadTokens", "models"}),
    }
    return next((dialect for dialect, holds in found.items() if holds), "tracker")


def _totals(of: Body | None, dialect: Dialect, at: At) -> Tokens | None:
    if of is None:
        return None
    if dialect == "codex-v18":
        return codex.v18_tokens(of, at)
    if dialect == "tracker":
        return Tokens(total=values.count(of, at, "totalTokens", "tokens"))
    return values.tokens(of, at)


def _unpriced(rows: Sequence[Row], totals: Body | None, at: At) -> tuple[str, ...]:
    named = {use.name for row in rows for use in row.models if use.unpriced}
    told = values.names_of(totals, at, "unpricedModels") if totals else ()
    return tuple(sorted(named.union(told)))


def _flags(
    dialect: Dialect, rows: Sequence[Row], totals: Tokens | None, unpriced: Sequence[str], written: Sequence[Body]
) -> tuple[str, ...]:
    found = {
        report.SUSPECT_V18: dialect == "codex-v18",
        report.ESTIMATED_BLOCKS: dialect == "blocks",
        report.CACHE_EXCEEDS_INPUT: dialect == "codex-v18" and any(_exceeds(each) for each in written),
        report.TOTAL_MISMATCH: any(_contradicts(each.tokens, dialect) for row in rows for each in (row, *row.parts)),
        report.SUM_MISMATCH: totals is not None and _sums_differ(rows, totals),
        report.UNPRICED: bool(unpriced),
        report.FALLBACK_MODEL: any(use.fallback for row in rows for use in row.models),
    }
    return tuple(flag for flag, holds in found.items() if holds)


def _exceeds(of: Body) -> bool:
    cached, read = of.get("cachedInputTokens"), of.get("inputTokens")
    return isinstance(cached, int) and isinstance(read, int) and cached > read


def _contradicts(tokens: Tokens, dialect: Dialect) -> bool:
    if dialect == "codex-v18":
        tokens = msgspec.structs.replace(tokens, cache_write=0)
    expected = values.parts_sum(tokens)
    return expected is not None and tokens.total is not None and expected != tokens.total


def _sums_differ(rows: Sequence[Row], totals: Tokens) -> bool:
    """Totals that contradict their rows; a row that does not tell its tokens contradicts nothing."""
    counts = [row.tokens.total for row in rows]
    told = [each for each in counts if each is not None]
    return totals.total is not None and len(told) == len(counts) and sum(told) != totals.total
