"""Records become steps: one for each prompt, each happening, and each reply of the model.

A reply is what the model sent at once: texts, thoughts, calls. Claude Code names it on every line. Codex does not, so
a reply ends when something answers it, and where its tokens are told: old versions tell them before the calls of the
same reply, new ones behind. What comes back of a call stands with the call, however late it comes.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping

from codex_loop.capture.fold import DEFAULT_RANK, RANK
from codex_loop.capture.fold_state import Call, Settings
from codex_loop.clock import format_ms
from codex_loop.model import records as r
from codex_loop.sources.fields import Body
from codex_loop.tasks.atif.document import Extra
from codex_loop.tasks.atif.drafts import CallDraft, Draft, Said, Source
from codex_loop.tasks.atif.foreign import Hints, hints
from codex_loop.tasks.atif.happenings import HAPPENINGS, told
from codex_loop.tasks.atif.loss import Fate, Tally
from codex_loop.tasks.bundle.recording import File, Line, Recording

_WHOLE = 1 << 62
_TAG = re.compile(r"\s*<([A-Za-z_][\w -]{0,60}?)[\s>]")
_ADDS = (r.ApprovalRequested, r.ApprovalDecided, r.ToolResult, r.Problem, r.Reverted)
"""What a second telling of a session is asked for: the agent's own file cannot show it."""
_SETTINGS = {"model": "model", "effort": "effort", "approval_policy": "approval_policy",
             "sandbox_policy": "sandbox_policy", "cwd": "cwd"}  # fmt: skip


