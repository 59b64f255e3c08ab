"""What the gate found is stored once per look, and read again, on both engines."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from codex_loop.harbor import folders
from codex_loop.harbor.place import Harbor
from codex_loop.store import tasks
from codex_loop.store.engine import Database, open_for_writing
from codex_loop.tasks.gate import kept, measured
from codex_loop.tasks.gate.check import failed, passed
from codex_loop.tasks.gate.folder import read
from codex_loop.tasks.gate.gate import Gated
from codex_loop.tasks.gate.workshop import Workshop
from tests.store.builder import Builder
from tests.tasks.gate import ground

SESSION = "0199c0de-0000-7000-8000-000000000001"
CLUSTER = "cluster_00000000000000a1"


@pytest.fixture
def database(place: str) -> Iterator[Database]:
    with open_for_writing(place) as opened:
        yield opened


def workshop(tmp_path: Path, environment: str = "bubblewrap") -> Workshop:
    return Workshop(Harbor(Path(sys.executable), "0.25.0", "managed"), environment, tmp_path, 3, {})


def gated(tmp_path: Path, name: str = "one", **facts: object) -> Gated:
    place = ground.task(tmp_path / name) if not (tmp_path / name).exists() else tmp_path / name
    checks = (passed("files", "100 % there", count=0), passed("nop", "0 of 3", rewards="0 0 0", tests=["a", "b"]))
    made = Gated(str(place), f"local/{name}", folders.digest(place), "validated", None, checks)
    return msgspec.structs.replace(made, **facts)


def test_a_look_is_stored_with_its_evidence_and_where_the_task_comes_from(place: str, tmp_path: Path) -> None:
    builder = Builder(place)
    session = builder.session(SESSION)
    builder.write()
    task = ground.task(tmp_path / "one")
    ground.edit(task / "task.toml", '"clu_3f2a"', f'"{CLUSTER}"\nsignal_id = "sig_00000000000000b2"')
    one = gated(tmp_path)
    kept.keep(builder.database, [one], workshop(tmp_path), 5_000)
    (row,) = tasks.every(builder.database)
    assert (row.state, row.kind, row.category, row.verifier) == (
        "validated",
        "friction",
        "exec_failure",
        "red_green_tests",
    )
    assert (row.session_key, row.cluster_key, row.signal_key) == (session, 0xA1, 0xB2)
    assert (row.created_ms, row.checked_ms) == (5_000, 5_000)
    assert row.gold_key is not None
    assert {each.environment for each in tasks.checks(builder.database, row.key)} == {"bubblewrap, Harbor 0.25.0"}
    assert kept.recall(builder.database, [task], workshop(tmp_path)) == {one.digest: one}
    builder.close()


def test_what_was_recalled_is_no_new_look(database: Database, tmp_path: Path) -> None:
    one = gated(tmp_path)
    kept.keep(database, [one], workshop(tmp_path), 5_000)
    kept.keep(database, [one], workshop(tmp_path), 6_000)
    (row,) = tasks.every(database)
    assert (row.created_ms, row.checked_ms) == (5_000, 5_000)
    assert len(tasks.checks(database, row.key)) == len(one.checks)
    worse = msgspec.structs.replace(one, state="quarantined", reason="x", checks=(failed("nop", "1 of 3"),))
    kept.keep(database, [worse], workshop(tmp_path), 7_000)
    (row,) = tasks.every(database)
    assert (row.state, row.reason, row.checked_ms) == ("quarantined", "x", 7_000)
    assert len(tasks.checks(database, row.key)) == len(one.checks) + 1
    assert kept.recall(database, [one.folder], workshop(tmp_path))[one.digest] == worse


def test_drafts_and_what_was_run_elsewhere_are_looked_at_again(database: Database, tmp_path: Path) -> None:
    draft = gated(tmp_path, state="draft", reason="not run")
    kept.keep(database, [draft], ground.offline(tmp_path), 1)
    assert kept.recall(database, [draft.folder], workshop(tmp_path)) == {}
    done = gated(tmp_path)
    kept.keep(database, [done], workshop(tmp_path), 2)
    assert kept.recall(database, [done.folder], workshop(tmp_path, "docker")) == {}
    assert set(kept.recall(database, [done.folder], ground.offline(tmp_path))) == {done.digest}


def test_a_task_that_was_changed_is_another_task(database: Database, tmp_path: Path) -> None:
    one = gated(tmp_path)
    kept.keep(database, [one], workshop(tmp_path), 1)
    ground.edit(one.folder / "instruction.md", "server", "servant")
    assert kept.recall(database, [one.folder], workshop(tmp_path)) == {}


def test_a_folder_that_says_nothing_of_itself_is_stored_all_the_same(database: Database, tmp_path: Path) -> None:
    one = gated(tmp_path)
    (one.folder / "task.toml").write_text("[task\n")
    broken = msgspec.structs.replace(one, digest=folders.digest(one.folder), state="quarantined", reason="not valid")
    kept.keep(database, [broken], None, 1)
    (row,) = tasks.every(database)
    assert (row.kind, row.verifier, row.session_key, row.body) == ("unknown", "unknown", None, "{}")


def test_a_draft_that_was_measured_before_becomes_the_same_task_at_once(database: Database, tmp_path: Path) -> None:
    first, second = ground.task(tmp_path / "a" / "one"), ground.task(tmp_path / "b" / "one")
    draft = folders.digest(first)
    measured.settle(read(first), measured.Shown((ground.TURNS,), ground.STAYS, (ground.TURNS,), ()))
    done = Gated(str(first), "local/one", folders.digest(first), "validated", None, (passed("nop", "0"),), draft)
    kept.keep(database, [done], workshop(tmp_path), 1)
    kept.settle(database, [second], workshop(tmp_path, "docker"))
    assert folders.digest(second) == draft
    kept.settle(database, [second], workshop(tmp_path))
    assert folders.digest(second) == done.digest
    assert list(kept.recall(database, [second], workshop(tmp_path))) == [done.digest]
