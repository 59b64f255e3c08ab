"""`codex-loop sessions` as a person and as a program reads it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from codex_loop.cli.app import run
from codex_loop.cli.width import width_of
from tests.cli.conftest import ROOT, Json
from tests.store.builder import BORN_MS, Builder


def family(store: Builder) -> None:
    store.file("claude", session="5f0e1234")
    root = store.session("5f0e1234", agent="claude", ended_ms=BORN_MS, model="opus", cwd="/w/x")
    child = store.session("5f0e1234/a1", agent="claude", lineage="subagent", parent_id="5f0e1234", nickname="scout")
    store.usage(root, input=1_000, quality=1)
    store.usage(child, input=2_000_000)


def test_json_names_its_schema_and_has_the_promised_fields(story: int, told: Callable[..., Json]) -> None:
    answer = told("sessions")
    assert answer["schema"] == "codex-loop/sessions/1"
    (session,) = answer["sessions"]
    promised = {
        *(
            "id",
            "agent",
            "native_id",
            "parent_id",
            "root_id",
            "forked_from",
            "lineage",
            "started_at",
            "ended_at",
            "cwd",
        ),
        *("repo", "model", "agent_version", "title", "turns", "tool_calls", "failures", "prompts", "tokens"),
        *("originator", "entrypoint", "provider", "approval_policies", "sandbox_policies"),
    }
    assert promised <= session.keys()
    assert session["id"] == f"codex:{ROOT}"
    assert session["tokens"] == {
        "input": 12_000,
        "cached": 8_000,
        "cache_write": 0,
        "output": 900,
        "reasoning": None,
        "total": 20_900,
        "quality": "final",
        "responses": 1,
    }


def test_the_table_fits_80_columns(store: Builder, story: int, said: Callable[..., str]) -> None:
    family(store)
    store.session("x" * 40, cwd="/w/" + "long-name" * 9, title="長い題名 " * 20, model="m" * 30, ended_ms=BORN_MS)
    for line in said("sessions", "--all").splitlines():
        assert width_of(line) <= 80, line


def test_the_table_rolls_subagents_up_and_says_so(store: Builder, said: Callable[..., str]) -> None:
    family(store)
    header, row, about, *footer = said("sessions").splitlines()
    assert header.split() == ["session", "agent", "last", "active", "repository", "turns", "tools", "failed", "tokens"]
    assert row.split() == ["5f0e1234", "claude", "Nov", "18", "11:06", "x", "0", "0", "0", "~2.0M"]
    assert about.strip() == "(opus, 1 subagent)"
    assert footer == [
        "",
        "1 session",
        "the tokens contain those of 1 session of a subagent; --all lists them",
        "~ marks tokens that the agent's files give only in part",
    ]


def test_all_lists_subagents_with_their_own_tokens(store: Builder, said: Callable[..., str]) -> None:
    family(store)
    lines = said("sessions", "--all")
    assert "~1.0k" in lines
    assert "5f0e1234/a1" in lines
    assert "(subagent scout, model unknown)" in lines


def test_json_lists_subagents_without_being_asked(store: Builder, told: Callable[..., Json]) -> None:
    family(store)
    assert [each["native_id"] for each in told("sessions")["sessions"]] == ["5f0e1234", "5f0e1234/a1"]


def test_a_screenful_is_shown_and_the_rest_is_counted(
    store: Builder, said: Callable[..., str], told: Callable[..., Json]
) -> None:
    for number in range(30):
        store.session(f"{number:08}", ended_ms=BORN_MS + number)
    assert "25 of 30 sessions; --limit 0 shows all" in said("sessions")
    assert "30 sessions" in said("sessions", "--limit", "0")
    assert len(told("sessions")["sessions"]) == 30
    assert len(told("sessions", "--limit", "2")["sessions"]) == 2


def test_text_finds_what_was_said_and_what_a_title_says(store: Builder, story: int, told: Callable[..., Json]) -> None:
    store.session("titled", title="a login page")
    store.session("other", title="nothing")
    found = {each["native_id"] for each in told("sessions", "--text", "login")["sessions"]}
    assert found == {ROOT, "titled"}


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (("--since", "2026-11-18"), 1),
        (("--since", "20261119"), 0),
        (("--until", "2026-11-18"), 1),
        (("--until", "2026-11-17"), 0),
        (("--since", "2026-11-18T11:15:40+00:00"), 1),
        (("--since", "2026-11-18T12:15:41+01:00"), 0),
    ],
)
def test_times_are_taken_as_a_person_writes_them(
    story: int, told: Callable[..., Json], words: tuple[str, ...], count: int
) -> None:
    assert len(told("sessions", *words)["sessions"]) == count


def test_a_time_that_is_none_is_refused(refused: Callable[..., str]) -> None:
    assert "--since soon: not a time; write 2026-11-20," in refused("sessions", "--since", "soon")


def test_an_empty_store_says_what_to_do_and_a_filter_that_nothing_passes_says_that(
    store: Builder, said: Callable[..., str]
) -> None:
    assert said("sessions") == "No session has been recorded yet; `codex-loop ingest` reads them.\n"
    assert said("sessions", "--agent", "nobody") == "no session matches\n"


@pytest.mark.parametrize("words", [("sessions",), ("search", "login")])
def test_a_limit_below_zero_is_refused(refused: Callable[..., str], words: tuple[str, ...]) -> None:
    assert "--limit -1 is below zero; 0 means all" in refused(*words, "--limit", "-1")


def test_a_store_that_is_not_there_names_the_command_that_makes_it(
    page: None, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(["sessions", "--db", f"{tmp_path}/none.db"]) == 3
    assert "run `codex-loop ingest` first" in capsys.readouterr().err


def test_what_only_the_tokens_are_known_of_is_drawn_with_dashes(store: Builder, said: Callable[..., str]) -> None:
    store.file(session="s1", lane="accounting")
    store.usage(store.session("s1"), input=5)
    out = said("sessions")
    assert out.splitlines()[1].split() == ["s1", "codex", "–", "–", "–", "–", "–", "5"]
    assert "only the tokens of such a session have been read so far" in out
