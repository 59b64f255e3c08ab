"""Plays stories with the real agents; what they leave stays in a cache folder, and is played once for each content."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from benchmarks.repairs.stories import base
from benchmarks.repairs.story import Story, book, found
from codex_loop.samples import repositories
from tests.contract import book as places
from tests.contract.app_server import AppServer
from tests.contract.claude import ClaudeAgent, session_of
from tests.contract.codex import CodexAgent, thread_of
from tests.contract.workplace import Workplace
from tests.fakes.anthropic_messages import AnthropicMessages
from tests.fakes.openai_responses import OpenAIResponses
from tools.catalog import cache_folder

MARKER = "played.json"
_ALLOWED = "Bash,Read,Edit,Write"


class Played(NamedTuple):
    """A session that lies there: which one, its clone, and the home that holds it."""

    story: Story
    session: str
    project: Path
    home: Path


class Desk(Workplace):
    """Folders of one agent around a project that lies there; the agent's shells find this interpreter first."""

    def __init__(self, root: Path, project: Path) -> None:
        self.root = root.resolve()
        self.home = self.root / "home"
        self.project = project.resolve()
        self.streams = self.root / "streams"
        for folder in (self.home, self.streams):
            folder.mkdir(parents=True, exist_ok=True)
        # Codex starts login shells, which on some systems set the path anew.
        (self.home / ".profile").write_text(f'export PATH="{Path(sys.executable).parent}:$PATH"\n', encoding="utf-8")
        (self.home / ".gitconfig").write_text("[user]\nname = Dev\nemail = dev@example.com\n", encoding="utf-8")

    def environment(self, **extra: str) -> dict[str, str]:
        told = super().environment(**extra)
        return {**told, "PATH": f"{Path(sys.executable).parent}:{told['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"}


def play_all(stories: Sequence[Story], *, at_once: int = 2) -> list[Played]:
    """Every story, so many at once; those that were played before are only looked up."""
    with ThreadPoolExecutor(max_workers=at_once) as pool:
        return list(pool.map(play, stories))


def play(story: Story) -> Played:
    """One story to its end, once: the next call finds what this one left."""
    root = cache_folder().parent / "repairs" / _content(story)
    marker = root / MARKER
    if marker.is_file():
        return _played(story, root, json.loads(marker.read_text(encoding="utf-8"))["session"])
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    session = perform(story, Desk(root, prepare(story, root / story.name)))
    afterwards(story, root / story.name)
    marker.write_text(json.dumps({"session": session}), encoding="utf-8")
    return _played(story, root, session)


def prepare(story: Story, project: Path) -> Path:
    """The project as the story finds it."""
    commit = base(story)
    if story.is_repository:
        repositories.build([commit], project, remote=remote(story.repository))
    else:
        _lay(project, commit.files)
    _lay(project, found(commit.files, story.dirty) if story.dirty else {})
    return project


def remote(repository: str) -> str:
    """Where a clone came from; nobody answers there."""
    return f"https://git.example.com/dev/{repository}.git"


def perform(story: Story, desk: Desk, *, seed: str | None = None) -> str:
    """The real agent through a story, at a prepared desk; the id of the session."""
    return _with_codex(story, desk, seed) if story.agent == "codex" else _with_claude(story, desk, seed)


def _with_codex(story: Story, desk: Desk, seed: str | None) -> str:
    provider = OpenAIResponses(book(story), seed=seed)
    with provider.serve() as server:
        agent = CodexAgent(story.version, desk, server.url)
        if story.asks:
            return _beside_codex(story, agent)
        return _told(story, lambda words: thread_of(agent.run(words)), agent.resume)


def _beside_codex(story: Story, agent: CodexAgent) -> str:
    with AppServer(agent) as server:
        thread = server.start_thread(approvalPolicy="on-request", sandbox="read-only")
        for turn in story.turns:
            server.turn(thread, turn.words, decision="decline")
    return thread


def _with_claude(story: Story, desk: Desk, seed: str | None) -> str:
    provider = AnthropicMessages(places.at(book(story), desk.project), seed=seed)
    with provider.serve() as server:
        agent = ClaudeAgent(story.version, desk, server.url, allowed=_ALLOWED)
        return _told(story, lambda words: session_of(agent.run(words)), agent.resume)


def _told(story: Story, begin: Callable[[str], str], go_on: Callable[[str, str], object]) -> str:
    first, *others = story.turns
    session = begin(first.words)
    for turn in others:
        go_on(session, turn.words)
    return session


def afterwards(story: Story, project: Path) -> None:
    """What becomes of the clone."""
    if story.afterwards == "gone":
        shutil.rmtree(project)
    elif story.afterwards == "rewritten":
        _git(project, "commit", "-q", "-a", "--amend", "-m", "Begun anew")
        _git(project, "reflog", "expire", "--expire=now", "--all")
        _git(project, "gc", "-q", "--prune=now")


def gather(played: Sequence[Played], home: Path) -> Path:
    """All their sessions in one pair of homes, as one person's machine would have them."""
    for agent in ("codex", "claude"):
        (home / agent).mkdir(parents=True, exist_ok=True)
    for each in played:
        folder = "sessions" if each.story.agent == "codex" else "projects"
        shutil.copytree(each.home / folder, home / each.story.agent / folder, dirs_exist_ok=True)
    return home


def _played(story: Story, root: Path, session: str) -> Played:
    return Played(story, session, root / story.name, root / "home" / f".{story.agent}")


def _content(story: Story) -> str:
    said = repr((story, sorted(base(story).files.items()), book(story)))
    return f"{story.name}-{hashlib.sha256(said.encode()).hexdigest()[:12]}"


def _lay(folder: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="\n")


def _git(project: Path, *words: str) -> None:
    who = ["-c", "user.name=Dev", "-c", "user.email=dev@example.com"]
    subprocess.run(["git", *who, *words], cwd=project, check=True)
