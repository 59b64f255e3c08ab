"""Drives a real Claude Code binary: headless runs and the control protocol, against a mock provider."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

from tests.contract.workplace import Finished, Json, Running, Workplace
from tools.catalog import find

MODEL = "claude-sonnet-4-5"
ALLOWED = "Bash(ls:*),Bash(echo:*),Bash(cat:*),Bash(exit:*),Bash(python3:*),Read,Edit,Write,Task,Agent"
_KEY = "sk-ant-api03-EXAMPLE-" + "0" * 40


class ClaudeAgent:
    """One Claude Code installation at work in one home."""

    def __init__(self, version: str, workplace: Workplace, url: str, *, allowed: str = ALLOWED) -> None:
        self.version = version
        self.workplace = workplace
        self.command = find("claude", version).command()
        self.home = workplace.home / ".claude"
        self.home.mkdir(exist_ok=True)
        self.prompts: list[str] = []
        self.settings: dict[str, str] = {}
        """Environment variables of this agent's runs."""
        self._allowed = allowed
        self._url = url
        self._runs = itertools.count(1)

    def environment(self) -> dict[str, str]:
        quiet = ("TELEMETRY", "ERROR_REPORTING", "AUTOUPDATER", "BUG_COMMAND")
        return self.workplace.environment(
            CLAUDE_CONFIG_DIR=str(self.home),
            ANTHROPIC_BASE_URL=self._url,
            ANTHROPIC_API_KEY=_KEY,
            CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC="1",
            **{f"DISABLE_{name}": "1" for name in quiet},
            **self.settings,
        )

    def start(self, *arguments: str, interactive: bool = False, model: str = MODEL) -> Running:
        output = ["--output-format", "stream-json", "--verbose", "--model", model]
        return Running(
            [*self.command, "-p", *arguments, *output],
            cwd=self.workplace.project,
            environment=self.environment(),
            stream=self.workplace.streams / f"stream-{next(self._runs):02d}.jsonl",
            interactive=interactive,
        )

    def run(self, prompt: str, *arguments: str, timeout_s: float = 120.0) -> Finished:
        """A new session: one prompt to its end."""
        self.prompts.append(prompt)
        with self.start(prompt, *arguments, "--allowedTools", self._allowed) as running:
            return running.finish(timeout_s=timeout_s)

    def resume(self, session: str, prompt: str, *arguments: str, timeout_s: float = 120.0) -> Finished:
        return self.run(prompt, "--resume", session, *arguments, timeout_s=timeout_s)

    def fork(self, session: str, prompt: str) -> Finished:
        return self.resume(session, prompt, "--fork-session")

    def compact(self, session: str) -> Finished:
        """The user's `/compact`, which is no prompt."""
        with self.start("/compact", "--resume", session) as running:
            return running.finish()

    def transcripts(self) -> list[Path]:
        return sorted((self.home / "projects").rglob("*.jsonl"))


def session_of(finished: Finished) -> str:
    """The session id that the stream announced."""
    for line in finished.stream.read_text(encoding="utf-8").splitlines():
        parsed: Json = json.loads(line)
        if parsed.get("session_id"):
            return str(parsed["session_id"])
    raise AssertionError(f"no session id in {finished.stream}: {finished.errors[-1500:]}")
