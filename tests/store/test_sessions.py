"""The list of sessions, and which session an id means."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from codex_loop.errors import UsageError
from codex_loop.store import places
from codex_loop.store.sessions import Session, Wanted, listed, repo_name
from tests.store.builder import BORN_MS, MINUTE, Builder

LONG = "019a1b2c-0000-7000-8000-00000000000"


@pytest.fixture
def store(place: str) -> Iterator[Builder]:
    builder = Builder(place)
    yield builder
    builder.close()


def only(store: Builder, **wanted: object) -> list[str]:
    store.write()
    return [each.native_id for each in listed(store.database, Wanted(**wanted)).sessions]  # type: ignore[arg-type]


def told(store: Builder, native_id: str, *, with_subagents: bool = True) -> Session:
    store.write()
    sessions = listed(store.database, Wanted(), with_subagents=with_subagents).sessions
    return next(each for each in sessions if each.native_id == native_id)


def test_a_session_tells_what_the_store_knows_of_it(store: Builder) -> None:
    store.file(session="s1")
    key = store.session(
        "s1",
        lineage="main",
        started_ms=BORN_MS,
        ended_ms=BORN_MS + MINUTE,
        cwd="/home/ann/webshop",
        model="gpt-5.2-codex",
        agent_version="0.169.0",
        originator="codex_cli_rs",
        provider="openai",
    )
    store.row("turns", session_key=key, native_id="t1", approval_policy="on-request", sandbox_policy="workspace-write")
    store.row("turns", session_key=key, native_id="t2", approval_policy="never", sandbox_policy="workspace-write")
    store.message(key, "second prompt", time_ms=BORN_MS + 2)
    store.message(key, "first prompt", time_ms=BORN_MS + 1)
    store.message(key, "<environment>", author="injected", time_ms=BORN_MS)
    for number, status in enumerate(("ok", "failed", "timeout", "declined", "interrupted")):
        store.tool(key, f"c{number}", status=status)
    store.usage(key, input=100, cached=40, cache_write_5m=3, cache_write_1h=4, output=10, reasoning=6)
    session = told(store, "s1")
    assert session.id == "codex:s1"
    assert session.started_at == "2026-11-18T11:06:40.000Z"
    assert (session.repo, session.originator, session.provider) == ("webshop", "codex_cli_rs", "openai")
    assert (session.turns, session.prompts, session.first_prompt) == (2, 2, "first prompt")
    assert (session.tool_calls, session.failures) == (5, 2)
    assert session.approval_policies == ("never", "on-request")
    assert session.sandbox_policies == ("workspace-write",)
    assert session.tokens is not None
    assert (session.tokens.input, session.tokens.cached, session.tokens.cache_write) == (100, 40, 7)
    assert (session.tokens.output, session.tokens.reasoning, session.tokens.total) == (10, 6, 157)
    assert session.tokens.quality == "final"


def test_tokens_that_no_file_states_are_unknown_and_never_zero(store: Builder) -> None:
    store.file(session="old")
    key = store.session("old")
    store.message(key, "hello")
    assert told(store, "old").tokens is None
    assert told(store, "old").family_tokens is None


def test_turns_and_tools_are_unknown_until_the_full_lane_has_read_the_session(store: Builder) -> None:
    store.file(session="s1", lane="accounting")
    store.usage(store.session("s1"), input=5)
    session = told(store, "s1")
    assert (session.turns, session.tool_calls, session.failures, session.prompts) == (None, None, None, None)
    store.file(session="s2")
    store.session("s2")
    assert told(store, "s2").tool_calls == 0


@pytest.mark.parametrize(("qualities", "worst"), [((2, 2), "final"), ((2, 1), "partial"), ((1, 0, 2), "estimated")])
def test_a_sum_of_tokens_is_as_good_as_its_worst_part(store: Builder, qualities: tuple[int, ...], worst: str) -> None:
    key = store.session("s1")
    for quality in qualities:
        store.usage(key, input=1, quality=quality)
    tokens = told(store, "s1").tokens
    assert tokens is not None
    assert (tokens.quality, tokens.responses) == (worst, len(qualities))


def test_reasoning_nobody_states_stays_unknown(store: Builder) -> None:
    key = store.session("s1")
    store.usage(key, output=9)
    tokens = told(store, "s1").tokens
    assert tokens is not None
    assert tokens.reasoning is None


def test_subagents_are_counted_in_the_session_that_started_them(store: Builder) -> None:
    root = store.session("root", agent="claude", lineage="main", ended_ms=BORN_MS)
    child = store.session("root/a1", agent="claude", lineage="subagent", parent_id="root", root_id="root")
    below = store.session("root/a2", agent="claude", lineage="subagent", parent_id="root/a1", root_id="root")
    for key, count in ((root, 1), (child, 10), (below, 100)):
        store.usage(key, input=count)
    store.write()
    report = listed(store.database, Wanted())
    assert [each.native_id for each in report.sessions] == ["root"]
    assert (report.matched, report.hidden_subagents) == (1, 2)
    session = report.sessions[0]
    assert session.subagents == 2
    assert session.tokens is not None
    assert session.tokens.total == 1
    assert session.family_tokens is not None
    assert session.family_tokens.total == 111
    assert len(listed(store.database, Wanted(), with_subagents=True).sessions) == 3


def test_a_subagent_whose_session_is_not_in_the_store_is_listed_by_itself(store: Builder) -> None:
    store.session("lost/a1", agent="claude", lineage="subagent", parent_id="lost", root_id="lost")
    assert only(store) == ["lost/a1"]


def test_sessions_that_claim_to_have_started_each_other_are_both_listed(store: Builder) -> None:
    store.session("x", lineage="subagent", parent_id="y")
    store.session("y", lineage="subagent", parent_id="x")
    assert sorted(only(store)) == ["x", "y"]


def test_the_latest_session_comes_first_and_a_limit_says_what_it_left_out(store: Builder) -> None:
    for number in range(3):
        store.session(f"s{number}", started_ms=BORN_MS, ended_ms=BORN_MS + number)
    store.session("timeless")
    store.write()
    report = listed(store.database, Wanted(), limit=2)
    assert [each.native_id for each in report.sessions] == ["s2", "s1"]
    assert report.matched == 4
    assert only(store)[-1] == "timeless"


def test_filters_narrow_the_list(store: Builder) -> None:
    store.session("a", started_ms=BORN_MS, ended_ms=BORN_MS + 9, cwd="/w/Webshop", model="gpt-5.2-codex")
    store.session(
        "b",
        agent="claude",
        started_ms=BORN_MS + 20,
        cwd="/w/x",
        git_url="git@github.com:acme/webshop.git",
        model="opus",
    )
    store.session("c", started_ms=BORN_MS + 30, cwd="/w/100%", model="gpt-5")
    assert sorted(only(store, agent="codex")) == ["a", "c"]
    assert sorted(only(store, repo="webshop")) == ["a", "b"]
    assert only(store, repo="100%") == ["c"]
    assert only(store, repo="0_%") == []
    assert only(store, model="CODEX") == ["a"]
    assert sorted(only(store, since_ms=BORN_MS + 9)) == ["a", "b", "c"]
    assert sorted(only(store, since_ms=BORN_MS + 10)) == ["b", "c"]
    assert sorted(only(store, until_ms=BORN_MS + 30)) == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"{LONG}1", f"{LONG}1"),
        (f"codex:{LONG}1", f"{LONG}1"),
        (LONG.upper() + "2", f"{LONG}2"),
        ("5f0e", "5f0e-root"),
        ("claude:5f0e-root", "5f0e-root"),
        ("5f0e/a1", "5f0e-root/a1f"),
        ("5f0e-root/a1f", "5f0e-root/a1f"),
        ("odd%", "odd%id"),
    ],
)
def test_an_id_may_be_shortened_as_long_as_it_means_one_session(store: Builder, text: str, found: str) -> None:
    for native_id in (f"{LONG}1", f"{LONG}2", "odd%id", "oddid"):
        store.session(native_id)
    for native_id in ("5f0e-root", "5f0e-root/a1f", "5f0e-root/b2e"):
        store.session(native_id, agent="claude")
    store.write()
    assert places.find(store.database, text).native_id == found


def test_an_id_that_means_several_or_none_is_refused_with_their_names(store: Builder) -> None:
    for number in range(5):
        store.session(f"{LONG}{number}")
    store.write()
    with pytest.raises(UsageError, match=rf"may mean codex:{LONG}0, .* and 2 more; give more of the id"):
        places.find(store.database, "019a")
    with pytest.raises(UsageError, match="no session begins with zzz; `codex-loop sessions` lists them"):
        places.find(store.database, "zzz")
    with pytest.raises(UsageError, match="no session begins with claude:019a"):
        places.find(store.database, "claude:019a")


def test_the_short_id_of_every_session_finds_it_again(store: Builder) -> None:
    ids = [f"{LONG}1", f"{LONG}2", "019a1b2c-1", "5f0e1234-9", "5f0e1234-9/abcdefgh1", "5f0e1234-9/abcdefgh2", "x"]
    for native_id in ids:
        store.session(native_id, agent="claude")
    store.write()
    for session in listed(store.database, Wanted(), with_subagents=True).sessions:
        assert places.find(store.database, session.short_id).native_id == session.native_id
    assert told(store, "5f0e1234-9").short_id == "5f0e1234"


@pytest.mark.parametrize(
    ("url", "cwd", "name"),
    [
        ("https://github.com/acme/webshop.git", "/w/x", "acme/webshop"),
        ("git@github.com:acme/webshop", None, "acme/webshop"),
        ("ssh://git@host:22/group/sub/tool.git/", None, "sub/tool"),
        ("https://git.example.com/demo.git", None, "demo"),
        ("/srv/git/tools.git", None, "git/tools"),
        (None, "/home/ann/webshop/", "webshop"),
        (None, "C:\\Users\\ann\\web shop", "web shop"),
        (None, "/", "/"),
        (None, None, None),
    ],
)
def test_a_repository_is_named_by_its_address_else_by_its_folder(
    url: str | None, cwd: str | None, name: str | None
) -> None:
    assert repo_name(url, cwd) == name
