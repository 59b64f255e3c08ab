"""What a person does with Codex, as small plays: each runs the real binary and tells what must be on record."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.contract.app_server import AppServer
from tests.contract.codex import CodexAgent, release, thread_of
from tests.contract.codex_days import CODEX_DAY_PLAYS
from tests.contract.story import Story, until_counted, until_written
from tests.fakes.ledger import Ledger

CodexPlay = Callable[[CodexAgent, Ledger], Story]


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
        until_counted(agent.rollouts)
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


def codex_given_history(agent: CodexAgent, ledger: Ledger) -> Story:
    """A subagent that is given what its parent knows: parts of the parent's lines stand in its file, too."""
    story = codex_prompt("short")(agent, ledger)
    session, prompt = story.asked[0].session, "please work [s:giving-parent]"
    story.ended(agent.resume(session, prompt))
    story.ask(session, prompt)
    child = agent.rollouts()[-1].stem[-len(session) :]
    story.forks[child] = session
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
    "given-history": codex_given_history,
    "rollout-trace": codex_trace,
    **CODEX_DAY_PLAYS,
}
