"""`codex-loop redact`: what was taken out, and doing it again after a change of the rules."""

from collections.abc import Iterator

from codex_loop import clock
from codex_loop.capture.reredact import Reredacted, reredact, survey
from codex_loop.cli.progress import Progress
from codex_loop.cli.render import number, show
from codex_loop.errors import Exit
from codex_loop.settings import load
from codex_loop.store.engine import open_existing


def run(*, rerun: bool = False, db: str | None = None, json: bool = False) -> int:
    """Say whether the store is redacted by the present rules.

    With --rerun all of it is brought up to date.

    Examples:
        codex-loop redact
        codex-loop redact --rerun --db ./codex_loop.db

    Args:
        rerun: Redact everything stored again, rebuild every row from it, and overwrite the old pages.
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    settings = load({"db": db})
    key_file = str(settings.key_file)
    with open_existing(settings.db) as database:
        if rerun:
            with Progress("redacting") as bar:
                report = reredact(database, key_file, clock.now_ms(), lambda done, total: bar.to(done / max(total, 1)))
        else:
            report = survey(database, key_file)
    show(report, lambda done: _draw(done, rerun=rerun), schema="redact", as_json=json)
    return Exit.FINDING if report.behind and not rerun else Exit.OK


def _draw(report: Reredacted, *, rerun: bool) -> Iterator[str]:
    yield f"rules {report.rules_version}"
    if rerun:
        yield f"{number(report.behind)} of {number(report.segments)} archive segments had been stored by other rules."
        yield f"{number(report.changed)} of them held something that the present rules take out."
        yield f"{number(report.rebuilt_files)} files were decoded again from the redacted archive."
    elif report.behind:
        yield f"{number(report.behind)} of {number(report.segments)} archive segments were stored by other rules."
        yield "Next: codex-loop redact --rerun"
    else:
        yield f"All {number(report.segments)} archive segments are redacted by these rules."
