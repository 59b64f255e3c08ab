"""A ticket as text: for GitHub, for Linear."""

from __future__ import annotations

import re
from collections.abc import Iterator

from codex_loop.report.markdown import code, plain
from codex_loop.report.ticket_costs import Cost
from codex_loop.report.tickets import Evidence, Ticket, Trend
from codex_loop.report.words import length, thousands
from codex_loop.usage.sparks import spark

MARK = "codex-loop ticket of "
"""Stands in every ticket, so that a file that somebody else wrote is never written over."""
_LINEAR = {"P1": "1 (urgent)", "P2": "2 (high)", "P3": "3 (medium)", "P4": "4 (low)"}
_COMMAND = re.compile(r"(`[^`]+`)")
_STATES = {
    "open": "open",
    "quiet": "quiet: in no session since it was seen last",
    "closed": "closed: not seen since it was closed",
    "reopened": "open again: it came back after it had been quiet or closed",
}


def markdown(ticket: Ticket) -> str:
    """The ticket as an issue of GitHub."""
    return "\n".join(_lines(ticket)) + "\n"


def linear(ticket: Ticket) -> str:
    """The same, with what Linear keeps in fields of its own on top."""
    head = (
        f"Title: {ticket.title}",
        f"Priority: {_LINEAR[ticket.priority.level]}",
        f"Labels: {', '.join(ticket.labels)}",
        "",
    )
    return "\n".join((*head, *_lines(ticket))) + "\n"


def _lines(ticket: Ticket) -> Iterator[str]:
    yield f"# {plain(ticket.title)}"
    yield ""
    yield f"**{ticket.priority.level}, {ticket.priority.action}**: {plain(ticket.priority.why)}."
    yield f"State: {_STATES[ticket.state]}."
    yield from ("", "## Problem", "", plain(ticket.problem))
    if ticket.example:
        yield from ("", f"> {plain(ticket.example)}")
    yield from ("", "## Reproduction", "")
    yield from (f"{nth}. {_told(step)}" for nth, step in enumerate(ticket.reproduction, start=1))
    yield from ("", "## Evidence", "")
    for each in ticket.evidence:
        yield from _evidence(each)
    yield from ("", "## How often, and what it costs", "")
    yield from _numbers(ticket)
    yield from ("", "## Validation", "", *_validation(ticket))
    yield from ("", "## Suggested approach", "")
    yield from (f"- {_told(each)}" for each in ticket.approach)
    if ticket.suggested is not None:
        yield from ("", f"{plain(ticket.suggested.model)} would try, and knows only this ticket:", "")
        yield from (f"- {plain(each)}" for each in ticket.suggested.tries)
    yield from ("", f"It worked when: {_told(ticket.proof)}")
    yield from ("", f"<!-- {MARK}{ticket.cluster_id} -->")


def _told(text: str) -> str:
    """A sentence of ours, in which commands stand between backticks."""
    parts = [part for part in _COMMAND.split(" ".join(text.split())) if part.strip()]
    return " ".join(part if part.startswith("`") else plain(part) for part in parts).replace("` .", "`.")


def _evidence(each: Evidence) -> Iterator[str]:
    where = [
        f"session {code(each.session_id)}" if each.session_id else "",
        f"turn {each.turn}" + (f" ({code(each.turn_id)})" if each.turn_id else "") if each.turn is not None else "",
        _seq(each),
        (each.at or "")[:10],
    ]
    yield f"- **{plain(each.title)}**: {', '.join(part for part in where if part)}"
    if each.excerpt and each.excerpt != each.title:
        yield f"  - {plain(each.excerpt)}"
    yield f"  - {' · '.join(code(command) for command in (each.show, each.explain) if command)}"


def _seq(each: Evidence) -> str:
    if each.start_seq is None:
        return ""
    return f"seq {each.start_seq}" if each.end_seq == each.start_seq else f"seq {each.start_seq}–{each.end_seq}"


def _numbers(ticket: Ticket) -> Iterator[str]:
    signals = "1 signal" if ticket.signals == 1 else f"{ticket.signals} signals"
    where = f" ({', '.join(map(plain, ticket.projects))})" if ticket.projects else ""
    yield "| | |"
    yield "| --- | --- |"
    sessions = "1 session" if ticket.sessions == 1 else f"{ticket.sessions} sessions"
    yield f"| Seen | {signals} in {sessions}{where} |"
    yield f"| Agents | {plain(', '.join(ticket.agents)) or 'unknown'} |"
    yield f"| Models | {plain(', '.join(ticket.models)) or 'unknown'} |"
    yield f"| Severity | {ticket.severity:.2f} of 1 |"
    trend = ticket.trend
    yield f"| First and last seen | {_day(trend.first_seen)} to {_day(trend.last_seen)}{_undated(trend)} |"
    yield f"| By week | {spark(trend.weeks) or 'unknown'} |"
    yield f"| Trend | {_trend(trend)} |"
    yield f"| Time lost | {_time(ticket.cost)} |"
    yield f"| Tokens | {'unknown' if ticket.cost.tokens is None else thousands(ticket.cost.tokens)} |"
    yield f"| At public prices | {_money(ticket.cost)} |"


def _undated(trend: Trend) -> str:
    return f" ({trend.undated} without a date)" if trend.undated else ""


def _day(instant: str | None) -> str:
    return "unknown" if instant is None else instant[:10]


def _trend(trend: Trend) -> str:
    if trend.direction is None:
        return "too few to say"
    halves = (
        f"{trend.first_half} signals while {trend.first_half_sessions} sessions were at work, then"
        f" {trend.second_half} while {trend.second_half_sessions} were"
    )
    return f"{trend.direction}: {halves}"


def _time(cost: Cost) -> str:
    if cost.time_ms is None:
        return "unknown"
    some = "" if cost.measured == cost.signals else f" (of {cost.measured} of {cost.signals} signals; others: no clock)"
    return length(cost.time_ms) + some


def _money(cost: Cost) -> str:
    if cost.microusd is None:
        return "unknown"
    rest = f", and {thousands(cost.unpriced_tokens)} tokens of unknown price" if cost.unpriced_tokens else ""
    dollars = cost.microusd / 1_000_000
    return f"${dollars:.2f}{rest}" if dollars >= 0.01 or not cost.microusd else f"${dollars:.6f}{rest}"


def _validation(ticket: Ticket) -> Iterator[str]:
    proven = ticket.proven
    others = ", ".join(f"{count} {state}" for state, count in proven.left_out.items())
    if proven.dataset is None:
        known = f"No task of it passed its gate yet ({others}). " if others else "It has no tasks yet. "
        yield f"{known}`{proven.make}` makes them and checks each."
        return
    rest = f"; left out: {others}" if others else ""
    plural = "task" if proven.tasks == 1 else "tasks"
    yield f"- Dataset {code(proven.dataset)}: {proven.tasks} {plural} of this problem passed the gate{rest}"
    yield f"- Digest {code(proven.digest or '')}"
    yield f"- Rerun: {code(proven.command or '')}"
    run = proven.last_run
    if run is not None:
        reward = "no valid trial" if run.reward is None else f"mean reward {run.reward:.2f}"
        verdict = f", verdict {run.verdict}" if run.verdict else ""
        by = f"{run.agent} {run.model}" if run.model else run.agent
        yield (
            f"- Last run {code(run.name)} on {_day(run.at)} by {plain(by)}: {reward},"
            f" {run.valid} of {run.expected} trials valid{verdict}"
        )
