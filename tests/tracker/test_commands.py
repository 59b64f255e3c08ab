"""`tracker` as a program: what it prints, refuses and keeps."""

from __future__ import annotations

import inspect
import os
import subprocess
from pathlib import Path

import msgspec
import pytest

from codex_loop.cli import tracker
from codex_loop.cli.app import load
from codex_loop.cli.framework import examples
from codex_loop.cli.schemas import schema
from tests.tracker.conftest import FIXTURES, Operator, fixture_text

WIDE = fixture_text("panes/wide_status_82_1.txt")


def say(used: int, weekly: int) -> str:
    return f"5h limit: [█░] {used}% used\nWeekly limit: [█░] {weekly}% used\n"


def window(operator: Operator, name: str, begin: tuple[int, int], end: tuple[int, int]) -> None:
    for phase, bars in (("before", begin), ("after", end)):
        operator.did(f"tracker ingest codex --window {name} --phase {phase} --stdin", say(*bars))


@pytest.mark.parametrize("name", tracker.COMMANDS)
def test_every_command_explains_itself(name: str, operator: Operator) -> None:
    command = tracker.COMMANDS[name]
    function = load(command)
    if name != "window-finalize":
        assert (inspect.getdoc(function) or "").splitlines()[0] == command.help
    assert examples(function)
    operator.did(f"tracker {name} --help")
    assert f"Usage: tracker {name}" in operator.out
    assert "codex-loop " not in operator.out


@pytest.mark.parametrize("line", ["tracker", "tracker --help", "tracker help"])
def test_the_overview_names_every_command(line: str, operator: Operator) -> None:
    operator.did(line)
    assert all(name in operator.out for name in tracker.COMMANDS)
    assert [each for each in operator.out.splitlines() if len(each) > 80] == []


def test_a_family_lists_its_members(operator: Operator) -> None:
    operator.did("tracker alias")
    assert "alias cross" in operator.out
    assert "window-audit" not in operator.out


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("tracker ingest codex --window W0-01 --stdin", "codex/claude ingest requires --phase"),
        ("tracker ingest claude --window W0-01 --stdin", "codex/claude ingest requires --phase"),
        ("tracker ingest codex --window W0-01 --phase before", "provide --stdin or --file"),
        ("tracker ingest glm --window W0-01 --stdin --file x", "choose one input source"),
        ("tracker ingest codex-ccusage --window W0-01 --stdin --run", "choose one input source"),
        ("tracker ingest codex --window W0-01 --phase before --stdin", "no content received"),
        ("tracker ingest glm --window W0-01 --run", "--run runs ccusage, which says nothing of glm"),
        ("tracker ingest glm --window W0-01 --file nowhere.txt", "nowhere.txt: No such file or directory"),
        ("tracker complete --window W0-09", "no snapshots found for window W0-09"),
        ("tracker override codex --window W0-01 --phase after", "states nothing"),
        ("tracker override codex --window W0-01 --phase after --session-pct 1", "codex has no such bar"),
        ("tracker override codex --window W0-01 --phase after --weekly-pct 101", "0 to 100"),
        ("tracker churn --window W0-01", "this folder is in no git repository"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(line: str, sentence: str, operator: Operator) -> None:
    operator.run(line)
    assert (operator.code, operator.out) == (1, "")
    assert operator.err.startswith("error: ")
    assert sentence in operator.err
    assert operator.err.count("\n") == 1
    assert operator.lines("snapshots") == []


@pytest.mark.parametrize(
    "line", ["tracker frob", "tracker preview --frob", "tracker ingest nobody --window W0-01", "tracker complete"]
)
def test_a_line_that_cannot_be_read_exits_with_2(line: str, operator: Operator) -> None:
    operator.run(line)
    assert operator.code == 2
    assert operator.err.startswith("error: ")
    assert "codex-loop" not in operator.err


def test_nothing_waits_for_input_that_never_comes(operator: Operator) -> None:
    operator.run_process("tracker ingest glm --window W0-01", stdin=subprocess.DEVNULL)
    assert (operator.code, operator.err) == (1, "error: provide --stdin or --file\n")


def test_a_pipe_needs_no_flag(operator: Operator) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"12\n")
    os.close(writer)
    with os.fdopen(reader, "rb") as stdin:
        operator.run_process("tracker ingest glm --window W0-01", stdin=stdin)
    assert (operator.code, operator.out) == (0, "stored glm count for W0-01 (prompts=12)\n")


