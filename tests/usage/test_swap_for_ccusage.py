"""Whoever reads ccusage's JSON can read ours: the real program and ours on the same files. Where costs differ, why."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from benchmarks.corpus.plan import write_corpus
from benchmarks.peers import Ccusage
from codex_loop.cli.app import run
from tests.capture.counting.rollouts import Parts, Rollout
from tools.catalog import MissingToolError

pytestmark = pytest.mark.contract
Json = dict[str, Any]
UNIFIED = ("daily", "weekly", "monthly", "session")
NOT_OURS = frozenset({"agents"})
"""Keys of ccusage whose contents are compared by themselves."""


@pytest.fixture
def ccusage(tmp_path: Path) -> Ccusage:
    try:
        return Ccusage.found(tmp_path / "empty-home")
    except MissingToolError as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))


class Both:
    """The same two homes, read by ccusage and by us."""

    def __init__(self, folder: Path, ccusage: Ccusage, capsys: pytest.CaptureFixture[str]) -> None:
        self.home, self.db = folder / "home", str(folder / "loop.db")
        self._ccusage, self._capsys = ccusage, capsys
        for agent in ("codex", "claude/projects"):
            (self.home / agent).mkdir(parents=True, exist_ok=True)

    def transcript(self, *lines: Json) -> None:
        path = self.home / "claude" / "projects" / "-w-x" / "S.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines), encoding="utf-8")

    def rollout(self, rollout: Rollout) -> None:
        path = self.home / "codex" / rollout.path
        path.parent.mkdir(parents=True, exist_ok=True)
        # ccusage finds nothing in lines with spaces between keys and values.
        lines = (json.dumps(json.loads(line), separators=(",", ":")) + "\n" for line in rollout.lines)
        path.write_text("".join(lines), encoding="utf-8")

    def read(self) -> None:
        homes = ["--codex-home", str(self.home / "codex"), "--claude-home", str(self.home / "claude")]
        words = ["ingest", *homes, "--db", self.db, "--accounting-only", "--jobs", "1", "--json"]
        assert run(words) == 0
        self._capsys.readouterr()

    def ours(self, *words: str) -> Json:
        assert run(["usage", *words, "--db", self.db, "--timezone", "UTC", "--json"]) == 0
        answer: Json = json.loads(self._capsys.readouterr().out)
        return answer

    def theirs(self, *words: str) -> Json:
        answer: Json = json.loads(self._ccusage.run(words, self.home))
        return answer


@pytest.fixture
def both(tmp_path: Path, ccusage: Ccusage, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Both:
    monkeypatch.setenv("CODEX_LOOP_DATA_DIR", str(tmp_path / "data"))
    return Both(tmp_path, ccusage, capsys)


def message(number: int, at: datetime, model: str = "claude-sonnet-4-5-20250929", **usage: object) -> Json:
    tokens = {"input_tokens": 10, "output_tokens": 100, **usage}
    body = {"id": f"m{number}", "model": model, "stop_reason": "end_turn", "usage": tokens}
    stamp = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    facts = {"sessionId": "S", "requestId": f"r{number}", "uuid": f"u{number}", "cwd": "/w/x", "isSidechain": False}
    return {"type": "assistant", "timestamp": stamp, "message": body, **facts}


def missing_keys(theirs: object, ours: object, place: str = "") -> list[str]:
    """Keys that ccusage has at a place and we have not."""
    if isinstance(theirs, dict):
        if not isinstance(ours, dict):
            return [place]
        found = [f"{place}.{key}" for key in theirs if key not in ours]
        shared = [key for key in theirs if key in ours and key not in NOT_OURS]
        return found + [each for key in shared for each in missing_keys(theirs[key], ours[key], f"{place}.{key}")]
    if isinstance(theirs, list) and theirs:
        return missing_keys(theirs[0], ours[0] if isinstance(ours, list) and ours else None, f"{place}[]")
    return []


@pytest.mark.parametrize("report", UNIFIED)
def test_on_a_plain_home_every_key_is_there_and_every_number_is_the_same(both: Both, report: str) -> None:
    write_corpus(both.home, 6, 3, undisputed=True)
    both.read()
    theirs, ours = both.theirs(report, "--by-agent"), both.ours(report)
    assert missing_keys(theirs, ours) == []
    numbers = ("inputTokens", "outputTokens", "cacheCreationTokens", "cacheReadTokens", "totalTokens")
    assert [ours["totals"][name] for name in numbers] == [theirs["totals"][name] for name in numbers]
    if report != "session":
        rows = [{row["period"]: [row[name] for name in numbers] for row in side[report]} for side in (ours, theirs)]
        assert rows[0] == rows[1]
        # Rates of one model and one tier, no long request: the money agrees too.
        if ours["totals"]["unpricedTokens"] == 0:
            costs = [{row["period"]: row["totalCost"] for row in side[report]} for side in (ours, theirs)]
            assert costs[0] == pytest.approx(costs[1], abs=1e-5)


def test_the_sessions_of_claude_have_the_same_names(both: Both) -> None:
    """What a resumed session copied belongs to the one that used it; to ccusage, to the one that copied it."""
    write_corpus(both.home, 6, 3, undisputed=True)
    both.read()
    sides = (both.ours("session", "--source", "claude"), both.theirs("session"))
    ours, theirs = (
        {row["period"]: row["totalTokens"] for row in side["session"] if row["agent"] == "claude"} for side in sides
    )
    assert theirs.keys() <= ours.keys()
    assert sum(ours.values()) == sum(theirs.values())


def test_blocks_are_the_same_blocks(both: Both) -> None:
    start = datetime(2026, 5, 1, 10, 17, tzinfo=UTC)
    minutes = (0, 20, 282.9, 283, 283.1, 700, 701, 1100, 1401, 3000)
    both.transcript(*(message(number, start + timedelta(minutes=each)) for number, each in enumerate(minutes)))
    both.read()
    theirs, ours = both.theirs("blocks"), both.ours("blocks")
    assert missing_keys(theirs, ours) == []
    names = (
        *("id", "startTime", "endTime", "actualEndTime", "isActive", "isGap", "entries", "tokenCounts", "models"),
        *("totalTokens", "burnRate", "projection"),
    )
    assert [[row[name] for name in names] for row in ours["blocks"]] == [
        [row[name] for name in names] for row in theirs["blocks"]
    ]
    assert [row["costUSD"] for row in ours["blocks"]] == pytest.approx([row["costUSD"] for row in theirs["blocks"]])


def test_an_active_block_is_projected_alike(both: Both) -> None:
    now = datetime.now(UTC)
    start = now.replace(minute=0, second=0, microsecond=0)
    if now - start < timedelta(minutes=2):
        start -= timedelta(hours=1)
    both.transcript(message(1, start), message(2, start + timedelta(seconds=60)))
    both.read()
    ours, theirs = (side["blocks"][0] for side in (both.ours("blocks"), both.theirs("blocks")))
    assert (ours["isActive"], theirs["isActive"]) == (True, True)
    assert ours["burnRate"] == pytest.approx(theirs["burnRate"])
    # The two look at the clock one after the other: the minutes that are left may differ by one.
    remaining = [each["projection"]["remainingMinutes"] for each in (ours, theirs)]
    assert abs(remaining[0] - remaining[1]) <= 1
    assert ours["projection"]["totalTokens"] == pytest.approx(theirs["projection"]["totalTokens"], abs=300)


def cost(side: Json) -> float:
    value: float = side["totals"]["totalCost"]
    return value


def day(side: Callable[..., Json]) -> float:
    return cost(side("daily"))


NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_what_was_written_to_the_cache_costs_what_ccusage_says(both: Both) -> None:
    split = {"ephemeral_5m_input_tokens": 2000, "ephemeral_1h_input_tokens": 3000}
    usage: Json = {"input_tokens": 1200, "output_tokens": 400, "cache_read_input_tokens": 10_000}
    both.transcript(message(1, NOON, cache_creation_input_tokens=5000, cache_creation=split, **usage))
    both.read()
    assert [day(both.ours), day(both.theirs)] == pytest.approx([0.0381, 0.0381])


def test_codex_cache_writes_cost_what_ccusage_says(both: Both) -> None:
    rollout = Rollout("a").model("gpt-5.5")
    numbers = {"input_tokens": 1000, "cached_input_tokens": 200, "cache_write_input_tokens": 300, "output_tokens": 10}
    info = {name: {**numbers, "total_tokens": 1010} for name in ("total_token_usage", "last_token_usage")}
    both.rollout(rollout.add("event_msg", {"type": "token_count", "info": info}))
    both.read()
    assert [day(both.ours), day(both.theirs)] == pytest.approx([0.004775, 0.004775])


def test_a_long_request_costs_more_as_a_whole_and_not_from_the_threshold_on(both: Both) -> None:
    """The providers' price lists state one rate for the whole request; ccusage takes the higher one from there on."""
    both.transcript(message(1, NOON, input_tokens=300_000, output_tokens=1000))
    both.read()
    assert day(both.ours) == pytest.approx(1.8225)
    assert day(both.theirs) < 1.8225


def test_a_web_search_costs_a_cent_which_ccusage_leaves_out(both: Both) -> None:
    both.transcript(message(1, NOON, server_tool_use={"web_search_requests": 2}))
    both.read()
    assert day(both.ours) == pytest.approx(day(both.theirs) + 0.02)


def test_an_unknown_price_is_null_where_ccusage_says_nothing_was_spent(both: Both) -> None:
    parts: Parts = (100, 0, 10, 0)
    both.rollout(Rollout("a").model("nobody-knows-1").counts(parts, parts))
    both.read()
    ours = both.ours("daily")
    assert (ours["totals"]["totalCost"], ours["totals"]["unpricedModels"]) == (None, ["nobody-knows-1"])
    theirs = both.theirs("daily")["totals"]
    assert (theirs["totalTokens"], theirs["totalCost"]) == (110, 0)
