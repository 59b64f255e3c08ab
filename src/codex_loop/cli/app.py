"""Every command in one table, and the one place that turns a command line into an exit code.

Nothing is imported for a command but its own module; `--help` of the whole product imports none.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import NamedTuple

from codex_loop import __version__
from codex_loop.cli import fast
from codex_loop.errors import CodexLoopError, Exit, UsageError


class Command(NamedTuple):
    """Where a command is written, and its line in the overview (the same as its docstring's first line)."""

    target: str
    help: str
    group: str


LOOP, LOOK, USAGE, SAMPLER, TRACES = "loop", "look", "usage", "sampler", "traces"
HOME = Command("codex_loop.cli.home:home", "Say where things stand and what to do next.", LOOK)

COMMANDS: Mapping[str, Command] = {
    "init": Command("codex_loop.cli.init:init", "Make the store.", LOOP),
    "sessions": Command("codex_loop.cli.sessions:sessions", "List the recorded sessions, the latest first.", LOOK),
    "show": Command("codex_loop.cli.show:show", "Tell what happened in a session, in order.", LOOK),
    "search": Command("codex_loop.cli.search:search", "Find words in prompts, answers and commands.", LOOK),
    "doctor": Command(
        "codex_loop.cli.doctor:doctor", "Say whether everything is accounted for, and what needs a look.", LOOK
    ),
    "usage daily": Command("codex_loop.cli.usage_periods:daily", "Show the tokens and costs of each day.", USAGE),
    "usage weekly": Command("codex_loop.cli.usage_periods:weekly", "Show the tokens and costs of each week.", USAGE),
    "usage monthly": Command("codex_loop.cli.usage_periods:monthly", "Show the tokens and costs of each month.", USAGE),
    "usage blocks": Command(
        "codex_loop.cli.usage_blocks:blocks",
        "Show estimated five-hour blocks, and the windows that the providers told of.",
        USAGE,
    ),
    "usage reconcile": Command(
        "codex_loop.cli.usage_reconcile:reconcile",
        "Compare the ledger with the totals that agents state themselves.",
        USAGE,
    ),
    "usage session": Command(
        "codex_loop.cli.usage_session:session", "Show the tokens and costs of each session, the latest last.", USAGE
    ),
    "usage limits": Command(
        "codex_loop.cli.limits:limits",
        "Show what is left of every limit, when it resets, and whether it lasts.",
        USAGE,
    ),
    "widget": Command(
        "codex_loop.cli.widget:widget", "Print the dials of a status bar: C5 CW (Codex), S W O (Claude).", USAGE
    ),
    "statusline": Command(
        "codex_loop.cli.statusline:statusline",
        "Be the statusline of Claude Code: say the limits, and keep those it was told.",
        USAGE,
    ),
    "usage import ccusage": Command(
        "codex_loop.cli.usage_import:ccusage", "Compare a report of ccusage with our ledger, and keep it.", USAGE
    ),
    "status": Command(
        "codex_loop.cli.status:status", "Show each agent's last activity, tokens today and limits.", USAGE
    ),
    "ingest": Command(
        "codex_loop.cli.ingest:run",
        "Read what Codex and Claude Code left on this machine, each line once.",
        LOOP,
    ),
    "daily": Command(
        "codex_loop.cli.daily:daily", "Read what is new, find signals, group them, propose names, and report.", LOOP
    ),
    "signals": Command(
        "codex_loop.cli.signals:signals",
        "Find what went wrong and what went well in every session that changed.",
        LOOP,
    ),
    "signals list": Command(
        "codex_loop.cli.signals:signals_list", "List the signals that were found, the latest first.", LOOP
    ),
    "signals explain": Command(
        "codex_loop.cli.signals:explain", "Show the exact records that made a signal fire.", LOOP
    ),
    "classify": Command(
        "codex_loop.cli.classify:classify",
        "Say of each line on standard input whether somebody is displeased or pleased.",
        LOOP,
    ),
    "cluster": Command("codex_loop.cli.cluster:cluster", "Group what keeps happening, and propose names for it.", LOOP),
    "cluster show": Command(
        "codex_loop.cli.cluster:cluster_show", "Show one cluster: its signals, and what became of it.", LOOP
    ),
    "report": Command("codex_loop.cli.report:report", "Show what went wrong, what went well, and what it cost.", LOOP),
    "schema-proposals": Command(
        "codex_loop.cli.schema:schema_proposals", "List the categories that clusters propose, the surest first.", LOOP
    ),
    "schema-approve": Command(
        "codex_loop.cli.schema:schema_approve",
        "Make a category of a proposal; it names signals from now on.",
        LOOP,
    ),
    "schema-reject": Command(
        "codex_loop.cli.schema:schema_reject",
        "Turn a proposal down, with the reason.",
        LOOP,
    ),
    "schema-auto-promote": Command(
        "codex_loop.cli.schema:schema_auto_promote",
        "Approve every proposal that is sure enough.",
        LOOP,
    ),
    "schema-export": Command(
        "codex_loop.cli.schema:schema_export",
        "Write the approved categories to a file.",
        LOOP,
    ),
    "schema-import": Command(
        "codex_loop.cli.schema:schema_import",
        "Take the categories of a file, all of them or none.",
        LOOP,
    ),
    "schema-diff": Command(
        "codex_loop.cli.schema:schema_diff",
        "Say what changed from one file of categories to another.",
        LOOP,
    ),
    "schema-undo": Command(
        "codex_loop.cli.schema:schema_undo",
        "Take the last change of a category back.",
        LOOP,
    ),
    "ticket": Command(
        "codex_loop.cli.ticket:ticket",
        "Write the ticket of a problem, or list the problems that call for one.",
        LOOP,
    ),
    "trends": Command(
        "codex_loop.cli.trends:trends",
        "Show how signals came week by week, or how a dataset was solved from run to run.",
        LOOP,
    ),
    "measure": Command(
        "codex_loop.cli.measure:measure",
        "Run an agent over a dataset with Harbor, and say whether a change helped.",
        LOOP,
    ),
    "measure compare": Command(
        "codex_loop.cli.measure:compare", "Compare two runs, task by task, with a verdict.", LOOP
    ),
    "measure plan": Command(
        "codex_loop.cli.measure:plan", "Say how many tasks and attempts it takes to find a change of a size.", LOOP
    ),
    "measure list": Command(
        "codex_loop.cli.measure:measure_list", "List the runs that were measured, the latest first.", LOOP
    ),
    "measure setup": Command(
        "codex_loop.cli.measure_setup:setup", "Install Harbor, and say where tasks can run.", LOOP
    ),
    "demo": Command(
        "codex_loop.cli.demo:demo",
        "Run the whole loop once, on sample sessions or on yours.",
        LOOP,
    ),
    "rebuild": Command(
        "codex_loop.cli.rebuild:run",
        "Decode every archived line again with this version's decoders.",
        LOOK,
    ),
    "redact": Command(
        "codex_loop.cli.redact:run",
        "Say whether the store is redacted by the present rules.",
        LOOK,
    ),
    "sample": Command("codex_loop.cli.sampler:sample", "Ask both agents once for their limits.", SAMPLER),
    "service install": Command(
        "codex_loop.cli.service:install", "Let a job run by itself, also after a sleep.", SAMPLER
    ),
    "service status": Command(
        "codex_loop.cli.service:status", "Say whether a job is installed and when it runs.", SAMPLER
    ),
    "service remove": Command(
        "codex_loop.cli.service:remove", "Let a job run by itself no longer; samples stay.", SAMPLER
    ),
    "sampler": Command("codex_loop.cli.sampler:sampler", "Ask both agents for their limits, again and again.", SAMPLER),
    "analyzer": Command(
        "codex_loop.cli.analyzer:analyzer", "Tell Prometheus how limits, sampler, tokens and costs stand.", SAMPLER
    ),
    "trace dataset": Command(
        "codex_loop.cli.dataset:dataset",
        "Make a dataset of tasks that pass the validity gate.",
        TRACES,
    ),
    "trace verify": Command(
        "codex_loop.cli.dataset:verify",
        "Pass tasks, or a whole dataset, through the gate again.",
        TRACES,
    ),
    "trace bundle": Command(
        "codex_loop.cli.trace_bundle:bundle",
        "Write a recorded session into a folder: its spine, its lines, its artifacts.",
        TRACES,
    ),
    "trace atif": Command(
        "codex_loop.cli.trace_atif:atif",
        "Write a session as an ATIF trajectory, and say what became of every line.",
        TRACES,
    ),
    "distill": Command(
        "codex_loop.cli.distill:distill",
        "Make tasks of a signal, or of a cluster, that anyone can run again.",
        LOOP,
    ),
    "trace distill": Command(
        "codex_loop.cli.distill:trace_distill",
        "Make a task of a part of a bundle, named by its lines or its turns.",
        TRACES,
    ),
    "trace validate": Command(
        "codex_loop.cli.trace:validate",
        "Check trace spines, bundles and ATIF documents.",
        TRACES,
    ),
}


class Match(NamedTuple):
    """A command found in the words of a command line, and the words left for it."""

    name: str
    command: Command
    rest: Sequence[str]


def run(words: Sequence[str], commands: Mapping[str, Command] = COMMANDS) -> int:
    """Run one command line; every failure becomes one sentence on stderr and an exit code."""
    _speak_utf8()
    try:
        code = _run(words, commands)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has seen enough. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return Exit.OK
    except KeyboardInterrupt:
        return _say("interrupted; what was stored stays, the rest is taken next time", Exit.INTERRUPTED)
    except CodexLoopError as error:
        return _say(str(error), error.exit_code)
    except OSError as error:
        return _say(f"{error.filename or 'the system'}: {error.strerror or error}", Exit.DEGRADED)
    except Exception as error:  # noqa: BLE001 - the last line of defence: a user sees a sentence, not a stack
        return _unexpected(error)
    return code


def _unexpected(error: Exception) -> int:
    if isinstance(error, RuntimeError) and "home directory" in str(error):  # what Python says of `~nobody/file`
        return _say("a path begins with ~ and a name that no user here has; write the path whole", Exit.USAGE)
    again = "run it again with CODEX_LOOP_DEBUG=1 and report what it prints"
    return _say(f"a bug: {type(error).__name__}: {error}; {again}", Exit.BUG)


def find(words: Sequence[str], commands: Mapping[str, Command]) -> Match | None:
    """The command with the longest name these words begin with."""
    for length in (3, 2, 1):
        name = " ".join(words[:length])
        if len(words) >= length and name in commands:
            return Match(name, commands[name], words[length:])
    return None


def load(command: Command) -> Callable[..., int]:
    """The function behind a command; imports its module."""
    _import_msgspec()
    module, _, attribute = command.target.partition(":")
    function: Callable[..., int] = getattr(import_module(module), attribute)
    return function


def _run(words: Sequence[str], commands: Mapping[str, Command]) -> int:
    from codex_loop.cli import overview

    first = words[0] if words else ""
    if first in ("--version", "-V"):
        return overview.print_lines([f"codex-loop {__version__}"])
    if first in ("--help", "-h", "help"):
        return overview.print_lines(overview.product(commands))
    if not first or first.startswith("-"):
        return _call(Match("", HOME, words))
    match = find(words, commands)
    if match:
        return _call(match)
    within = overview.family(words, commands)
    if within and all(word in ("--help", "-h") for word in words[len(within.split()) :]):
        return overview.print_lines(overview.product(commands, within))
    raise UsageError(overview.unknown(words, commands))


def _call(match: Match) -> int:
    function = load(match.command)
    call = fast.bind(function, match.rest)
    if call is None:
        from codex_loop.cli import framework

        if any(word in ("--help", "-h") for word in match.rest):
            framework.show_help(function, match.name)
            return Exit.OK
        call = framework.bind(function, match.name, match.rest)
    return function(*call.args, **call.kwargs)


def _import_msgspec() -> None:
    # msgspec asks typing_extensions for three names that typing has since Python 3.11, and falls back to it. Importing
    # typing_extensions is half of a small command's start: 30 of 80 ms CPU, measured. Whoever needs it still gets it.
    if "msgspec" in sys.modules or "typing_extensions" in sys.modules:
        return
    sys.modules["typing_extensions"] = None  # type: ignore[assignment]  # documented way to make an import fail
    try:
        import msgspec  # noqa: F401
    finally:
        del sys.modules["typing_extensions"]


def _say(sentence: str, code: int) -> int:
    if os.environ.get("CODEX_LOOP_DEBUG") == "1":
        import traceback

        traceback.print_exc()
    sys.stderr.write(f"codex-loop: {sentence}\n")
    return code


def _speak_utf8() -> None:
    # JSON and tables are UTF-8 wherever they go; a file name that is not UTF-8 is shown escaped instead of failing.
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(encoding="utf-8", errors="backslashreplace")
