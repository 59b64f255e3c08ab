"""The words of the features: what they do and what they look at."""

from __future__ import annotations

import csv
import os
import subprocess
from typing import Any

import msgspec
from pytest_bdd import given, parsers, then, when

from codex_loop.clock import DAY_MS, HOUR_MS, MINUTE_MS, format_ms, now_ms
from codex_loop.usage.tracker.journal import append, records
from codex_loop.usage.tracker.records import Bars, Snapshot
from tests.store.builder import Builder
from tests.tracker.conftest import FIXTURES, Operator, fixture_text

WIDE = "panes/wide_status_82_1.txt"


@given("an empty logbook")
def empty(operator: Operator) -> None:
    assert not any(operator.folder.iterdir())


@given(parsers.parse('the agent is "{name}"'))
def agent(operator: Operator, name: str) -> None:
    operator.agent(name)


@given(parsers.parse('the operator ran "{line}" with "{fixture}"'))
def ran_with(operator: Operator, line: str, fixture: str) -> None:
    operator.did(line, fixture_text(fixture))


@given(parsers.parse('the operator ran "{line}"'))
def ran(operator: Operator, line: str) -> None:
    operator.did(line)


@given(parsers.parse('the operator pasted "{text}" into "{line}"'))
def pasted(operator: Operator, line: str, text: str) -> None:
    operator.did(line, text)


@given("two whole windows of codex")
def two_windows(operator: Operator) -> None:
    for action in ("start", "end", "start", "end"):
        operator.did(f"tracker alias {action} codex --stdin", fixture_text(WIDE))


@given(parsers.parse('a window "{window}" from "{begin}" to "{end}"'))
def closed_window(operator: Operator, window: str, begin: str, end: str) -> None:
    for phase, at in (("before", begin), ("after", end)):
        append(operator.book, "snapshots", _snapshot(window, phase, at))


@given(parsers.parse('a window "{window}" from "{begin}" that is still open'))
def open_window(operator: Operator, window: str, begin: str) -> None:
    append(operator.book, "snapshots", _snapshot(window, "before", begin))


@given(parsers.parse('a window "{window}" that announced a reset {minutes:d} minutes ago'))
def announced(operator: Operator, window: str, minutes: int) -> None:
    now = now_ms()
    bars = Bars(fiveh_pct=0, fiveh_resets=format_ms(now - minutes * MINUTE_MS), weekly_pct=2)
    begun = _snapshot(window, "before", format_ms(now - HOUR_MS))
    append(operator.book, "snapshots", msgspec.structs.replace(begun, parsed=bars))


@given(parsers.parse("the store saw {percent:g} percent of the week used, with the reset in three days"))
def sampled(operator: Operator, percent: float) -> None:
    builder = Builder(operator.store)
    builder.row(
        "limit_samples",
        agent="codex",
        host="h",
        limit_id="codex",
        window_minutes=10080,
        used_percent=percent,
        time_ms=now_ms() - 60_000,
        resets_ms=now_ms() + 3 * DAY_MS,
        via="app-server",
    )
    builder.close()


@given("a repository with two commits")
def repository(operator: Operator) -> None:
    def git(*words: str) -> None:
        subprocess.run(
            ["git", "-c", "user.name=Ann", "-c", "user.email=ann@example.invalid", *words],
            cwd=operator.folder,
            check=True,
            capture_output=True,
        )

    git("init", "-q")
    (operator.folder / "a.py").write_text("one\ntwo\n", encoding="utf-8")
    git("add", "a.py")
    git("commit", "-q", "-m", "first")
    (operator.folder / "a.py").write_text("one\n2\nthree\n", encoding="utf-8")
    (operator.folder / "logo.bin").write_bytes(bytes(range(256)))
    git("add", "a.py", "logo.bin")
    git("commit", "-q", "-m", "second")


@when(parsers.parse('the operator runs "{line}" with "{fixture}"'))
def runs_with(operator: Operator, line: str, fixture: str) -> None:
    operator.run(line, fixture_text(fixture))


