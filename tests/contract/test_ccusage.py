"""The real ccusage beside our ledger: what it prints is read, and where it differs the test says who is right.

The homes are our recordings of real agents and the worked examples of the accounting rules, whose truth is known.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from benchmarks.corpus.plan import write_corpus
from codex_loop.cli.app import run
from codex_loop.errors import Degraded
from codex_loop.sources.ccusage import Kind, Rejected, parse
from codex_loop.usage.bridge import ccusage
from codex_loop.usage.bridge import comparison as bridge
from codex_loop.usage.bridge.ccusage import Agent
from tests.capture.counting.rollouts import Rollout, spent
from tests.capture.counting.test_claude import message, text
from tests.contract.ccusage_record import REAL, plain, printed
from tests.contract.ccusage_stage import GOLDEN, NEW, OLD, Stage, Verdict
from tests.contract.conftest import required
from tools.catalog import find

pytestmark = pytest.mark.contract

VERSIONS = sorted(path.name for path in GOLDEN.iterdir() if path.is_dir())


@pytest.fixture(autouse=True)
def tools() -> None:
    for tool in (NEW, OLD):
        required(*tool)
    if sys.platform == "win32":
        pytest.skip("the programs are started through env")


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


DIFFERING: dict[tuple[str, str], dict[str, Verdict]] = {
    # Resuming copied two requests without their request ids: four requests were made, ccusage counts six.
    ("claude-1.0.100", "resume"): {
        "daily": Verdict(24456, 16437, ("resumed-copies:likely",)),
        "session": Verdict(24456, 16437, ("resumed-copies:likely",)),
    },
    # The fork's file copies the first session, whose tokens ccusage gives to the fork.
    ("claude-2.1.197", "fork"): {"session": Verdict(16178, 16178, ("other-session:known",))},
    # Two quick requests of a fork or subagent, which ccusage takes for copied history: the provider was asked four
    # and five times.
    ("codex-0.120.0", "subagent"): dict.fromkeys(("daily", "session"), Verdict(9425, 15800, ("quick-child:known",))),
    ("codex-0.169.0", "fork"): dict.fromkeys(("daily", "session"), Verdict(6155, 12530, ("quick-child:known",))),
    ("codex-0.169.0", "server-fork"): dict.fromkeys(("daily", "session"), Verdict(6155, 12530, ("quick-child:known",))),
    ("codex-0.169.0", "subagent"): dict.fromkeys(("daily", "session"), Verdict(9425, 15800, ("quick-child:known",))),
    # The child's file tells its parent's answers again. ccusage drops these, and the child's own two with them.
    ("codex-0.169.0", "given-history"): dict.fromkeys(
        ("daily", "session"), Verdict(19235, 25940, ("quick-child:known",))
    ),
}


@pytest.mark.parametrize("version", VERSIONS)
def test_recordings_of_real_agents_are_counted_alike_but_for_known_faults(version: str, tmp_path: Path) -> None:
    agent = "codex" if version.startswith("codex") else "claude"
    found: dict[tuple[str, str], dict[str, Verdict]] = {}
    for play in sorted(path.name for path in (GOLDEN / version).iterdir()):
        stage = Stage(tmp_path / play)
        stage.copy(GOLDEN / version / play, agent)
        kinds: tuple[Kind, ...] = ("daily", "session")
        verdicts = {kind: stage.verdict(agent, kind) for kind in kinds}  # type: ignore[arg-type]
        differing: dict[str, Verdict] = {
            kind: each for kind, each in verdicts.items() if (each.theirs or 0) != each.ours or each.reasons
        }
        if differing:
            found[version, play] = differing
    assert found == {place: verdicts for place, verdicts in DIFFERING.items() if place[0] == version}


@pytest.mark.parametrize("place", [place for place in DIFFERING if place[0].startswith("codex")])
def test_where_codex_differs_the_provider_was_asked_for_what_we_count(place: tuple[str, str]) -> None:
    truth = json.loads(GOLDEN.joinpath(*place, "truth.json").read_text(encoding="utf-8"))
    answered = [each["tokens"] for each in truth["responses"] if each["complete"]]
    used = sum(sum(count for kind, count in tokens.items() if kind != "reasoning") for tokens in answered)
    assert {verdict.ours for verdict in DIFFERING[place].values()} == {used}


# The worked examples: what was really used, and what each program makes of it.


def forked(name: str, parent: Rollout, **more: object) -> Rollout:
    return Rollout(name, forked_from_id=parent.id, **more)  # type: ignore[arg-type]


def put(stage: Stage, *rollouts: Rollout) -> None:
    for rollout in rollouts:
        stage.put(f"codex/{rollout.path}", compact(rollout.data))


def compact(data: bytes) -> bytes:
    """As the agents write it: without spaces. ccusage finds nothing in lines that have some."""
    return b"".join(json.dumps(json.loads(line), separators=(",", ":")).encode() + b"\n" for line in data.splitlines())


def reemitted(stage: Stage) -> None:
    first, second = (1000, 400, 50, 20), (2600, 1600, 130, 60)
    rollout = Rollout("a").model("gpt-5").counts(first, first).counts(first, first)
    put(stage, rollout.counts(second, (1600, 1200, 80, 40)).counts(second, (0, 0, 0, 0)))


def restarted(stage: Stage) -> None:
    """The totals begin again, and nothing says what the last response was."""
    rollout = Rollout("a").model("gpt-5")
    for total in ((5000, 0, 200, 0), (800, 0, 40, 0), (1700, 0, 100, 0)):
        rollout.counts(total, None)
    put(stage, rollout)


def parent_and_copy(stage: Stage) -> None:
    parent = Rollout("p").model("gpt-5").counts(spent(110), spent(110)).counts(spent(330), spent(220))
    child = forked("c", parent, start=60).copied(parent, slice(1, None)).counts(spent(390), spent(60))
    put(stage, parent, child)


def siblings(stage: Stage, gap_s: int) -> None:
    """Two forks, each with a copy of what their parent used, whose own file is gone."""
    parent = Rollout("x").model("gpt-5").counts(spent(100), spent(100)).counts(spent(300), spent(200))
    for name, start, own in (("a", 60, 50), ("b", 120, 20)):
        child = forked(name, parent, start=start)
        child.clock = count(start + 10, gap_s)
        child.copied(parent, slice(1, None)).clock = count(start + 40)
        put(stage, child.counts(spent(300 + own), spent(own)))


def siblings_copied_at_once(stage: Stage) -> None:
    siblings(stage, 0)


def siblings_copied_slowly(stage: Stage) -> None:
    siblings(stage, 5)


def quick_subagent(stage: Stage) -> None:
    parent = Rollout("p").model("gpt-5").counts(spent(100), spent(100))
    origin = {"subagent": {"thread_spawn": {"parent_thread_id": parent.id}}}
    child = Rollout("c", start=60, parent_thread_id=parent.id, source=origin).model("gpt-5")
    put(stage, parent, child.counts(spent(10), spent(10)).counts(spent(30), spent(20)))


def archived(stage: Stage) -> None:
    rollout = Rollout("a").model("gpt-5").counts(spent(110), spent(110)).counts(spent(330), spent(220))
    name = Path(rollout.path).name
    stage.put(f"codex/sessions/2026/11/21/{name}", compact(rollout.data))
    stage.put(f"codex/archived_sessions/{name}", compact(rollout.data))


def killed(stage: Stage) -> None:
    rollout = Rollout("a").model("gpt-5").record("r1", spent(7760), spent(7760)).counts(spent(7760), spent(7760))
    put(stage, rollout.record("r2", spent(3480), spent(11240)))


def two_alike(stage: Stage) -> None:
    """Two threads that have nothing to do with each other, in the same moment, with the same numbers."""
    put(stage, *(Rollout(name).model("gpt-5").counts(spent(110), spent(110)) for name in "ab"))


def spaced(stage: Stage) -> None:
    """Valid JSON, with a space behind colons and commas: other writers than Codex leave such files."""
    rollout = Rollout("a").model("gpt-5").counts(spent(110), spent(110))
    stage.put(f"codex/{rollout.path}", rollout.data)
    put(stage, Rollout("b", start=60).model("gpt-5").counts(spent(7), spent(7)))


def linked(stage: Stage) -> None:
    rollout = Rollout("a").model("gpt-5").counts(spent(110), spent(110))
    real = stage.put(f"elsewhere/{Path(rollout.path).name}", compact(rollout.data))
    (stage.home / "codex" / rollout.path).symlink_to(real)
    put(stage, Rollout("b", start=60).model("gpt-5").counts(spent(7), spent(7)))


def compressed(stage: Stage) -> None:
    import zstandard

    rollout = Rollout("a").model("gpt-5").counts(spent(110), spent(110))
    stage.put(f"codex/{rollout.path}.zst", zstandard.ZstdCompressor().compress(compact(rollout.data)))
    put(stage, Rollout("b", start=60).model("gpt-5").counts(spent(7), spent(7)))


def transcript(stage: Stage, *lines: dict[str, object], name: str = "S") -> None:
    stage.put(f"claude/projects/-w/{name}.jsonl", compact(text(*lines)))


def growing(stage: Stage) -> None:
    transcript(stage, *(message(output=output, final=output == 200) for output in (1, 50, 200)))


def nameless(stage: Stage) -> None:
    """One message on two lines, a second apart, as gateways leave them."""
    transcript(stage, message(request=None), message(request=None, uuid="u2", at="2026-05-01T10:00:01.000Z"))


def resumed(stage: Stage) -> None:
    """Old versions copied history into the new session's file without the request ids."""
    transcript(stage, message("m1", "r1", version="1.0.100", cwd="/w"))
    copy = message("m1", None, session="T", version="1.0.100", cwd="/w")
    own = message("m2", "r2", session="T", at="2026-05-01T10:01:00.000Z", version="1.0.100", cwd="/w")
    transcript(stage, copy, own, name="T")


