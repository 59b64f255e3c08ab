"""`cctrack-codex-status` and `cctrack-claude-status`: one look at an agent's limits, as one JSON event or as a page."""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from socket import gethostname
from types import FrameType
from typing import Literal

import msgspec

from codex_loop.agents import place, status
from codex_loop.agents.accounts import account_hash
from codex_loop.agents.tmux import Terminal
from codex_loop.cli import fast
from codex_loop.cli.app import Command, run
from codex_loop.cli.moments import when
from codex_loop.cli.render import UNKNOWN, fields, page_width
from codex_loop.cli.width import clean, cut
from codex_loop.clock import SystemClock, now_ms
from codex_loop.errors import Exit, UsageError
from codex_loop.redaction.keys import load_key
from codex_loop.settings import Settings, load
from codex_loop.sources.samples.event import StatusEvent, WindowSeen
from codex_loop.sources.samples.spellings import Tool

Format = Literal["json", "text"]
_NARROWEST, _LOWEST, _LARGEST = 60, 15, 1000


def codex() -> int:
    """The console script `cctrack-codex-status`."""
    return _script("called_codex")


def claude() -> int:
    """The console script `cctrack-claude-status`."""
    return _script("called_claude")


def called_codex() -> int:
    """The words of the command line, for `cctrack-codex-status`."""
    return _called(codex_status, "cctrack-codex-status")


def called_claude() -> int:
    """The words of the command line, for `cctrack-claude-status`."""
    return _called(claude_status, "cctrack-claude-status")


def codex_status(
    *,
    format_: Format = "json",
    columns: int = 160,
    lines: int = 50,
    status_timeout: float | None = None,
    tmux_socket: str | None = None,
    codex_bin: str | None = None,
    codex_home: tuple[Path, ...] = (),
    source: Literal["rollout", "app-server", "status-pane"] | None = None,
) -> int:
    """Say how much of Codex's limits is used.

    Asked until one answers: what Codex was told in the last five minutes (in its rollouts), its app-server, and the
    page /status in a tmux of our own. The event says which one answered, and why the others did not.

    Examples:
        cctrack-codex-status
        cctrack-codex-status --format text --source app-server

    Args:
        format_: One line of JSON, or a page for eyes.
        columns: Width of the terminal in which the /status page is drawn.
        lines: Height of that terminal.
        status_timeout: Seconds that may pass in all; 20 by default.
        tmux_socket: Name or path of a tmux socket to share; by default one of our own, gone afterwards.
        codex_bin: The Codex to ask, instead of the one on the PATH.
        codex_home: Codex's folder instead of $CODEX_HOME or ~/.codex; may be given again.
        source: Ask only this one.
    """
    from codex_loop.agents import codex as asked

    settings = load({"codex_homes": codex_home, "status_timeout_s": status_timeout})
    clock, terminal = SystemClock(), _terminal(columns, lines, tmux_socket)

    @cache
    def program() -> place.Place:
        home = settings.codex_homes[0] if settings.codex_homes else None
        return place.find("codex", codex_bin, home=home, folder=_folder(settings), environ=os.environ)

    ways = asked.sources(settings.codex_homes, program, terminal, clock=clock)
    return _look("codex", ways, settings, source, format_)


