"""A copy of the vectors for other tools: three ChromaDB collections, in a folder or on a server.

The database stays the truth, and nothing here is ever read back: a collection that is lost, or was made with another
model, is written anew.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from urllib.parse import urlsplit

import msgspec

from codex_loop.clusters import texts
from codex_loop.errors import Degraded, MissingTool, UsageError
from codex_loop.store import vectors as store
from codex_loop.store.engine import Database

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

SIGNALS, SESSIONS, CENTROIDS = "signal_embeddings", "session_embeddings", "cluster_centroids"
BATCH = 5_461
"""ChromaDB takes no more at once."""
OWNER = "codex-loop"
_PORTS = {"http": 80, "https": 443}
_SERVER_PORT = 8000
"""Where a ChromaDB server listens unless told otherwise."""

Facts = Mapping[str, str | int | float]


class Collection(msgspec.Struct, frozen=True, kw_only=True):
    """What a run did to one collection."""

    vectors: int
    written: int
    """New, or not as they were."""
    removed: int
    remade: bool
    """It held vectors of another model."""


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What a run did to the copy."""

    place: str
    model: str
    collections: dict[str, Collection]


class _Entry(NamedTuple):
    """A vector under its id, and what is known of it."""

    id: str
    facts: Facts
    vector: Matrix


class _Held(Protocol):
    """As much of a ChromaDB collection as is used here."""

    metadata: dict[str, Any] | None

    def get(self, *, include: list[str]) -> dict[str, Any]: ...
    def upsert(self, *, ids: list[str], embeddings: Any, metadatas: list[Facts]) -> None: ...
    def delete(self, *, ids: list[str]) -> None: ...


def required() -> Any:
    """The package, or what to do without it."""
    try:
        return importlib.import_module("chromadb")
    except ImportError as error:
        raise MissingTool("chromadb", hint="install it with `pip install 'codex-loop[chroma]'`") from error


def write(database: Database, place: str) -> Written:
    """Make the three collections at this folder or URL say what the database says. Twice writes nothing more."""
    package = required()
    model = texts.model_id()
    wanted = {SIGNALS: _signals(database), SESSIONS: _sessions(database), CENTROIDS: _centroids(database, model)}
    try:
        client = _client(package, place)
        done = {name: _brought(client, place, name, model, entries) for name, entries in wanted.items()}
    except (package.errors.ChromaError, ValueError, OSError) as error:
        said = " ".join(str(error).split())[:300]
        raise Degraded(f"ChromaDB at {place} refused ({said}); the database has everything, run it again") from error
    return Written(place=place, model=model, collections=done)


def _client(package: Any, place: str) -> Any:
    settings = package.config.Settings(anonymized_telemetry=False)
    if "://" not in place:
        return package.PersistentClient(path=place, settings=settings)
    url = urlsplit(place)
    if url.scheme not in _PORTS or not url.hostname:
        raise UsageError(f"{place} is no ChromaDB server; give a folder or http://host:port")
    port = url.port or (_SERVER_PORT if url.scheme == "http" else _PORTS[url.scheme])
    return package.HttpClient(host=url.hostname, port=port, ssl=url.scheme == "https", settings=settings)


def _signals(database: Database) -> list[_Entry]:
    told = store.signals(database)
    matrix = texts.embedded(database, [each.body for each in told]).matrix
    entries = []
    for each, vector in zip(told, matrix, strict=True):
        facts = {"signal_type": each.kind, "category": each.category, "text": f"{texts.text_key(each.body):016x}"}
        facts |= {} if each.session is None else {"session_id": each.session}
        facts |= {} if each.cluster_key is None else {"cluster_id": f"cluster_{each.cluster_key:016x}"}
        entries.append(_Entry(f"sig_{each.key:016x}", facts, vector))
    return entries


def _sessions(database: Database) -> list[_Entry]:
    told = [(each, texts.summary(each.prompt, each.evidence)) for each in store.sessions(database)]
    matrix = texts.embedded(database, [text for _, text in told]).matrix
    return [
        _Entry(f"sess_{each.id}", {"session_id": each.id, "text": f"{texts.text_key(text):016x}"}, vector)
        for (each, text), vector in zip(told, matrix, strict=True)
    ]


def _centroids(database: Database, model: str) -> list[_Entry]:
    import numpy as np

    return [
        _Entry(
            f"clust_{each.key:016x}",
            {"signal_type": each.kind, "name": each.name, "members": each.members, "seen_ms": each.seen_ms},
            np.frombuffer(each.centroid, dtype="<f2").astype(np.float32),
        )
        for each in store.centroids(database, model)
    ]


def _brought(client: Any, place: str, name: str, model: str, entries: Sequence[_Entry]) -> Collection:
    """One collection, brought up to these entries."""
    held, remade = _opened(client, place, name, model)
    found = held.get(include=["metadatas"])
    known = dict(zip(found["ids"], found["metadatas"], strict=True))
    # A text without a word has no direction, and a cosine with it means nothing.
    telling = {each.id: each for each in entries if each.vector.any()}
    changed = [each for each in telling.values() if known.get(each.id) != each.facts]
    gone = sorted(known.keys() - telling.keys())
    for start in range(0, len(changed), BATCH):
        part = changed[start : start + BATCH]
        held.upsert(
            ids=[each.id for each in part],
            embeddings=[each.vector for each in part],
            metadatas=[each.facts for each in part],
        )
    for start in range(0, len(gone), BATCH):
        held.delete(ids=gone[start : start + BATCH])
    return Collection(vectors=len(telling), written=len(changed), removed=len(gone), remade=remade)


def _opened(client: Any, place: str, name: str, model: str) -> tuple[_Held, bool]:
    """The collection of this name, empty if it held vectors of another model, and whether it did."""
    # Cosine is chosen when a collection is made, and never again.
    facts = {"hnsw:space": "cosine", "owner": OWNER, "model": model}
    held = client.get_or_create_collection(name, metadata=facts, embedding_function=None)
    there = held.metadata or {}
    if there.get("owner") != OWNER:
        raise UsageError(f"{name} at {place} was not written by codex-loop; give --vectors another place")
    if there.get("model") == model:
        return held, False
    client.delete_collection(name)
    return client.create_collection(name, metadata=facts, embedding_function=None), True
