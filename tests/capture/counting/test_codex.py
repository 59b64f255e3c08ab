"""Codex tokens: every worked example of the accounting rules, in every order of files and any split into blocks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.capture.counting.codex import CodexCounter, RolloutCount
from codex_loop.model.records import SessionStarted
from codex_loop.sources.lines import trim
from tests.capture.counting.rollouts import (
    Rollout,
    claims,
    count_all,
    same_in_every_order,
    spent,
    tokens,
    total,
    usages,
    uuid,
    vector,
)
from tests.capture.counting.told import Told, codex, told

GOLDEN = Path(__file__).parents[2] / "golden"

# -- one file ------------------------------------------------------------------------------------------------------


def test_an_echo_and_the_estimate_after_a_compaction_count_nothing() -> None:
    rollout = Rollout("a").model("gpt-5.5")
    rollout.counts((1000, 400, 50, 20), (1000, 400, 50, 20)).counts((1000, 400, 50, 20), (1000, 400, 50, 20))
    rollout.counts((2600, 1600, 130, 60), (1600, 1200, 80, 40))
    estimate = {"total_token_usage": vector((2600, 1600, 130, 60)), "last_token_usage": vector((0, 0, 0, 0), 6869)}
    rollout.add("event_msg", {"type": "token_count", "info": estimate})
    found = usages(rollout)
    assert [(u.input, u.cached, u.output, u.reasoning, u.model) for u in found] == [
        (600, 400, 50, 20, "gpt-5.5"),
        (400, 1200, 80, 40, "gpt-5.5"),
    ]
    assert total(rollout) == 2730


def test_an_echo_counts_nothing_even_when_its_last_differs() -> None:
    rollout = Rollout("a").counts(spent(100), spent(100)).counts(spent(100), spent(70))
    assert total(rollout) == 100


@pytest.mark.parametrize("with_last", [True, False])
def test_totals_that_begin_again_are_all_counted(with_last: bool) -> None:
    rollout = Rollout("a")
    for whole, last in (((5000, 0, 200, 0),) * 2, ((800, 0, 40, 0),) * 2, ((1700, 0, 100, 0), (900, 0, 60, 0))):
        rollout.counts(whole, last if with_last else None)
    assert [tokens(usage) for usage in usages(rollout)] == [5200, 840, 960]


def test_a_resume_of_0_63_restarts_its_totals_after_an_event_without_numbers() -> None:
    rollout = Rollout("a").counts(spent(35140), spent(35140)).counts(None, None).counts(spent(9100), spent(9100))
    assert total(rollout) == 44240


def test_a_total_without_last_counts_by_difference() -> None:
    assert [tokens(u) for u in usages(Rollout("a").counts(spent(110), None).counts(spent(150), None))] == [110, 40]


def test_a_last_of_zeros_counts_by_difference() -> None:
    rollout = Rollout("a").counts(spent(110), spent(110)).counts(spent(150), (0, 0, 0, 0))
    assert [tokens(usage) for usage in usages(rollout)] == [110, 40]


def test_the_running_total_may_be_absent() -> None:
    bare = {"input_tokens": 10, "output_tokens": 5}
    rollout = Rollout("a").add("event_msg", {"type": "token_count", "info": {"total_token_usage": bare}})
    assert total(rollout) == 15


def test_cached_never_exceeds_input_nor_reasoning_output() -> None:
    (usage,) = usages(Rollout("a").counts((100, 400, 10, 30), (100, 400, 10, 30)))
    assert (usage.input, usage.cached, usage.output, usage.reasoning) == (0, 100, 10, 10)


def test_cache_writes_are_taken_out_of_input() -> None:
    last = {"input_tokens": 100, "cached_input_tokens": 30, "cache_write_input_tokens": 20, "output_tokens": 5}
    rollout = Rollout("a").add("event_msg", {"type": "token_count", "info": {"total_token_usage": last}})
    (usage,) = usages(rollout)
    assert (usage.input, usage.cached, usage.cache_write_5m, usage.output) == (50, 30, 20, 5)


def test_a_model_that_is_not_known_stays_unknown() -> None:
    assert usages(Rollout("a").counts(spent(1), spent(1)))[0].model is None


def test_the_model_in_the_numbers_is_taken_when_no_context_names_one() -> None:
    info = {"total_token_usage": vector(spent(5)), "model": "gpt-5.1"}
    assert usages(Rollout("a").add("event_msg", {"type": "token_count", "info": info}))[0].model == "gpt-5.1"


def test_each_row_has_the_model_in_force() -> None:
    rollout = Rollout("a").model("m1", turn_id="T1").counts(spent(1), spent(1))
    rollout.model("m2", turn_id="T2").counts(spent(3), spent(2))
    assert [usage.model for usage in usages(rollout)] == ["m1", "m2"]


def test_a_usage_record_and_its_token_count_are_one_response() -> None:
    rollout = Rollout("a").record("r1", spent(110), spent(110)).counts(spent(110), spent(110))
    assert [usage.response_id for usage in usages(rollout)] == ["r1"]
    assert total(rollout) == 110


def test_a_record_counts_when_the_program_was_killed_before_its_token_count() -> None:
    rollout = Rollout("a")
    for name, taken, thread in (("r1", 4000, 4000), ("r2", 3760, 7760), ("r3", 3480, 11240)):
        rollout.record(name, spent(taken), spent(thread))
        if name != "r3":
            rollout.counts(spent(thread), spent(taken))
    assert total(rollout) == 11240


def test_a_file_begun_by_an_old_version_and_continued_by_a_new_one_is_exact() -> None:
    rollout = Rollout("a").counts(spent(100), spent(100)).counts(spent(100), spent(100))
    rollout.record("r1", spent(50), spent(150)).counts(spent(150), spent(50))
    assert total(rollout) == 150


def test_a_gateway_that_numbers_its_responses_anew_in_each_turn_loses_none() -> None:
    rollout = Rollout("a").record("resp_1", spent(10), spent(10))
    rollout.record("resp_1", spent(20), spent(30), turn_id="U2")
    assert total(rollout) == 30


def test_the_same_record_twice_counts_once() -> None:
    rollout = Rollout("a").record("r1", spent(10), spent(10)).record("r1", spent(10), spent(10))
    assert total(rollout) == 10


# -- families ------------------------------------------------------------------------------------------------------


def test_a_fork_of_0_169_counts_only_its_own() -> None:
    parent = Rollout("p").counts(spent(33320), spent(33320))
    base = {"thread_id": parent.id, "end_ordinal_exclusive": 67, "end_byte_offset": 76316}
    child = Rollout("c", start=900, forked_from_id=parent.id, forked_from_ordinal_exclusive=67, history_base=base)
    child.counts(spent(37700), spent(4380))
    assert same_in_every_order(parent, child) == {parent.id: 33320, child.id: 4380}


def test_what_a_fork_inherits_is_not_its_own_first_response() -> None:
    child = Rollout("c", forked_from_id=uuid("p"), history_base={"thread_id": uuid("p")})
    assert total(child.counts(spent(33320), (0, 0, 0, 0)).counts(spent(33400), spent(80))) == 80


@pytest.mark.parametrize("introduced", [True, False])
@pytest.mark.parametrize("restamped", [True, False])
def test_an_old_fork_counts_the_copied_lines_once(restamped: bool, introduced: bool) -> None:
    parent = Rollout("p").counts(spent(110), spent(110)).counts(spent(330), spent(220))
    child = Rollout("c", start=900, forked_from_id=parent.id)
    child.copied(parent, slice(0 if introduced else 1, None), restamped=restamped).counts(
        (350, 0, 40, 0), (60, 0, 0, 0)
    )
    assert same_in_every_order(parent, child) == {parent.id: 330, child.id: 60}


def test_a_fork_of_a_fork_counts_everything_once() -> None:
    first = Rollout("a").counts(spent(10), spent(10))
    second = Rollout("b", start=300, forked_from_id=first.id).copied(first).counts(spent(30), spent(20))
    third = Rollout("c", start=900, forked_from_id=second.id).copied(second).counts(spent(70), spent(40))
    assert same_in_every_order(first, second, third) == {first.id: 10, second.id: 20, third.id: 40}


def test_siblings_of_a_missing_parent_share_its_history_and_the_earlier_owns_it() -> None:
    def sibling(name: str, start: int, own: int) -> Rollout:
        rollout = Rollout(name, start=start, forked_from_id=uuid("x"))
        return (
            rollout.counts(spent(100), spent(100)).counts(spent(300), spent(200)).counts(spent(300 + own), spent(own))
        )

    older, younger = sibling("b", 100, 50), sibling("a", 900, 20)
    assert same_in_every_order(older, younger) == {older.id: 350, younger.id: 20}


def test_echoes_in_the_copied_prefix_do_not_matter() -> None:
    parent = Rollout("p").counts(spent(10), spent(10)).counts(spent(10), spent(10)).counts(spent(30), spent(20))
    child = Rollout("c", start=900, forked_from_id=parent.id).copied(parent, slice(0, 2)).copied(parent, slice(3, 4))
    assert same_in_every_order(parent, child) == {parent.id: 30}


def test_a_subagent_has_its_own_counters() -> None:
    parent = Rollout("p").counts(spent(11040), spent(11040))
    child = Rollout("c", start=5, session_id=parent.id, parent_thread_id=parent.id).counts(spent(3480), spent(3480))
    assert same_in_every_order(parent, child) == {parent.id: 11040, child.id: 3480}


def test_fresh_subagents_with_equal_first_numbers_are_not_one() -> None:
    source = {"subagent": {"thread_spawn": {"parent_thread_id": uuid("p"), "depth": 1}}}
    parent = Rollout("p").counts(spent(110), spent(110))
    children = [Rollout(name, start=9, source=source).counts(spent(110), spent(110)) for name in ("c", "d")]
    assert set(same_in_every_order(parent, *children).values()) == {110}


def test_fresh_subagents_stay_apart_however_long_their_numbers_agree() -> None:
    children = [Rollout(name, parent_thread_id=uuid("p")) for name in ("c", "d")]
    for child in children:
        child.counts(spent(110), spent(110)).counts(spent(220), spent(110)).counts(spent(330), spent(110))
    assert same_in_every_order(*children) == {uuid("c"): 330, uuid("d"): 330}


def test_a_subagent_that_replays_its_parent_counts_only_its_own() -> None:
    parent = Rollout("p").counts(spent(110), spent(110)).counts(spent(330), spent(220))
    child = Rollout("c", start=900, parent_thread_id=parent.id).copied(parent).counts(spent(390), spent(60))
    assert same_in_every_order(parent, child) == {parent.id: 330, child.id: 60}


def test_rows_older_than_a_subagent_are_its_parents() -> None:
    parent = Rollout("p").counts(spent(110), spent(110)).counts(spent(330), spent(220))
    child = Rollout("c", start=900, parent_thread_id=parent.id)
    child.copied(parent, slice(1, None), restamped=False).counts(spent(390), spent(60))
    assert same_in_every_order(parent, child) == {parent.id: 330, child.id: 60}


def test_a_reverted_thread_keeps_what_it_spent_before_and_after() -> None:
    thread = Rollout("t").counts(spent(100), spent(100)).counts(spent(250), spent(150))
    base = {"thread_id": thread.id, "end_ordinal_exclusive": 2, "end_byte_offset": 400}
    segment = Rollout("t", start=900, history_base=base).counts(spent(250), spent(150)).counts(spent(300), spent(50))
    assert same_in_every_order(thread, segment) == {thread.id: 450}


def test_an_archived_copy_counts_once() -> None:
    rollout = Rollout("a").counts(spent(110), spent(110)).counts(spent(330), spent(220))
    assert sum(map(tokens, claims(rollout, rollout).values())) == 330


def test_two_unrelated_threads_with_equal_numbers_at_the_same_time_are_two() -> None:
    pair = [Rollout(name).counts(spent(110), spent(110)) for name in ("a", "b")]
    assert total(*pair) == 220


def test_copied_usage_records_belong_to_the_thread_they_name() -> None:
    parent = Rollout("p").record("r1", spent(10), spent(10))
    child = Rollout("c", start=900, forked_from_id=parent.id).copied(parent).record("r2", spent(5), spent(15))
    assert same_in_every_order(parent, child) == {parent.id: 10, child.id: 5}


# -- identity ------------------------------------------------------------------------------------------------------


def sessions(path: str, *lines: object) -> list[SessionStarted]:
    return count_all(path, b"".join(json.dumps(line).encode() + b"\n" for line in lines)).sessions


def test_the_session_is_known_from_the_ledger_alone() -> None:
    rollout = Rollout("c", session_id=uuid("r"), parent_thread_id=uuid("p"), forked_from_id=uuid("f"))
    rollout.model("gpt-5.5").model("gpt-5.5").model("gpt-6")
    started, first, second = count_all(rollout.path, rollout.data).sessions
    assert (started.session, started.root, started.parent, started.forked_from) == (
        uuid("c"),
        uuid("r"),
        uuid("p"),
        uuid("f"),
    )
    assert (started.lineage, started.cwd, started.started_ms) == ("subagent", "/home/dev/proj", 1795244400305)
    assert [first.model, second.model] == ["gpt-5.5", "gpt-6"]


def test_rollouts_of_2025_introduce_themselves_without_a_type() -> None:
    header = {"id": uuid("o"), "timestamp": "2025-08-19T08:25:08.000Z", "git": {"branch": "main"}}
    (started,) = sessions("rollout-x.jsonl", header, {"record_type": "state"}, {"type": "message", "role": "user"})
    assert (started.session, started.started_ms, started.git_branch) == (uuid("o"), 1755591908000, "main")


def test_a_file_that_never_introduces_itself_is_named_by_its_path() -> None:
    rollout = Rollout("a").counts(spent(10), spent(10))
    found = count_all(rollout.path, b"\n" + b"".join(rollout.lines[1:]))
    assert [(started.session, started.started_ms) for started in found.sessions] == [(uuid("a"), 1795244402305)]
    assert [(usage.session, usage.owner_ms) for usage in told(found, "codex")] == [(uuid("a"), 1795244402305)]


def test_a_document_is_one_line_with_one_session() -> None:
    of = {"session": {"id": uuid("d"), "timestamp": "2025-05-01T08:00:00.000Z"}, "items": []}
    found = CodexCounter().count(
        RolloutCount(), codex("rollout-2025-05-01-x.json"), json.dumps(of, indent=1).encode(), 0
    )
    assert (found.lines, [started.session for started in found.sessions]) == (1, [uuid("d")])


# -- bytes ---------------------------------------------------------------------------------------------------------


def test_bad_lines_are_rejected_and_the_rest_counts() -> None:
    rollout = Rollout("a").counts(spent(10), spent(10))
    rollout.lines.insert(1, b'{"timestamp":"2026-11-21T07:02:18.305Z","type":"event_msg","payl\n')
    rollout.counts(spent(30), spent(20))
    found = count_all(rollout.path, rollout.data)
    assert (found.lines, [offset for offset, _ in found.rejected]) == (4, [len(rollout.lines[0])])
    assert sum(map(tokens, told(found, "codex"))) == 30


@pytest.mark.parametrize("noise", [b"\n", b"\r\n", b"{} {}\n", b"\xef\xbb\xbf{}\n", b"\0\0{}\0\n", b"[1,2]\n", b"7\n"])
def test_noise_between_lines_moves_no_offset(noise: bytes) -> None:
    rollout = Rollout("a")
    rollout.lines.append(noise)
    where = len(rollout.data)
    found = count_all(rollout.path, rollout.counts(spent(10), spent(10)).data)
    assert [usage.offset for usage in told(found, "codex")] == [where]
    assert found.lines == 2 + bool(noise.strip())


def test_numbers_of_a_strange_type_count_as_absent() -> None:
    odd = {"input_tokens": 10, "cached_input_tokens": None, "output_tokens": -5, "reasoning_output_tokens": "x"}
    rollout = Rollout("a").add("event_msg", {"type": "token_count", "info": {"total_token_usage": odd}})
    (usage,) = usages(rollout)
    assert (usage.input, usage.cached, usage.output) == (10, 0, 0)


def test_spaces_and_the_order_of_keys_do_not_matter() -> None:
    rollout = Rollout("a").counts(spent(10), spent(10))
    turned = [
        json.dumps(dict(reversed(json.loads(line).items())), indent=None, separators=(" , ", " : "))
        for line in rollout.lines
    ]
    found = count_all(rollout.path, "\n".join(turned).encode() + b"\n")
    assert sum(map(tokens, told(found, "codex"))) == 10


def as_codex_writes(rollout: Rollout, *, ordinals: bool = False) -> bytes:
    """Without spaces, and by newer versions with a number in each line."""
    lines = []
    for number, line in enumerate(rollout.lines):
        try:
            of = json.loads(line)
        except ValueError:
            of = None
        if isinstance(of, dict) and "payload" in of:
            stamp = {"timestamp": of.pop("timestamp")} | ({"ordinal": number} if ordinals else {})
            lines.append(json.dumps(stamp | of, separators=(",", ":")).encode() + b"\n")
        else:
            lines.append(line)
    return b"".join(lines)


def talkative() -> Rollout:
    rollout = Rollout("a").model("m1").add("response_item", {"type": "message", "content": "token_count"})
    rollout.add("event_msg", {"type": "user_message", "message": "session_meta"}).counts(spent(10), spent(10))
    rollout.add("response_item", {"type": "token_count", "info": {"total_token_usage": vector(spent(99))}})
    return rollout.add("event_msg", {"type": "agent_message"}).record("r1", spent(20), spent(30))


@pytest.mark.parametrize("ordinals", [False, True])
def test_lines_that_say_nothing_are_passed_over_and_count_as_lines(ordinals: bool) -> None:
    data = as_codex_writes(talkative(), ordinals=ordinals)
    found = count_all("rollout-x.jsonl", data)
    assert (found.lines, [tokens(usage) for usage in told(found, "codex")]) == (8, [10, 20])
    begun = [data.rindex(b"\n", 0, data.index(word)) + 1 for word in (b'"token_count","info"', b"token_usage_record")]
    assert [usage.offset for usage in told(found, "codex")] == begun


@pytest.mark.parametrize("kind", ["response_item", "event_msg"])
def test_a_torn_line_that_would_say_nothing_is_rejected(kind: str) -> None:
    torn = b'{"timestamp":"2026-11-21T07:02:18.305Z","type":"%b","payload":{"type":"mess\n' % kind.encode()
    data = as_codex_writes(talkative())
    found = count_all("rollout-x.jsonl", data + torn)
    assert (found.lines, [offset for offset, _ in found.rejected]) == (9, [len(data)])


def test_a_file_that_begins_with_a_line_that_says_nothing_is_named_after_its_path() -> None:
    rollout = talkative()
    del rollout.lines[:2]
    found = count_all(rollout.path, as_codex_writes(rollout))
    assert [(started.session, started.offset) for started in found.sessions] == [(uuid("a"), 0)]
    assert found.sessions[0].time_ms == 1795244403305


def test_an_odd_limit_between_usual_ones_moves_no_line() -> None:
    rollout = Rollout("a")
    for place, used in enumerate((1.0, "odd", 3.0)):
        limits = {"primary": {"used_percent": used, "window_minutes": 300}}
        rollout.counts(spent(10 + place), None, rate_limits=limits)
    found = count_all(rollout.path, as_codex_writes(rollout))
    assert [tokens(usage) for usage in told(found, "codex")] == [10, 1, 1]
    assert [limit.used_percent for limit in found.limits] == [1.0, 3.0]


events = st.one_of(
    st.tuples(st.just("counts"), st.integers(0, 400), st.one_of(st.none(), st.integers(0, 90))),
    st.tuples(st.just("record"), st.integers(0, 400), st.integers(0, 90)),
    st.tuples(st.just("model"), st.integers(0, 2), st.none()),
    st.tuples(st.just("said"), st.integers(0, 1), st.none()),
    st.tuples(st.just("noise"), st.integers(0, 3), st.none()),
)


def written(script: Sequence[tuple[str, int, int | None]]) -> Rollout:
    rollout = Rollout("a", parent_thread_id=uuid("p"))
    for place, (what, whole, last) in enumerate(script):
        if what == "counts":
            more = {"rate_limits": {"primary": {"used_percent": whole % 7, "window_minutes": 300}}}
            rollout.counts(spent(whole), None if last is None else spent(last), **more)
        elif what == "record":
            rollout.record(f"r{place}", spent(last or 0), spent(whole))
        elif what == "model":
            rollout.model(f"m{whole}", turn_id=f"T{place}")
        elif what == "said":
            kind = ("response_item", "event_msg")[whole % 2]
            rollout.add(kind, {"type": "message", "content": "}}\n"})
        else:
            rollout.lines.append((b"\n", b"{torn\n", b'{"type":"\\ud800"}\n', b"null\n")[whole])
    return rollout


@given(script=st.lists(events, max_size=25), cuts=st.lists(st.integers(0, 30), max_size=6))
def test_any_split_into_blocks_gives_the_same_rows(script: list[tuple[str, int, int | None]], cuts: list[int]) -> None:
    rollout = written(script)
    assert count_all(rollout.path, rollout.data, cuts) == count_all(rollout.path, rollout.data)


@given(script=st.lists(events, max_size=25), ordinals=st.booleans())
def test_spaces_change_nothing_but_offsets(script: list[tuple[str, int, int | None]], ordinals: bool) -> None:
    rollout = written(script)
    spaced = count_all(rollout.path, rollout.data)
    dense = count_all(rollout.path, as_codex_writes(rollout, ordinals=ordinals))
    assert (dense.lines, len(dense.rejected)) == (spaced.lines, len(spaced.rejected))
    assert [(usage.key, tokens(usage)) for usage in told(dense, "codex")] == [
        (u.key, tokens(u)) for u in told(spaced, "codex")
    ]
    assert [(limit.time_ms, limit.used_percent) for limit in dense.limits] == [
        (limit.time_ms, limit.used_percent) for limit in spaced.limits
    ]


@given(script=st.lists(events, max_size=12), data=st.binary(max_size=200), place=st.integers(0, 4000))
def test_damaged_files_never_raise_and_every_line_is_accounted_for(
    script: list[tuple[str, int, int | None]], data: bytes, place: int
) -> None:
    whole = written(script).data
    damaged = whole[: place % len(whole)] + data + whole[place % len(whole) :]
    found = CodexCounter().count(RolloutCount(), codex("rollout-x.jsonl"), damaged, 0)
    assert found.lines == sum(bool(trim(line).strip()) for line in damaged.split(b"\n"))
    assert len(found.rejected) <= found.lines


# -- real files ----------------------------------------------------------------------------------------------------

PLAYS = sorted(path.parent for path in GOLDEN.glob("codex-*/*/truth.json"))


@pytest.mark.parametrize("play", PLAYS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_real_sessions_add_up_to_what_the_provider_sent(play: Path) -> None:
    truth = json.loads((play / "truth.json").read_text("utf-8"))
    owned: dict[int, Told] = {}
    for path in sorted(play.glob("sessions/**/rollout-*.jsonl")):
        for usage in told(count_all(str(path), path.read_bytes()), "codex"):
            other = owned.get(usage.key)
            if other is None or (usage.owner_ms or 0, usage.session) < (other.owner_ms or 0, other.session):
                owned[usage.key] = usage
    sent: dict[str, list[int]] = {}
    for response in truth["responses"]:
        if response["complete"] and response["status"] == 200:
            spent_tokens = response["tokens"]
            row = [spent_tokens[kind] for kind in ("fresh", "cache_read", "output", "reasoning")]
            sent[response["session"]] = [
                a + b for a, b in zip(sent.get(response["session"], [0] * 4), row, strict=True)
            ]
    counted: dict[str, list[int]] = {}
    for usage in owned.values():
        row = [usage.input, usage.cached, usage.output, usage.reasoning or 0]
        counted[usage.session] = [a + b for a, b in zip(counted.get(usage.session, [0] * 4), row, strict=True)]
    assert counted == sent


def test_there_are_real_sessions() -> None:
    assert len(PLAYS) > 40
