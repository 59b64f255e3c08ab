"""`codex-loop init`: make the store."""

from collections.abc import Iterator

import msgspec

from codex_loop.cli.render import show
from codex_loop.errors import Exit
from codex_loop.settings import load
from codex_loop.store.engine import open_for_writing


class Made(msgspec.Struct, frozen=True):
    """Where the store is."""

    store: str
    engine: str
    schema_revision: str


def init(*, db: str | None = None, json: bool = False) -> int:
    """Make the store.

    Where one is already, it is brought to this version and keeps its contents. A file is made readable by its owner
    only. `ingest` does the same by itself.

    Examples:
        codex-loop init
        codex-loop init --db ./codex_loop.db
        codex-loop init --db postgresql://me@db.example/loop

    Args:
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    with open_for_writing(load({"db": db}).db) as database:
        report = Made(database.place, database.engine, database.revision() or "")
    show(report, _draw, schema="init", as_json=json)
    return Exit.OK


def _draw(report: Made) -> Iterator[str]:
    yield f"The store is {report.store} ({report.engine}, schema {report.schema_revision})."
    yield "Next: codex-loop ingest"