@when(parsers.parse('the operator runs "{line}"'))
def runs(operator: Operator, line: str) -> None:
    operator.run(line)


@when(parsers.parse('the operator pipes "{fixture}" into "{line}"'))
def pipes(operator: Operator, fixture: str, line: str) -> None:
    with (FIXTURES / fixture).open("rb") as file:
        operator.run_process(line, stdin=file)
    assert operator.code == 0, operator.err


@when(parsers.parse('the operator pastes "{text}" into "{line}"'))
def pastes(operator: Operator, line: str, text: str) -> None:
    operator.run(line, text)


@when(parsers.parse('the operator pastes into "{line}"'))
def pastes_block(operator: Operator, line: str, docstring: str) -> None:
    operator.run(line, docstring)


@then(parsers.parse('it prints "{text}"'))
def prints(operator: Operator, text: str) -> None:
    assert text in operator.out


@then(parsers.parse('it warns "{text}"'))
def warns(operator: Operator, text: str) -> None:
    assert any(line.startswith("warning: ") and text in line for line in operator.err.splitlines())


@then(parsers.parse("it exits with {code:d}"))
def exits(operator: Operator, code: int) -> None:
    assert operator.code == code, operator.err


@then(parsers.parse('it fails with "{text}"'))
def fails(operator: Operator, text: str) -> None:
    assert operator.code == 1
    assert operator.err.startswith("error: ")
    assert text in operator.err


@then("nothing was stored")
def nothing_stored(operator: Operator) -> None:
    assert operator.lines("snapshots") == []


@then(parsers.parse('the stored report has scope "{scope}"'))
def has_scope(operator: Operator, scope: str) -> None:
    report = _report(operator)
    assert (report["scope"], report["parsed"]["scope"]) == (scope, scope)
    assert (report["provider"], report["source"]) == ("codex-ccusage", "ingest")


@then(parsers.parse("the total is {tokens:d} tokens"))
def total(operator: Operator, tokens: int) -> None:
    assert _report(operator)["parsed"]["total_tokens"] == tokens


@then(parsers.parse('the latest session is "{session}"'))
def latest_session(operator: Operator, session: str) -> None:
    assert _report(operator)["parsed"]["latest_session"]["session_id"] == session


@then(parsers.parse('day {index:d} is "{date}" with {tokens:d} tokens and {percent:g} percent'))
def day(operator: Operator, index: int, date: str, tokens: int, percent: float) -> None:
    found = _report(operator)["parsed"]["days"][index]
    assert (found["date"], found["total_tokens"], found["percent_used"]) == (date, tokens, percent)


@then(parsers.parse('the report says the limit resets at "{at}"'))
def resets_at(operator: Operator, at: str) -> None:
    assert _report(operator)["parsed"]["reset_at"] == at


@then(parsers.parse("the week has {percent:g} percent and {tokens:d} tokens"))
def week(operator: Operator, percent: float, tokens: int) -> None:
    found = _report(operator)["parsed"]["weekly"]
    assert (found["percent_used"], found["tokens_used"]) == (percent, tokens)


@then(parsers.parse('the stored report has the error "{tag}"'))
def report_error(operator: Operator, tag: str) -> None:
    assert tag in _report(operator)["parsed"]["errors"]


@then("the stored report has no error")
def no_report_error(operator: Operator) -> None:
    assert _report(operator)["parsed"]["errors"] == []


@then(parsers.parse('the finished window "{window}" does not tell what was used of {bar}'))
def untold(operator: Operator, window: str, bar: str) -> None:
    finished = operator.lines("windows")[-1]
    assert finished["window"] == window
    assert finished["providers"]["codex"]["deltas"][bar] is None


@then(parsers.parse('the stored report has the note "{note}"'))
def report_note(operator: Operator, note: str) -> None:
    assert note in _report(operator)["notes"].split("; ")


@then("the stored report keeps the text as it came")
def keeps_text(operator: Operator) -> None:
    assert _report(operator)["raw_text"] == fixture_text("ccusage/tracker_not_json.txt")


@then(parsers.parse('the preview says "{text}"'))
def preview_says(operator: Operator, text: str) -> None:
    operator.did("tracker preview")
    assert text in operator.out


