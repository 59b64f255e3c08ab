"""Compares what the store says with what is true, and lists every difference in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TypeVar

from codex_loop.store.entries import Compacted, Event, Prompt, Said, Tool
from codex_loop.store.sessions import Session
from codex_loop.store.timeline import Timeline
from tests.contract.truth import ToldCall, Truth, possible_sums
from tests.contract.view import Store, empty

# What a release does not write down (or not always), so that no recorder can know it.
_SILENT_ABOUT_CTRL_C = {("codex", "0.63.0"), ("codex", "0.92.0")}
_SILENT_ABOUT_EXIT_CODES = {("claude", "1.0.100")}
_SILENT_ABOUT_DENIALS = {("claude", "1.0.100")}
"""A host's refusal is written exactly like a failed command."""
_SILENT_ABOUT_ESCAPE = {("claude", "2.1.197")}
"""A command that a host stopped is written exactly like one that a person refused."""
_SILENT_ABOUT_PARENTS = {("claude", "1.0.100"), ("claude", "2.1.197")}

T = TypeVar("T")


class Judge:
    """The verdict about one play."""

    def __init__(self, truth: Truth, store: Store, sessions: dict[str, Session]) -> None:
        self.truth = truth
        self._store = store
        self._sessions = sessions
        self.family = [each for each in sessions.values() if self._belongs(each)]
        self._timelines = {each.native_id: store.timeline(each) for each in self.family}
        self._tools = {entry.call_id: entry for entry in self._entries(self._timelines.values(), Tool)}

    def prompts(self) -> Iterator[str]:
        for session in self.truth.sessions:
            if session not in self._sessions:
                yield f"session {session} is not in the store"
                continue
            entries = self._entries([self._timelines[session]], Prompt)
            stored = [entry.text for entry in entries if entry.author == "human"]
            if stored != self.truth.prompts_of(session):
                yield f"{session}: asked {self.truth.prompts_of(session)}, stored {stored}"

    def calls(self) -> Iterator[str]:
        told = [call for answer in self.truth.answers() for call in answer.calls]
        for call in told:
            tool = self._tools.get(call.call_id)
            if tool is None:
                yield f"call {call.call_id} ({call.name}) is not in the store"
                continue
            if tool.name != call.name:
                yield f"{call.call_id}: called {call.name}, stored {tool.name}"
            yield from self._outcome(call, tool)
        strangers = self._tools.keys() - {call.call_id for each in self.truth.responses for call in each.calls}
        yield from (f"call {stranger} was never made" for stranger in sorted(strangers))

    def answers(self) -> Iterator[str]:
        """No answer is told more often than it was given, whatever file repeats it."""
        given = Counter(each.text for each in self.truth.responses if each.text)
        told = Counter(entry.text for entry in self._entries(self._timelines.values(), Said) if entry.role == "agent")
        yield from (
            f"{text!r} was said {given[text]} times, stored {told[text]}" for text in given if told[text] > given[text]
        )

    def tokens(self) -> Iterator[str]:
        for session in self.truth.sessions:
            if session in self._sessions:
                yield from self._tokens(session)

    def happenings(self) -> Iterator[str]:
        for session in self.truth.compacted:
            if not self._entries([self._timelines[session]], Compacted):
                yield f"{session}: the compaction is not in the store"
        for session in self.truth.interrupted:
            if self._version not in _SILENT_ABOUT_CTRL_C or self.truth.play != "ctrl-c":
                yield from self._event(session, "interrupted")
        for asked in self.truth.prompts:
            if asked.prompt in self.truth.reverted:
                yield from self._event(asked.session, "reverted")
        for child, parent in self.truth.forks.items():
            right: set[str | None] = {parent, f"{self.truth.agent}:{parent}"}
            right |= {None} if self._version in _SILENT_ABOUT_PARENTS else set()
            if self._sessions[child].forked_from not in right:
                yield f"{child}: forked from {parent}, stored {self._sessions[child].forked_from}"

    def _event(self, session: str, kind: str) -> Iterator[str]:
        if not any(entry.event == kind for entry in self._entries([self._timelines[session]], Event)):
            yield f"{session}: nothing is stored about being {kind}"

    def _outcome(self, call: ToldCall, tool: Tool) -> Iterator[str]:
        if tool.status not in self._right_status(call):
            yield f"{call.call_id}: {call.name} {call.arguments} ended {call.outcome}, stored {tool.status}"
        if tool.exit_code not in self._right_exit_code(call):
            yield f"{call.call_id}: exit code {call.exit_code}, stored {tool.exit_code}"

    def _right_status(self, call: ToldCall) -> set[str | None]:
        right: set[str | None] = {call.outcome}
        if call.outcome == "declined" and self.truth.interrupted:
            right.add("interrupted")  # the refusal that ends a turn is written like an interruption
        if call.outcome == "declined" and self._version in _SILENT_ABOUT_DENIALS:
            right.add("failed")
        if call.outcome == "interrupted" and self._version in _SILENT_ABOUT_ESCAPE:
            right.add("declined")
        if call.runs_on:
            right |= {"running", "unknown"}
        if (self.truth.interrupted or self.truth.killed) and call.output is None:
            right |= {"unknown", None}
        return right

    def _right_exit_code(self, call: ToldCall) -> set[int | None]:
        right = {call.exit_code}
        if call.exit_code is None and call.outcome == "ok":
            right.add(0)  # Codex says it of a patch too
        if call.outcome == "interrupted":
            right |= {-1, 137}  # what Codex and Claude Code 2.0 give a command they stopped
        # Claude Code writes an exit code only of a failure, and its first releases none at all.
        if self._version in _SILENT_ABOUT_EXIT_CODES or (self.truth.agent == "claude" and call.exit_code == 0):
            right.add(None)
        return right

    @property
    def _version(self) -> tuple[str, str]:
        return self.truth.agent, self.truth.version

    def _tokens(self, session: str) -> Iterator[str]:
        mine = [each for each in self.truth.responses if each.session == session]
        codex = self.truth.agent == "codex"
        required = [each for each in mine if each.complete and (each.kind == "turn" or codex)]
        warmups = [each for each in self.truth.responses if each.kind == "warmup"]
        torn = [each for each in mine if each.kind == "turn" and not each.complete]
        optional = [] if codex else [*warmups, *torn]
        stored = (self._sessions[session].tokens if codex else self._sessions[session].family_tokens) or empty()
        right = possible_sums(required, optional)
        inputs = {(each.fresh, each.cache_read, each.cache_write_5m + each.cache_write_1h) for each in right}
        if (stored.input, stored.cached, stored.cache_write) not in inputs:
            yield f"{session}: input, cached, written should be {inputs}, stored {stored}"
        elif stored.quality == "final" and stored.output not in {each.output for each in right}:
            yield f"{session}: output should be {[each.output for each in right]}, stored {stored}"
        elif stored.output > max(each.output for each in right):
            yield f"{session}: output is at most {max(each.output for each in right)}, stored {stored}"
        elif codex and required and stored.quality != "final":
            yield f"{session}: Codex states its tokens, stored as {stored.quality}"

    def _belongs(self, session: Session) -> bool:
        known = {each.session for each in self.truth.responses} | set(self.truth.sessions)
        return session.native_id in known or session.native_id.split("/")[0] in known

    @staticmethod
    def _entries(timelines: Iterable[Timeline], kind: type[T]) -> list[T]:
        return [
            entry
            for timeline in timelines
            for turn in timeline.turns
            for entry in turn.entries
            if isinstance(entry, kind)
        ]
