"""ccusage is asked by argument lists, within a deadline; whatever it does becomes reports or one sentence."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import psutil
import pytest

from codex_loop.errors import Degraded, MissingTool
from codex_loop.sources.ccusage import Rejected
from codex_loop.usage.bridge import ccusage
from codex_loop.usage.bridge.ccusage import Done

COUNTS = {"inputTokens": 1, "cacheCreationTokens": 0, "cacheReadTokens": 0, "outputTokens": 2, "totalTokens": 3}
CODEX_DAILY = msgspec.json.encode({"daily": [{"date": "2026-05-01", **COUNTS, "models": {}}], "totals": COUNTS})
OLD = {"inputTokens": 1, "cachedInputTokens": 0, "outputTokens": 2, "totalTokens": 3}
V18_DAILY = msgspec.json.encode({"daily": [{"date": "May 01, 2026", **OLD, "models": {}}], "totals": OLD})
PART = {**COUNTS, "modelsUsed": [], "modelBreakdowns": []}
WEEK = {**PART, "agent": "all", "period": "2026-04-27"}
WEEKLY = msgspec.json.encode(
    {"weekly": [{**WEEK, "agents": [{**PART, "agent": "claude"}, {**PART, "agent": "codex"}]}], "totals": COUNTS}
)
REFUSED = Done(2, b"", b'The "weekly" report is not available for Codex usage.\n')


class Fake:
    """A ccusage that answers some argument lists; all others it refuses as version 20 does."""

    def __init__(self, **answers: bytes | Done) -> None:
        self.answers = {name.replace("_", " "): answer for name, answer in answers.items()}
        self.asked: list[str] = []

    def __call__(self, words: Sequence[str], timeout_s: float) -> Done:
        self.asked.append(" ".join(words[1:]))
        beginning = " ".join(word for word in words[1:] if not word.startswith("-"))
        answer = self.answers.get(beginning, REFUSED)
        return answer if isinstance(answer, Done) else Done(0, answer, b"")


def test_codex_days_are_asked_for_offline_and_in_the_zone() -> None:
    fake = Fake(codex_daily_Europe_Berlin=CODEX_DAILY)
    fake.answers = {"codex daily Europe/Berlin": CODEX_DAILY}
    printed = ccusage.ask("/opt/ccusage", "daily", zone="Europe/Berlin", run=fake)
    assert fake.asked == ["codex daily --json --offline --timezone Europe/Berlin"]
    assert printed.command == "ccusage codex daily --json --offline --timezone Europe/Berlin"
    assert printed.reports[0].rows[0].key == "2026-05-01"


def test_codex_weeks_are_those_of_the_report_of_all_agents() -> None:
    printed = ccusage.ask("ccusage", "weekly", run=Fake(weekly=WEEKLY))
    assert [(row.agent, row.tokens.total) for row in printed.reports[0].rows] == [("codex", 3)]
    assert printed.reports[0].totals is None


def test_the_old_program_is_asked_in_its_own_words_first() -> None:
    fake = Fake(daily=V18_DAILY)
    assert ccusage.ask("/usr/bin/ccusage-codex", "daily", run=fake).reports[0].dialect == "codex-v18"
    assert fake.asked == ["daily --json --offline"]


def test_the_old_name_may_stand_for_a_new_program() -> None:
    fake = Fake(codex_daily=CODEX_DAILY, daily=WEEKLY)
    assert ccusage.ask("ccusage-codex", "daily", run=fake).reports[0].dialect == "codex-v20"


def test_a_report_that_no_release_has_is_refused_with_its_own_words() -> None:
    with pytest.raises(Degraded, match=r"`ccusage weekly .*` failed with exit code 2: The \"weekly\" report is not"):
        ccusage.ask("ccusage", "weekly", run=Fake())


def test_of_a_stack_trace_the_line_that_names_the_error_is_told() -> None:
    trace = b"file:///x/index.js:3140\n  throw new Error(x)\nError: Command not found: weekly\n    at run (file:///x)\n"
    with pytest.raises(Degraded, match=r"failed with exit code 1: Error: Command not found: weekly$"):
        ccusage.ask("ccusage-codex", "weekly", run=Fake(weekly=Done(1, b"", trace)))


def test_success_with_nothing_printed_is_no_success() -> None:
    with pytest.raises(Degraded, match="printed nothing, though it says that it worked"):
        ccusage.ask("ccusage", "daily", run=Fake(codex_daily=b"\n", daily=b""))


def test_an_empty_report_is_told_by_its_tag() -> None:
    with pytest.raises(Rejected) as caught:
        ccusage.ask("ccusage", "daily", run=Fake(codex_daily=b'{"daily":[],"totals":{}}'))
    assert caught.value.tag == "no-days"


def test_a_report_of_another_agent_is_not_taken_for_codex() -> None:
    claude = {"date": "2026-05-01", **PART, "totalCost": 1}
    text = msgspec.json.encode({"daily": [claude], "totals": COUNTS})
    with pytest.raises(Degraded, match="failed with exit code 2"):
        ccusage.ask("ccusage", "daily", run=Fake(daily=text))


def test_everything_is_asked_at_once_and_else_one_by_one() -> None:
    fake = Fake(daily=V18_DAILY)
    at_once = ccusage.everything("ccusage", run=fake)
    assert fake.asked[0] == "daily --sections daily,weekly,monthly,session --by-agent --json --offline"
    assert fake.asked[1] == "daily --by-agent --json --offline"
    assert [report.kind for printed in at_once for report in printed.reports] == ["daily"]


BLOCK = {
    "id": "2026-05-01T10:00:00.000Z",
    "startTime": "2026-05-01T10:00:00.000Z",
    "endTime": "2026-05-01T15:00:00.000Z",
    "actualEndTime": "2026-05-01T10:20:00.000Z",
    "isActive": False,
    "isGap": False,
    "entries": 1,
    "tokenCounts": {"inputTokens": 1, "outputTokens": 2, "cacheCreationInputTokens": 0, "cacheReadInputTokens": 0},
    "totalTokens": 3,
    "costUSD": 0.01,
    "models": ["claude-sonnet-4-5"],
}
BLOCKS = msgspec.json.encode({"blocks": [BLOCK]})


def kinds(fake: Fake) -> list[str]:
    return [report.kind for printed in ccusage.everything("ccusage", run=fake) for report in printed.reports]


def test_blocks_are_asked_for_where_there_are_any() -> None:
    assert kinds(Fake(daily=V18_DAILY, blocks=BLOCKS)) == ["daily", "blocks"]
    assert kinds(Fake(daily=V18_DAILY, blocks=b'{"blocks":[]}')) == ["daily"]
    assert kinds(Fake(daily=V18_DAILY)) == ["daily"]
    with pytest.raises(Rejected):
        kinds(Fake(daily=V18_DAILY, blocks=b'{"blocks":[5]}'))


def test_a_program_that_hangs_is_not_asked_again() -> None:
    for asked in (ccusage.everything, lambda name, run: ccusage.ask(name, "weekly", run=run)):
        fake = Fake()
        fake.answers = dict.fromkeys(("daily daily,weekly,monthly,session", "weekly"), Done(None, b"", b""))
        with pytest.raises(Degraded, match="did not finish within 120 s"):
            asked("ccusage", run=fake)
        assert len(fake.asked) == 1


def test_a_program_that_is_not_there_is_named_with_what_installs_it() -> None:
    with pytest.raises(MissingTool, match="npm install --global ccusage"):
        ccusage.program(which=lambda name: None)
    assert (
        ccusage.program(which=lambda name: f"/bin/{name}" if name == "ccusage-codex" else None) == "/bin/ccusage-codex"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")
def test_a_hanging_program_is_ended_with_what_it_started(tmp_path: Path) -> None:
    script = tmp_path / "ccusage"
    script.write_text(f"#!/bin/sh\nsleep 600 &\necho $! > {tmp_path}/child\nwait\n", encoding="utf-8")
    script.chmod(0o755)
    with pytest.raises(Degraded, match=r"did not finish within 1 s and was ended"):
        ccusage.ask(str(script), "daily", timeout_s=1)
    child = int((tmp_path / "child").read_text(encoding="utf-8"))
    for _ in range(100):
        if not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE:
            break
        time.sleep(0.05)
    else:
        pytest.fail("the child of the script is still running")


@pytest.mark.skipif(sys.platform == "win32", reason="files have no executable bit there")
def test_a_file_that_is_no_program_is_one_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "ccusage"
    broken.write_bytes(b"\x00\x01")
    broken.chmod(0o755)
    with pytest.raises(Degraded, match="cannot be started"):
        ccusage.in_own_group([os.fspath(broken)], 5)


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")
def test_a_program_that_prints_without_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ccusage, "_LARGEST", 1 << 20)
    script = tmp_path / "ccusage"
    script.write_text("#!/bin/sh\nyes\n", encoding="utf-8")
    script.chmod(0o755)
    with pytest.raises(Degraded, match="printed more than 1 MiB, and was ended"):
        ccusage.ask(str(script), "daily", timeout_s=60)
