"""What a person does with Claude Code, as small plays: each runs the real binary and tells what must be on record."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.contract.claude import ClaudeAgent, session_of
from tests.contract.claude_days import CLAUDE_DAY_PLAYS
from tests.contract.control import ControlledClaude
from tests.contract.story import Story, until, until_written
from tests.fakes.ledger import Ledger

ClaudePlay = Callable[[ClaudeAgent, Ledger], Story]


def claude_prompt(scenario: str) -> ClaudePlay:
    def play(agent: ClaudeAgent, ledger: Ledger) -> Story:
        story, prompt = Story(), f"please work SCN:{scenario}"
        finished = story.ended(agent.run(prompt))
        story.ask(session_of(finished), prompt)
        return story

    return play


def claude_resume(agent: ClaudeAgent, ledger: Ledger) -> Story:
    story = claude_prompt("short")(agent, ledger)
    first, prompt = story.asked[0].session, "and now more SCN:longer"
    second = session_of(story.ended(agent.resume(first, prompt)))
    story.ask(second, prompt)
    if second != first:  # 1.0 copies the history into a new session
        story.forks[second] = first
    return story


def claude_fork(agent: ClaudeAgent, ledger: Ledger) -> Story:
    story = claude_prompt("short")(agent, ledger)
    parent, prompt = story.asked[0].session, "another way SCN:longer"
    child = session_of(story.ended(agent.fork(parent, prompt)))
    story.ask(child, prompt)
    story.forks[child] = parent
    return story


def claude_compaction(agent: ClaudeAgent, ledger: Ledger) -> Story:
    story = claude_prompt("short")(agent, ledger)
    session, prompt = story.asked[0].session, "and now more SCN:longer"
    story.ended(agent.compact(session))
    story.ended(agent.resume(session, prompt))
    story.ask(session, prompt)
    story.compacted.append(session)
    return story


def claude_auto_compaction(agent: ClaudeAgent, ledger: Ledger) -> Story:
    """The model's context is full after the first reply."""
    agent.settings["CLAUDE_CODE_AUTO_COMPACT_WINDOW"] = "100000"  # 2.0 does not know it and compacts by itself
    story = claude_prompt("full")(agent, ledger)
    assert any(sent.kind == "compaction" for sent in ledger.sent), "the context was not full enough"
    story.compacted.append(story.asked[0].session)
    return story


def claude_decision(scenario: str, **response: object) -> ClaudePlay:
    """The host answers the one permission question."""

    def play(agent: ClaudeAgent, ledger: Ledger) -> Story:
        story, prompt = Story(), f"please work SCN:{scenario}"
        with ControlledClaude(agent) as claude:
            claude.say(prompt)
            question = claude.question()
            request = question["request"]
            assert isinstance(request, dict)
            allow = {"updatedInput": request["input"]} if response["behavior"] == "allow" else {}
            claude.answer(question, **response, **allow)
            session = str(claude.result()["session_id"])
            story.ended(claude.finish())
        story.ask(session, prompt)
        if response.get("interrupt"):
            story.interrupted.append(session)
        return story

    return play


def _interrupted(
    agent: ClaudeAgent, prompt: str, allowed: str, ready: Callable[[ControlledClaude], object]
) -> Story:  # fmt: skip
    """The host interrupts once `ready` has returned."""
    story = Story()
    with ControlledClaude(agent, "--allowedTools", allowed) as claude:
        claude.say(prompt)
        ready(claude)
        claude.interrupt()
        session = str(claude.result()["session_id"])
        story.ended(claude.finish())
    story.ask(session, prompt)
    story.interrupted.append(session)
    return story


def claude_interrupt(agent: ClaudeAgent, ledger: Ledger) -> Story:
    """The host interrupts while the model is speaking."""

    def speaking(_: ControlledClaude) -> None:
        assert ledger.streaming("slow-model", 1)

    return _interrupted(agent, "please work SCN:slow-model", "Bash(echo:*)", speaking)


def claude_interrupt_heard(agent: ClaudeAgent, ledger: Ledger) -> Story:
    """The host interrupts when it has been told what the model said, in the midst of its answer."""
    return _interrupted(
        agent, "please work SCN:slow-model", "Bash(echo:*)", lambda claude: claude.heard("Now I think")
    )  # fmt: skip


def claude_interrupt_tool(agent: ClaudeAgent, ledger: Ledger) -> Story:
    """The host interrupts while a command runs."""

    def running(_: ControlledClaude) -> None:
        until((agent.workplace.project / "started").exists, "the command never started")

    return _interrupted(agent, "please work SCN:slow-tool", "Bash(touch:*),Bash(sleep:*)", running)


def claude_kill(agent: ClaudeAgent, ledger: Ledger) -> Story:
    """The whole process group dies while the model is speaking."""
    story, prompt = Story(), "please work SCN:slow-model"
    agent.prompts.append(prompt)
    with agent.start(prompt, "--allowedTools", "Bash(echo:*)") as running:
        assert ledger.streaming("slow-model", 1)
        until_written(agent.transcripts, ledger)
        finished = story.ended(running.kill())
    story.ask(session_of(finished), prompt)
    story.killed.append(session_of(finished))
    return story


CLAUDE_PLAYS: Mapping[str, ClaudePlay] = {
    "tools": claude_prompt("tools"),
    "parallel": claude_prompt("parallel"),
    "unread-edit": claude_prompt("unread"),
    "unknown-tool": claude_prompt("unknown"),
    "no-approval": claude_prompt("denial"),
    "denial": claude_decision("denial", behavior="deny", message="not in this repository"),
    "denial-interrupt": claude_decision("denial", behavior="deny", message="stop now", interrupt=True),
    "approval": claude_decision("approval", behavior="allow"),
    "resume": claude_resume,
    "fork": claude_fork,
    "compaction": claude_compaction,
    "interrupt": claude_interrupt,
    "interrupt-tool": claude_interrupt_tool,
    "kill": claude_kill,
    "subagent": claude_prompt("parent"),
    "limit-429": claude_prompt("limit"),
    "error-400": claude_prompt("refused"),
    "retry": claude_prompt("healing"),
    "max-tokens": claude_prompt("cut-short"),
    "auto-compaction": claude_auto_compaction,
    **CLAUDE_DAY_PLAYS,
}
