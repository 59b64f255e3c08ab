"""What a person does with an agent, as small plays: each runs the real binary and tells what must be on record."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tests.contract.app_server import AppServer
from tests.contract.claude import ClaudeAgent, session_of
from tests.contract.codex import CodexAgent, release, thread_of
from tests.contract.control import ControlledClaude
from tests.contract.workplace import Finished
from tests.fakes.ledger import Ledger


class Asked(NamedTuple):
    """A human prompt and the session it went to."""

    session: str
    prompt: str


@dataclass
class Story:
    """What happened, from the point of view of the person who did it."""

    asked: list[Asked] = field(default_factory=list)
    forks: dict[str, str] = field(default_factory=dict)
    """Child session by its parent."""
    reverted: list[str] = field(default_factory=list)
    """Prompts that were taken back."""
    compacted: list[str] = field(default_factory=list)
    interrupted: list[str] = field(default_factory=list)
    killed: list[str] = field(default_factory=list)
    exit_codes: list[int] = field(default_factory=list)

    def ask(self, session: str, prompt: str) -> None:
        self.asked.append(Asked(session, prompt))

    def ended(self, finished: Finished) -> Finished:
        self.exit_codes.append(finished.exit_code)
        return finished


CodexPlay = Callable[[CodexAgent, Ledger], Story]
ClaudePlay = Callable[[ClaudeAgent, Ledger], Story]


def until_written(files: Callable[[], Sequence[Path]], ledger: Ledger) -> None:
    """The agents write some time after they act; killed before that, a session loses even its first answer."""
    call = next(call.call_id for sent in ledger.sent for call in sent.calls)
    # Twice: the call and its result.
    until(
        lambda: sum(path.read_text(encoding="utf-8").count(call) for path in files()) > 1,
        f"{call} was never written to disk",
    )


def until(ready: Callable[[], bool], otherwise: str) -> None:
    for _ in range(400):
        if ready():
            return
        time.sleep(0.05)
    raise AssertionError(otherwise)


# --- Codex ---------------------------------------------------------------------------------------------------------


def codex_prompt(scenario: str) -> CodexPlay:
    def play(agent: CodexAgent, ledger: Ledger) -> Story:
        story, prompt = Story(), f"please work [s:{scenario}]"
        finished = story.ended(agent.run(prompt))
        story.ask(thread_of(finished), prompt)
        return story

    return play


def codex_compaction(agent: CodexAgent, ledger: Ledger) -> Story:
    story = codex_prompt("compaction")(agent, ledger)
    story.compacted.append(story.asked[0].session)
    return story


def codex_resume(agent: CodexAgent, ledger: Ledger) -> Story:
    story = codex_prompt("short")(agent, ledger)
    session, prompt = story.asked[0].session, "and now more [s:longer]"
    story.ended(agent.resume(session, prompt))
    story.ask(session, prompt)
    return story


def codex_fork(agent: CodexAgent, ledger: Ledger) -> Story:
    story = codex_prompt("short")(agent, ledger)
    parent, prompt = story.asked[0].session, "another way [s:longer]"
    child = thread_of(story.ended(agent.fork(parent, prompt)))
    story.ask(child, prompt)
    story.forks[child] = parent
    return story


def codex_server_fork(agent: CodexAgent, ledger: Ledger) -> Story:
    story = Story()
    with AppServer(agent) as server:
        parent = server.start_thread()
        server.turn(parent, "please work [s:short]")
        child = server.fork(parent)
        server.turn(child, "another way [s:longer]")
    story.ask(parent, "please work [s:short]")
    story.ask(child, "another way [s:longer]")
    story.forks[child] = parent
    return story


def codex_denial(scenario: str, decision: str | None) -> CodexPlay:
    def play(agent: CodexAgent, ledger: Ledger) -> Story:
        story, prompt = Story(), f"please work [s:{scenario}]"
        with AppServer(agent) as server:
            old = release(agent.version) < (0, 64)
            policy, sandbox = ("onRequest", "readOnly") if old else ("on-request", "read-only")
            thread = server.start_thread(approvalPolicy=policy, sandbox=sandbox)
            server.turn(thread, prompt, decision=decision)
        story.ask(thread, prompt)
        return story

    return play


def codex_interrupt(agent: CodexAgent, ledger: Ledger) -> Story:
    """A running command is interrupted through the app-server."""
    story, prompt = Story(), "please work [s:slow-tool]"
    with AppServer(agent) as server:
        thread = server.start_thread()
        turn = server.start_turn(thread, prompt)
        server.wait_for_item("commandExecution")
        server.call("turn/interrupt", threadId=thread, turnId=turn)
        server.until_completed(turn)
    story.ask(thread, prompt)
    story.interrupted.append(thread)
    return story


def codex_ctrl_c(agent: CodexAgent, ledger: Ledger) -> Story:
    """Ctrl-C while the model is speaking."""
    story, prompt = Story(), "please work [s:slow-model]"
    agent.prompts.append(prompt)
    with agent.start(prompt) as running:
        assert ledger.streaming("slow-model", 1)
        finished = story.ended(running.interrupt())
    story.ask(thread_of(finished), prompt)
    story.interrupted.append(thread_of(finished))
    return story


def codex_kill(agent: CodexAgent, ledger: Ledger) -> Story:
    """The whole process group dies while the model is speaking."""
    story, prompt = Story(), "please work [s:slow-model]"
    agent.prompts.append(prompt)
    with agent.start(prompt) as running:
        assert ledger.streaming("slow-model", 1)
        until_written(agent.rollouts, ledger)
        finished = story.ended(running.kill())
    story.ask(thread_of(finished), prompt)
    story.killed.append(thread_of(finished))
    return story


def codex_revert(agent: CodexAgent, ledger: Ledger) -> Story:
    story = Story()
    with AppServer(agent) as server:
        thread = server.start_thread()
        server.turn(thread, "please work [s:short]")
        second = server.turn(thread, "this was wrong [s:longer]")
        if release(agent.version) >= (0, 121):
            server.call("thread/revert", threadId=thread, beforeTurnId=second)
        else:
            server.call("thread/rollback", threadId=thread, numTurns=1)
        server.turn(thread, "better this way [s:parallel]")
    for prompt in ("please work [s:short]", "this was wrong [s:longer]", "better this way [s:parallel]"):
        story.ask(thread, prompt)
    story.reverted.append("this was wrong [s:longer]")
    return story


def codex_manual_compaction(agent: CodexAgent, ledger: Ledger) -> Story:
    story = Story()
    with AppServer(agent) as server:
        thread = server.start_thread()
        server.turn(thread, "please work [s:short]")
        server.compact(thread)
        server.turn(thread, "and now more [s:longer]")
    story.ask(thread, "please work [s:short]")
    story.ask(thread, "and now more [s:longer]")
    story.compacted.append(thread)
    return story


def codex_trace(agent: CodexAgent, ledger: Ledger) -> Story:
    """A session that is also written as a rollout trace, the agent's own debugging format."""
    agent.settings["CODEX_ROLLOUT_TRACE_ROOT"] = str(agent.home / "rollout-trace")
    return codex_prompt("parallel")(agent, ledger)