def forked_session(stage: Stage) -> None:
    old = [message("m1", "r1"), message("m2", "r2", at="2026-05-01T10:01:00.000Z")]
    transcript(stage, *old)
    copies = [{**line, "sessionId": "T"} for line in old]
    transcript(stage, *copies, message("m3", "r3", session="T", at="2026-05-01T10:02:00.000Z"), name="T")


def with_subagent(stage: Stage) -> None:
    transcript(stage, message("m1", "r1"))
    child = {"agentId": "x", "isSidechain": True}
    lines = [message(f"m{number}", f"r{number}", **child) for number in (2, 3)]  # type: ignore[arg-type]
    stage.put("claude/projects/-w/S/subagents/agent-x.jsonl", compact(text(*lines)))


def replayed(stage: Stage) -> None:
    main = message("m1", "r1", usage={"cache_read_input_tokens": 20})
    side = message("m1", "r9", usage={"cache_read_input_tokens": 50_000}, isSidechain=True, uuid="u9")
    transcript(stage, main, side)


def replayed_later(stage: Stage) -> None:
    side = message("m1", "r9", isSidechain=True, uuid="u9", at="2026-05-01T10:00:05.000Z")
    transcript(stage, message("m1", "r1"), side)


class Example(NamedTuple):
    build: Callable[[Stage], None]
    used: int
    """What was really used."""
    daily: int | None
    session: int | None
    why: tuple[str, ...] = ()
    """Our reasons for a difference of either report."""
    old: int | None = None
    """What version 18 says of the days, where it is asked."""


