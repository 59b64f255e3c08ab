"""`codex-loop` without a command: where things stand and what to do next."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from codex_loop.cli.render import fields, show
from codex_loop.errors import Exit
from codex_loop.settings import Settings, load, place_name


class AgentFolder(msgspec.Struct, frozen=True):
    """A folder in which an agent keeps its sessions, and whether it is there."""

    agent: str
    path: str
    found: bool


class Home(msgspec.Struct, frozen=True):
    """Where things stand; `store_found` is None where only connecting would tell."""

    store: str
    store_found: bool | None
    folders: tuple[AgentFolder, ...]
    next_steps: tuple[str, ...]


def home(*, db: str | None = None, json: bool = False) -> int:
    """Say where things stand and what to do next.

    Examples:
        codex-loop
        codex-loop --json

    Args:
        db: Database file or postgresql:// URL; by default a file in the data folder of this machine.
        json: Print one JSON object.
    """
    show(standing(load({"db": db})), _draw, schema="home", as_json=json)
    return Exit.OK


def standing(settings: Settings) -> Home:
    """What can be said without opening the store."""
    places = [("codex", path) for path in settings.codex_homes] + [
        ("claude-code", path) for path in settings.claude_homes
    ]
    folders = tuple(AgentFolder(agent, str(path), path.is_dir()) for agent, path in places)
    found = None if "://" in settings.db else Path(settings.db).is_file()
    return Home(place_name(settings.db), found, folders, tuple(_next_steps(found, folders)))


def _next_steps(store_found: bool | None, folders: tuple[AgentFolder, ...]) -> Iterator[str]:
    if store_found is False and not any(folder.found for folder in folders):
        yield "no agent has left a session here yet: run Codex or Claude Code, or name a folder with --codex-home"
    if not store_found:
        yield "codex-loop ingest     read every session into the store"
    else:
        yield "codex-loop ingest     read what is new"
        yield "codex-loop sessions   list what is recorded"
    yield "codex-loop --help     all commands"


def _draw(report: Home) -> Iterator[str]:
    yield "codex-loop records what Codex and Claude Code do on this machine."
    yield ""
    store = {True: "", False: " (no store yet)", None: ""}[report.store_found]
    pairs = [("store", f"{report.store}{store}")]
    pairs += [(folder.agent, f"{folder.path}{'' if folder.found else ' (not there)'}") for folder in report.folders]
    yield from fields(pairs)
    yield ""
    yield "Next:"
    yield from (f"  {step}" for step in report.next_steps)
