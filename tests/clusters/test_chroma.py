"""The copy in ChromaDB says what the database says, in a folder and on a server, and is never mixed."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from codex_loop.cli.app import run
from codex_loop.clusters import chroma, group, texts
from codex_loop.clusters.clustering import cluster
from codex_loop.errors import MissingTool
from codex_loop.store import clusters
from codex_loop.store.engine import Database, open_for_writing
from tests.clusters.told import NOW_MS, about, forget, put, signal
from tests.planted import BRANCH, PEERS, PROBLEMS
from tests.store.builder import Builder
from tools.catalog import MissingToolError
from tools.chroma import packages, server

Json = dict[str, Any]
REPOSITORY = Path(__file__).parents[2]
LATER_MS = NOW_MS + 60_000

# What a test says to ChromaDB with ChromaDB's own words: everything of a folder, as JSON.
_DUMP = """
import chromadb, json, sys
client = chromadb.PersistentClient(sys.argv[1], settings=chromadb.config.Settings(anonymized_telemetry=False))
held = {}
for collection in client.list_collections():
    found = collection.get(include=["embeddings", "metadatas"])
    rows = zip(found["ids"], found["embeddings"], found["metadatas"])
    held[collection.name] = {"facts": collection.metadata, "rows": {i: [e.tolist(), m] for i, e, m in rows}}
print(json.dumps(held))
"""
_FOREIGN = """
import chromadb, sys
client = chromadb.PersistentClient(sys.argv[1], settings=chromadb.config.Settings(anonymized_telemetry=False))
client.create_collection("signal_embeddings", embedding_function=None).upsert(ids=["x"], embeddings=[[1.0, 0.0]])
"""
_OTHER_MODEL = """
import chromadb, sys
client = chromadb.PersistentClient(sys.argv[1], settings=chromadb.config.Settings(anonymized_telemetry=False))
facts = {"hnsw:space": "cosine", "owner": "codex-loop", "model": "other/2@1"}
for name in ("signal_embeddings", "session_embeddings", "cluster_centroids"):
    held = client.create_collection(name, metadata=facts, embedding_function=None)
    held.upsert(ids=["x"], embeddings=[[1.0, 0.0]])