EXAMPLES = {
    "codex": (
        Example(reemitted, 2730, 2730, 2730, old=3780),
        # The totals began again without saying what the last response was: the first one after that is lost.
        Example(restarted, 7000, 6160, 6160, ("unexplained:none",)),
        Example(parent_and_copy, 390, 390, 390, old=720),
        Example(siblings_copied_at_once, 370, 70, 70, ("missing-parent:likely", "quick-child:likely"), old=670),
        Example(siblings_copied_slowly, 370, 670, 670, ("missing-parent:likely",), old=670),
        Example(quick_subagent, 130, 100, 100, ("quick-child:known",), old=130),
        Example(archived, 330, 330, 660, ("archived-copy:known",)),
        Example(killed, 11240, 7760, 7760, ("usage-records:likely",)),
        Example(two_alike, 220, 110, 220, ("same-moment:known",), old=220),
        Example(spaced, 117, 7, 7, ("spaced:known",)),
        Example(linked, 117, 7, 7, ("symlink:known",)),
        Example(compressed, 117, 7, 7, ("compressed:known",)),
    ),
    "claude": (
        Example(growing, 210, 210, 210),
        Example(nameless, 110, 220, 110, ("no-request-id:likely",)),
        Example(resumed, 220, 330, 330, ("resumed-copies:likely",)),
        Example(forked_session, 330, 330, 330),
        Example(with_subagent, 330, 330, 330),
        Example(replayed, 130, 130, 130),
        Example(replayed_later, 110, 110, 220, ("side-replay:likely",)),
    ),
}
CASES = [pytest.param(agent, case, id=case.build.__name__) for agent, cases in EXAMPLES.items() for case in cases]


