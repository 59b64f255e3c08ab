"""The rules of Claude token accounting, each through the real counter and the ledger's merge."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.capture.counting.claude import ClaudeCounter
from codex_loop.model.records import SessionEnded, SessionStarted
from tests.capture.counting.told import Told, claude, told

MAIN = "/home/p/.claude/projects/-w/{}.jsonl"
MODEL = "claude-sonnet-4-5"


def message(
    name: str | None = "m1",
    request: str | None = "r1",
    *,
    session: str = "S",
    output: int = 100,
    final: bool = True,
    at: str = "2026-05-01T10:00:00.000Z",
    **more: object,
) -> dict[str, object]:
    tokens: dict[str, object] = {"input_tokens": 10, "output_tokens": output, **dict_of(more.pop("usage", {}))}
    body = {
        "id": name,
        "model": more.pop("model", MODEL),
        "stop_reason": "end_turn" if final else None,
        "usage": tokens,
    }
    line: dict[str, object] = {"type": "assistant", "sessionId": session, "timestamp": at, "message": body}
    if request is not None:
        line["requestId"] = request
    return line | {"isSidechain": False, "uuid": f"u-{name}-{output}"} | more


def dict_of(value: object) -> dict[str, object]:
    assert isinstance(value, dict)
    return value


def text(*lines: Mapping[str, object] | str) -> bytes:
    return "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines).encode()


class Ledger:
    """What the store does with usage rows: one upsert, whatever comes first."""

    def __init__(self) -> None:
        self.rows: dict[int, Told] = {}

    def put(self, usages: Iterable[Told]) -> None:
        for new in usages:
            old = self.rows.get(new.key)
            self.rows[new.key] = new if old is None else merged(old, new)

    def total(self, session: str | None = None) -> int:
        return sum(tokens(row) for row in self.rows.values() if session in {None, row.session})


def tokens(row: Told) -> int:
    return int(row.input + row.cached + row.cache_write_5m + row.cache_write_1h + row.output)


COUNTS = ("input", "cached", "cache_write_5m", "cache_write_1h", "output", "web_searches")


def merged(old: Told, new: Told) -> Told:
    rank_old, rank_new = (not old.sidechain, old.final), (not new.sidechain, new.final)
    best = new if rank_new > rank_old else old
    counts = {name: getattr(best, name) for name in COUNTS}
    if rank_old == rank_new:
        counts = {name: max(getattr(old, name), getattr(new, name)) for name in COUNTS}
    owner = min(old, new, key=lambda row: (row.owner_ms, row.session))
    requests = [row.request_id for row in (old, new) if row.request_id is not None]
    times = [row.time_ms for row in (old, new) if row.time_ms is not None]
    return best.having(
        session_key=owner.session_key,
        owner_ms=owner.owner_ms,
        time_ms=min(times, default=None),
        request_id=max(requests, default=None),
        **counts,
    )


def count(files: Iterable[tuple[str, bytes]]) -> Ledger:
    ledger = Ledger()
    for path, data in files:
        ledger.put(told(ClaudeCounter().count(ClaudeCounter.state(), claude(path), data, 0), "claude"))
    return ledger


def in_every_order(files: Mapping[str, bytes]) -> Ledger:
    """The ledger after the files in one order, once it is known to be the same after every order."""
    ledgers = [count(order) for order in itertools.permutations(files.items())]
    whole = [dict(sorted(ledger.rows.items())) for ledger in ledgers]
    for other in whole[1:]:
        assert [(r.session, tokens(r), r.quality, r.time_ms) for r in other.values()] == [
            (r.session, tokens(r), r.quality, r.time_ms) for r in whole[0].values()
        ]
    return ledgers[0]


def one_file(*lines: Mapping[str, object] | str) -> Ledger:
    return count([(MAIN.format("S"), text(*lines))])


def test_a_growing_message_counts_once_with_its_largest_output() -> None:
    grown = [message(output=size, final=False) for size in (1, 50, 200)]
    assert one_file(*grown).total() == 210


def test_a_shrinking_message_keeps_its_largest_output() -> None:
    assert one_file(message(output=200), message(output=1)).total() == 210


def test_a_final_row_beats_a_larger_placeholder() -> None:
    for lines in itertools.permutations([message(output=300, final=False), message(output=120)]):
        (row,) = one_file(*lines).rows.values()
        assert (row.output, row.final) == (120, True)


def test_three_content_blocks_of_one_message_count_once() -> None:
    assert one_file(message(), message(), message()).total() == 110


def test_without_request_id_the_message_id_alone_tells_messages_apart() -> None:
    assert one_file(message(request=None), message(request=None)).total() == 110


def test_a_message_once_with_and_once_without_request_id_is_one_message() -> None:
    files = {MAIN.format("A"): text(message(session="A")), MAIN.format("B"): text(message(request=None, session="B"))}
    ledger = in_every_order(files)
    assert ledger.total() == 110


QUEUED = {"type": "queue-operation", "operation": "enqueue"}


def test_a_headless_fork_owns_only_what_it_added() -> None:
    first = [message("m1", session="A"), message("m2", "r2", session="A", at="2026-05-01T10:00:05.000Z")]
    lead = {**QUEUED, "timestamp": "2026-05-01T11:00:00.000Z", "sessionId": "0-fork"}
    copies = [line | {"sessionId": "0-fork"} for line in first]
    own = message("m3", "r3", session="0-fork", at="2026-05-01T11:00:02.000Z")
    ledger = in_every_order({MAIN.format("A"): text(*first), MAIN.format("0-fork"): text(lead, *copies, own)})
    assert (ledger.total(), ledger.total("A"), ledger.total("0-fork")) == (330, 220, 110)


def test_an_interactive_fork_owns_only_what_it_added() -> None:
    first = [message("m1", session="A"), message("m2", "r2", session="A")]
    mark = {"sessionId": "0-fork", "forkedFrom": {"sessionId": "A", "messageUuid": "u"}}
    own = message("m3", "r3", session="0-fork", at="2026-05-01T11:00:02.000Z")
    forked = text(*[line | mark for line in first], own)
    ledger = in_every_order({MAIN.format("A"): text(*first), MAIN.format("0-fork"): forked})
    assert (ledger.total(), ledger.total("A"), ledger.total("0-fork")) == (330, 220, 110)


def test_an_old_resume_that_stamps_its_copies_anew_owns_only_what_it_added() -> None:
    first = message("m1", session="A")
    copy = message("m1", None, session="0-resumed", at="2026-05-01T12:00:00.000Z")
    own = message("m2", "r2", session="0-resumed", at="2026-05-01T12:00:09.000Z")
    head = {"type": "summary", "summary": "Fix add", "leafUuid": "u-m1-100"}
    ledger = in_every_order({MAIN.format("A"): text(first), MAIN.format("0-resumed"): text(head, copy, own)})
    assert (ledger.total("A"), ledger.total("0-resumed")) == (110, 110)
    (shared,) = [row for row in ledger.rows.values() if row.response_id == "m1"]
    assert shared.time_ms == 1777629600000


SIDE = {"isSidechain": True, "agentId": "x"}
SUBAGENT = "/home/p/.claude/projects/-w/S/subagents/agent-x.jsonl"


def test_a_subagent_counts_under_its_own_session_and_the_parents_summary_of_it_not_at_all() -> None:
    result = {
        "type": "user",
        "sessionId": "S",
        "timestamp": "2026-05-01T10:00:03.000Z",
        "message": {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "done"}]},
        "toolUseResult": {"totalTokens": 110, "usage": {"input_tokens": 10, "output_tokens": 100}, "agentId": "x"},
    }
    files = {
        MAIN.format("S"): text(message(), result),
        SUBAGENT: text(message("m2", "r2") | SIDE, message("m3", "r3") | SIDE),
    }
    ledger = in_every_order(files)
    assert (ledger.total(), ledger.total("S"), ledger.total("S/x")) == (330, 110, 220)


def test_a_replay_in_a_side_conversation_never_replaces_the_main_conversations_row() -> None:
    main = message(usage={"cache_read_input_tokens": 20})
    replay = message("m1", "r9", isSidechain=True, agentId="btw", usage={"cache_read_input_tokens": 50_000})
    ledger = in_every_order({MAIN.format("S"): text(main), SUBAGENT.replace("agent-x", "agent-btw"): text(replay)})
    (row,) = ledger.rows.values()
    assert (row.cached, row.session) == (20, "S")


def test_a_replay_within_one_file_never_replaces_the_main_conversations_row() -> None:
    main = message(usage={"cache_read_input_tokens": 20})
    replay = message("m1", "r9", isSidechain=True, agentId="btw", usage={"cache_read_input_tokens": 50_000})
    for lines in itertools.permutations([main, replay]):
        (row,) = one_file(*lines).rows.values()
        assert (row.cached, row.session) == (20, "S")


def test_an_inline_sidechain_is_a_session_of_its_own() -> None:
    prompt = {
        "type": "user", "sessionId": "S", "uuid": "c1", "parentUuid": None, "isSidechain": True,
        "timestamp": "2026-05-01T10:00:01.000Z", "message": {"role": "user", "content": "look"},
    }  # fmt: skip
    side = {"isSidechain": True, "uuid": "c2", "parentUuid": "c1"}
    again = {"isSidechain": True, "uuid": "c3", "parentUuid": "c2"}
    ledger = one_file(message(), prompt, message("m2", "r2") | side, message("m3", "r3") | again)
    assert (ledger.total("S"), ledger.total("S/c1")) == (110, 220)


def test_very_many_side_conversations_are_all_counted_and_not_all_remembered() -> None:
    state, counter, path = ClaudeCounter.state(), ClaudeCounter(), MAIN.format("S")
    counter.count(state, claude(path), text(message("main")), 0)
    rows = []
    for number in range(400):
        side = {"isSidechain": True, "uuid": f"c{number}", "parentUuid": None}
        rows += told(counter.count(state, claude(path), text(message(f"m{number}") | side), 0), "claude")
    assert len({row.session for row in rows}) == 400
    assert len(state.sessions) <= 257
    assert "S" in state.sessions


def test_synthetic_lines_and_embedded_subagent_messages_cost_nothing() -> None:
    synthetic = message("x", "r1", model="<synthetic>", isApiErrorMessage=True)
    embedded = {
        "type": "progress",
        "sessionId": "S",
        "timestamp": "2026-05-01T10:00:03.000Z",
        "data": {"type": "agent_progress", "message": {"type": "assistant", "message": message("m9")["message"]}},
    }
    assert one_file(message(), synthetic, embedded).total() == 110


def test_the_cache_split_is_kept_and_what_it_leaves_open_was_written_for_five_minutes() -> None:
    parts = {"ephemeral_5m_input_tokens": 400, "ephemeral_1h_input_tokens": 500}
    split = {"cache_creation_input_tokens": 900, "cache_creation": parts}
    rows = one_file(message("a", usage=split), message("b", usage={"cache_creation_input_tokens": 900})).rows.values()
    assert [(row.cache_write_5m, row.cache_write_1h) for row in rows] == [(400, 500), (900, 0)]


def test_thinking_searches_and_speed_are_told_apart() -> None:
    usage = {
        "output_tokens_details": {"thinking_tokens": 40},
        "server_tool_use": {"web_search_requests": 2},
        "speed": "fast",
        "service_tier": "standard",
    }
    fast, plain = one_file(
        message("a", usage=usage), message("b", "r2", usage={"service_tier": "standard"})
    ).rows.values()
    assert (fast.reasoning, fast.web_searches, fast.tier) == (40, 2, "fast")
    assert (plain.reasoning, plain.web_searches, plain.tier) == (None, 0, "standard")


def test_advice_of_another_model_is_a_row_of_its_own_and_other_iterations_are_not() -> None:
    steps = [
        {"type": "message", "input_tokens": 10, "output_tokens": 100},
        {"type": "advisor_message", "model": "claude-opus", "input_tokens": 7, "output_tokens": 3},
    ]
    ledger = one_file(message(usage={"iterations": steps}), message(usage={"iterations": steps}))
    rows = sorted(ledger.rows.values(), key=tokens)
    assert [(row.model, tokens(row), row.hidden) for row in rows] == [
        ("claude-opus", 10, "advisor"),
        (MODEL, 110, None),
    ]


def test_a_message_without_any_id_still_counts_once() -> None:
    copy = message(None, None, session="B")
    files = {MAIN.format("A"): text(message(None, None, session="A")), MAIN.format("B"): text(copy)}
    assert in_every_order(files).total() == 110


def test_an_unfinished_message_is_marked_partial() -> None:
    (row,) = one_file(message(final=False, output=1)).rows.values()
    assert not row.final


def test_spaced_json_crlf_and_a_byte_order_mark_change_nothing() -> None:
    spaced = json.dumps(message(), indent=None, separators=(" , ", " : "))
    data = b"\xef\xbb\xbf" + spaced.encode() + b"\r\n\r\n" + json.dumps(message("m2", "r2")).encode() + b"\r\n"
    counted = ClaudeCounter().count(ClaudeCounter.state(), claude(MAIN.format("S")), data, 0)
    assert [tokens(row) for row in told(counted, "claude")] == [110, 110]
    assert (counted.lines, counted.rejected) == (2, [])


def test_a_bad_line_is_rejected_with_its_offset_and_costs_no_other_line() -> None:
    data = text(message(), '"stop_reason":null,"usage":{"input_tok', message("m2", "r2"))
    counted = ClaudeCounter().count(ClaudeCounter.state(), claude(MAIN.format("S")), data, 1000)
    first = data.index(b"\n") + 1
    assert [at for at, _ in counted.rejected] == [1000 + first]
    assert (counted.lines, [tokens(row) for row in told(counted, "claude")]) == (3, [110, 110])


def test_two_records_on_one_line_both_count() -> None:
    assert one_file(json.dumps(message()) + json.dumps(message("m2", "r2"))).total() == 220


def test_a_value_of_an_unexpected_type_costs_only_itself() -> None:
    odd = message(usage={"cache_read_input_tokens": "many", "server_tool_use": []})
    assert one_file(odd).total() == 110


def test_rows_point_at_the_first_line_of_their_message() -> None:
    quoting = {"type": "user", "sessionId": "S", "message": {"role": "user", "content": 'it said "id":"m2"'}}
    data = text(message(), quoting, message("m2", "r2"), message("m2", "r2", output=120))
    rows = told(ClaudeCounter().count(ClaudeCounter.state(), claude(MAIN.format("S")), data, 500), "claude")
    starts = [500, 500 + data.index(b'{"type": "assistant"', 10)]
    assert [row.offset for row in rows] == starts


def test_the_session_is_introduced_with_what_its_lines_say() -> None:
    line = message(cwd="/w/app", version="2.1.197", gitBranch="main", entrypoint="cli")
    lead = {**QUEUED, "timestamp": "2026-05-01T09:59:59.000Z", "sessionId": "S"}
    counted = ClaudeCounter().count(ClaudeCounter.state(), claude(MAIN.format("S")), text(lead, line), 0)
    (session,) = counted.sessions
    assert session == SessionStarted(
        offset=len(text(lead)),
        time_ms=1777629599000,
        session="S",
        lineage="main",
        root="S",
        started_ms=1777629599000,
        cwd="/w/app",
        model=MODEL,
        agent_version="2.1.197",
        git_branch="main",
        entrypoint="cli",
    )


def test_the_last_cost_state_of_a_session_is_its_total() -> None:
    totals = [
        {"type": "cost-state", "sessionId": "S", "totalCostUSD": cost, "modelUsage": {MODEL: {"inputTokens": 1}}}
        for cost in (0.01, 0.02)
    ]
    counted = ClaudeCounter().count(ClaudeCounter.state(), claude(MAIN.format("S")), text(message(), *totals), 0)
    (ended,) = counted.totals
    assert isinstance(ended, SessionEnded)
    assert (ended.cost_usd, ended.totals, ended.time_ms) == (
        0.02,
        '{"claude-sonnet-4-5": {"inputTokens": 1}}',
        1777629600000,
    )


def test_a_line_that_only_repeats_its_message_gives_no_second_row() -> None:
    state = ClaudeCounter.state()
    rows = [
        told(ClaudeCounter().count(state, claude(MAIN.format("S")), text(message()), at), "claude") for at in (0, 400)
    ]
    assert [len(found) for found in rows] == [1, 0]


LINES = st.lists(
    st.one_of(
        st.builds(
            message,
            st.sampled_from(["m1", "m2", "m3", None]),
            st.sampled_from(["r1", "r2", None]),
            session=st.sampled_from(["S", "T"]),
            output=st.integers(0, 500),
            final=st.booleans(),
            at=st.integers(0, 3).map("2026-05-01T10:00:0{}.000Z".format),
            isSidechain=st.booleans(),
            parentUuid=st.sampled_from([None, "u-m1-1", "u-m2-2"]),
        ).map(json.dumps),
        st.sampled_from(
            ['{"type":"cost-state","sessionId":"S"}', "{broken", "", "[]", '{"type":"user"} {"type":"mode"}']
        ),
    ),
    max_size=12,
)


@given(lines=LINES, cuts=st.lists(st.integers(0, 12), max_size=4))
def test_blocks_of_any_size_give_the_same_ledger(lines: list[str], cuts: list[int]) -> None:
    whole, pieces = Ledger(), Ledger()
    path = MAIN.format("S")
    at_once = ClaudeCounter().count(ClaudeCounter.state(), claude(path), text(*lines), 0)
    whole.put(told(at_once, "claude"))
    state, offset, counted, rejected = ClaudeCounter.state(), 0, 0, 0
    edges = sorted({0, len(lines), *(cut for cut in cuts if cut < len(lines))})
    for start, end in itertools.pairwise(edges):
        block = text(*lines[start:end])
        found = ClaudeCounter().count(state, claude(path), block, offset)
        pieces.put(told(found, "claude"))
        offset, counted, rejected = offset + len(block), counted + found.lines, rejected + len(found.rejected)
        state = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=ClaudeCounter.state)
    assert (counted, rejected) == (at_once.lines, len(at_once.rejected))
    assert {key: bare(row) for key, row in pieces.rows.items()} == {key: bare(row) for key, row in whole.rows.items()}


def bare(row: Told) -> Told:
    return row.having(line_offset=0)


@given(data=st.binary(max_size=400))
def test_arbitrary_bytes_never_raise(data: bytes) -> None:
    counted = ClaudeCounter().count(ClaudeCounter.state(), claude(MAIN.format("S")), data, 0)
    assert counted.lines >= len(counted.rejected)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "message", "usage", "id", "sessionId", "timestamp", "input_tokens"]), inner
        )
    ),
    max_leaves=12,
)


@given(tree=JSON)
def test_json_of_any_shape_never_raises(tree: object) -> None:
    line = json.dumps({"type": "assistant", "sessionId": "S", "message": tree})
    counted = ClaudeCounter().count(ClaudeCounter.state(), claude(MAIN.format("S")), text(line, json.dumps(tree)), 0)
    assert counted.lines == 2


@pytest.mark.parametrize("count_of", [-5, 1 << 60, 10**40])
def test_an_absurd_number_counts_as_none(count_of: int) -> None:
    assert one_file(message(usage={"input_tokens": count_of})).total() == 100
