"""`codex-loop show`: a session as a story."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from codex_loop.cli.width import width_of
from tests.cli.conftest import ROOT, Json
from tests.store.builder import Builder


@pytest.mark.parametrize(
    "line",
    [
        "policies  approval on-request · sandbox workspace-write",
        "time      Nov 18 11:06 to Nov 18 11:15, 9 m 00 s",
        "Turn 1 · 2 m 04 s · 21k tokens · gpt-5.2-codex · high · on-request · workspace-…",
        "11:06:40  > Fix the login test",
        "            and say why",
        "11:06:45  $ pytest -q                                             exit 1 · 2.3 s",
        "            assert 1 == 2",
        "–         Read a.py",
        "            ? approval: denied by user (told by op)",
        "            ± update login.py +3 -1",
        "–         ≡ conversation compacted (auto): 180k → 12k tokens",
        "–         ! stream error: 429 Too many requests",
        "–         × interrupted while a tool ran",
        "–         ↶ turns were taken back",
        "            [x] find it",
        "            [>] fix it",
        "11:06:49  • The cookie ␛[31mexpired",
        "          1 note of the program or its reasoning left out; --full shows all",
    ],
)
def test_the_story_tells(story: int, said: Callable[..., str], line: str) -> None:
    assert line in said("show", "019a").splitlines()


def test_every_line_fits_the_page(story: int, said: Callable[..., str]) -> None:
    assert [line for line in said("show", ROOT).splitlines() if width_of(line) > 80] == []


def test_json_has_the_session_its_rules_and_every_entry(story: int, told: Callable[..., Json]) -> None:
    answer = told("show", f"codex:{ROOT}")
    assert answer["schema"] == "codex-loop/show/1"
    assert answer["session"]["approval_policies"] == ["on-request"]
    (turn,) = answer["turns"]
    assert (turn["approval_policy"], turn["sandbox_policy"], turn["effort"]) == (
        "on-request",
        "workspace-write",
        "high",
    )
    assert turn["tokens"]["total"] == 20_900
    kinds = [entry["type"] for entry in turn["entries"]]
    assert kinds == ["user", "agent", "tool", "tool", "tool", "compaction", *["event"] * 4, "agent"]
    assert turn["entries"][2]["exit_code"] == 1
    assert turn["entries"][4]["changes"][0]["added"] == 3


def test_one_turn_may_be_asked_for(story: int, told: Callable[..., Json], refused: Callable[..., str]) -> None:
    assert [turn["number"] for turn in told("show", ROOT, "--turn", "1")["turns"]] == [1]
    assert "019a1b2c has no turn 7; its turns are 1 to 1" in refused("show", ROOT, "--turn", "7")


def test_a_session_that_is_not_there_is_one_sentence(refused: Callable[..., str]) -> None:
    assert "no session begins with zzz" in refused("show", "zzz")


def test_a_session_of_which_only_tokens_were_read_says_what_reads_the_rest(
    store: Builder, said: Callable[..., str]
) -> None:
    store.session("bare")
    assert "`codex-loop ingest" in said("show", "bare")


def test_subagents_are_named_as_they_may_be_typed(store: Builder, said: Callable[..., str]) -> None:
    store.session("5f0e1234-0000", agent="claude")
    store.session("5f0e1234-0000/a1", agent="claude", lineage="subagent", parent_id="5f0e1234-0000")
    assert "subagents  5f0e1234/a1" in said("show", "5f0e")
    assert "started by  5f0e1234-0000" in said("show", "5f0e1234/a1")
