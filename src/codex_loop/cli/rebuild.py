"""`codex-loop rebuild`: decode the archive again."""

from collections.abc import Iterator

from codex_loop import clock
from codex_loop.capture.rebuild import Rebuilt, rebuild
from codex_loop.cli.progress import Progress
from codex_loop.cli.render import number, show
from codex_loop.errors import Exit
from codex_loop.settings import load
from codex_loop.store.engine import open_existing


def run(*, db: str | None = None, json: bool = False) -> int:
    """Decode every archived line again with this version's decoders.

    The agents' own files are not needed.

    Examples:
        codex-loop rebuild
        codex-loop rebuild --db ./codex_loop.db --json

    Args:
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    settings = load({"db": db})
    with open_existing(settings.db) as database, Progress("rebuilding") as bar:
        report = rebuild(database, str(settings.key_file), clock.now_ms(), lambda done, total: bar.to(done / total))
    show(report, _draw, schema="rebuild", as_json=json)
    return Exit.DEGRADED if report.unknown_sources else Exit.OK


def _draw(report: Rebuilt) -> Iterator[str]:
    yield f"{number(report.lines)} lines of {number(report.files)} files decoded again."
    if report.rejected:
        yield f"{number(report.rejected)} lines could not be decoded any more; they stay in the archive."
    if report.unknown_sources:
        yield f"{report.unknown_sources} files belong to sources that are not installed; install them and repeat."