def test_options_may_stand_before_the_command(operator: Operator) -> None:
    file = FIXTURES / "ccusage" / "tracker_daily.json"
    operator.did(f"tracker --data-dir elsewhere ingest codex-ccusage --window W0-DD --scope daily --file {file}")
    assert (operator.folder / "elsewhere" / "codex_ccusage.jsonl").exists()
    operator.did("tracker --data-dir=elsewhere preview")
    assert "- daily: latest=2025-10-19" in operator.out


def test_an_empty_logbook_says_how_to_begin(operator: Operator) -> None:
    operator.did("tracker preview")
    assert operator.out.startswith("no windows recorded")
    assert "tracker alias start" in operator.out
    operator.did("tracker preview --window W0-09")
    assert operator.out == "nothing recorded for window W0-09\n"


def test_a_record_has_the_fields_it_always_had(operator: Operator) -> None:
    operator.did("tracker ingest codex-ccusage --window W0-01 --notes night --stdin", '{"sessions":[]}')
    (record,) = operator.lines("codex_ccusage")
    for name in ("window", "provider", "scope", "captured_at", "notes", "raw_text", "parsed", "source"):
        assert name in record
    assert {"schema_version", "tool_version"} <= set(record)
    assert record["notes"] == "night"
    operator.did("tracker ingest codex --window W0-01 --phase before --stdin", WIDE)
    (record,) = operator.lines("snapshots")
    assert set(record["parsed"]) == {"fiveh_pct", "fiveh_resets", "weekly_pct", "weekly_resets", "errors"}
    assert record["raw_text"] == WIDE


def test_the_preview_says_which_of_several_snapshots_of_an_end_counts(operator: Operator) -> None:
    for percent in (15, 12):
        operator.did(f"tracker override codex --window W0-01 --phase after --fiveh-pct {percent}")
    operator.did("tracker preview")
    first, second = (line for line in operator.out.splitlines() if "fiveh=" in line)
    assert (first.endswith("(replaced)"), "fiveh=12" in second, second.endswith("(replaced)")) == (True, True, False)


def test_an_override_counts_more_than_any_pane(operator: Operator) -> None:
    operator.did("tracker override codex --window W0-01 --phase after --fiveh-pct 12 --weekly-pct 40.5")
    window(operator, "W0-01", (1, 10), (2, 11))
    operator.did("tracker complete --window W0-01 --codex-features 3")
    assert operator.lines("snapshots")[0]["parsed"]["errors"] == ["manual-override"]
    change = operator.lines("windows")[-1]["providers"]["codex"]
    assert change == {"features": 3, "deltas": {"fiveh": 11, "weekly": 30.5}, "errors": []}


def test_half_a_window_is_not_finished(operator: Operator) -> None:
    operator.did("tracker ingest codex --window W0-01 --phase before --stdin", WIDE)
    operator.run("tracker complete --window W0-01 --claude-features 1")
    assert operator.code == 1
    assert "missing before/after snapshots for providers: claude, codex" in operator.err
    assert operator.lines("windows") == []


def test_a_negative_delta_is_null_with_a_tag_and_one_anomaly(operator: Operator) -> None:
    window(operator, "W0-01", (50, 10), (1, 12))
    assert "W0-01: a bar went down" in operator.err
    operator.did("tracker window-finalize --window W0-01 --codex-features 1")
    change = operator.lines("windows")[-1]["providers"]["codex"]
    assert change == {"features": 1, "deltas": {"fiveh": None, "weekly": 2}, "errors": ["negative-delta"]}
    assert [each["tag"] for each in operator.lines("anomalies")] == ["negative-delta"]


def test_undoing_an_end_withdraws_what_was_noted_of_it(operator: Operator) -> None:
    operator.did("tracker alias start codex --stdin", say(50, 10))
    operator.did("tracker alias end codex --stdin", say(1, 10))
    operator.did("tracker preview")
    assert "Anomalies: 1 (see anomalies.jsonl)" in operator.out
    operator.did("tracker alias delete codex --phase after")
    operator.did("tracker preview")
    assert "Anomalies: 0 (see anomalies.jsonl)" in operator.out


