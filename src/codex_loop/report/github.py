"""Issues of GitHub through its own program `gh`: it knows who you are, we do not."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from codex_loop.agents import processes
from codex_loop.clock import parse_ms
from codex_loop.errors import Degraded, MissingPrerequisite, MissingTool

TIMEOUT_S = 60.0
PROGRAM = "gh"
_NOBODY = 4
"""What gh ends with when it knows no login."""


class Github(NamedTuple):
    """Where `gh` is, and in whose name and folder it runs."""

    program: str
    environ: Mapping[str, str]
    folder: Path
    repository: str | None
    """`owner/name`; None: that of the folder."""


def find(environ: Mapping[str, str], folder: Path, repository: str | None) -> Github:
    program = shutil.which(PROGRAM, path=environ.get("PATH"))
    if program is None:
        raise MissingTool(
            PROGRAM,
            hint="get it from cli.github.com and run `gh auth login`; without --create the ticket is only written",
        )
    # Nobody is there to answer a question.
    return Github(program, {**environ, "GH_PROMPT_DISABLED": "1", "NO_COLOR": "1"}, folder, repository)


def create(github: Github, title: str, text: str) -> str:
    """Open an issue; where it is."""
    said = _asked(github, ["issue", "create", *_there(github), f"--title={title}"], text)
    links = [line.strip() for line in said.splitlines() if line.strip().startswith("https://")]
    if not links:
        raise Degraded("gh opened an issue and did not say where; look for it before you run this again")
    return links[-1]


def edit(github: Github, link: str, title: str, text: str) -> None:
    """Tell an opened issue anew."""
    _asked(github, ["issue", "edit", link, f"--title={title}"], text)


def reopen(github: Github, link: str) -> None:
    _asked(github, ["issue", "reopen", link])


def close(github: Github, link: str) -> None:
    _asked(github, ["issue", "close", link])


class _Issue(msgspec.Struct, rename="camel"):
    state: str
    closed_at: str | None = None


_issue: msgspec.json.Decoder[_Issue] = msgspec.json.Decoder(_Issue)


def closed_ms(github: Github, link: str) -> int | None:
    """When somebody closed that issue; None: it is open."""
    said = _asked(github, ["issue", "view", link, "--json=state,closedAt"])
    try:
        issue = _issue.decode(said)
    except msgspec.DecodeError as error:
        raise Degraded(f"gh does not say whether {link} is open: {error}; is it a gh of version 2 or later?") from error
    if issue.state != "CLOSED":
        return None
    closed = None if issue.closed_at is None else parse_ms(issue.closed_at)
    if closed is None:
        raise Degraded(f"gh says that {link} is closed and not since when; is it a gh of version 2 or later?")
    return closed


def _there(github: Github) -> list[str]:
    return [] if github.repository is None else [f"--repo={github.repository}"]


def _asked(github: Github, words: Sequence[str], text: str | None = None) -> str:
    with tempfile.TemporaryDirectory(prefix="codex-loop-ticket-") as folder:
        body = []
        if text is not None:
            file = Path(folder, "body.md")
            file.write_text(text, encoding="utf-8", newline="\n")
            body = [f"--body-file={file}"]
        try:
            done = processes.run(
                [github.program, *words, *body],
                environ=github.environ,
                cwd=github.folder,
                until_s=time.monotonic() + TIMEOUT_S,
            )
        except processes.CannotStart as error:
            raise Degraded(f"gh cannot be run: {error}") from error
    if done.timed_out:
        raise Degraded(f"gh {' '.join(words[:2])} did not end within {TIMEOUT_S:.0f} s; look whether it did its work")
    if done.exit_code == _NOBODY:
        raise MissingPrerequisite("gh is not logged in; run `gh auth login`, or set GH_TOKEN, and run this again")
    if done.exit_code != 0:
        raise Degraded(f"gh {' '.join(words[:2])} failed{processes.last_words(done.errors)}")
    return done.output.decode("utf-8", "replace")
