"""The console script `tracker`: windows of work, snapshots of limits before and after, and what ccusage said.

Commands are written as those of `codex-loop` are. Their failures are `error: <text>` on stderr and exit code 1, as
scripts around the tracker expect; only a command line that cannot be read exits with 2.
"""

import contextlib
import os
import select
import stat
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from codex_loop import __version__
from codex_loop.cli import app, fast, overview
from codex_loop.cli.app import Command
from codex_loop.cli.width import hanging
from codex_loop.clock import now_ms
from codex_loop.errors import CodexLoopError, Exit, UsageError
from codex_loop.settings import Settings, load
from codex_loop.store.engine import Database, is_url, open_for_writing
from codex_loop.usage.tracker.ingest import Done
from codex_loop.usage.tracker.journal import Logbook, logbook

PROGRAM = "tracker"
_PIPE_PATIENCE_S = 60.0
_WRITE, _ALIAS, _LOOK = "record", "windows", "look"
_HERE = "codex_loop.cli.tracker"

COMMANDS: Mapping[str, Command] = {
    "alias start": Command(f"{_HERE}_alias:start", "Begin a window: the pasted pane is its beginning.", _ALIAS),
    "alias end": Command(f"{_HERE}_alias:end", "End the window that waits for its end.", _ALIAS),
    "alias cross": Command(f"{_HERE}_alias:cross", "End this window and begin the next with one pane.", _ALIAS),
    "alias delete": Command(f"{_HERE}_alias:delete", "Undo the latest end of a window, or an earlier one.", _ALIAS),
    "aliases": Command(f"{_HERE}_alias:aliases", "Print the short commands os, oe, ox, od, occ … for a shell.", _ALIAS),
    "ingest": Command(
        f"{_HERE}_input:ingest", "Keep a pane, a report of ccusage, or what another program says.", _WRITE
    ),
    "override": Command(f"{_HERE}_input:override", "State by hand what the bars showed.", _WRITE),
    "complete": Command(f"{_HERE}_input:complete", "Finish a window: what was made in it, and what it took.", _WRITE),
    "window-finalize": Command(f"{_HERE}_input:complete", "The same as `complete`.", _WRITE),
    "churn": Command(f"{_HERE}_input:churn", "Count the lines a window changed, into the repository's ledger.", _WRITE),
    "preview": Command(f"{_HERE}_pages:preview", "Show where everything stands.", _LOOK),
    "window-audit": Command(f"{_HERE}_pages:window_audit", "Look closely at one window.", _LOOK),
    "reconcile": Command(f"{_HERE}_pages:reconcile", "Put ccusage's sessions beside the windows.", _LOOK),
    "archive-check": Command(
        f"{_HERE}_pages:archive_check", "Check the reported months against days and churn.", _LOOK
    ),
}


class Desk(msgspec.Struct, frozen=True):
    """What a command works with."""

    book: Logbook
    database: Database | None
    """The store; None where there is none yet, or it cannot be used now."""
    settings: Settings
    now_ms: int


def main() -> int:
    """The program: its words to an exit code."""
    return run(sys.argv[1:])


def run(words: Sequence[str]) -> int:
    """Run one command line."""
    app._speak_utf8()  # noqa: SLF001  # the same promise: UTF-8 whatever the locale
    try:
        code = _run(_spread(_behind(words)))
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the reader has seen enough
        return Exit.OK
    except KeyboardInterrupt:
        return _say("interrupted; what was stored stays", Exit.INTERRUPTED)
    except CodexLoopError as error:
        return _say(str(error), Exit.FINDING)
    except OSError as error:
        return _say(f"{error.filename or 'the system'}: {error.strerror or error}", Exit.FINDING)
    except Exception as error:  # noqa: BLE001 - the last line of defence: a user sees a sentence, not a stack
        again = "run it again with CODEX_LOOP_DEBUG=1 and report what it prints"
        return _say(f"a bug: {type(error).__name__}: {error}; {again}", Exit.BUG)
    return code


@contextlib.contextmanager
def desk(data_dir: Path | None, db: str | None, state_dir: Path | None = None) -> Iterator[Desk]:
    """The logbook and the store. When the command is done, the store has every line of the logbook."""
    settings = load({"db": db})
    book = logbook(data_dir, state_dir, os.environ)
    with contextlib.ExitStack() as stack:
        database = _store(stack, settings.db, asked=db is not None)
        at = Desk(book, database, settings, now_ms())
        yield at
        if database is not None:
            _bring(at, database)


def tell(done: Done) -> int:
    """Lines on stdout, doubts on stderr."""
    sys.stdout.write("".join(f"{line}\n" for line in done.lines))
    warn(done.warnings)
    return Exit.OK


def warn(sentences: Sequence[str]) -> None:
    sys.stderr.write("".join(f"warning: {sentence}\n" for sentence in sentences))


