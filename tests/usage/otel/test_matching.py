"""Which exported request is which row: each once, by id where there is one, and nothing lost."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from codex_loop.sources.otlp.told import Request
from codex_loop.store.requests import Counted
from codex_loop.usage.otel.matching import FINAL, pairs

IDS = st.none() | st.sampled_from(["r1", "r2", "r3"])
MODELS = st.sampled_from(["gpt-5.5", "gpt-5"])
FEW = st.integers(0, 1)
THEIRS = st.builds(
    Request, agent=st.just("codex"), session=st.just("t1"), model=MODELS, input=FEW, output=FEW,
    cache_creation=st.just(0), cache_read=FEW, request_id=IDS, time_ms=st.integers(0, 3),
)  # fmt: skip
OURS = st.builds(
    Counted, session_key=st.just(1), time_ms=st.integers(0, 3), model=MODELS, input=FEW, output=FEW,
    cache_creation=st.just(0), cache_read=FEW, quality=st.integers(0, FINAL), request_id=IDS,
)  # fmt: skip


@given(st.lists(THEIRS, max_size=8), st.lists(OURS, max_size=8))
def test_every_request_of_either_side_is_in_one_pair_and_the_pairs_add_up(
    theirs: list[Request], ours: list[Counted]
) -> None:
    found = pairs(theirs, ours)
    assert Counter(id(each.theirs) for each in found if each.theirs is not None) == Counter(map(id, theirs))
    assert Counter(id(each.ours) for each in found if each.ours is not None) == Counter(map(id, ours))
    assert sum(each.more for each in found) == sum(each.total for each in theirs) - sum(each.total for each in ours)


@given(st.lists(THEIRS, max_size=8), st.lists(OURS, max_size=8))
def test_two_ids_are_two_requests_and_one_id_is_one(theirs: list[Request], ours: list[Counted]) -> None:
    found = pairs(theirs, ours)
    met = [(each.theirs.request_id, each.ours.request_id) for each in found if each.theirs and each.ours]
    assert all(None in names or names[0] == names[1] for names in met)
    for name in ("r1", "r2", "r3"):
        sides = [sum(each.request_id == name for each in side) for side in (theirs, ours)]
        assert met.count((name, name)) == min(sides)


@given(st.lists(THEIRS, max_size=8))
def test_an_export_of_what_the_ledger_has_leaves_nothing_over(theirs: list[Request]) -> None:
    ours = [
        Counted(1, each.time_ms, each.model, each.input, each.output, 0, each.cache_read, FINAL, each.request_id)
        for each in theirs
    ]
    found = pairs(theirs, ours[::-1])
    assert all(each.theirs is not None and each.ours is not None for each in found)


def test_of_rows_under_one_id_the_one_of_its_model_is_taken_and_of_equal_ones_each() -> None:
    def of(model: str, output: int) -> Counted:
        return Counted(1, 0, model, 5, output, 0, 0, FINAL, "r1")

    other, own = of("gpt-5", 7), of("gpt-5.5", 7)
    theirs = Request(
        agent="codex", session="t1", model="gpt-5.5", input=5, output=7, cache_creation=0, cache_read=0, request_id="r1"
    )
    assert pairs([theirs], [other, own])[0].ours is own
    same = [of("gpt-5.5", 7), of("gpt-5.5", 7)]
    assert [each.ours is mine for each, mine in zip(pairs([theirs, theirs], same), same, strict=True)] == [True, True]
