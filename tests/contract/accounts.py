"""Real agents whose owner is logged in, with a provider on loopback behind them."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from codex_loop.sources.samples.event import StatusEvent
from tests.agents.conftest import patiently
from tests.contract.codex import model_of
from tests.contract.workplace import Workplace
from tests.fakes import chatgpt, claude_account
from tests.fakes.certificates import make
from tests.fakes.chatgpt import ChatGPT
from tests.fakes.claude_account import HOST, ClaudeAccount
from tests.fakes.proxy import Proxy
from tests.fakes.server import Loopback
from tools.catalog import find

_NEWER = {"0.120.0": "gpt-5.4"}
"""The model that a release offers at its first start."""


class LoggedIn(NamedTuple):
    """An installed agent in the home of somebody who is logged in."""

    program: str
    home: Path
    workplace: Workplace
    environ: dict[str, str]


@contextmanager
def codex(version: str, root: Path, backend: ChatGPT) -> Iterator[LoggedIn]:
    """Codex with a ChatGPT login. It takes the name of the workspace's server from the backend, and only over TLS."""
    workplace = Workplace(root)
    home = workplace.home / ".codex"
    authority = make(root / "tls", "localhost")
    with backend.serve() as server, Loopback(backend, authority.context()) as origin:
        backend.origin = f"https://localhost:{origin.port}"
        newer = _NEWER.get(version, "gpt-6-sol")
        chatgpt.log_in(home, server.url, model=model_of(version), newer=newer, project=workplace.project)
        environ = workplace.environment(SSL_CERT_FILE=str(authority.bundle), CODEX_HOME=str(home))
        yield LoggedIn(_program("codex", version, root), home, workplace, environ)


@contextmanager
def claude(version: str, root: Path, account: ClaudeAccount, *trusted: Path) -> Iterator[LoggedIn]:
    """Claude Code with a subscription. It knows its provider by name: a proxy leads that name to us."""
    workplace = Workplace(root)
    home = workplace.home / ".claude"
    authority = make(root / "tls", HOST)
    with account.serve(authority) as server, Proxy(HOST, port=server.port) as proxy:
        claude_account.log_in(home, version, workplace.project, *trusted)
        environ = workplace.environment(
            CLAUDE_CONFIG_DIR=str(home),
            NODE_EXTRA_CA_CERTS=str(authority.bundle),
            DISABLE_AUTOUPDATER="1",
            DISABLE_TELEMETRY="1",
        )
        environ["HTTPS_PROXY"] = proxy.url
        yield LoggedIn(_program("claude", version, root), home, workplace, environ)


def _program(name: str, version: str, root: Path) -> str:
    """One path to start; old releases of Claude Code are a script for Node."""
    command = find(name, version).command()
    if len(command) == 1:
        return command[0]
    script = root / f"{name}-{version}"
    script.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    return str(script)


class Answer(NamedTuple):
    """What a status program printed, and how it ended."""

    event: StatusEvent
    exit_code: int
    errors: str

    @property
    def used(self) -> dict[str, float | None]:
        return {name: seen.used_percent for name, seen in self.event.windows.items()}

    @property
    def reset(self) -> dict[str, str | None]:
        return {name: seen.resets_at for name, seen in self.event.windows.items()}


def ask(agent: str, owner: LoggedIn, *arguments: str, **environ: str) -> Answer:
    """Run the status program of an agent as the sampler does; nothing of the agent may be left behind."""
    data = owner.workplace.root / "data"
    program = [sys.executable, "-m", "codex_loop.cli.agent_status", agent, f"--{agent}-bin", owner.program]
    done = subprocess.run(
        [*program, "--status-timeout", "60", *arguments],
        env={**owner.environ, "CODEX_LOOP_DATA_DIR": str(data), **environ},
        cwd=owner.workplace.project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.count("\n") == 1, done.stderr
    assert patiently(lambda: left(owner.workplace.root) == [])
    return Answer(msgspec.json.decode(done.stdout, type=StatusEvent), done.returncode, done.stderr)


def left(root: Path) -> list[str]:
    """Processes that live in that folder, where the system tells (on Linux)."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
        except OSError:
            continue
        if str(root).encode() in told and process.name != str(os.getpid()):
            found.append(told.decode(errors="replace"))
    return found