def codex_subagent(agent: CodexAgent, ledger: Ledger) -> Story:
    story, prompt = Story(), "please work [s:parent]"
    finished = story.ended(agent.run(prompt))
    story.ask(thread_of(finished), prompt)
    return story


# --- Claude Code -----------------------------------------------------------------------------------------------------


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


def claude_interrupt(agent: ClaudeAgent, ledger: Ledger) -> Story:
    """The host interrupts while the model is speaking."""
    story, prompt = Story(), "please work SCN:slow-model"
    with ControlledClaude(agent, "--allowedTools", "Bash(echo:*)") as claude:
        claude.say(prompt)
        assert ledger.streaming("slow-model", 1)
        claude.interrupt()
        session = str(claude.result()["session_id"])
        story.ended(claude.finish())
    story.ask(session, prompt)
    story.interrupted.append(session)
    return story


def claude_interrupt_tool(agent: ClaudeAgent, ledger: Ledger) -> Story:
    """The host interrupts while a command runs."""
    story, prompt = Story(), "please work SCN:slow-tool"
    with ControlledClaude(agent, "--allowedTools", "Bash(touch:*),Bash(sleep:*)") as claude:
        claude.say(prompt)
        until((agent.workplace.project / "started").exists, "the command never started")
        claude.interrupt()
        session = str(claude.result()["session_id"])
        story.ended(claude.finish())
    story.ask(session, prompt)
    story.interrupted.append(session)
    return story


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


CODEX_PLAYS: Mapping[str, CodexPlay] = {
    "tools": codex_prompt("tools"),
    "plan": codex_prompt("plan"),
    "parallel": codex_prompt("parallel"),
    "unknown-tool": codex_prompt("unknown"),
    "compaction": codex_compaction,
    "resume": codex_resume,
    "ctrl-c": codex_ctrl_c,
    "kill": codex_kill,
    "limit-429": codex_prompt("limit"),
    "error-500": codex_prompt("broken"),
    "retry": codex_prompt("healing"),
    "cut": codex_prompt("cut"),
    "denial": codex_denial("denial", "decline"),
    "denied-patch": codex_denial("denied-patch", "decline"),
    "approval": codex_denial("approval", "accept"),
    "interrupt": codex_interrupt,
    "server-fork": codex_server_fork,
    "revert": codex_revert,
    "manual-compaction": codex_manual_compaction,
    "fork": codex_fork,
    "subagent": codex_subagent,
    "rollout-trace": codex_trace,
}

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
}

# What a release cannot do, or does without leaving a trace.
_LACKING: Mapping[str, frozenset[str]] = {
    "codex-0.63.0": frozenset({"server-fork", "revert", "manual-compaction", "fork", "subagent", "rollout-trace"}),
    "codex-0.92.0": frozenset({"manual-compaction", "fork", "subagent", "rollout-trace"}),
    "codex-0.120.0": frozenset({"fork", "rollout-trace"}),
    "codex-0.169.0": frozenset({"plan"}),
    "claude-1.0.100": frozenset({"fork", "compaction", "auto-compaction"}),
    "claude-2.1.197": frozenset({"auto-compaction"}),
}


def plays_for(agent: str, version: str) -> Sequence[str]:
    """Names of the plays that this release can be in."""
    known: Iterable[str] = CODEX_PLAYS if agent == "codex" else CLAUDE_PLAYS
    return [name for name in known if name not in _LACKING.get(f"{agent}-{version}", frozenset())]
