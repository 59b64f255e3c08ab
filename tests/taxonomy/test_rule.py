"""What belongs: found by the same detector, and near enough or an exemplar."""

from __future__ import annotations

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from codex_loop.clusters.density import Vectors
from codex_loop.taxonomy import confidence
from codex_loop.taxonomy.confidence import WEIGHTS, Parts
from codex_loop.taxonomy.rule import Rule, rule_of, similarities
from tests.clusters.makings import blobs


def rule(vectors: Vectors, **more: object) -> Rule:
    made = rule_of("friction", ["exec_failure"] * len(vectors), "model/64@1", vectors, ())
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


def test_a_rule_that_fits_its_members_and_nobody_else_is_precise() -> None:
    vectors, truth = blobs(4, 40)
    one, others = vectors[truth == 0], vectors[truth != 0]
    named = ["exec_failure"] * len(vectors)
    good = confidence.precision("friction", "model", one, named[: len(one)], others, named[: len(others)])
    mixed = confidence.precision("friction", "model", vectors[:40], named[:40], vectors[40:], named[40:])
    assert good > 0.9 > mixed + 0.1


def test_too_few_to_hold_some_out_are_not_precise() -> None:
    vectors, _ = blobs(1, 4)
    nobody = vectors[:0]
    assert confidence.precision("friction", "model", vectors, ["a"] * 4, nobody, []) == 0.0


def test_the_weights_of_the_parts_make_one_whole() -> None:
    assert round(sum(WEIGHTS.values()), 9) == 1
    assert set(WEIGHTS) == set(Parts.__struct_fields__)
    assert confidence.total(Parts(size=1, sessions=1, cohesion=1, stability=1, purity=1, precision=1)) == 1


@given(own=st.floats(-1, 1), other=st.one_of(st.none(), st.floats(-1, 1)), members=st.integers(0, 10**6))
@settings(deadline=None)
def test_every_part_is_a_share(own: float, other: float | None, members: int) -> None:
    for part in (confidence.cohesion(own, other), confidence.size(members), confidence.spread(members)):
        assert 0 <= part <= 1