"""


@pytest.fixture(scope="module")
def chromadb() -> str:
    """Where it can be imported from. Without it: skipped, in CI failed."""
    try:
        return str(packages())
    except MissingToolError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))


@pytest.fixture
def said(chromadb: str, tmp_path: Path) -> Any:
    """Runs Python with ChromaDB in a process of its own: what it printed. Our own packages come first."""

    def say(code: str, *words: str, exit_code: int = 0) -> str:
        script = f"import sys; sys.path.append({chromadb!r})\n{code}"
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", script, *words],
            cwd=REPOSITORY,
            env=os.environ | {"CODEX_LOOP_DATA_DIR": str(tmp_path / "data"), "COLUMNS": "80"},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == exit_code, done.stderr[-2000:]
        return done.stdout if exit_code == 0 else done.stderr

    return say


COMMAND = "from codex_loop.cli.app import run; sys.exit(run(sys.argv[1:]))"


def fill(database: Database) -> None:
    put(database, [row for problem in PROBLEMS for row in about(problem, range(12))])
    cluster(database, LATER_MS)


@pytest.fixture
def filled(tmp_path: Path) -> str:
    place = str(tmp_path / "loop.db")
    with open_for_writing(place) as database:
        fill(database)
    return place


def copied(said: Any, place: str, where: object) -> Json:
    answer: Json = json.loads(said(COMMAND, "cluster", "--vectors", str(where), "--db", place, "--json"))
    return dict(answer["vectors"]["collections"])


def dump(said: Any, where: object) -> Json:
    answer: Json = json.loads(said(_DUMP, str(where)))
    return answer


def test_without_the_package_the_extra_is_named_before_anything_happens(
    filled: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "chromadb", None)
    with pytest.raises(MissingTool, match=r"chromadb is not installed; .*codex-loop\[chroma\]"):
        chroma.required()
    assert run(["cluster", "--vectors", "x", "--db", filled]) == 3
    assert "codex-loop[chroma]" in capsys.readouterr().err


@pytest.mark.contract
def test_the_copy_holds_the_vectors_of_the_database(said: Any, filled: str, tmp_path: Path) -> None:
    done = copied(said, filled, tmp_path / "vectors")
    assert {name: each["vectors"] for name, each in done.items()} == {
        "signal_embeddings": 36,
        "session_embeddings": 0,
        "cluster_centroids": 3,
    }
    held = dump(said, tmp_path / "vectors")
    with open_for_writing(filled) as database:
        candidates = clusters.candidates(database, "friction")
        matrix = texts.embedded(database, [each.body for each in candidates]).matrix
        rows = held["signal_embeddings"]["rows"]
        for each, vector in zip(candidates, matrix, strict=True):
            np.testing.assert_allclose(rows[f"sig_{each.key:016x}"][0], vector, atol=1e-3)
        centres = {f"clust_{row.key:016x}": row.name for row in clusters.all_of(database, "friction")}
    assert {number: facts["name"] for number, (_, facts) in held["cluster_centroids"]["rows"].items()} == centres
    assert {each["facts"]["hnsw:space"] for each in held.values()} == {"cosine"}
    assert {facts["cluster_id"].replace("cluster_", "clust_") for _, facts in rows.values()} == set(centres)


@pytest.mark.contract
def test_what_is_read_back_from_the_copy_groups_as_the_database_does(said: Any, filled: str, tmp_path: Path) -> None:
    copied(said, filled, tmp_path / "vectors")
    rows = dump(said, tmp_path / "vectors")["signal_embeddings"]["rows"]
    names = sorted(rows)
    labels = group(np.array([rows[name][0] for name in names], dtype=np.float32))
    homes = [rows[name][1]["cluster_id"] for name in names]
    assert len(set(zip(labels.tolist(), homes, strict=True))) == len(set(homes)) == 3


@pytest.mark.contract
def test_written_twice_nothing_is_written_and_what_is_gone_is_removed(said: Any, filled: str, tmp_path: Path) -> None:
    copied(said, filled, tmp_path / "vectors")
    again = copied(said, filled, tmp_path / "vectors")
    assert {(each["written"], each["removed"]) for each in again.values()} == {(0, 0)}
    with open_for_writing(filled) as database:
        forget(database, about(BRANCH, range(2)), LATER_MS)
        put(database, about(PEERS, [40], found_ms=LATER_MS + 1))
    changed = copied(said, filled, tmp_path / "vectors")["signal_embeddings"]
    assert (changed["written"], changed["removed"]) == (1, 2)


@pytest.mark.contract
def test_a_copy_of_another_model_is_made_anew_and_of_somebody_else_refused(
    said: Any, filled: str, tmp_path: Path
) -> None:
    said(_OTHER_MODEL, str(tmp_path / "other"))
    assert {each["remade"] for each in copied(said, filled, tmp_path / "other").values()} == {True}
    assert "x" not in dump(said, tmp_path / "other")["signal_embeddings"]["rows"]
    said(_FOREIGN, str(tmp_path / "foreign"))
    refusal = said(COMMAND, "cluster", "--vectors", str(tmp_path / "foreign"), "--db", filled, exit_code=2)
    assert "was not written by codex-loop; give --vectors another place" in refusal
    assert list(dump(said, tmp_path / "foreign")["signal_embeddings"]["rows"]) == ["x"]


@pytest.mark.contract
def test_a_session_is_its_first_prompt_and_what_was_noticed(said: Any, tmp_path: Path) -> None:
    builder = Builder(str(tmp_path / "loop.db"))
    builder.file(session="s1")
    key = builder.session("s1")
    for text in ("Make the basket remember its coupons", "no, the other way"):
        builder.message(key, text)
    builder.write()
    put(builder.database, [signal(7, "psql: relation exists", session=7)])
    with builder.database.transaction():
        builder.database.execute("UPDATE signals SET session_key = ?", (key,))
    builder.close()
    copied(said, builder.place, tmp_path / "vectors")
    rows = dump(said, tmp_path / "vectors")["session_embeddings"]["rows"]
    expected = texts.summary("Make the basket remember its coupons", ["psql: relation exists"])
    assert {name: facts["text"] for name, (_, facts) in rows.items()} == {
        "sess_codex:s1": f"{texts.text_key(expected):016x}"
    }


@pytest.fixture
def url(chromadb: str, tmp_path: Path) -> Iterator[str]:
    """A real server on loopback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [*server(), "run", "--path", str(tmp_path / "served"), "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=tmp_path)
    try:
        _wait(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(300):
        assert process.poll() is None
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the server did not start")


@pytest.mark.contract
def test_a_server_holds_the_same_and_hears_nothing_twice(said: Any, filled: str, url: str) -> None:
    done = copied(said, filled, url)
    assert done["signal_embeddings"]["written"] == 36
    again = copied(said, filled, url)
    assert {each["written"] for each in again.values()} == {0}


@pytest.mark.contract
@pytest.mark.parametrize("where", ["http://127.0.0.1:9", "ftp://127.0.0.1:1", "http://"])
def test_a_server_that_is_none_is_said_in_a_sentence_and_clusters_stay(said: Any, filled: str, where: str) -> None:
    expected = 4 if where.endswith(":9") else 2
    told = said(COMMAND, "cluster", "--vectors", where, "--db", filled, exit_code=expected)
    assert told.count("\n") == 1
    assert where in told


def _summaries() -> Sequence[tuple[str | None, Sequence[str], str]]:
    return (
        (None, (), ""),
        ("hello", (), "hello"),
        (None, ("a", "b"), "a\nb"),
        ("x" * 900, ("y" * 900,) * 5, "x" * 240 + ("\n" + "y" * 70) * 5),
    )


@pytest.mark.parametrize(("prompt", "evidence", "expected"), _summaries())
def test_a_summary_fits_into_what_is_embedded(prompt: str | None, evidence: Sequence[str], expected: str) -> None:
    assert texts.summary(prompt, evidence) == expected
    assert len(texts.normalised(expected)) == len(expected)