def test_the_providers_of_finished_windows_are_summed_up(operator: Operator) -> None:
    for number, weekly in enumerate((12, 14, 12), 1):
        window(operator, f"W0-0{number}", (1, 10), (2, weekly))
        operator.did(f"tracker complete --window W0-0{number} --codex-features 2 --outcome pass --quality-score 0.5")
    operator.did("tracker preview")
    assert "- codex: features=6 capacity=8 efficiency=0.750 ci=0.116..1.550 n=3 power=0.17\n" in operator.out
    assert "Outcome: pass=3" in operator.out
    assert operator.lines("windows")[0]["quality"] == 0.5


def test_prompts_of_glm_belong_to_the_finished_window(operator: Operator) -> None:
    operator.did("tracker alias start glm --stdin", "12")
    operator.did("tracker alias cross glm --stdin", "30")
    operator.did("tracker complete --window W0-01 --glm-features 2")
    assert operator.lines("windows")[-1]["providers"] == {
        "glm": {"features": 2, "deltas": {"prompts": 18}, "errors": []}
    }
    state = msgspec.json.decode((operator.book.state_dir / "glm.json").read_bytes())
    assert (state["current_window"], state["baseline_prompts"]) == ("W0-02", 30)


def test_an_audit_tells_what_counts(operator: Operator) -> None:
    window(operator, "W0-01", (1, 10), (2, 11))
    window(operator, "W0-01", (1, 10), (3, 12))
    operator.did("tracker complete --window W0-01 --methodology tdd")
    operator.did("tracker window-audit --window W0-01 --json")
    told = msgspec.json.decode(operator.out)
    assert [(each["phase"], each["entries"], each["duplicates"]) for each in told["snapshots"]] == [
        ("before", 2, 1),
        ("after", 2, 1),
    ]
    assert told["snapshots"][1]["canonical_captured_at"] == operator.lines("snapshots")[-1]["captured_at"]
    assert (told["finalize"]["entries"], told["finalize"]["methodology"]) == (1, "tdd")
    assert (told["anomalies"], told["churn"]) == ({"count": 0}, {"count": 0})
    operator.did("tracker window-audit --window W0-01 --format text")
    assert "finalized: " in operator.out
    assert [each for each in operator.out.splitlines() if len(each) > 80] == []


def test_an_audit_writes_nothing(operator: Operator) -> None:
    operator.did("tracker window-audit --window W0-01")
    assert not (operator.folder / "data").exists()


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("tracker preview", "tracker-preview"),
        ("tracker window-audit --window W0-01", "tracker-window-audit"),
        ("tracker reconcile", "tracker-reconcile"),
        ("tracker archive-check", "tracker-archive-check"),
    ],
)
def test_json_has_the_promised_fields(line: str, name: str, operator: Operator) -> None:
    window(operator, "W0-01", (1, 10), (2, 11))
    for scope in ("session", "daily", "weekly", "monthly"):
        text = fixture_text(f"ccusage/tracker_{scope}.json")
        operator.did(f"tracker ingest codex-ccusage --window W0-01 --scope {scope} --stdin", text)
    operator.did(f"{line} --json")
    told, promised = msgspec.json.decode(operator.out), msgspec.json.decode(schema(name))
    assert told["schema"] == f"codex-loop/{name}/1"
    assert set(promised["required"]) <= set(told) <= set(promised["properties"])
    operator.did(line)
    assert operator.out.strip()


