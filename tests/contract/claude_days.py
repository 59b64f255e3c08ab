"""Days with Claude Code: whole sessions, and what takes a hand of its own, a denial, another model, a kill."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.contract import days
from tests.contract.claude import ClaudeAgent, session_of
from tests.contract.control import ControlledClaude
from tests.contract.story import Story, until_last_written
from tests.fakes.ledger import Ledger

ClaudeDay = Callable[[ClaudeAgent, Ledger], Story]


def prepare(agent: ClaudeAgent, name: str) -> None:
    agent.settings.update(days.SETTINGS)
    days.furnish(name, agent.workplace.project)


def day(name: str, *, allowed: str = days.ALLOWED, **response: object) -> ClaudeDay:
    """One session, in which every prompt is answered before the next one is typed."""

    def play(agent: ClaudeAgent, ledger: Ledger) -> Story:
        prepare(agent, name)
        story = Story()
        with ControlledClaude(agent, "--allowedTools", allowed) as claude:
            for prompt, _ in days.CLAUDE_DAYS[name]:
                story.ask(str(claude.turn(prompt, **response)["session_id"]), prompt)
            story.ended(claude.finish())
        return story

    return play


def overfull(agent: ClaudeAgent, ledger: Ledger) -> Story:
    agent.settings["CLAUDE_CODE_AUTO_COMPACT_WINDOW"] = "100000"
    story = day("overfull")(agent, ledger)
    story.compacted.append(story.asked[0].session)
    return story


def another_model(agent: ClaudeAgent, ledger: Ledger) -> Story:
    """The second prompt goes to another model."""
    story = Story()
    (first, _), (second, _) = days.CLAUDE_DAYS["another-model"]
    with ControlledClaude(agent) as claude:
        session = str(claude.turn(first)["session_id"])
        story.ended(claude.finish())
    with ControlledClaude(agent, "--resume", session, model="claude-opus-4-5") as claude:
        story.ask(session, first)
        story.ask(str(claude.turn(second)["session_id"]), second)
        story.ended(claude.finish())
    return story


def left_failing(agent: ClaudeAgent, ledger: Ledger) -> Story:
    """A session dies with a red test, and another one begins on the same file."""
    prepare(agent, "left-failing")
    story = Story()
    (first, steps), (second, _) = days.CLAUDE_DAYS["left-failing"]
    agent.prompts.append(first)
    with agent.start(first, "--allowedTools", days.ALLOWED) as running:
        assert ledger.streaming(first, len(steps) - 1)
        until_last_written(agent.transcripts, ledger)
        dead = story.ended(running.kill())
    story.ask(session_of(dead), first)
    story.killed.append(session_of(dead))
    _ask_anew(agent, story, second)
    return story


def mended_later(agent: ClaudeAgent, ledger: Ledger) -> Story:
    """Each prompt is a session, and each session commits."""
    prepare(agent, "mended-later")
    story = Story()
    for prompt, _ in days.CLAUDE_DAYS["mended-later"]:
        _ask_anew(agent, story, prompt)
    return story


def _ask_anew(agent: ClaudeAgent, story: Story, prompt: str) -> None:
    with ControlledClaude(agent, "--allowedTools", days.ALLOWED) as claude:
        story.ask(str(claude.turn(prompt)["session_id"]), prompt)
        story.ended(claude.finish())


CLAUDE_DAY_PLAYS: Mapping[str, ClaudeDay] = {
    **{name: day(name) for name in days.CLAUDE_DAYS},
    "turned-down": day("turned-down", allowed="Read", behavior="deny", message="not in this repository"),
    "overfull": overfull,
    "another-model": another_model,
    "left-failing": left_failing,
    "mended-later": mended_later,
}