class Teller:
    """Goes through the lines of one session."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.steps: list[Draft] = []
        self.tally = Tally()
        self.tools: list[Body] = []
        self.about: Extra = {}
        """What belongs to no step: how the session ended."""
        self.calls: dict[str, CallDraft] = {}
        self.settings = Settings(model=recording.facts.model)
        self.turn: str | None = None
        self.open: Draft | None = None
        """The reply that may still go on."""
        self._replies: dict[str, Draft] = {}
        self._ids: set[str] = set()
        self._spent: set[int] = set()
        self._instructions: set[str] = set()
        self._compactions: dict[str, Draft] = {}
        self._pending: Extra = {}
        self._second = False

    def tell(self) -> None:
        """Take every file: first those that tell the conversation, then those that only add to it."""
        for file in self.recording.speaking():
            for line in file.lines:
                self._line(file, line)
        self._keep_pending()
        self._second = True
        for file in self.recording.beside():
            for line in file.lines:
                self._beside(file, line)
        for file in self.recording.files:
            self.tally.count(
                "(rejected)", "dropped", "could not be decoded; `codex-loop doctor` says why", file.rejected
            )

    def _line(self, file: File, line: Line) -> None:
        said = hints(file.source, line.data)
        fates: set[Fate] = {self._record(line, said, record) for record in line.records}
        fates |= {self._hinted(line, said), self._tokens(line, said)}
        fate: Fate = "mapped" if "mapped" in fates else "folded" if "folded" in fates else said.fate
        self.tally.count(said.kind, fate, said.why if said.fate == fate else "it adds to what another line tells")

    def _beside(self, file: File, line: Line) -> None:
        said = hints(file.source, line.data)
        wanted = [record for record in line.records if isinstance(record, _ADDS)]
        fates = {self._record(line, said, record) for record in wanted}
        kind = f"{file.source}: {said.kind}"
        self.tally.count(kind, "mapped" if "mapped" in fates else "folded", "the session's own file tells it")

    def _record(self, line: Line, said: Hints, record: r.AnyRecord) -> Fate:
        if record.turn is not None and not self._second:
            self.turn = record.turn
        handler = _TAKE.get(type(record))
        if handler is not None:
            return handler(self, line, said, record)
        return self._happening(line, record)

    # What people and programs say.

    def prompted(self, line: Line, said: Hints, record: r.UserMessage) -> Fate:
        self.open = None
        extra: Extra = {}
        source: Source = "user"
        if record.author == "injected":
            tag = _TAG.match(record.text)
            child = self.recording.facts.lineage in ("subagent", "sidechain")
            extra["synthetic"] = tag[1].strip() if tag else "parent_agent" if child else "injected"
            if not child or tag:
                source, extra["role"] = "system", "user"
        elif record.author != "human":
            extra["author"] = record.author
        step = self._step(source, line, record, extra)
        step.said.append(Said(record.text, record.id))
        step.images = list(said.images)
        if record.images > len(step.images):
            extra["images_told"] = record.images
        return "mapped"

    def attached(self, line: Line, said: Hints, record: r.Attachment) -> Fate:
        if said.instructions is not None:
            return "folded"
        if not record.text:
            kept = self._pending.setdefault("attachments", [])
            if isinstance(kept, list):
                kept.append({"name": record.name, "size": record.size})
            return "folded"
        self.open = None
        step = self._step("system", line, record, {"synthetic": record.name})
        step.said.append(Said(record.text))
        return "mapped"

    def answered(self, line: Line, said: Hints, record: r.AgentMessage) -> Fate:
        step = self._replying(line, said, record)
        step.said.append(Said(record.text, record.id, record.phase, len(step.calls)))
        step.model = record.model or step.model
        return "mapped"

    def thought(self, line: Line, said: Hints, record: r.Reasoning) -> Fate:
        self._replying(line, said, record).thoughts.append(record.text)
        return "mapped"

    def _replying(self, line: Line, said: Hints, record: r.Record, *, calls: bool = False) -> Draft:
        """The reply this is a part of."""
        if said.reply is not None:
            step = self._replies.get(said.reply)
        else:
            step = self.open
            if step is not None and (step.answered or (step.usages and not calls)):
                step = None
        if step is None:
            step = self._step("agent", line, record, {})
            if said.reply is not None:
                self._replies[said.reply] = step
        step.model = said.model or step.model
        self.open = step
        return step

    # What the model does.

    def called(self, line: Line, said: Hints, record: r.ToolCall) -> Fate:
        known = self.calls.get(record.call_id)
        if known is not None and (not record.arguments or record.arguments == known.arguments or not known.arguments):
            known.arguments = known.arguments or record.arguments
            known.command, known.cwd = known.command or record.command, known.cwd or record.cwd
            if known.guessed:
                known.name, known.namespace, known.guessed = record.name, record.namespace, False
            return "folded"
        step = self._replying(line, said, record, calls=True)
        name = record.call_id
        while name in self._ids:
            name += "'"
        self._ids.add(name)
        self.calls[record.call_id] = draft = CallDraft(
            id=name,
            step=step,
            outcome=Call(0, 0, None, record.call_id),
            name=record.name,
            namespace=record.namespace,
            arguments=record.arguments,
            command=record.command,
            cwd=record.cwd,
            item=said.items.get(record.call_id),
        )
        step.calls.append(draft)
        return "mapped"

    def returned(self, line: Line, said: Hints, record: r.ToolResult) -> Fate:
        call = self.calls.get(record.call_id)
        if call is None:
            return self._orphan(line, said, record)
        rank = RANK.get(record.basis, DEFAULT_RANK) - (5 if record.status == "running" else 0)
        first, call.answered = not call.answered, True
        call.outcome.believe(record, rank, _WHOLE)
        shown = said.shown.get(record.call_id)
        call.step.answered = call.step.answered or not self._second
        if shown is not None and call.shown is None:
            call.shown = shown
        elif shown is not None and shown != call.shown:
            call.later.append(told(record, content=shown.text))
        elif shown is None and record.basis in ("event", "launch") and record.output and not first:
            call.later.append(told(record, content=record.output))
        elif shown is None and len(record.output) > len(call.reported):
            call.reported = record.output
        call.answered_ms = record.time_ms if call.answered_ms is None else call.answered_ms
        return "mapped" if first else "folded"

    def _orphan(self, line: Line, said: Hints, record: r.ToolResult) -> Fate:
        """A result whose call is in no line we have."""
        if self._second:
            return "folded"
        shown = said.shown.get(record.call_id)
        step = self._step("system", line, record, {"synthetic": "result_without_call"})
        step.observed.append((shown.text if shown else record.output, told(record, call_id=record.call_id)))
        return "mapped"

    def changed(self, line: Line, said: Hints, record: r.FileChange) -> Fate:
        call = self.calls.get(record.call_id or "")
        if call is None:
            return self._happening(line, record)
        call.changes.append(told(record))
        return "folded" if said.items else "mapped"

    def requested(self, line: Line, said: Hints, record: r.ApprovalRequested) -> Fate:
        """A question is about a call, also where nothing else tells of it: one that was refused never began."""
        if record.call_id not in self.calls and not self._second:
            patch = said.kind.endswith("apply_patch_approval_request")
            name = "apply_patch" if patch else "exec_command"
            facts = {
                field: getattr(record, field)
                for field in ("offset", "time_ms", "session", "turn", "call_id", "command")
            }
            self.called(line, said, r.ToolCall(**facts, name=name))
            self.calls[record.call_id].guessed = True
        return self._asked(line, record, "requested")

    def decided(self, line: Line, said: Hints, record: r.ApprovalDecided) -> Fate:
        del said
        call = self.calls.get(record.call_id or "")
        refused = record.decision in ("denied", "aborted")
        if call is not None and refused and not call.answered and call.outcome.status is None:
            call.outcome.status = "declined"
            call.step.answered = call.step.answered or not self._second
        return self._asked(line, record, "decided")

    def _asked(self, line: Line, record: r.ApprovalRequested | r.ApprovalDecided, word: str) -> Fate:
        call = self.calls.get(record.call_id or "")
        if call is None:
            return self._happening(line, record)
        at = {} if record.time_ms is None else {f"{word}_at": format_ms(record.time_ms)}
        call.approvals.append({"event": word, **told(record), **at})
        return "mapped"

    def planned(self, line: Line, said: Hints, record: r.PlanUpdated) -> Fate:
        if any(isinstance(each, r.ToolCall | r.ToolResult) for each in line.records):
            return "folded"
        del said
        return self._happening(line, record)

    # What happens.

    def settled(self, line: Line, said: Hints, record: r.TurnStarted) -> Fate:
        del line, said
        for name in _SETTINGS:
            value = getattr(record, name)
            if value is not None:
                setattr(self.settings, name, value)
        return "folded"

    def introduced(self, line: Line, said: Hints, record: r.SessionStarted) -> Fate:
        del line, said
        self.settings.model = record.model or self.settings.model
        return "mapped" if record.started_ms is not None or record.git_commit else "folded"

    def ended(self, line: Line, said: Hints, record: r.SessionEnded) -> Fate:
        del line, said
        self.about["session_end"] = told(record)
        return "mapped"

    def turn_ended(self, line: Line, said: Hints, record: r.TurnEnded) -> Fate:
        del line, said
        if self.steps:
            self.steps[-1].extra["turn_end"] = told(record)
        else:
            self.about["turn_end"] = told(record)
        self.open = None
        return "mapped"

    def compacted(self, line: Line, said: Hints, record: r.Compaction) -> Fate:
        self.open = None
        known = self._compactions.get(record.id or "")
        if known is not None:
            if record.summary:
                known.observed = [(record.summary, {})]
            return "folded"
        facts = {name: value for name, value in told(record).items() if name != "summary"}
        if said.replaced is not None:
            facts["replacement_items"] = said.replaced
        manage = {"type": "compaction", "boundary": "replace"}
        step = self._step("system", line, record, {"context_management": manage, "compaction": facts})
        step.said.append(Said("Context compaction performed"))
        step.observed = [(record.summary or "", {})]
        if record.id is not None:
            self._compactions[record.id] = step
        return "mapped"

    def unknown(self, line: Line, said: Hints, record: r.Unknown) -> Fate:
        kept = self._pending.setdefault("unknown_items", [])
        if isinstance(kept, list):
            kept.append({"type": record.type, "seq": line.seq, "line": said.raw})
        return "mapped"

    def _happening(self, line: Line, record: r.AnyRecord) -> Fate:
        """Something that has a step of its own: an abort, a revert, an error, a decision of no call we know."""
        happening = HAPPENINGS.get(type(record))
        if happening is None:
            return "folded"
        facts = told(record)
        if self._second and any(step.extra.get(happening.name) == facts for step in self.steps):
            return "folded"
        if isinstance(record, r.Interrupted):
            self.open = None
            call = self.calls.get(record.call_id or "")
            if call is not None and not call.answered and call.outcome.status is None:
                call.outcome.status = "interrupted"
        step = self._step("system", line, record, {happening.name: facts})
        step.said.append(Said(happening.words(record)))
        return "mapped"

    # What a line says besides its records.

    def _hinted(self, line: Line, said: Hints) -> Fate:
        if said.thinks:
            record = line.records[0] if line.records else r.Reasoning(offset=0, session="", text="", turn=self.turn)
            step = self._replying(line, said, record, calls=True)
            step.thinking_items += 1
            step.sealed += said.sealed_bytes > 0
            step.sealed_bytes += said.sealed_bytes
            return "folded"
        if said.state:
            self._pending["world_state"] = said.state
            return "mapped"
        if said.images and not line.records:
            prompt = next((step for step in reversed(self.steps) if step.source == "user"), None)
            if prompt is not None and not prompt.images:
                prompt.images = list(said.images)
        return self._instructed(line, said)

    def _instructed(self, line: Line, said: Hints) -> Fate:
        fate: Fate = "dropped"
        fresh = [tool for tool in said.tools if tool not in self.tools]
        if fresh:
            self.tools += fresh
            fate = "mapped"
        words = said.instructions
        again = words in self._instructions or (said.kind == "api-request-shape" and bool(self._instructions))
        if words and not again:
            self._instructions.add(words)
            step = self._step("system", line, None, {"synthetic": "base_instructions"})
            step.said.append(Said(words))
            fate = "mapped"
        return fate

    def _tokens(self, line: Line, said: Hints) -> Fate:
        fate: Fate = "dropped"
        for usage in line.usages:
            if usage.key in self._spent:
                continue
            self._spent.add(usage.key)
            self._spender(line, said, usage).usages.append(usage)
            fate = "mapped"
        if line.limits and self.steps:
            self.steps[-1].limits += line.limits
            fate = "mapped"
        return fate

    def _spender(self, line: Line, said: Hints, usage: r.Usage) -> Draft:
        """The reply that cost this; one of its own where nothing of it can be seen."""
        reply = said.reply or usage.response_id or ""
        step = self._replies.get(reply)
        if step is None and said.reply is None:
            replies = [each for each in self.steps[-3:] if each.source == "agent"]
            step = self.open or (replies[-1] if replies else None)
            if step is not None and step.usages:
                step = None
        if step is None:
            step = self._step("agent", line, usage, {"unseen": True})
            if said.reply is not None:
                self._replies[said.reply] = step
            self.open = None
        step.model = said.model or step.model or usage.model
        return step

    # Steps.

    def _step(self, source: Source, line: Line, record: r.Record | None, extra: Extra) -> Draft:
        extra = {**self._pending, **extra} if not self._second else extra
        self._pending = {} if not self._second else self._pending
        step = Draft(
            source=source,
            seq=line.seq,
            time_ms=None if record is None else record.time_ms,
            turn=None if record is None else record.turn or self.turn,
            copied=line.inherited,
            extra=extra,
        )
        if source == "agent":
            now = self.settings
            step.model, step.effort = now.model, now.effort
            facts = {"approval_policy": now.approval_policy, "sandbox_policy": now.sandbox_policy, "cwd": now.cwd}
            step.extra |= {name: value for name, value in facts.items() if value is not None}
        self._place(step)
        return step

    def _place(self, step: Draft) -> None:
        """At the end; what a second file adds, where its time puts it."""
        if not self._second or step.time_ms is None:
            self.steps.append(step)
            return
        at, latest = 0, []
        for each in self.steps:
            at = max(at, each.time_ms or 0)
            latest.append(at)
        self.steps.insert(bisect_right(latest, step.time_ms), step)

    def _keep_pending(self) -> None:
        """What waited for a step that never came stands with the last one."""
        if self._pending and self.steps:
            self.steps[-1].extra = {**self._pending, **self.steps[-1].extra}
        elif self._pending:
            self.about |= self._pending
        self._pending = {}


_TAKE: Mapping[type, Callable[..., Fate]] = {
    r.UserMessage: Teller.prompted,
    r.Attachment: Teller.attached,
    r.AgentMessage: Teller.answered,
    r.Reasoning: Teller.thought,
    r.ToolCall: Teller.called,
    r.ToolResult: Teller.returned,
    r.FileChange: Teller.changed,
    r.ApprovalRequested: Teller.requested,
    r.ApprovalDecided: Teller.decided,
    r.PlanUpdated: Teller.planned,
    r.TurnStarted: Teller.settled,
    r.SessionStarted: Teller.introduced,
    r.SessionEnded: Teller.ended,
    r.TurnEnded: Teller.turn_ended,
    r.Compaction: Teller.compacted,
    r.Unknown: Teller.unknown,
}
