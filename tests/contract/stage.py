"""Puts one play on: a mock provider, a workplace, a real agent; returns what happened and what is true about it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from tests.contract import book, days
from tests.contract.claude import ClaudeAgent
from tests.contract.claude_plays import CLAUDE_PLAYS, ClaudePlay
from tests.contract.codex import CodexAgent
from tests.contract.codex_plays import CODEX_PLAYS, CodexPlay
from tests.contract.story import Story
from tests.contract.workplace import Json, Workplace
from tests.fakes.anthropic_messages import AnthropicMessages
from tests.fakes.ledger import Ledger, Sent
from tests.fakes.openai_responses import OpenAIResponses
from tests.fakes.scenario import Book

COMPACT_AT = 50_000


@dataclass(frozen=True)
class Performance:
    """A play that is over: the files it left and the truth about it."""

    agent: str
    version: str
    play: str
    workplace: Workplace
    ledger: Ledger
    story: Story

    @property
    def codex_home(self) -> Path:
        return self.workplace.home / ".codex"

    @property
    def claude_home(self) -> Path:
        return self.workplace.home / ".claude"

    def truth(self) -> Json:
        """Everything a recorder must reproduce, as plain data."""
        outputs = self.ledger.outputs
        return {
            "agent": self.agent,
            "version": self.version,
            "play": self.play,
            "prompts": [asked._asdict() for asked in self.story.asked],
            "forks": self.story.forks,
            "reverted": self.story.reverted,
            "compacted": self.story.compacted,
            "interrupted": self.story.interrupted,
            "killed": self.story.killed,
            "exit_codes": self.story.exit_codes,
            "responses": [_told(sent, outputs) for sent in self.ledger.sent],
        }


def perform(agent: str, version: str, play: str, root: Path, *, seed: str | None = None) -> Performance:
    """Run the real binary through a play; everything it leaves stays under `root`."""
    if agent == "codex":
        return perform_codex(version, play, CODEX_PLAYS[play], {**book.CODEX, **days.CODEX}, root, seed=seed)
    return perform_claude(version, play, CLAUDE_PLAYS[play], {**book.CLAUDE, **days.CLAUDE}, root, seed=seed)


def perform_codex(
    version: str, name: str, play: CodexPlay, script: Book, root: Path, *, seed: str | None = None
) -> Performance:
    workplace = Workplace(root)
    provider = OpenAIResponses(book.at(script, workplace.project), seed=seed)
    with provider.serve() as server:
        agent = CodexAgent(version, workplace, server.url, compact_at=COMPACT_AT)
        story = play(agent, provider.ledger)
    return Performance("codex", version, name, workplace, provider.ledger, story)


def perform_claude(
    version: str, name: str, play: ClaudePlay, script: Book, root: Path, *, seed: str | None = None
) -> Performance:
    workplace = Workplace(root)
    provider = AnthropicMessages(book.at(script, workplace.project), seed=seed)
    with provider.serve() as server:
        agent = ClaudeAgent(version, workplace, server.url)
        story = play(agent, provider.ledger)
    return Performance("claude", version, name, workplace, provider.ledger, story)


def _told(sent: Sent, outputs: dict[str, str]) -> Json:
    told = asdict(sent)
    del told["ordinal"], told["step"]
    told["session"] = told.pop("thread")
    told["tokens"] = sent.tokens._asdict() if sent.tokens is not None else None
    told["calls"] = [{**asdict(call), "output": outputs.get(call.call_id)} for call in sent.calls]
    return told
