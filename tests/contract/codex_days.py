"""Days with Codex: whole sessions, and what takes a hand of its own, a denial, another model, a kill."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.contract import days
from tests.contract.app_server import AppServer
from tests.contract.codex import CodexAgent, thread_of
from tests.contract.story import Story, until_last_written
from tests.fakes.ledger import Ledger

CodexDay = Callable[[CodexAgent, Ledger], Story]


def prepare(agent: CodexAgent, name: str) -> None:
    agent.settings.update(days.SETTINGS)
    agent.configure("[tools.update_plan]\nenabled = true\n")
    days.furnish(name, agent.workplace.project)


def day(name: str) -> CodexDay:
    """One session, in which every prompt is answered before the next one is typed."""

    def play(agent: CodexAgent, ledger: Ledger) -> Story:
        prepare(agent, name)
        story = Story()
        with AppServer(agent) as server:
            thread = server.start_thread()
            for prompt, _ in days.CODEX_DAYS[name]:
                server.turn(thread, prompt)
                story.ask(thread, prompt)
        return story

    return play


def turned_down(agent: CodexAgent, ledger: Ledger) -> Story:
    """A person declines whatever the agent asks for, and says what they want instead."""
    story = Story()
    with AppServer(agent) as server:
        thread = server.start_thread(approvalPolicy="on-request", sandbox="read-only")
        for prompt, _ in days.CODEX_DAYS["turned-down"]:
            server.turn(thread, prompt, decision="decline")
            story.ask(thread, prompt)
    return story


def overfull(agent: CodexAgent, ledger: Ledger) -> Story:
    story = day("overfull")(agent, ledger)
    story.compacted += [story.asked[0].session] * 2
    return story


def another_model(agent: CodexAgent, ledger: Ledger) -> Story:
    """The second prompt goes to another model, the third asks it to think harder."""
    story = Story()
    settings = ({"effort": "low"}, {"model": "gpt-5.4", "effort": "low"}, {"model": "gpt-5.4", "effort": "high"})
    with AppServer(agent) as server:
        thread = server.start_thread()
        for (prompt, _), chosen in zip(days.CODEX_DAYS["another-model"], settings, strict=True):
            server.turn(thread, prompt, **chosen)
            story.ask(thread, prompt)
    return story


def left_failing(agent: CodexAgent, ledger: Ledger) -> Story:
    """A session dies with a red test, and another one begins on the same file."""
    prepare(agent, "left-failing")
    story = Story()
    (first, steps), (second, _) = days.CODEX_DAYS["left-failing"]
    agent.prompts.append(first)
    with agent.start(first) as running:
        assert ledger.streaming(first, len(steps) - 1)
        until_last_written(agent.rollouts, ledger)
        dead = story.ended(running.kill())
    story.ask(thread_of(dead), first)
    story.killed.append(thread_of(dead))
    story.ask(thread_of(story.ended(agent.run(second))), second)
    return story


def mended_later(agent: CodexAgent, ledger: Ledger) -> Story:
    """Each prompt is a session, and each session commits."""
    prepare(agent, "mended-later")
    story = Story()
    for prompt, _ in days.CODEX_DAYS["mended-later"]:
        story.ask(thread_of(story.ended(agent.run(prompt))), prompt)
    return story


def cut_trace(agent: CodexAgent, ledger: Ledger) -> Story:
    """An answer breaks off, and the agent's own debugging format is written as well."""
    agent.settings["CODEX_ROLLOUT_TRACE_ROOT"] = str(agent.home / "rollout-trace")
    story, prompt = Story(), "please work [s:cut]"
    story.ask(thread_of(story.ended(agent.run(prompt))), prompt)
    return story


def long_guidance(agent: CodexAgent, ledger: Ledger) -> Story:
    """The project's own guidance is longer than the agent reads; only what it prints says so."""
    (agent.workplace.project / "AGENTS.md").write_text("Be brief. " * 4_000, encoding="utf-8", newline="\n")
    story, prompt = Story(), "please work [s:short]"
    story.ask(thread_of(story.ended(agent.run(prompt))), prompt)
    return story


CODEX_DAY_PLAYS: Mapping[str, CodexDay] = {
    **{name: day(name) for name in days.CODEX_DAYS},
    "turned-down": turned_down,
    "overfull": overfull,
    "another-model": another_model,
    "left-failing": left_failing,
    "mended-later": mended_later,
    "cut-trace": cut_trace,
    "long-guidance": long_guidance,
}
