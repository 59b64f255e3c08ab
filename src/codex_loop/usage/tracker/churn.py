"""Lines added and deleted in a window, by git, in a ledger that lies in the repository itself."""

from __future__ import annotations

import csv
import io
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from codex_loop.clock import format_ms
from codex_loop.errors import MissingTool, UsageError
from codex_loop.usage.tracker.archive import month_tokens
from codex_loop.usage.tracker.ingest import Done
from codex_loop.usage.tracker.journal import Logbook, append, append_line, live, locked, mine, records
from codex_loop.usage.tracker.records import Churned, Finalized, Snapshot, noted

LEDGER = Path("docs/Ledgers/Churn_Ledger.csv")
COLUMNS = (
    "recorded_at", "window", "provider", "methodology", "commit_start", "commit_end", "files", "insertions",
    "deletions", "net", "features", "ccusage_month", "ccusage_month_tokens", "notes",
)  # fmt: skip
_SHARED = 0o666  # a file of the repository, as the umask has it
MISSING_START, UNKNOWN_START = "missing-start", "unknown-start"
_WHY = {
    MISSING_START: "no commit to start from is known; give --commit-start",
    UNKNOWN_START: "the commit to start from is not in this repository",
}
Git = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says of the change."""

    window: str
    provider: str | None = None
    methodology: str | None = None
    commit_start: str | None = None
    commit_end: str | None = None
    paths: tuple[str, ...] = ()
    features: int | None = None
    notes: str | None = None
    ledger: Path | None = None


class _Lines(msgspec.Struct):
    files: int = 0
    insertions: int = 0
    deletions: int = 0
    binary: int = 0


def record(book: Logbook, asked: Asked, now_ms: int, git: Git) -> Done:
    """Count, and append to the logbook and to the ledger. Without a start the counts are 0 and say so by their tag."""
    root = _root(git)
    finished = next(
        (each for each in reversed(records(book, "windows", Finalized)) if each.window == asked.window), None
    )
    start = asked.commit_start or (finished.commit_start if finished else None)
    end = _commit(git, asked.commit_end or (finished.commit_end if finished else None) or "HEAD")
    if end is None:
        raise UsageError(f"{asked.commit_end or 'HEAD'} is no commit of {root}; give --commit-end")
    begun = _commit(git, start) if start else None
    problem = None if begun else UNKNOWN_START if start else MISSING_START
    lines = _count(git, begun, end, asked.paths) if begun else _Lines()
    month = _month(book, asked.window, now_ms)
    kept = Churned(
        window=asked.window,
        notes=noted(asked.notes, book.agent_note, problem),
        provider=asked.provider,
        recorded_at=format_ms(now_ms),
        methodology=asked.methodology or (finished.methodology if finished else None),
        commit_start=begun or start,
        commit_end=end,
        paths=asked.paths,
        files=lines.files,
        insertions=lines.insertions,
        deletions=lines.deletions,
        binary_files=lines.binary,
        features=asked.features,
        month=month,
        month_tokens=month_tokens(book, month),
        errors=(problem,) if problem else (),
    )
    append(book, "churn", kept)
    ledger = asked.ledger or root / LEDGER
    with locked(book.folder / ".churn.lock"):  # two at once would both write the header
        append_line(book, ledger, _row(ledger, kept), _SHARED)
    stored = f"stored churn for {asked.window} (files={lines.files} +{lines.insertions} -{lines.deletions})"
    return Done((stored, f"ledger: {ledger}"), (_WHY[problem],) if problem else ())


def run_git(folder: Path) -> Git:
    """The real git, in this folder."""

    def run(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                ["git", "-C", str(folder), *words],
                capture_output=True,
                encoding="utf-8",
                errors="surrogateescape",
                stdin=subprocess.DEVNULL,
                check=False,
            )
        except FileNotFoundError as error:
            raise MissingTool("git", hint="churn is counted with it; install it and run this again") from error

    return run


def _root(git: Git) -> Path:
    done = git(("rev-parse", "--show-toplevel"))
    if done.returncode != 0:
        raise UsageError("this folder is in no git repository; run `tracker churn` inside the one that was worked on")
    return Path(done.stdout.rstrip("\n"))


def _commit(git: Git, name: str) -> str | None:
    done = git(("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"))
    return done.stdout.strip() if done.returncode == 0 else None


def _count(git: Git, start: str, end: str, paths: Sequence[str]) -> _Lines:
    done = git(("diff", "--numstat", "--no-renames", "--no-ext-diff", "--no-textconv", "-z", start, end, "--", *paths))
    if done.returncode != 0:
        raise UsageError(f"git could not compare {start[:12]} and {end[:12]}: {done.stderr.strip().splitlines()[0]}")
    lines = _Lines()
    for entry in filter(None, done.stdout.split("\0")):
        added, deleted, _ = entry.split("\t", 2)
        lines.files += 1
        if added == "-":  # git counts no lines of a binary file
            lines.binary += 1
        else:
            lines.insertions += int(added)
            lines.deletions += int(deleted)
    return lines


def _month(book: Logbook, window: str, now_ms: int) -> str:
    """The month in which the window began; of a window without a beginning, this month. In UTC."""
    begun = [
        each.record.captured_at
        for each in mine(book, live(book, "snapshots", Snapshot))
        if (each.record.window, each.record.phase) == (window, "before")
    ]
    return (begun[0] if begun else format_ms(now_ms))[:7]


def _row(ledger: Path, kept: Churned) -> bytes:
    """The line for the ledger, in the columns that it has; a new ledger gets its header with the first."""
    values = {
        **{name: getattr(kept, name) for name in COLUMNS if name in kept.__struct_fields__},
        "net": kept.insertions - kept.deletions,
        "ccusage_month": kept.month,
        "ccusage_month_tokens": kept.month_tokens,
    }
    header = _header(ledger)
    text = io.StringIO()
    writer = csv.DictWriter(text, header or COLUMNS, restval="", extrasaction="ignore", lineterminator="\n")
    if header is None:
        writer.writeheader()
    writer.writerow({name: "" if value is None else value for name, value in values.items()})
    return text.getvalue().encode("utf-8", "surrogateescape").removesuffix(b"\n")


def _header(ledger: Path) -> list[str] | None:
    try:
        with ledger.open(encoding="utf-8", newline="") as file:
            return next(csv.reader(file), None)
    except FileNotFoundError:
        return None
