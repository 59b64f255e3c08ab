"""Signals of a store find their clusters, keep them over time, and leave them when they are gone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np
import pytest

from benchmarks.utterances import sets
from codex_loop.clusters import clustering, texts
from codex_loop.clusters.clustering import cluster
from codex_loop.clusters.density import Vectors
from codex_loop.embedding import Model, choice
from codex_loop.embedding.hashed import Hashed
from codex_loop.store import clusters as store
from codex_loop.store.engine import Database, open_for_writing
from tests.clusters.told import DAY_MS, NOW_MS, about, forget, put, several, signal
from tests.planted import BRANCH, MIGRATION, PEERS, PROBLEMS

LATER_MS = NOW_MS + 60_000


@pytest.fixture
def database(place: str) -> Iterator[Database]:
    with open_for_writing(place) as opened:
        yield opened


@pytest.fixture
def planted(database: Database) -> Database:
    put(database, [row for problem in PROBLEMS for row in about(problem, range(12))])
    cluster(database, LATER_MS)
    return database


def homes(database: Database, kind: str = "friction") -> dict[int, int]:
    """The cluster of each signal."""
    return {member.signal_key: member.cluster_key for member in store.members(database, kind)}


def living(database: Database, kind: str = "friction") -> list[store.ClusterRow]:
    return [row for row in store.all_of(database, kind) if row.state == "active"]


def lineage(database: Database) -> Counter[str]:
    return Counter(event for (event,) in database.rows("SELECT event FROM cluster_lineage"))


def test_an_empty_store_has_nothing_to_group(database: Database) -> None:
    done = cluster(database, NOW_MS)
    assert {kind: (each.signals, each.enough) for kind, each in done.kinds.items()} == {
        "friction": (0, False),
        "delight": (0, False),
    }


def test_fewer_than_five_are_not_grouped_and_five_are(database: Database) -> None:
    put(database, [signal(number, "cannot push to the protected branch") for number in range(4)])
    assert cluster(database, LATER_MS).kinds["friction"].enough is False
    assert homes(database) == {}
    put(database, [signal(9, "cannot push to the protected branch")])
    assert cluster(database, LATER_MS).kinds["friction"].clusters == 1
    assert len(homes(database)) == 5


def test_each_problem_is_a_cluster_with_its_facts(planted: Database) -> None:
    where = homes(planted)
    for problem in PROBLEMS:
        assert len({where[row.key] for row in about(problem, range(12))}) == 1
    assert [(row.members, row.sessions, row.severity, row.runs) for row in living(planted)] == [(12, 12, 0.6, 1)] * 3
    assert lineage(planted) == {"born": 3}


def test_friction_and_delight_are_never_in_one_cluster(database: Database) -> None:
    put(database, about(PEERS, range(8)) + about(PEERS, range(20, 28), kind="delight"))
    cluster(database, LATER_MS)
    assert set(homes(database).values()).isdisjoint(homes(database, "delight").values())
    assert homes(database)
    assert homes(database, "delight")


def test_what_another_signal_tells_already_and_what_says_nothing_is_left_out(database: Database) -> None:
    told = about(PEERS, range(8), absorbed_by="retry_loop")
    silent = [signal(number, "") for number in range(900, 908)]
    put(database, told + silent + about(BRANCH, range(8)))
    cluster(database, LATER_MS)
    assert set(homes(database)) == {row.key for row in about(BRANCH, range(8))}


def test_the_same_run_again_changes_nothing(planted: Database) -> None:
    before = (homes(planted), living(planted), lineage(planted))
    done = cluster(planted, LATER_MS + 1)
    assert done.kinds["friction"].method == "unchanged"
    assert done.kinds["friction"].vectors_made == 0
    assert (homes(planted), living(planted), lineage(planted)) == before


def test_signals_of_which_no_two_are_alike_are_not_grouped_again_and_again(database: Database) -> None:
    texts_ = ["red tulips", "linker flags", "tax return", "violin strings", "harbour tide", "proxy certificate"]
    put(database, [signal(number, text) for number, text in enumerate(texts_)])
    assert cluster(database, NOW_MS).kinds["friction"].clusters == 0
    again = cluster(database, LATER_MS).kinds["friction"]
    assert (again.method, again.clusters, again.noise) == ("unchanged", 0, len(texts_))


def test_another_day_counts_as_another_sighting(planted: Database) -> None:
    cluster(planted, LATER_MS + DAY_MS)
    cluster(planted, LATER_MS + DAY_MS + 1)
    assert {row.runs for row in living(planted)} == {2}


def test_a_newcomer_joins_without_a_new_grouping_and_is_counted(planted: Database) -> None:
    put(planted, about(BRANCH, [40], found_ms=LATER_MS + 1, severity=0.0))
    done = cluster(planted, LATER_MS + 2).kinds["friction"]
    assert (done.method, done.joined) == ("joined", 1)
    assert lineage(planted) == {"born": 3}
    grown = next(row for row in living(planted) if row.members == 13)
    assert (grown.sessions, grown.severity) == (13, round(0.6 * 12 / 13, 4))
    assert homes(planted)[about(BRANCH, [40])[0].key] == grown.key


def test_a_stranger_waits_for_the_next_grouping(planted: Database) -> None:
    stranger = signal(5_000, "the video codec of the trailer is not licensed here", found_ms=LATER_MS + 1)
    put(planted, [stranger])
    done = cluster(planted, LATER_MS + 2).kinds["friction"]
    assert (done.joined, done.noise) == (0, 1)
    assert stranger.key not in homes(planted)


def test_more_than_a_tenth_of_news_is_grouped_anew_under_the_same_ids(planted: Database) -> None:
    before = homes(planted)
    put(planted, about(BRANCH, range(40, 46), found_ms=LATER_MS + 1))
    done = cluster(planted, LATER_MS + 2).kinds["friction"]
    assert done.events == {"kept": 3}
    assert homes(planted).items() >= before.items()


def test_gone_signals_leave_and_come_back_as_newcomers(planted: Database) -> None:
    rows = about(BRANCH, range(3))
    home = homes(planted)[rows[0].key]
    forget(planted, rows, LATER_MS + 1)
    cluster(planted, LATER_MS + 2)
    assert {row.key for row in rows}.isdisjoint(homes(planted))
    assert next(row.members for row in living(planted) if row.key == home) == 9
    put(planted, rows, LATER_MS + 3)
    cluster(planted, LATER_MS + 4)
    assert {homes(planted)[row.key] for row in rows} == {home}


def test_a_cluster_that_everybody_left_sleeps(planted: Database) -> None:
    gone = about(BRANCH, range(12))
    home = homes(planted)[gone[0].key]
    forget(planted, gone, LATER_MS + 1)
    cluster(planted, LATER_MS + 2)
    states = {row.key: (row.state, row.members) for row in store.all_of(planted, "friction")}
    assert states[home] == ("dormant", 0)
    assert lineage(planted) == {"born": 3, "dormant": 1}
    assert cluster(planted, LATER_MS + 3).kinds["friction"].method == "unchanged"


def test_signals_that_fell_below_five_leave_their_cluster_too(database: Database) -> None:
    rows = about(PEERS, range(6))
    put(database, rows)
    cluster(database, LATER_MS)
    forget(database, rows[:4], LATER_MS + 1)
    done = cluster(database, LATER_MS + 2).kinds["friction"]
    assert (done.enough, done.signals) == (False, 2)
    assert set(homes(database)) <= {row.key for row in rows[4:]}


def test_who_sleeps_for_a_month_is_dead_and_history_tells_it(planted: Database) -> None:
    forget(planted, about(BRANCH, range(12)), LATER_MS + 1)
    cluster(planted, LATER_MS + 2)
    cluster(planted, LATER_MS + 40 * DAY_MS, force=True)
    cluster(planted, LATER_MS + 41 * DAY_MS, force=True)
    assert lineage(planted)["dead"] == 1
    assert len(store.all_of(planted, "friction")) == 2


def test_a_broken_vector_is_made_again_and_counted(planted: Database) -> None:
    before = dict(_stored(planted))
    broken = sorted(before)[:4]
    spoiled = [b"", b"\x00" * len(before[broken[1]]), np.full(256, np.nan, "<f2").tobytes(), b"\x01\x7b" * 256]
    with planted.transaction():
        for number, data in zip(broken, spoiled, strict=True):
            planted.execute("UPDATE vectors SET data = ? WHERE text_key = ?", (data, number))
    done = cluster(planted, LATER_MS + 1, force=True).kinds["friction"]
    assert (done.vectors_made, done.vectors_mended) == (0, 4)
    assert dict(_stored(planted)) == before
    assert done.events == {"kept": 3}


def _stored(database: Database) -> Iterator[tuple[int, bytes]]:
    for number, data in database.rows("SELECT text_key, data FROM vectors"):
        yield number, bytes(data)


@pytest.mark.parametrize("spoiled", [b"", b"\x01", b"\x00" * 512, np.full(256, np.nan, "<f2").tobytes()])
def test_a_broken_centre_is_made_again_from_its_members_under_the_same_id(planted: Database, spoiled: bytes) -> None:
    before = {row.key: row.name for row in store.all_of(planted, "friction")}
    homes = {member.signal_key: member.cluster_key for member in store.members(planted, "friction")}
    with planted.transaction():
        planted.execute("UPDATE clusters SET centroid = ? WHERE key = ?", (spoiled, max(before)))
    cluster(planted, LATER_MS + 1)
    after = store.all_of(planted, "friction")
    assert {row.key: row.name for row in after} == before
    assert all(
        np.isclose(np.linalg.norm(np.frombuffer(row.centroid, "<f2").astype(float)), 1, atol=0.01) for row in after
    )
    assert {member.signal_key: member.cluster_key for member in store.members(planted, "friction")} == homes
    assert cluster(planted, LATER_MS + 2).kinds["friction"].method == "unchanged"


def test_another_model_regroups_under_the_same_ids_and_never_mixes(
    planted: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = homes(planted)
    old = texts.model_id()
    monkeypatch.setattr("codex_loop.embedding.choice.embedder", Hashed)
    done = cluster(planted, LATER_MS + 1).kinds["friction"]
    assert done.method != "unchanged"
    assert {row.model for row in living(planted)} == {texts.model_id()} != {old}
    assert set(homes(planted).values()) <= set(before.values())
    assert cluster(planted, LATER_MS + 2).kinds["friction"].method == "unchanged"


class Wordless:
    """A model for which every text is the same nothing."""

    model = Model(name="wordless", dimension=8, revision="1")

    def embed(self, said: list[str]) -> Vectors:
        return np.zeros((len(said), 8), dtype=np.float32)


def test_texts_without_a_word_are_in_no_cluster_and_no_trouble(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codex_loop.embedding.choice.embedder", Wordless)
    put(database, several(["…"] * 6))
    first = cluster(database, LATER_MS).kinds["friction"]
    second = cluster(database, LATER_MS + 1).kinds["friction"]
    assert (first.clusters, first.noise, first.vectors_made) == (0, 6, 1)
    assert (second.vectors_made, second.vectors_mended) == (0, 0)


@pytest.fixture(scope="module")
def titles() -> list[str]:
    """Two thousand real-looking titles on twenty topics."""
    return sets.titles(5).texts[:2_000]


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with open_for_writing(str(tmp_path_factory.mktemp("many") / "loop.db")) as opened:
        yield opened


def test_a_tenth_more_and_a_forced_regrouping_keep_the_ids_and_500_newcomers_join(
    sqlite: Database, titles: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clustering, "PARTS", 0)  # stability is another test's matter
    put(sqlite, several(titles[:1_000]))
    cluster(sqlite, LATER_MS)
    before = _inside(sqlite)
    put(sqlite, several(titles[1_000:1_100], first=1_000, found_ms=LATER_MS + 1))
    cluster(sqlite, LATER_MS + 2, force=True)
    after = _inside(sqlite)
    kept = [number for number in before if number in after and _overlap(before[number], after[number]) >= 0.5]
    assert len(before) > 10
    assert len(kept) >= 0.85 * len(before)

    runs = sum(lineage(sqlite).values())
    put(sqlite, several(titles[1_100:1_200], first=1_100, found_ms=LATER_MS + 3))
    joined = cluster(sqlite, LATER_MS + 4).kinds["friction"]
    assert joined.method == "joined"
    assert joined.joined > 50
    assert sum(lineage(sqlite).values()) == runs
    assert {number: inside & set().union(*after.values()) for number, inside in _inside(sqlite).items()} == after


def _inside(database: Database) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for signal_key, cluster_key in homes(database).items():
        found[cluster_key].add(signal_key)
    return dict(found)


def _overlap(one: set[int], two: set[int]) -> float:
    """Of those that both runs knew."""
    return len(one & two) / len(one | (two & {number for number in two if number in one or number in _OLD}))


_OLD = {row.key for row in several([""] * 1_000)}


def test_stability_is_high_for_what_is_found_in_every_part(planted: Database) -> None:
    assert all(row.stability is not None and 0.6 < row.stability <= 1 for row in living(planted))


def test_names_and_terms_come_from_what_several_sessions_say(database: Database) -> None:
    put(database, [*about(MIGRATION, range(9)), signal(1, "psql: ERROR: relation annas_secret_table already exists")])
    cluster(database, LATER_MS)
    assert living(database)
    for row in living(database):
        assert row.name.startswith("exec_failure_")
        assert "annas_secret_table" not in row.terms + row.name


def test_the_model_is_the_one_of_this_machine(planted: Database) -> None:
    assert cluster(planted, LATER_MS).model.startswith(choice.embedder().model.name)