@pytest.mark.skipif(os.name == "nt", reason="a program on the PATH that is a shell script")
@pytest.mark.parametrize("scope", ["daily", "weekly"])
def test_ccusage_is_run_and_a_week_it_does_not_have_is_derived(
    scope: str, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = operator.folder / "bin"
    place.mkdir()
    program = place / "ccusage"
    row = '{"date":"2026-05-01","inputTokens":300,"cachedInputTokens":20,"outputTokens":60,"totalTokens":360}'
    program.write_text(
        "#!/bin/sh\n"
        'case "$*" in *weekly*) echo "Error: Command not found: weekly" >&2; exit 1;; esac\n'
        f"echo '{{\"daily\":[{row}]}}'\n",
        encoding="utf-8",
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{place}{os.pathsep}{os.environ['PATH']}")
    operator.did(f"tracker ingest codex-ccusage --window W0-01 --scope {scope} --run")
    assert f"stored codex ccusage {scope} summary for W0-01 (tokens=360)" in operator.out
    (record,) = operator.lines("codex_ccusage")
    derived = ["derived:weekly"] if scope == "weekly" else []
    assert record["notes"].split("; ") == [*derived, "suspect:v18", "offline"]


def test_without_ccusage_the_next_step_is_named(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(operator.folder))
    operator.run("tracker ingest codex-ccusage --window W0-01 --run")
    assert operator.code == 1
    assert operator.err.startswith("error: ccusage is not installed; ")
    assert operator.lines("codex_ccusage") == []


def test_the_console_script_is_declared() -> None:
    import tomllib

    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"]["tracker"] == "codex_loop.cli.tracker:main"
    assert callable(tracker.main)


def test_other_programs_are_kept_whole(operator: Operator) -> None:
    said = '{"limits":{"five_hour":{"used_percentage":12.5}}}'
    operator.did("tracker ingest claude-monitor --window W0-01 --stdin", said)
    assert operator.out == "stored claude-monitor record for W0-01\n"
    operator.did("tracker ingest proxy-telemetry --window W0-01 --stdin", "no json")
    assert "kept with invalid-json" in operator.err
    (monitor,), (proxy,) = operator.lines("claude_monitor"), operator.lines("proxy_telemetry")
    assert (monitor["raw_text"], monitor["parsed"]["session_pct"]) == (said, 12.5)
    assert (proxy["raw_text"], proxy["parsed"]["errors"]) == ("no json", ["invalid-json"])


def test_reports_of_the_first_tracker_are_shown(operator: Operator) -> None:
    place = operator.folder / "data" / "week0" / "live"
    place.mkdir(parents=True)
    (place / "codex_ccusage.jsonl").write_text(
        '{"window":"W0-CC-WEEKLY","provider":"codex-ccusage","scope":"weekly","captured_at":"2025-10-20T01:02:03+00:00",'
        '"notes":null,"raw_text":"{}","parsed":{"scope":"weekly","generated_at":null,"reset_at":"2025-10-20T21:11:00Z",'
        '"weekly":{"start_date":"2025-10-13","end_date":"2025-10-19","percent_used":9.2,"tokens_used":987654321,'
        '"tokens_remaining":9000000000,"cost_usd":321.0},"total_tokens":987654321,"errors":[]},"source":"ingest",'
        '"schema_version":"1.0.0","tool_version":"0.1.0"}\nnot a record\n',
        encoding="utf-8",
    )
    operator.did("tracker preview")
    assert "- weekly: percent_used=9.2 tokens=987654321 reset=2025-10-20T21:11:00Z" in operator.out
    assert "Unreadable lines: 1 in codex_ccusage.jsonl, left as they are" in operator.out


def test_a_long_diary_shows_its_latest_snapshots(operator: Operator) -> None:
    for number in range(21):
        operator.did(f"tracker ingest codex --window W0-{number:02d} --phase before --stdin", say(1, 2))
    operator.did("tracker preview")
    shown = [line for line in operator.out.splitlines() if " codex before: " in line]
    assert (len(shown), shown[0].split()[1]) == (20, "W0-01")
    assert "the latest 20 of 21" in operator.out
    assert operator.out.startswith("Windows: 13 earlier, W0-13, ")
    assert [line for line in operator.out.splitlines() if len(line) > 80] == []
    operator.did("tracker preview --json")
    assert len(msgspec.json.decode(operator.out)["snapshots"]) == 21


def test_a_bug_is_one_sentence(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(tracker, "_run", broken)
    operator.run("tracker preview")
    assert operator.code == 70
    assert operator.err.startswith("error: a bug: ZeroDivisionError: division by zero; ")


@pytest.mark.parametrize(
    "line",
    [
        "tracker ingest codex-ccusage --window= --scope daily --stdin",
        "tracker ingest codex --window= --phase before --stdin",
        "tracker ingest glm --window= --phase before --stdin",
        "tracker override codex --window= --phase before --fiveh-pct 3",
    ],
)
def test_a_window_without_a_name_is_refused_and_nothing_is_kept(line: str, operator: Operator) -> None:
    operator.run(line, WIDE)
    assert operator.code == 1
    assert operator.err == "error: --window '': a window needs a name that can be read, like W0-01\n"
    assert [operator.lines(kind) for kind in ("snapshots", "codex_ccusage", "glm_counts")] == [[], [], []]