@pytest.mark.parametrize(("agent", "case"), CASES)
def test_of_a_worked_example_we_say_the_truth_whatever_ccusage_says(stage: Stage, agent: str, case: Example) -> None:
    case.build(stage)
    daily, session = (stage.verdict(agent, kind) for kind in ("daily", "session"))  # type: ignore[arg-type]
    print(agent, case.build.__name__, daily, session)
    assert sum(entry.counts.total_tokens for entry in stage.ledger().entries) == case.used
    assert (daily.theirs, session.theirs) == (case.daily, case.session)
    assert {*daily.reasons, *session.reasons} == set(case.why)


@pytest.mark.parametrize(("agent", "case"), [each for each in CASES if each.values[1].old is not None])  # type: ignore[union-attr]
def test_version_18_is_read_and_its_surplus_explained(stage: Stage, agent: str, case: Example) -> None:
    case.build(stage)
    found = stage.verdict("codex", "daily", OLD)
    assert found.theirs == case.old
    assert (found.reasons == ()) == (case.old == case.used)
    assert "unexplained:none" not in found.reasons


# What there is to ask for, and how the programs refuse.

REPORTS: dict[tuple[tuple[str, str], Agent], tuple[Kind, ...]] = {
    (NEW, "all"): ("daily", "weekly", "monthly", "session", "blocks"),
    (NEW, "claude"): ("daily", "weekly", "monthly", "session", "blocks"),
    (NEW, "codex"): ("daily", "weekly", "monthly", "session"),
    (OLD, "codex"): ("daily", "monthly", "session"),
}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """A home in which both agents were at work, without what is counted differently."""
    return plain(tmp_path_factory.mktemp("both"))


def test_the_recorded_reports_are_what_the_programs_print(tmp_path: Path) -> None:
    recorded = {path.stem: path.read_bytes() for path in REAL.glob("*.json")}
    assert {name: json.loads(content) for name, content in recorded.items()} == {
        name: json.loads(content) for name, content in printed(tmp_path).items()
    }


@pytest.mark.parametrize(
    ("tool", "agent", "kind"),
    [
        pytest.param(tool, agent, kind, id=f"{tool[0]}-{agent}-{kind}")
        for (tool, agent), kinds in REPORTS.items()
        for kind in kinds
    ],
)
def test_every_report_that_there_is_agrees_on_a_plain_home(
    both: Stage, tool: tuple[str, str], agent: Agent, kind: Kind
) -> None:
    report = both.report(tool, kind, agent)
    found = bridge.compare(report, both.ledger())
    assert report.kind == kind
    assert [(each.period, each.difference) for each in found.differences if tool is NEW] == []
    assert tool is OLD or found.theirs == found.ours > 0
    assert set(report.flags) <= {"suspect:v18", "estimated:blocks", "unpriced"}


def test_reports_that_no_release_has_are_refused_in_their_own_words(both: Stage) -> None:
    said = 'failed with exit code 2: The "blocks" report is only available for Claude Code usage'
    with pytest.raises(Degraded, match=said):
        both.report(NEW, "blocks", "codex")
    done = both.run(NEW, ["ccusage", "codex", "weekly", "--json"], 60)
    assert (done.code, done.stdout) == (2, b"")
    with pytest.raises(Degraded, match=r"failed with exit code 1: Error: Command not found: weekly"):
        both.report(OLD, "weekly", "codex")


def test_homes_without_anything_are_told_from_reports(stage: Stage) -> None:
    agents: tuple[Agent, ...] = ("codex", "claude", "all")
    for agent in agents:
        with pytest.raises(Rejected) as caught:
            stage.report(NEW, "daily", agent)
        assert caught.value.tag == "no-days"
    (stage.home / "claude" / "projects").rmdir()
    with pytest.raises(Degraded, match=r"failed with exit code 1: Error: CliError\(.No valid Claude data directories"):
        stage.report(NEW, "daily", "claude")


