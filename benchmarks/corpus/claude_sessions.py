"""One Claude Code transcript, turn by turn: booked in the truth, then written one line per content block."""

from __future__ import annotations

from random import Random

from benchmarks.corpus import claude_lines as spell
from benchmarks.corpus import words
from benchmarks.corpus.claude_lines import Place, Usage, Version
from benchmarks.corpus.draw import Moments, Sizes, chance, token, uuid4
from benchmarks.corpus.text import Pools, pick
from benchmarks.corpus.truth import SessionTruth, Tokens

RESULT_BYTES = Sizes(950, 1.55, 900_000)
THINKING_BYTES = Sizes(420, 0.8, 12_000)
TEXT_BYTES = Sizes(360, 0.9, 12_000)
PROMPT_BYTES = Sizes(200, 1.1, 20_000)
EDIT_BYTES = Sizes(600, 1.1, 40_000)
OUTPUT_TOKENS = Sizes(260, 1.0, 16_000)

COMPACT_AT = 160_000
FIRST_CONTEXT = 14_000


class Transcript:
    """A session file while it grows; also the file, or the inline part, of a subagent."""

    def __init__(
        self,
        version: Version,
        truth: SessionTruth,
        pools: Pools,
        rng: Random,
        started_ms: int,
        *,
        session: bytes,
        agent: bytes = b"",
        sidechain: bool = False,
    ) -> None:
        self.version, self.truth, self.pools, self.rng = version, truth, pools, rng
        self.time = Moments(started_ms)
        self.started_ms = started_ms
        self.project = pick(rng, words.PROJECTS).encode()
        self.place = Place(version, session, b"/home/dev/%b" % self.project, sidechain, agent)
        self.model = version.model
        self.asks = True  # whether responses carry a requestId
        self.lines: list[bytes] = []
        self.bytes = 0
        self.leaf = b""
        self.context = FIRST_CONTEXT + rng.getrandbits(12)
        self.last = Usage(0, 0, 0, 0, 0)
        self.last_request = b""
        self.turn_ends: list[int] = []

    # -- writing -------------------------------------------------------------------------------

    def keep(self, line: bytes) -> None:
        self.lines.append(line)
        self.bytes += len(line)

    def _next(self) -> tuple[bytes, bytes, bytes]:
        """Parent, own uuid, and time of the next line; the line becomes the leaf."""
        parent, self.leaf = self.leaf, uuid4(self.rng)
        return parent, self.leaf, self.time.stamp

    def user(self, content: bytes, extra: bytes = b"") -> None:
        self.keep(spell.user(self.place, *self._next(), content, extra))

    def start(self) -> None:
        self.keep(spell.snapshot(self.rng, self.time.stamp))
        if self.version.blobs:
            self.keep(spell.request_shape(self.rng, self.pools))

    # -- turns ---------------------------------------------------------------------------------

    def run_until(self, size: int) -> None:
        while True:
            self.run_turn(size)
            if self.bytes >= size:
                return

    def run_turn(self, size: int) -> None:
        self.time.advance(self.rng, 600_000 if chance(self.rng, 0.93) else 20_000_000)
        self.prompt()
        for _ in range(1 + int(self.rng.random() ** 2 * 30)):
            stopped = self.respond()
            if stopped or self.bytes >= size:
                break
        self.answer()
        if chance(self.rng, 0.02):
            self._synthetic_error()
        if self.context > COMPACT_AT:
            self._compact()
        self.turn_ends.append(len(self.lines))

    def prompt(self) -> None:
        """A human's words; in a subagent, the parent's."""
        body = b'"%b"' % self.pools.prose.take(self.rng, PROMPT_BYTES.draw(self.rng))
        self.truth.prompts += not self.place.sidechain
        self.user(body)

    def answer(self) -> None:
        blocks = [spell.text(self.pools.prose.take(self.rng, 2 * TEXT_BYTES.draw(self.rng)))]
        if chance(self.rng, 0.5):
            blocks.insert(0, spell.thinking(self.rng, self.pools, THINKING_BYTES.draw(self.rng)))
        self.message(blocks, b'"end_turn"')

    def respond(self) -> bool:
        """One response with tools and their results. True when the user refused one."""
        blocks: list[bytes] = []
        if chance(self.rng, 0.95):
            blocks.append(spell.thinking(self.rng, self.pools, THINKING_BYTES.draw(self.rng)))
        if chance(self.rng, 0.8):
            blocks.append(spell.text(self.pools.prose.take(self.rng, TEXT_BYTES.draw(self.rng))))
        tools = [self._tool() for _ in range(1 + (self.rng.getrandbits(4) == 0) + (self.rng.getrandbits(5) == 0))]
        self.message([*blocks, *(block for block, _, _ in tools)], b'"tool_use"')
        self.time.advance(self.rng, 6_000)
        refused = [self._finish(ident, tool) for _, ident, tool in tools]
        return any(refused)

    def message(self, blocks: list[bytes], stop: bytes) -> None:
        """Book one response, then write it as this version does: a line for each block."""
        self.time.advance(self.rng, 12_000)
        self.time.settle()
        usage, message = self._next_usage(len(blocks)), b"msg_01%b" % token(self.rng)
        self.last, self.last_request = usage, b"req_01%b" % token(self.rng) if self.asks else b""
        self.truth.spend(self.time.ms, usage.tokens())
        if self.version.blobs:
            self.keep(spell.request(self.rng, self.time.stamp, self.model))
        final = self.version.final
        for place, block in enumerate(blocks):
            known = final == "always" or (final == "last" and place == len(blocks) - 1)
            shown = usage.output if known else min(usage.output, 1 + place * 7)
            spelled = usage.spelled(self.version, shown)
            ended = stop if known else b"null"
            self.keep(
                spell.assistant(
                    self.place, *self._next(), message, self.last_request, self.model, block, ended, spelled
                )
            )
            self.time.ms += 40

    def _next_usage(self, blocks: int) -> Usage:
        written = max(0, self.context - self.last.read - self.last.written_5m - self.last.written_1h)
        read = self.context - written
        produced = OUTPUT_TOKENS.draw(self.rng) + 3
        output = 1 + (blocks - 1) * 7 if self.version.final == "never" else produced
        thought = int(output * 0.4) if self.version.blobs else 0
        hourly = written // 2 if self.version.final == "always" else 0
        self.context += produced + 20
        return Usage(3 + self.rng.getrandbits(4), written - hourly, hourly, read, output, thought)

    # -- tools ---------------------------------------------------------------------------------

    def _tool(self) -> tuple[bytes, bytes, bytes]:
        """A tool_use block, its id, and the tool."""
        self.truth.tool_calls += 1
        ident, kind = token(self.rng), self.rng.random()
        path = b"%b/src/file%d.py" % (self.place.cwd, self.rng.getrandbits(7))
        if kind < 0.5:
            command = self.pools.commands.take(self.rng, 1)
            return (
                spell.tool_use(ident, b"Bash", b'"command":"%b","description":"Look around"' % command),
                ident,
                b"Bash",
            )
        if kind < 0.8:
            return spell.tool_use(ident, b"Read", b'"file_path":"%b"' % path), ident, b"Read"
        old, new = (self.pools.code.take(self.rng, EDIT_BYTES.draw(self.rng)) for _ in range(2))
        return (
            spell.tool_use(ident, b"Edit", b'"file_path":"%b","old_string":"%b","new_string":"%b"' % (path, old, new)),
            ident,
            b"Edit",
        )

    def _finish(self, ident: bytes, tool: bytes) -> bool:
        outcome = self.rng.random()
        if outcome < 0.003:
            return self._refuse(ident)
        if outcome < 0.06:
            self._fail(ident, tool)
            return False
        size = RESULT_BYTES.draw(self.rng)
        if self.version.progress and tool == b"Bash" and chance(self.rng, 0.4):
            self._progress(min(size, 4000))
        body, extra = self._result(tool, size)
        self.context += size // 5
        content = spell.tool_result(ident, body, is_error=False)
        self.user(content, b"" if self.place.agent and self.version.subagents == "nested" else extra)
        if self.version.blobs:
            self.keep(spell.request_blob(self.rng, content))
        return False

    def _result(self, tool: bytes, size: int) -> tuple[bytes, bytes]:
        if tool == b"Bash":
            body = self.pools.shell.take(self.rng, size)
            return body, spell.bash_result(body)
        path = b"%b/src/file.py" % self.place.cwd
        body = self.pools.code.take(self.rng, size)
        if tool == b"Read":
            return body, spell.read_result(path, body)
        return b"The file has been updated.", spell.edit_result(path, body[:0], body)

    def _fail(self, ident: bytes, tool: bytes) -> None:
        self.truth.failed += 1
        reason = self.pools.shell.take(self.rng, 400)
        if tool == b"Bash" and self.version.subagents != "inline":
            reason = b"Exit code 1\\n" + reason
        self.user(spell.tool_result(ident, reason, is_error=True), b'"toolUseResult":"Error: %b",' % reason)

    def _refuse(self, ident: bytes) -> bool:
        self.truth.declined += 1
        body = b"The user doesn't want to proceed with this tool use. The tool use was rejected."
        self.user(spell.tool_result(ident, body, is_error=True), b'"toolUseResult":"User rejected tool use",')
        self.user(b'[{"type":"text","text":"[Request interrupted by user for tool use]"}]')
        return True

    def _progress(self, size: int) -> None:
        self.keep(spell.bash_progress(self.place, *self._next(), self.pools.shell.take(self.rng, size)))

    # -- oddities ------------------------------------------------------------------------------

    def _synthetic_error(self) -> None:
        """An error dressed as an answer; it can carry the request id of a real one."""
        zero = Usage(0, 0, 0, 0, 0).spelled(self.version)
        block = spell.text(b"API Error: Overloaded")
        line = spell.assistant(
            self.place,
            *self._next(),
            uuid4(self.rng),
            self.last_request,
            b"<synthetic>",
            block,
            b'"stop_sequence"',
            zero,
        )
        self.keep(line.replace(b'"type":"assistant"', b'"isApiErrorMessage":true,"type":"assistant"'))

    def _compact(self) -> None:
        self.truth.compactions += 1
        self.context = FIRST_CONTEXT + 5000
        self.last = Usage(0, 0, 0, 0, 0)
        _, uuid, stamp = self._next()
        boundary = (
            b'{"parentUuid":null,"type":"system","subtype":"compact_boundary","content":"Conversation compacted",'
            b'"compactMetadata":{"trigger":"auto","preTokens":160000},'
        )
        self.keep(
            boundary
            + b'"uuid":"%b","timestamp":"%b","sessionId":"%b","version":"%b"}\n'
            % (uuid, stamp, self.place.session, self.version.version)
        )
        summary = b'"This session is being continued from a previous conversation. %b"' % self.pools.prose.take(
            self.rng, 6000
        )
        self.user(summary, b'"isCompactSummary":true,"isVisibleInTranscriptOnly":true,')

    def delegate(self, agent: bytes, run: Transcript | None) -> None:
        """A tool call that a subagent answers; `run` is None when its lines are not repeated here."""
        self.truth.tool_calls += 1
        ident = token(self.rng)
        tool = b"Agent" if self.version.final == "always" else b"Task"
        self.message(
            [
                spell.tool_use(
                    ident, tool, b'"description":"Count files","prompt":"Count them","subagent_type":"general-purpose"'
                )
            ],
            b'"tool_use"',
        )
        last = run.last if run else self.last
        if run and self.version.progress:
            for line in run.lines[:40]:
                self.keep(spell.agent_progress(self.place, *self._next(), agent, line))
        self.user(spell.tool_result(ident, b"There are 40 files.", is_error=False), spell.agent_result(agent, last))

    def close(self, spent: Tokens) -> None:
        if self.version.blobs:
            self.keep(spell.cost_state(self.place.session, self.model, spent))
