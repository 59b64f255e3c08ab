"""Real agents whose owner is logged in, with a provider on loopback behind them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.contract.codex import model_of
from tests.contract.workplace import Workplace
from tests.fakes import chatgpt, claude_account
from tests.fakes.certificates import make
from tests.fakes.chatgpt import ChatGPT
from tests.fakes.claude_account import HOST, ClaudeAccount
from tests.fakes.proxy import Proxy
from tests.fakes.server import Loopback
from tools.catalog import find


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
        chatgpt.log_in(home, server.url, model=model_of(version), project=workplace.project)
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