def content(*, stdin: bool, file: Path | None) -> str:
    """What was pasted, or what the file holds. Text that is not UTF-8 is kept as far as it can be read."""
    if stdin and file is not None:
        raise UsageError("choose one input source")
    named = stdin or file is not None
    if not named and not _is_piped():
        raise UsageError("provide --stdin or --file")
    data = sys.stdin.buffer.read() if file is None else file.expanduser().read_bytes()
    text = data.decode("utf-8-sig", "replace")
    if not text.strip():
        raise UsageError("no content received" if named else "provide --stdin or --file")
    return text


def _is_piped() -> bool:
    """Whether a file or a program feeds stdin: `ccusage … | tracker ingest …` needs no flag."""
    try:
        handle = sys.stdin.fileno()
        mode = os.fstat(handle).st_mode
    except (OSError, ValueError, AttributeError):  # no stdin, or one without a file
        return False
    if stat.S_ISREG(mode):
        return True
    if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
        return False
    if sys.platform == "win32":
        return True
    # A pipe that some parent keeps open without ever writing must not hold a command for ever.
    return bool(select.select([handle], [], [], _PIPE_PATIENCE_S)[0])


def _run(words: Sequence[str]) -> int:
    first = words[0] if words else "--help"
    if first in ("--version", "-V"):
        return overview.print_lines([f"{PROGRAM} (codex-loop {__version__})"])
    if first in ("--help", "-h", "help"):
        return overview.print_lines(_page(COMMANDS))
    match = app.find(words, COMMANDS)
    if match is not None:
        return _call(match)
    within = overview.family(words, COMMANDS)
    if within and all(word in (within, "--help", "-h") for word in words):
        return overview.print_lines(_page({name: each for name, each in COMMANDS.items() if name.startswith(within)}))
    return _say(f"there is no command `{' '.join(words[:2])}`; see `{PROGRAM} --help`", Exit.USAGE)


def _call(match: app.Match) -> int:
    function = app.load(match.command)
    call = fast.bind(function, match.rest)
    if call is None:
        from codex_loop.cli import framework

        if any(word in ("--help", "-h") for word in match.rest):
            framework.show_help(function, match.name, PROGRAM)
            return Exit.OK
        try:
            call = framework.bind(function, match.name, match.rest, PROGRAM)
        except UsageError as error:
            return _say(str(error), Exit.USAGE)
    return function(*call.args, **call.kwargs)


def _behind(words: Sequence[str]) -> list[str]:
    """Options may stand before the command: `tracker --data-dir DIR preview`."""
    given = list(words)
    moved: list[str] = []
    while given and given[0].partition("=")[0] in ("--data-dir", "--db"):
        count = 1 if "=" in given[0] else 2
        moved, given = [*moved, *given[:count]], given[count:]
    return [*given, *moved]


def _spread(words: Sequence[str]) -> list[str]:
    """`--paths a b` as `--paths a --paths b`."""
    spread: list[str] = []
    inside = False
    for word in words:
        if word.startswith("-"):
            inside = word == "--paths"
            spread += [] if inside else [word]
        else:
            spread += ["--paths", word] if inside else [word]
    return spread


def _page(commands: Mapping[str, Command]) -> list[str]:
    width = max(map(len, commands))
    lines = [
        "tracker: windows of work, their limits before and after, and what ccusage said.",
        "",
        "Usage: tracker [--data-dir DIR] COMMAND [OPTIONS]",
    ]
    for group in dict.fromkeys(each.group for each in commands.values()):
        lines += ["", f"{group}:"]
        for name, each in commands.items():
            if each.group == group:
                lines += hanging(f"  {name:<{width}}  ", each.help, overview.WIDTH)
    return [*lines, "", "tracker COMMAND --help   explains one command, with examples"]


def _store(stack: contextlib.ExitStack, place: str, *, asked: bool) -> Database | None:
    if not (asked or is_url(place) or Path(place).expanduser().exists()):
        return None
    try:
        return stack.enter_context(open_for_writing(place))
    except CodexLoopError as error:
        warn([f"{error}; the files of the tracker are complete without it"])
        return None


def _bring(at: Desk, database: Database) -> None:
    from codex_loop.capture.orders import host_name
    from codex_loop.usage.tracker.shelf import bring

    try:
        bring(at.book, database, host_name(), at.now_ms)
    except CodexLoopError as error:
        warn([f"{error}; the next command tries again, the files of the tracker are complete"])


def _say(sentence: str, code: int) -> int:
    if os.environ.get("CODEX_LOOP_DEBUG") == "1":
        import traceback

        traceback.print_exc()
    sys.stderr.write(f"error: {sentence}\n")
    return code


if __name__ == "__main__":
    raise SystemExit(main())
