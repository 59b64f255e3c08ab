"""Clusters keep their id while they keep their members; what else happens to them is told."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from codex_loop.clusters.identity import After, Before, matched

HERE = np.array([1.0, 0.0], dtype=np.float32)
THERE = np.array([0.0, 1.0], dtype=np.float32)


def before(number: int, *members: int, centre: np.ndarray = HERE) -> Before:
    return Before(number, frozenset(members), centre)


def after(*members: int, centre: np.ndarray = HERE) -> After:
    return After(frozenset(members), centre)


def test_a_group_with_the_same_members_keeps_its_id() -> None:
    (event,) = matched([before(7, 1, 2, 3)], [after(1, 2, 3)])
    assert (event.kind, event.id, event.origins, event.overlap) == ("kept", 7, (7,), 1.0)


def test_members_that_are_new_or_gone_say_nothing_about_identity() -> None:
    (event,) = matched([before(7, 1, 2, 3, 90, 91, 92)], [after(1, 2, 3, 4, 5, 6, 8, 9)])
    assert (event.kind, event.id, event.overlap) == ("kept", 7, 1.0)


def test_a_group_of_strangers_is_born() -> None:
    born, gone = matched([before(7, 1, 2, 3)], [after(4, 5, 6)])
    assert (born.kind, born.id, born.origins) == ("born", None, ())
    assert (gone.kind, gone.id, gone.group) == ("dormant", 7, None)


def test_of_a_split_the_largest_part_keeps_the_id_and_the_other_points_to_its_parent() -> None:
    large, small = matched([before(7, *range(10))], [after(*range(7)), after(7, 8, 9)])
    assert (large.kind, large.id) == ("kept", 7)
    assert (small.kind, small.id, small.origins) == ("split", None, (7,))


def test_a_merger_keeps_the_id_of_its_largest_part_and_names_the_other() -> None:
    merged, gone = matched([before(7, *range(8)), before(9, 10, 11, 12)], [after(*range(8), 10, 11, 12)])
    assert (merged.kind, merged.id, merged.origins) == ("merged", 7, (7, 9))
    assert (gone.kind, gone.id, gone.origins) == ("dormant", 9, (7,))


def test_a_group_that_lost_most_members_is_the_same_only_while_its_centre_stays() -> None:
    old = [before(7, *range(10)), before(8, *range(20, 40), centre=THERE)]
    near = matched(old, [after(0, 1, 2, *range(20, 25), centre=HERE), after(*range(25, 40), centre=THERE)])
    far = matched(old, [after(0, 1, 2, *range(20, 25), centre=THERE), after(*range(25, 40), centre=THERE)])
    assert (near[0].kind, near[0].id) == ("shifted", 7)
    assert far[0].id is None


def test_nothing_before_and_nothing_after_is_no_trouble() -> None:
    assert matched([], []) == []
    assert [event.kind for event in matched([], [after(1)])] == ["born"]
    assert [event.kind for event in matched([before(1, 1)], [])] == ["dormant"]


@given(st.lists(st.integers(0, 4), min_size=1, max_size=40), st.lists(st.integers(0, 4), min_size=1, max_size=40))
def test_every_group_has_one_event_and_no_id_is_given_twice(old: list[int], new: list[int]) -> None:
    was = [before(100 + label, *(at for at, each in enumerate(old) if each == label)) for label in sorted(set(old))]
    now = [after(*(at for at, each in enumerate(new) if each == label)) for label in sorted(set(new))]
    events = matched(was, now)
    assert [event.group for event in events if event.group is not None] == list(range(len(now)))
    ids = [event.id for event in events if event.id is not None]
    assert sorted(ids) == sorted(set(ids))
    assert {cluster.id for cluster in was} <= set(ids)
    assert matched(was, [After(each.members, each.centre) for each in was])[0].kind == "kept"
