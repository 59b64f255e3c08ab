"""A cluster is called by what is said in it more often than elsewhere, and by several people."""

from __future__ import annotations

import re

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codex_loop.clusters import naming

SAID = st.lists(st.tuples(st.integers(0, 3), st.text(max_size=40)), max_size=6)


def test_terms_are_what_tells_a_group_from_the_others() -> None:
    push = [(session, "git push: protected branch declined") for session in range(4)]
    peer = [(session, "npm install: peer conflict declined") for session in range(4, 8)]
    pushing, peering = naming.terms([push, peer])
    assert not {"declined"} & {pushing[0], peering[0]}
    assert "protected" in " ".join(pushing)
    assert "peer" in " ".join(peering)


def test_a_word_of_one_session_alone_is_no_term() -> None:
    (found,) = naming.terms([[(1, "anna lost the token"), (1, "anna lost the token"), (2, "lost the token again")]])
    assert not any("anna" in term for term in found)
    assert any("token" in term for term in found)


def test_common_words_paths_and_numbers_are_no_terms() -> None:
    (found,) = naming.terms([[(session, "the file was not found: /a/b 4711 error") for session in range(3)]])
    assert found == ["found"]


def test_no_group_and_no_word_give_no_terms() -> None:
    assert naming.terms([]) == []
    assert naming.terms([[], [(1, "")]]) == [[], []]


def test_a_taken_name_gets_a_number() -> None:
    name = naming.name("exec_failure", ["peer react"], ())
    assert name == "exec_failure_peer_react"
    assert naming.name("exec_failure", ["peer react"], [name]) == f"{name}_2"
    assert naming.name("exec_failure", ["peer react"], [name, f"{name}_2"]) == f"{name}_3"


def test_a_name_without_terms_is_that_of_its_detector() -> None:
    assert naming.name("compaction", [], ()) == "compaction"


def test_the_medoid_is_nearest_to_all_others() -> None:
    vectors = np.array([[1, 0], [0.8, 0.6], [0.6, 0.8]], dtype=np.float32)
    assert naming.medoid(vectors) == 1


@given(groups=st.lists(SAID, max_size=4))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_is_said_a_name_can_be_typed_and_is_nobody_elses(groups: list[list[tuple[int | None, str]]]) -> None:
    taken: set[str] = set()
    for found in naming.terms(groups):
        assert len(found) <= naming.TERMS
        name = naming.name("exec_failure", found, taken)
        assert re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", name)
        assert name not in taken
        taken.add(name)
