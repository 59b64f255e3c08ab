"""`codex-loop trace bundle`: a recorded session as a folder for others."""

from collections.abc import Iterator
from pathlib import Path

from codex_loop.capture.secrets import redactor_for
from codex_loop.cli.render import counted, fields
from codex_loop.cli.render import show as render
from codex_loop.clock import now_ms
from codex_loop.errors import Exit
from codex_loop.settings import load
from codex_loop.store import places
from codex_loop.store.engine import open_for_reading
from codex_loop.tasks.bundle.recording import from_store
from codex_loop.tasks.bundle.writing import Bundled, write


def bundle(*, session_id: str, output: Path, db: str | None = None, json: bool = False) -> int:
    """Write a recorded session into a folder: its spine, its lines, its artifacts.

    All of it comes from the archive, redacted, so it works after the agent deleted its own files. A session without a
    spine gets one made from what was recorded; `bundle.json` says which.

    Examples:
        codex-loop trace bundle --session-id 019a1b2c --output ./bundle
        codex-loop trace bundle --session-id claude:5f0e --output ./bundle --db ./codex_loop.db

    Args:
        session_id: An id as `codex-loop sessions` shows it, or any unambiguous beginning of one.
        output: A folder that does not exist yet, or an empty one.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    settings = load({"db": db})
    redactor = redactor_for(str(settings.key_file))
    with open_for_reading(settings.db) as database:
        recording = from_store(database, places.find(database, session_id))
    output = output.expanduser()
    report = write(recording, output, lambda line: redactor.line(line).line, now_ms(), settings.codex_homes)
    render(report, _draw, schema="trace-bundle", as_json=json)
    return Exit.OK


def _draw(report: Bundled) -> Iterator[str]:
    own = "the agent's own" if report.spine == "recorded" else "made from the recording"
    subagents = counted(report.subagents, "subagent") if report.subagents else None
    diff = "git_diff.patch" if report.git_diff is None else f"none: {report.git_diff}"
    pairs = (
        ("session", report.session),
        ("folder", report.output),
        ("spine", f"{counted(report.spine_records, 'record')}, {own}"),
        ("lines", f"{counted(report.lines, 'line')} of {counted(report.files, 'file')}"),
        ("with", subagents),
        ("diff", diff),
    )
    yield from fields(pair for pair in pairs if pair[1] is not None)
    yield ""
    yield f"codex-loop trace validate {report.output}   checks it"
