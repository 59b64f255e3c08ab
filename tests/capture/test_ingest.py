"""Ingest: exactly once, whatever the order, the pieces and the fate of the files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from benchmarks.corpus.plan import write_corpus
from tests.capture.ground import WHICH_COPY, Content, Ground, context, lines, meta, said, same, started

GOLDEN = Path(__file__).parent.parent / "golden"
Fresh = Callable[[], Ground]


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Files of every kind of family: forks of all kinds, reverts, subagents, torn and mended lines."""
    out = tmp_path_factory.mktemp("corpus")
    write_corpus(out, 1, seed=11)
    files = {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    # Whole copies have tests of their own: which of two equal files is called the copy depends on the order.
    return {path: data for path, data in files.items() if "archived_sessions" not in path}


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What the real agents left behind."""
    files: dict[str, bytes] = {}
    for path in sorted(GOLDEN.glob("*/*/*/**/*.jsonl")):
        version, play, folder, *rest = path.relative_to(GOLDEN).parts
        if folder == "sessions":
            files["/".join(["codex", "sessions", version, play, *rest])] = path.read_bytes()
        elif folder == "projects":
            files["/".join(["claude", "projects", f"{version}-{play}-{rest[0]}", *rest[1:]])] = path.read_bytes()
    assert len(files) > 100
    return files


@pytest.fixture
def fresh(tmp_path: Path, key_file: Path) -> Iterator[Fresh]:
    """Makes further grounds, each with its own store and its own empty home of the same name."""
    made: list[Ground] = []

    def make() -> Ground:
        folder = tmp_path / f"fresh-{len(made)}"
        folder.mkdir()
        made.append(Ground(str(folder / "store.db"), folder / "home", key_file))
        return made[-1]

    yield make
    for each in made:
        each.close()


def filled(ground: Ground, files: dict[str, bytes]) -> Ground:
    for path, data in files.items():
        ground.put(path, data)
    return ground


def at_once(fresh: Fresh, files: dict[str, bytes]) -> Content:
    ground = filled(fresh(), files)
    ground.ingest()
    return told(ground)


def told(ground: Ground) -> Content:
    """The whole store, and that its lines add up; which of several files a shared line came from is left open."""
    read = ground.value("SELECT sum(read) - sum(duplicate) - sum(rejected) FROM cursors WHERE lane = 'full'")
    if read is not None:
        assert ground.value("SELECT count(*) FROM lines") == read
    return ground.content(without=WHICH_COPY)


def in_pieces(ground: Ground, files: dict[str, bytes], rng: Random, looks: int) -> Content:
    """Every file grows to random lengths between the looks; not every file at every look."""
    cuts = {path: sorted(rng.randrange(len(data) + 1) for _ in range(looks - 1)) for path, data in files.items()}
    for look in range(looks):
        for path, data in files.items():
            end = len(data) if look == looks - 1 else cuts[path][look]
            if look == looks - 1 or rng.random() < 0.7:
                ground.put(path, data[:end])
        ground.ingest()
    return told(ground)


@pytest.mark.parametrize("seed", range(3))
def test_any_split_of_a_made_home_gives_the_same_store(fresh: Fresh, corpus: dict[str, bytes], seed: int) -> None:
    same(at_once(fresh, corpus), in_pieces(fresh(), corpus, Random(seed), 4))


@pytest.mark.parametrize("seed", range(2))
def test_any_split_of_the_real_agents_files_gives_the_same_store(
    fresh: Fresh, recorded: dict[str, bytes], seed: int
) -> None:
    same(at_once(fresh, recorded), in_pieces(fresh(), recorded, Random(seed), 5))


@pytest.mark.parametrize("seed", range(3))
def test_files_that_come_one_by_one_in_any_order_give_the_same_store(
    fresh: Fresh, corpus: dict[str, bytes], seed: int
) -> None:
    paths = list(corpus)
    Random(seed).shuffle(paths)
    ground = fresh()
    for path in paths:
        ground.put(path, corpus[path])
        ground.ingest()
    same(at_once(fresh, corpus), told(ground))


def test_ingesting_again_adds_nothing(fresh: Fresh, corpus: dict[str, bytes]) -> None:
    ground = filled(fresh(), corpus)
    ground.ingest()
    before = told(ground)
    again = ground.ingest()
    assert [lane.read for lane in again.lanes.values()] == [0, 0]
    same(before, told(ground))


def test_touched_files_are_looked_at_and_add_nothing(fresh: Fresh, corpus: dict[str, bytes]) -> None:
    ground = filled(fresh(), corpus)
    ground.ingest()
    before = told(ground)
    for path in corpus:
        (ground.home / path).touch()
    assert ground.ingest().rewritten == 0
    same(before, told(ground))


def test_both_engines_hold_the_same(ground: Ground, fresh: Fresh, corpus: dict[str, bytes]) -> None:
    filled(ground, corpus).ingest()
    same(at_once(fresh, corpus), told(ground))


def test_lanes_may_run_apart(fresh: Fresh, corpus: dict[str, bytes]) -> None:
    ground = filled(fresh(), corpus)
    ground.ingest(lanes=("full",))
    ground.ingest(lanes=("accounting",))
    same(at_once(fresh, corpus), told(ground))


def test_worker_processes_change_nothing(
    fresh: Fresh, corpus: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codex_loop.capture.ingest.INLINE_BYTES", 0)
    ground = filled(fresh(), corpus)
    ground.ingest(jobs=2)
    same(at_once(fresh, corpus), told(ground))


def test_a_turn_keeps_its_own_settings_however_the_file_was_cut(sqlite_ground: Ground) -> None:
    path = "codex/sessions/rollout-1.jsonl"
    ground = sqlite_ground
    ground.put(path, lines(meta(), context("t1", "/z"), said("user_message", "one"), started("t2")))
    ground.ingest()
    ground.append(path, lines(said("user_message", "two"), context("t2", "/a")))
    ground.ingest()
    assert ground.rows("SELECT native_id, cwd FROM turns ORDER BY native_id") == [("t1", "/z"), ("t2", "/a")]


def test_a_first_run_over_much_leaves_the_indexes_of_the_ledger(
    ground: Ground, corpus: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("codex_loop.capture.ingest.INLINE_BYTES", 1)
    told = "SELECT name FROM sqlite_master WHERE type = 'index'"
    if ground.database.engine == "postgresql":
        told = "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()"
    before = set(ground.rows(told))
    filled(ground, corpus).ingest(lanes=("accounting",))
    assert ground.value("SELECT count(*) FROM usage_events") > 0
    assert set(ground.rows(told)) == before