def test_weeks_of_claude_begin_on_sunday_and_weeks_of_all_on_monday(both: Stage) -> None:
    ends = (both.report(NEW, "weekly", "claude").week_starts, both.report(NEW, "weekly", "all").week_starts)
    assert ends == ("sunday", "monday")


def morning_and_afternoon(stage: Stage) -> None:
    """One day in UTC, two in New Zealand."""
    used = Rollout("a").model("gpt-5").counts(spent(110), spent(110))
    used.clock = count(6 * 3600)
    put(stage, used.counts(spent(330), spent(220)))


def test_without_a_zone_both_versions_use_the_machines(stage: Stage) -> None:
    morning_and_afternoon(stage)
    words = ["--json", "--offline"]
    new = stage.run(NEW, ["", "codex", "daily", *words], 60, zone="Pacific/Auckland")
    old = stage.run(OLD, ["", "daily", *words], 60, zone="Pacific/Auckland")
    assert [len(parse(done.stdout).rows) for done in (new, old)] == [2, 2]


def test_days_of_another_zone_are_recognised(stage: Stage) -> None:
    morning_and_afternoon(stage)
    east = stage.report(NEW, "daily", "codex", zone="Pacific/Auckland")
    ledger = stage.ledger()
    there = msgspec.structs.replace(ledger, other_zones={"Pacific/Auckland": stage.ledger("Pacific/Auckland").day_of})
    assert [row.tokens.total for row in east.rows] == [110, 220]
    reasons = [reason for each in bridge.reconcile(east, there) for reason in each.reasons]
    assert {(reason.code, reason.certainty) for reason in reasons} == {("zone", "known")}


def test_of_version_18_everything_that_it_has_is_taken(both: Stage) -> None:
    found = ccusage.everything(both.named(OLD), zone="UTC", run=partial(both.run, OLD))
    reports = [report for printed in found for report in printed.reports]
    assert [(report.kind, report.dialect) for report in reports] == [
        (kind, "codex-v18") for kind in ("daily", "monthly", "session")
    ]


def test_everything_is_taken_in_at_once_from_the_command_line(
    both: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home, program = both.home, find(*NEW).command()[0]
    monkeypatch.setenv("HOME", str(home / "empty"))
    monkeypatch.setenv("CODEX_HOME", str(home / "codex"))
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(home / "claude"))
    monkeypatch.setenv("CODEX_LOOP_DATA_DIR", str(tmp_path / "data"))
    place = ["--db", str(tmp_path / "loop.db")]
    assert run(["ingest", "--accounting-only", *place]) == 0
    capsys.readouterr()
    assert (
        run(["usage", "import", "ccusage", "--run", "--program", program, "--timezone", "UTC", "--json", *place]) == 0
    )
    answer = json.loads(capsys.readouterr().out)
    assert [each["report"] for each in answer["reports"]] == ["daily", "weekly", "monthly", "session", "blocks"]
    assert [each["differences"] for each in answer["reports"]] == [[], [], [], [], []]
    assert {each["totalTokens"] == each["ourTotalTokens"] > 0 for each in answer["reports"]} == {True}
    assert answer["command"].startswith("ccusage daily --sections daily,weekly,monthly,session --by-agent --json")


@pytest.mark.slow
def test_on_a_home_with_every_dispute_our_sum_is_the_truth_and_every_difference_has_a_reason(stage: Stage) -> None:
    truth: dict[str, Any] = write_corpus(stage.home, 12, 2).as_json()["agents"]  # type: ignore[assignment]
    ledger = stage.ledger()
    used = sum(entry.counts.total_tokens for entry in ledger.entries)
    assert used == sum(each["tokens"]["total"] for each in truth.values())
    found = ccusage.everything(stage.named(NEW), zone="UTC", run=partial(stage.run, NEW))
    reports = [report for printed in found for report in printed.reports]
    assert {each.kind for each in reports} == {"daily", "weekly", "monthly", "session", "blocks"}
    codes = {reason.code for each in reports for one in bridge.reconcile(each, ledger) for reason in one.reasons}
    assert codes == {"archived-copy", "missing-parent", "no-request-id", "quick-child", "side-replay", "usage-records"}
