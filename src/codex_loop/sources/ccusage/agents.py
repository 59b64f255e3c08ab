"""One agent's share of a report."""

from __future__ import annotations

import msgspec

from codex_loop.sources.ccusage.report import Report, Row


def of_agent(report: Report, agent: str) -> Report | None:
    """The report with only this agent's rows; None when it says nothing of the agent by itself.

    The totals of a report of several agents are not one agent's: they are left out.
    """
    rows = tuple(row for each in report.rows if (row := _share(each, agent)) is not None)
    if not rows:
        return None
    if len(rows) == len(report.rows) and all(row is each for row, each in zip(rows, report.rows, strict=True)):
        return report
    return msgspec.structs.replace(report, rows=rows, totals=None, cost_usd=None, only=agent)


def _share(row: Row, agent: str) -> Row | None:
    if row.agent == agent:
        return row
    part = next((part for part in row.parts if part.agent == agent), None)
    if part is not None or row.agents != (agent,):
        return part
    return msgspec.structs.replace(row, agent=agent)  # the row of all agents, which is this one alone
