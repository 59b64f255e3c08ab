"""Drives a real Codex binary: `codex exec` in its own home, against a mock provider."""

from __future__ import annotations

import itertools
from pathlib import Path

from tests.contract.workplace import Finished, Running, Workplace
from tools.catalog import find

CONFIG = """\
model = "{model}"
model_provider = "mock"
approval_policy = "{approval}"
sandbox_mode = "{sandbox}"
model_auto_compact_token_limit = {compact_at}
check_for_update_on_startup = false
chatgpt_base_url = "{url}/backend-api"
[analytics]
enabled = false
[model_providers.mock]
name = "mock"
base_url = "{url}/v1"
wire_api = "responses"
env_key = "MOCK_KEY"
request_max_retries = 1
stream_max_retries = 1
[projects."{project}"]
trust_level = "trusted"
"""


def release(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def model_of(version: str) -> str:
    """A model that this release knows and that it offers plain function tools (the newest run in code mode)."""
    if release(version) >= (0, 121):
        return "gpt-5.5"
    return "gpt-5.2-codex" if release(version) >= (0, 64) else "gpt-5.1-codex"


class CodexAgent:
    """One Codex installation at work in one home. Every run appends to `prompts`, the truth about what was asked."""

    def __init__(
        self,
        version: str,
        workplace: Workplace,
        url: str,
        *,
        approval: str = "never",
        sandbox: str = "danger-full-access",
        compact_at: int = 200_000,
    ) -> None:
        self.version = version
        self.workplace = workplace
        self.command = find("codex", version).command()
        self.home = workplace.home / ".codex"
        self.home.mkdir(exist_ok=True)
        self.prompts: list[str] = []
        self.settings: dict[str, str] = {}
        """Environment variables of this agent's runs."""
        self._runs = itertools.count(1)
        self.model = model_of(version)
        config = CONFIG.format(
            model=self.model,
            approval=approval,
            sandbox=sandbox,
            compact_at=compact_at,
            url=url,
            project=workplace.project.as_posix(),
        )
        (self.home / "config.toml").write_text(config, encoding="utf-8")

    def configure(self, text: str) -> None:
        """More of `config.toml`: whole tables."""
        with (self.home / "config.toml").open("a", encoding="utf-8") as config:
            config.write(text)

    def environment(self) -> dict[str, str]:
        return self.workplace.environment(CODEX_HOME=str(self.home), MOCK_KEY="sk-EXAMPLE", **self.settings)

    def start(self, *arguments: str) -> Running:
        return Running(
            [*self.command, "exec", "--json", "--skip-git-repo-check", *arguments],
            cwd=self.workplace.project,
            environment=self.environment(),
            stream=self._next_stream("exec"),
        )

    def run(self, prompt: str, *, timeout_s: float = 120.0) -> Finished:
        """A new session: one prompt to its end."""
        return self._talk(prompt, prompt, timeout_s=timeout_s)

    def resume(self, session: str, prompt: str, *, timeout_s: float = 120.0) -> Finished:
        return self._talk(prompt, "resume", session, prompt, timeout_s=timeout_s)

    def fork(self, session: str, prompt: str, *, timeout_s: float = 120.0) -> Finished:
        """A new session that continues another one; `codex exec fork` exists in recent releases only."""
        return self._talk(prompt, "fork", session, prompt, timeout_s=timeout_s)

    def app_server(self) -> Running:
        return Running(
            [*self.command, "app-server"],
            cwd=self.workplace.project,
            environment=self.environment(),
            stream=self._next_stream("app-server"),
            interactive=True,
        )

    def rollouts(self) -> list[Path]:
        """Session files in the order of their names, which is the order of their starts."""
        return sorted((self.home / "sessions").rglob("rollout-*.jsonl*"), key=lambda path: path.name)

    def _talk(self, prompt: str, *arguments: str, timeout_s: float) -> Finished:
        self.prompts.append(prompt)
        with self.start(*arguments) as running:
            return running.finish(timeout_s=timeout_s)

    def _next_stream(self, kind: str) -> Path:
        return self.workplace.streams / f"{kind}-{next(self._runs):02d}.jsonl"


def thread_of(finished: Finished) -> str:
    """The session id that `exec --json` announced."""
    for line in finished.stream.read_text(encoding="utf-8").splitlines():
        if '"thread.started"' in line:
            return line.split('"thread_id":"')[1].split('"')[0]
    raise AssertionError(f"no thread.started in {finished.stream}: {finished.errors[-1500:]}")
