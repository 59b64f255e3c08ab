"""Whatever is killed whenever: every complete line is stored exactly once, in order, on both engines."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random

import psutil
import pytest

from codex_loop.model.keys import session_key
from codex_loop.store import archive
from codex_loop.store.engine import Database, open_for_reading
from tests.crash import writer

pytestmark = [pytest.mark.crash, pytest.mark.slow]
HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PATIENCE_S = 60.0


class Ground:
    """A home that is written to, and a store that it is ingested into."""

    def __init__(self, place: str, tmp_path: Path) -> None:
        self.place, self.home, self.data = place, tmp_path / "home", tmp_path / "data"
        path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
        self.environment = {**os.environ, "CODEX_LOOP_DATA_DIR": str(self.data), "PYTHONPATH": path}
        for folder in ("codex", "claude"):
            (self.home / folder).mkdir(parents=True)

    def start(self, jobs: int) -> subprocess.Popen[str]:
        homes = ["--codex-home", str(self.home / "codex"), "--claude-home", str(self.home / "claude")]
        command = [sys.executable, str(HERE / "ingester.py"), "ingest", *homes, "--db", self.place]
        command += ["--lookback-hours", "9999", "--jobs", str(jobs), "--json"]
        return subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def ingest(self, jobs: int = 1) -> None:
        finished(self.start(jobs))

    def write(self, seed: int, records: int, pause_s: float) -> subprocess.Popen[str]:
        command = [sys.executable, str(HERE / "writer.py"), str(self.home), str(seed), str(records), str(pause_s)]
        return subprocess.Popen(command, env=self.environment, text=True)


def finished(process: subprocess.Popen[str]) -> None:
    out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, (out, err)


@pytest.fixture
def ground(place: str, tmp_path: Path) -> Ground:
    return Ground(place, tmp_path)


def holds_exactly(ground: Ground, seed: int, records: int) -> None:
    """The store is what the writer wrote: nothing lost, nothing twice, in order, and the sums add up."""
    with open_for_reading(ground.place) as database:
        files = {str(path): source_id for source_id, path in database.rows("SELECT id, path FROM source_files")}
        sessions = writer.sessions(seed, records)
        assert len(files) == len(sessions)
        for session in sessions:
            _holds_session(database, files[str(ground.home / session.path)], session)
        (lines,) = database.one("SELECT count(*) FROM lines") or (None,)
        assert lines == sum(line.good for session in sessions for line in session.lines)
        (documents,) = database.one("SELECT count(*) FROM documents") or (None,)
        assert documents == sum(line.text is not None for session in sessions for line in session.lines)


def _holds_session(database: Database, source_id: int, session: writer.Session) -> None:
    expected, position = [], 0
    for line in session.lines:
        if line.good:
            expected.append((position, line.data))
        position += len(line.data) + 1
    assert list(archive.lines(database, source_id)) == expected
    owned = database.rows("SELECT line_offset FROM lines WHERE source_id = ? ORDER BY line_offset", (source_id,))
    assert [offset for (offset,) in owned] == [offset for offset, _ in expected]
    key = session_key(session.agent, session.native_id)
    heads = database.rows("SELECT head FROM messages WHERE session_key = ? ORDER BY line_offset, key", (key,))
    assert [head for (head,) in heads] == [line.text for line in session.lines if line.text is not None]
    (tokens,) = database.one("SELECT sum(input + output) FROM usage_events WHERE session_key = ?", (key,)) or (None,)
    assert tokens == sum(line.tokens for line in session.lines)
    _adds_up(database, source_id, session)


def _adds_up(database: Database, source_id: int, session: writer.Session) -> None:
    rows = database.rows(
        "SELECT lane, read, stored, duplicate, rejected, position FROM cursors WHERE source_id = ?", (source_id,)
    )
    assert {row[0] for row in rows} == {"accounting", "full"}
    good = Counter(line.good for line in session.lines)
    for lane, read, stored, duplicate, rejected, position in rows:
        assert (read, stored, duplicate, rejected) == (good.total(), good[True], 0, good[False]), lane
        assert position == sum(len(line.data) + 1 for line in session.lines)
        quarantined = database.one(
            "SELECT count(*) FROM quarantine WHERE source_id = ? AND lane = ?", (source_id, lane)
        )
        assert quarantined == (good[False],)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_killed_at_random_points_every_line_is_stored_once(ground: Ground, seed: int) -> None:
    rng, records = Random(seed), 700
    writing = ground.write(seed, records, 0.004)
    kills = 0
    while writing.poll() is None or kills < 4:
        process = ground.start(jobs=1 + kills % 2)
        time.sleep(rng.uniform(0.15, 1.2))
        process.kill()
        process.communicate()
        kills += 1
        assert kills < 60, "the writer does not come to an end"
    assert writing.returncode == 0
    ground.ingest()
    holds_exactly(ground, seed, records)


def test_several_at_once_store_every_line_once(ground: Ground) -> None:
    writer.write(ground.home, 4, 300, 0)
    for process in [ground.start(jobs=1 + number % 2) for number in range(3)]:
        finished(process)
    holds_exactly(ground, 4, 300)


def test_several_at_once_while_the_agents_write(ground: Ground) -> None:
    writing = ground.write(5, 300, 0.002)
    for _ in range(3):
        for process in [ground.start(jobs=1), ground.start(jobs=1)]:
            finished(process)
    assert writing.wait(PATIENCE_S) == 0
    ground.ingest()
    holds_exactly(ground, 5, 300)


def workers(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """The two workers of an ingest with three jobs, once they are there; the third is the ingest itself."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            found = psutil.Process(process.pid).children()
            found = [child for child in found if any("serve()" in word for word in child.cmdline())]
        except psutil.NoSuchProcess:
            continue
        if len(found) == 2:
            return found
        time.sleep(0.01)
    pytest.fail("the ingest started no two workers")


def test_a_killed_worker_costs_only_time(ground: Ground) -> None:
    writer.write(ground.home, 6, 3000, 0)
    process = ground.start(jobs=3)
    workers(process)[0].kill()
    finished(process)
    holds_exactly(ground, 6, 3000)


def test_workers_end_when_the_ingest_that_started_them_is_killed(ground: Ground) -> None:
    writer.write(ground.home, 7, 3000, 0)
    process = ground.start(jobs=3)
    started = workers(process)
    process.kill()
    process.communicate()
    _, alive = psutil.wait_procs(started, timeout=PATIENCE_S)
    assert alive == []
    ground.ingest(jobs=2)
    holds_exactly(ground, 7, 3000)
