"""What belongs: found by the same detector, and near enough or an exemplar."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_loop.clusters.density import Vectors
from codex_loop.embedding.static import unit
from codex_loop.taxonomy import confidence
from codex_loop.taxonomy.confidence import WEIGHTS, Parts
from codex_loop.taxonomy.rule import Rule, circle, rule_of, similarities
from tests.clusters.makings import blobs


def rule(vectors: Vectors, **more: object) -> Rule:
    made = rule_of("friction", ["exec_failure"] * len(vectors), "model/64@1", vectors, (), vectors[:0])
    return msgspec.structs.replace(made, **more)


def test_members_belong_and_strangers_do_not() -> None:
    vectors, truth = blobs(6, 30)
    made = rule(vectors[truth == 2])
    inside = np.isfinite(similarities(made, ["exec_failure"] * len(vectors), [0] * len(vectors), vectors))
    assert inside[truth == 2].mean() > 0.9
    assert not inside[truth != 2].any()


def test_another_detector_never_belongs() -> None:
    vectors, _ = blobs(1, 20)
    found = similarities(rule(vectors), ["retry_loop"] * 20, [0] * 20, vectors)
    assert not np.isfinite(found).any()
    assert np.isfinite(similarities(rule(vectors, detectors=()), ["retry_loop"] * 20, [0] * 20, vectors)).any()


def test_an_exemplar_belongs_however_far_it_is() -> None:
    vectors, _ = blobs(1, 20)
    made = rule(vectors, exemplars=(7,), radius=1.1)
    found = similarities(made, ["exec_failure"] * 2, [7, 8], vectors[:2])
    assert np.isfinite(found).tolist() == [True, False]


def test_a_rule_survives_its_file() -> None:
    vectors, _ = blobs(1, 20)
    made = rule(vectors)
    assert msgspec.json.decode(msgspec.json.encode(made), type=Rule) == made


def precise(members: Vectors, others: Vectors, *, keys: Sequence[int] | None = None) -> float:
    numbers = range(len(members)) if keys is None else keys
    homes = np.arange(len(others)) % 3
    named = ["exec_failure"] * max(len(members), len(others))
    return confidence.precision(members, numbers, named[: len(members)], others, named[: len(others)], homes)


def test_a_rule_that_fits_its_members_and_nobody_else_is_precise() -> None:
    vectors, truth = blobs(4, 40)
    good = precise(vectors[truth == 0], vectors[truth != 0])
    mixed = precise(vectors[:40], vectors[40:])
    assert good > 0.9 > mixed + 0.1


def test_copies_of_a_text_are_held_out_together_and_prove_nothing() -> None:
    vectors, truth = blobs(6, 10)
    # Five texts that have nothing in common, each said four times: no four of them tell anything of the fifth.
    apart = np.repeat(np.stack([vectors[truth == label][0] for label in range(5)]), 4, axis=0)
    others = vectors[truth == 5]
    assert precise(apart, others, keys=np.repeat(np.arange(5), 4).tolist()) == 0
    assert precise(apart, others) > 0


def test_one_text_said_often_judges_itself() -> None:
    vectors, _ = blobs(2, 5)
    assert precise(np.repeat(vectors[:1], 10, axis=0), vectors[:0], keys=[7] * 10) == 1


def test_too_few_to_hold_some_out_are_not_precise() -> None:
    vectors, _ = blobs(1, 1)
    assert precise(vectors[:1], vectors[:0]) == 0
    assert precise(vectors[:0], vectors[:0]) == 0


def test_a_rule_reaches_into_the_gap_and_not_to_the_strangers() -> None:
    near = unit(np.asarray([[1.0, 0.0, 0.02], [1.0, 0.02, 0.0], [1.0, 0.01, 0.01]], dtype=np.float32))
    apart = unit(np.asarray([[0.3, 1.0, 0.0], [0.2, 0.0, 1.0]], dtype=np.float32))
    among = unit(np.asarray([[1.0, 0.01, 0.0], [1.0, 0.0, 0.01]], dtype=np.float32))
    assert 0.7 < circle(near, apart)[1] < 0.9
    assert circle(near, near[:0])[1] < 0.9
    assert circle(near, among)[1] == pytest.approx(float((near @ circle(near, among)[0]).min()), abs=1e-3)


def test_the_weights_of_the_parts_make_one_whole() -> None:
    assert round(sum(WEIGHTS.values()), 9) == 1
    assert set(WEIGHTS) == set(Parts.__struct_fields__)
    assert confidence.total(Parts(size=1, sessions=1, cohesion=1, stability=1, purity=1, precision=1)) == 1


@given(own=st.floats(-1, 1), other=st.one_of(st.none(), st.floats(-1, 1)), members=st.integers(0, 10**6))
@settings(deadline=None)
def test_every_part_is_a_share(own: float, other: float | None, members: int) -> None:
    for part in (confidence.cohesion(own, other), confidence.size(members), confidence.spread(members)):
        assert 0 <= part <= 1