@then(parsers.parse('window "{window}" holds {count:d} session with {tokens:d} tokens'))
def window_holds(operator: Operator, window: str, count: int, tokens: int) -> None:
    row = next(each for each in _reconciled(operator)["windows"] if each["window"] == window)
    assert (len(row["sessions"]), row["total_tokens"]) == (count, tokens)


@then(parsers.parse("{count:d} session is in no window"))
def in_no_window(operator: Operator, count: int) -> None:
    assert len(_reconciled(operator)["unmatched"]) == count


@then(parsers.parse('an anomaly "{tag}" is noted for "{window}"'))
def anomaly(operator: Operator, tag: str, window: str) -> None:
    assert [(each["tag"], each["window"]) for each in operator.lines("anomalies")] == [(tag, window)]


@then(parsers.parse('the churn ledger refers to month "{month}" with {tokens:d} tokens'))
def ledger(operator: Operator, month: str, tokens: int) -> None:
    path = operator.folder / "docs" / "Ledgers" / "Churn_Ledger.csv"
    with path.open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["ccusage_month"], row["ccusage_month_tokens"]) == (month, str(tokens))
    assert (row["files"], row["insertions"], row["deletions"]) == ("2", "2", "1")


@then(parsers.parse("the archive check {verdict}"))
def archive(operator: Operator, verdict: str) -> None:
    operator.run("tracker archive-check")
    assert operator.code == {"agrees": 0, "differs": 1}[verdict]


@then(parsers.parse('the snapshots of codex are "{ends}"'))
def snapshots(operator: Operator, ends: str) -> None:
    found = [f"{each.window} {each.phase}" for each in records(operator.book, "snapshots", Snapshot)]
    assert ", ".join(found) == ends


@then(parsers.parse('the state of codex is "{window}" "{phase}"'))
def state(operator: Operator, window: str, phase: str) -> None:
    said = msgspec.json.decode((operator.book.state_dir / "codex.json").read_bytes())
    assert (said["current_window"], said["last_phase"]) == (window, phase)


@then(parsers.re(r"the last snapshot shows (?P<first>\w+) (?P<one>\d+) and (?P<second>\w+) (?P<two>\d+)"))
def shows(operator: Operator, first: str, one: str, second: str, two: str) -> None:
    parsed = operator.lines("snapshots")[-1]["parsed"]
    assert (parsed[f"{first}_pct"], parsed[f"{second}_pct"]) == (int(one), int(two))


@then("the last snapshot shows no opus")
def no_opus(operator: Operator) -> None:
    assert operator.lines("snapshots")[-1]["parsed"]["opus_pct"] is None


@then(parsers.parse('the last snapshot has the error "{tag}"'))
def snapshot_error(operator: Operator, tag: str) -> None:
    assert tag in operator.lines("snapshots")[-1]["parsed"]["errors"]


@then(parsers.parse('the last snapshot has the note "{note}"'))
def snapshot_note(operator: Operator, note: str) -> None:
    assert operator.lines("snapshots")[-1]["notes"] == note


@then(parsers.parse('the prompts of "{window}" are {prompts}'))
def prompts(operator: Operator, window: str, prompts: str) -> None:
    last = operator.lines("glm_counts")[-1]
    assert (last["window"], last["delta"]) == (window, None if prompts == "unknown" else int(prompts))


def _report(operator: Operator) -> dict[str, Any]:
    return operator.lines("codex_ccusage")[-1]


def _reconciled(operator: Operator) -> dict[str, Any]:
    operator.did("tracker reconcile --json")
    found: dict[str, Any] = msgspec.json.decode(operator.out)
    return found


def _snapshot(window: str, phase: str, at: str) -> Snapshot:
    return Snapshot(
        window=window,
        provider="codex",
        phase=phase,
        captured_at=at,
        parsed=Bars(fiveh_pct=1, weekly_pct=2),
        notes=f"AGENT_ID={os.environ['AGENT_ID']}" if "AGENT_ID" in os.environ else None,
        source="alias",
    )
