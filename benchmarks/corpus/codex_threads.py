"""One Codex thread, turn by turn: what happened is booked in the truth, then written as Codex writes it."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from benchmarks.corpus import codex_lines as spell
from benchmarks.corpus import words
from benchmarks.corpus.codex_lines import Generation, Usage
from benchmarks.corpus.draw import Moments, Sizes, chance, token, uuid7
from benchmarks.corpus.text import Pools, pick
from benchmarks.corpus.truth import SessionTruth

OUTPUT_BYTES = Sizes(980, 1.45, 400_000)
ENCRYPTED_BYTES = Sizes(1850, 0.7, 60_000)
SUMMARY_BYTES = Sizes(320, 0.6, 4_000)
PROMPT_BYTES = Sizes(220, 1.1, 20_000)
ANSWER_BYTES = Sizes(700, 0.9, 20_000)
PATCH_BYTES = Sizes(900, 1.1, 60_000)
GHOST_BYTES = Sizes(30_000, 1.0, 700_000)
OUTPUT_TOKENS = Sizes(240, 1.1, 12_000)

COMPACT_AT = 200_000
FIRST_CONTEXT = 11_000


class Checkpoint(NamedTuple):
    """The end of a turn: a place at which another thread can branch off."""

    lines: int
    bytes: int
    ordinal: int
    total: Usage
    context: int


class Thread:
    """A rollout while it grows. `lines` is the file; `truth` is what the file means."""

    def __init__(self, gen: Generation, truth: SessionTruth, pools: Pools, rng: Random, started_ms: int) -> None:
        self.gen, self.truth, self.pools, self.rng = gen, truth, pools, rng
        self.time = Moments(started_ms)
        self.started_ms = started_ms
        self.ident = uuid7(rng, started_ms)
        self.cwd = b"/home/dev/%b" % pick(rng, words.PROJECTS).encode()
        self.lines: list[bytes] = []
        self.bytes = 0
        self.ordinal = 0
        self.total = Usage()
        self.context = FIRST_CONTEXT + rng.getrandbits(12)
        self.warm = False
        self._last = Usage()
        self.checkpoints: list[Checkpoint] = []
        self.turn = b""
        self._instructions = pools.prose.take(rng, 1100)
        self._used = 1 + rng.random() * 40

    # -- writing -------------------------------------------------------------------------------

    def emit(self, kind: bytes, payload: bytes) -> None:
        ordinal = b'"ordinal":%d,' % self.ordinal if self.gen.modern else b""
        tail = (
            b',"metadata":{"history_sequence":%d,"client_authored":false}' % self.ordinal
            if self.gen.modern and kind == b"response_item"
            else b""
        )
        self.keep(
            b'{"timestamp":"%b",%b"type":"%b","payload":%b%b}\n' % (self.time.stamp, ordinal, kind, payload, tail)
        )
        self.ordinal += 1

    def keep(self, line: bytes) -> None:
        """Append a line as it is."""
        self.lines.append(line)
        self.bytes += len(line)

    def item(self, payload: bytes) -> None:
        self.emit(b"response_item", payload)

    def event(self, payload: bytes) -> None:
        self.emit(b"event_msg", payload)

    def completed_item(self, item: bytes) -> None:
        ids = b'"thread_id":"%b","turn_id":"%b"' % (self.ident, self.turn)
        self.event(b'{"type":"item_completed",%b,"item":%b,"completed_at_ms":%d}' % (ids, item, self.time.ms))

    def start(self, links: bytes = b"", root: bytes | None = None) -> None:
        git = b""
        if chance(self.rng, 0.82):
            git = (
                b',"git":{"commit_hash":"%b","branch":"main","repository_url":"https://git.example.com/demo.git"}'
                % token(self.rng, 160)
            )
        if self.gen.shell != "json" and b'"source"' not in links:
            links = b'"source":"exec",' + links
        meta = spell.session_meta(
            self.gen, self.ident, root or self.ident, self.started_ms, self.cwd, links, git, self.pools, self.rng
        )
        self.emit(b"session_meta", meta)
        if chance(self.rng, 0.65):
            self.event(spell.empty_token_count(self._limits()))

    # -- turns ---------------------------------------------------------------------------------

    def run_until(self, size: int) -> None:
        """Whole turns until the file has about `size` bytes; at least one."""
        while True:
            self.run_turn(size)
            if self.bytes >= size:
                return

    def run_turn(self, size: int) -> None:
        self.time.advance(self.rng, 600_000 if chance(self.rng, 0.9) else 20_000_000)
        self._open_turn()
        self._prompt()
        if self.gen.ghosts and chance(self.rng, 0.9):
            self.item(spell.ghost_snapshot(self.rng, GHOST_BYTES.draw(self.rng)))
        aborted = False
        for _ in range(1 + int(self.rng.random() ** 2 * 24)):
            aborted = self._respond_with_tools()
            if aborted or self.bytes >= size:
                break
        if not aborted:
            self._answer()
        if self.context > COMPACT_AT:
            self._compact()
        self.checkpoints.append(Checkpoint(len(self.lines), self.bytes, self.ordinal, self.total, self.context))

    def _open_turn(self) -> None:
        self.turn = uuid7(self.rng, self.time.ms)
        if self.gen.turn_ids:
            self.event(
                b'{"type":"task_started","turn_id":"%b","started_at":%d,"model_context_window":272000}'
                % (self.turn, self.time.ms // 1000)
            )
        if not self.gen.contexts_per_call:
            self.emit(b"turn_context", spell.turn_context(self.gen, self.turn, self.cwd, self._instructions))

    def _prompt(self) -> None:
        self.truth.prompts += self.truth.kind != "subagent"  # what a parent asks is no human's prompt
        text = self.pools.prose.take(self.rng, PROMPT_BYTES.draw(self.rng))
        self.item(spell.message(b"user", text))
        if self.gen.modern:
            item = b'{"type":"UserMessage","id":"%b","content":[{"type":"text","text":"%b","text_elements":[]}]}'
            self.completed_item(item % (token(self.rng), text))
        else:
            self.event(b'{"type":"user_message","message":"%b","images":[]}' % text)

    def _answer(self) -> None:
        self._before_response()
        self._say(ANSWER_BYTES.draw(self.rng), b"final_answer")
        self._count_response()
        if self.gen.turn_ids:
            self.event(
                b'{"type":"task_complete","turn_id":"%b","last_agent_message":null,"completed_at":%d,"duration_ms":%d}'
                % (self.turn, self.time.ms // 1000, self.rng.getrandbits(18))
            )

    def _respond_with_tools(self) -> bool:
        """One model response that calls tools, then their results. True when the user stopped it."""
        self._before_response()
        if chance(self.rng, 0.2):
            self._say(SUMMARY_BYTES.draw(self.rng), b"commentary")
        calls = [self._call() for _ in range(2 if chance(self.rng, 0.12) else 1)]
        self._count_response()
        self.time.advance(self.rng, 9_000)
        aborted = [self._finish(call) for call in calls]
        if any(aborted):
            self._abort()
        elif chance(self.rng, self.gen.repeats):
            self.repeat_count()
        return any(aborted)

    def _before_response(self) -> None:
        self.time.advance(self.rng, 12_000)
        self.time.settle()
        if self.gen.contexts_per_call:
            self.emit(b"turn_context", spell.turn_context(self.gen, self.turn, self.cwd, self._instructions))
        if chance(self.rng, 0.85):
            self._think()

    def _think(self) -> None:
        summary = b"**%b" % self.pools.prose.take(self.rng, SUMMARY_BYTES.draw(self.rng))
        ident = token(self.rng)
        if not self.gen.modern:
            self.event(b'{"type":"agent_reasoning","text":"%b"}' % summary)
        self.item(spell.reasoning(ident, summary, self.pools.opaque.take(self.rng, ENCRYPTED_BYTES.draw(self.rng))))
        if self.gen.modern:
            self.completed_item(
                b'{"type":"Reasoning","id":"rs_%b","summary_text":["%b"],"raw_content":[]}' % (ident, summary)
            )

    def _say(self, size: int, phase: bytes) -> None:
        text = self.pools.prose.take(self.rng, size)
        if self.gen.modern:
            item = b'{"type":"AgentMessage","id":"msg_%b","content":[{"type":"Text","text":"%b"}],"phase":"%b"}'
            self.completed_item(item % (token(self.rng), text, phase))
        else:
            self.event(b'{"type":"agent_message","message":"%b"}' % text)
        self.item(spell.message(b"assistant", text))

    # -- tools ---------------------------------------------------------------------------------

    def _call(self) -> tuple[bytes, bytes | None]:
        """Write a call; answer its id and, for a shell command, the command."""
        self.truth.tool_calls += 1
        call, kind = token(self.rng), self.rng.random()
        if kind < 0.03:
            plan = b'{\\"plan\\":[{\\"step\\":\\"Read the code\\",\\"status\\":\\"in_progress\\"}]}'
            self.item(
                b'{"type":"function_call","name":"update_plan","arguments":"%b","call_id":"call_%b"}' % (plan, call)
            )
            return b"plan", call
        if kind < 0.15:
            body = self.pools.code.take(self.rng, PATCH_BYTES.draw(self.rng))
            self.item(spell.patch_call(call, b"src/file%d.py" % self.rng.getrandbits(6), body))
            return b"patch", call
        command = self.pools.nested_commands.take(self.rng, 1)
        self.item(spell.shell_call(self.gen, call, self.cwd, command))
        return b"shell", call

    def _finish(self, made: tuple[bytes, bytes | None]) -> bool:
        kind, call = made[0], made[1] or b""
        if kind == b"plan":
            self.item(spell.output(call, b"Plan updated"))
        elif kind == b"patch":
            self._finish_patch(call)
        else:
            return self._finish_shell(call)
        return False

    def _finish_patch(self, call: bytes) -> None:
        applied = not chance(self.rng, 0.04)
        self.truth.failed += not applied
        self.item(spell.patch_output(self.gen, call, applied))

    def _finish_shell(self, call: bytes) -> bool:
        outcome = self.rng.random()
        if outcome < 0.0015:
            self.truth.declined += 1
            self.item(
                spell.output(call, b'exec_command failed for `/bin/bash -lc ls`: Rejected(\\"rejected by user\\")')
            )
            return False
        if outcome < 0.004:
            self.truth.interrupted += 1
            self.item(spell.output(call, b"aborted by user after 2.1s"))
            return True
        exit_code = 0 if outcome > 0.08 else 1 + self.rng.getrandbits(7)
        self.truth.failed += exit_code != 0
        size = OUTPUT_BYTES.draw(self.rng)
        if self.gen.modern:
            text = self.pools.shell.take(self.rng, size)
            self.completed_item(
                spell.command_execution(call, self.cwd, self.pools.commands.take(self.rng, 1), exit_code, text)
            )
        self.item(spell.shell_output(self.gen, call, exit_code, self.rng.random() * 9, size, self.pools, self.rng))
        self.context += size // 4
        return False

    def _abort(self) -> None:
        self.item(
            spell.message(
                b"user", b"<turn_aborted>\\nThe user interrupted the previous turn on purpose.\\n</turn_aborted>"
            )
        )
        ids = b'"turn_id":"%b",' % self.turn if self.gen.turn_ids else b""
        self.event(b'{"type":"turn_aborted",%b"reason":"interrupted"}' % ids)

    # -- tokens --------------------------------------------------------------------------------

    def _next_usage(self) -> Usage:
        cached = int(self.context * 0.93) & ~127 if self.warm and not chance(self.rng, 0.04) else 0
        written = (self.context - cached) // 2 if self.gen.modern else 0
        produced = OUTPUT_TOKENS.draw(self.rng) + 8
        self.warm = True
        return Usage(self.context, cached, written, produced, int(produced * self.rng.random() * 0.7))

    def _count_response(self, write_count: bool = True) -> None:
        """Book one response and write its numbers."""
        usage = self._next_usage()
        self.truth.spend(self.time.ms, usage.tokens())
        self.total = self.total.plus(usage)
        self.context += usage.output + 40
        self._last = usage
        if self.gen.modern:
            self._usage_record(usage)
        if write_count:
            self.repeat_count()
        # Two counts within one second at the head of a subagent look like copied history to ccusage.
        self.time.ms += 1_100

    def _usage_record(self, usage: Usage) -> None:
        ids = b'"thread_id":"%b","turn_id":"%b","session_id":"%b","root_turn_id":"%b","response_id":"resp_%b"'
        self.emit(
            b"token_usage_record",
            b'{%b,"usage":%b,"turn_token_usage":%b,"thread_token_usage":%b}'
            % (
                ids % (self.ident, self.turn, self.ident, self.turn, token(self.rng)),
                usage.spelled(True),
                usage.spelled(True),
                self.total.spelled(True),
            ),
        )

    def repeat_count(self) -> None:
        """A token_count with the present numbers: the first after a response is news, all others are echoes."""
        self.event(spell.token_count(self.gen, self.total, self._last.spelled(self.gen.modern), self._limits()))

    def _limits(self) -> bytes:
        self._used = min(99.0, self._used + 0.01)
        return spell.rate_limits(self.gen, self._used, self.time.ms // 1000 + 7200)

    def _compact(self) -> None:
        """The request is paid for; the estimate that follows it is not."""
        self.truth.compactions += 1
        self.time.settle()
        self._count_response()
        self.context = FIRST_CONTEXT + 4000
        summary = self.pools.prose.take(self.rng, 3000)
        history = b',"replacement_history":[%b]' % spell.message(b"user", summary) if self.gen.turn_ids else b""
        self.emit(b"compacted", b'{"message":"%b"%b}' % (summary, history))
        self.event(
            spell.token_count(self.gen, self.total, spell.estimate(self.context, self.gen.modern), self._limits())
        )

    # -- damage and restarts -------------------------------------------------------------------

    def resume_from_zero(self) -> None:
        """What 0.63 does when a session is resumed: the running totals begin again."""
        self.time.advance(self.rng, 3_000_000)
        self.event(spell.empty_token_count(self._limits()))
        self.total = Usage()
        self.warm = False

    def killed_after_record(self) -> None:
        """SIGKILL between a usage record and its token_count."""
        self._open_turn()
        self._prompt()
        self._before_response()
        self._count_response(write_count=False)

    def branch(self, at: Checkpoint) -> None:
        """Go on from another thread's state, as a fork does."""
        self.total, self.context, self.warm = at.total, at.context, True