def claude_status(
    *,
    format_: Format = "json",
    columns: int = 160,
    lines: int = 50,
    status_timeout: float | None = None,
    tmux_socket: str | None = None,
    claude_bin: str | None = None,
    claude_home: tuple[Path, ...] = (),
    source: Literal["get-usage", "statusline", "usage-text", "status-pane"] | None = None,
) -> int:
    """Say how much of Claude Code's limits is used.

    Asked until one answers: its control request get_usage, what it told its status line in the last five minutes, the
    text of /usage, and the page /usage in a tmux of our own. No prompt is sent, no session is left.

    Examples:
        cctrack-claude-status
        cctrack-claude-status --format text --status-timeout 10

    Args:
        format_: One line of JSON, or a page for eyes.
        columns: Width of the terminal in which the /usage page is drawn.
        lines: Height of that terminal.
        status_timeout: Seconds that may pass in all; 20 by default.
        tmux_socket: Name or path of a tmux socket to share; by default one of our own, gone afterwards.
        claude_bin: The Claude Code to ask, instead of the one on the PATH.
        claude_home: Its folder instead of $CLAUDE_CONFIG_DIR or ~/.claude; may be given again.
        source: Ask only this one.
    """
    from codex_loop.agents import claude as asked

    settings = load({"claude_homes": claude_home, "status_timeout_s": status_timeout})
    clock, terminal = SystemClock(), _terminal(columns, lines, tmux_socket)

    @cache
    def program() -> place.Place:
        home = settings.claude_homes[0] if settings.claude_homes else None
        return place.find("claude", claude_bin, home=home, folder=_folder(settings), environ=os.environ)

    ways = asked.sources(settings.inbox_dir, program, terminal, clock=clock)
    return _look("claude", ways, settings, source, format_)


def _script(name: str) -> int:
    for number in ("SIGTERM", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, number):
            signal.signal(getattr(signal, number), _stop)
    # Failures are told as those of every command are.
    return run([name], {name: Command(f"codex_loop.cli.agent_status:{name}", "", "sampler")})


def _called(function: Callable[..., int], program: str) -> int:
    words = sys.argv[1:]
    call = fast.bind(function, words)
    if call is None:
        from codex_loop.cli import framework

        if any(word in ("--help", "-h") for word in words):
            framework.show_help(function, "", program)
            return Exit.OK
        call = framework.bind(function, "", words, program)
    return function(*call.args, **call.kwargs)


def _stop(number: int, frame: FrameType | None) -> None:
    """Unwind, so that the program that is being asked is ended as well."""
    del frame
    raise SystemExit(128 + number)


def _terminal(columns: int, lines: int, socket: str | None) -> Terminal:
    """Raise UsageError for one in which no page can be read."""
    for option, given, least in (("--columns", columns, _NARROWEST), ("--lines", lines, _LOWEST)):
        if not least <= given <= _LARGEST:
            raise UsageError(f"{option} {given}: a page can be read with {least} to {_LARGEST}")
    return Terminal(columns, lines, socket)


def _folder(settings: Settings) -> Path:
    return settings.data_dir / "agents"


def _look(agent: Tool, ways: Sequence[status.Source], settings: Settings, only: str | None, format_: Format) -> int:
    found = status.look(
        agent,
        [way for way in ways if only is None or way.name == only],
        timeout_s=settings.status_timeout_s,
        clock=SystemClock(),
        hostname=gethostname(),
        account=lambda name: account_hash(load_key(settings.key_file), agent, name),
    )
    event = found.event
    if format_ == "json":
        sys.stdout.write(msgspec.json.encode(event).decode() + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in _draw(event)))
    if event.error is None:
        return Exit.OK
    sys.stderr.write(f"{agent}: {clean(event.error.detail)}\n")
    return Exit.MISSING if found.missing else Exit.DEGRADED


def _draw(event: StatusEvent) -> Iterator[str]:
    now = now_ms()
    if event.error is not None:
        yield from (cut(clean(each), page_width()) for each in event.tried)
        return
    about = (
        ("plan", event.plan),
        ("credits", event.credits),
        ("told by", f"{event.via}, {when(event.timestamp, now)}"),
    )
    yield from fields([(name, value) for name, value in about if value is not None])
    yield ""
    yield from fields([(name, _window(seen, now)) for name, seen in event.windows.items()])


def _window(seen: WindowSeen, now: int) -> str:
    used = "use unknown" if seen.used_percent is None else f"{seen.used_percent:.0f} % used"
    return f"{used}, resets {when(seen.resets_at, now) if seen.resets_at else UNKNOWN}"


if __name__ == "__main__":
    sys.exit(claude() if "claude" in sys.argv.pop(1) else codex())
