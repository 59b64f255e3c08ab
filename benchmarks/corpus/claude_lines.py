"""The bytes of Claude Code transcript records, by version. Nothing here decides; it only spells."""

# A record is easier to check against a real one when it stands on one line, in the order of its fields.
# ruff: noqa: E501, PLR0917

from __future__ import annotations

from random import Random
from typing import NamedTuple

from benchmarks.corpus.draw import token
from benchmarks.corpus.text import Pools
from benchmarks.corpus.truth import Tokens


class Version(NamedTuple):
    """How one released version writes its transcripts."""

    version: bytes
    share: float  # of the files
    model: bytes
    final: str  # never | last | always: which lines of a message carry the final output count
    subagents: str  # inline | flat | nested: where subagents are written
    progress: bool  # writes progress lines, which repeat a subagent's messages
    blobs: bool  # keeps request bodies and its own cost total in the transcript


VERSIONS = (
    Version(b"1.0.100", 0.15, b"claude-sonnet-4-20250514", "never", "inline", False, False),
    Version(b"2.0.76", 0.20, b"claude-sonnet-4-5-20250929", "never", "flat", False, False),
    Version(b"2.1.56", 0.15, b"claude-opus-4-6", "never", "nested", True, False),
    Version(b"2.1.76", 0.15, b"claude-opus-4-6", "last", "nested", True, False),
    Version(b"2.1.197", 0.20, b"claude-opus-4-8", "always", "nested", False, False),
    Version(b"2.1.329", 0.15, b"claude-sonnet-5", "always", "nested", False, True),
)


class Usage(NamedTuple):
    """Claude counting: the four kinds never overlap; the two write kinds make up `written`."""

    input: int
    written_5m: int
    written_1h: int
    read: int
    output: int
    thinking: int = 0

    def tokens(self) -> Tokens:
        return Tokens(self.input, self.read, self.written_5m + self.written_1h, self.output, self.thinking)

    def spelled(self, version: Version, output: int | None = None) -> bytes:
        shown = self.output if output is None else output
        text = (
            b'{"input_tokens":%d,"cache_creation_input_tokens":%d,"cache_read_input_tokens":%d,"output_tokens":%d,'
            b'"cache_creation":{"ephemeral_5m_input_tokens":%d,"ephemeral_1h_input_tokens":%d},"service_tier":"standard"'
        ) % (self.input, self.written_5m + self.written_1h, self.read, shown, self.written_5m, self.written_1h)
        if version.final == "always":
            text += b',"server_tool_use":{"web_search_requests":0,"web_fetch_requests":0},"inference_geo":"us","iterations":[],"speed":"standard"'
        if version.blobs:
            text += b',"output_tokens_details":{"thinking_tokens":%d}' % min(self.thinking, shown)
        return text + b"}"


class Place(NamedTuple):
    """What every line of one file has in common."""

    version: Version
    session: bytes
    cwd: bytes
    sidechain: bool
    agent: bytes  # the subagent's id, or nothing


def _tail(place: Place, kind: bytes, uuid: bytes, stamp: bytes) -> bytes:
    agent = b'"agentId":"%b",' % place.agent if place.agent else b""
    return b'"type":"%b","uuid":"%b","timestamp":"%b",%b"userType":"external","cwd":"%b","sessionId":"%b","version":"%b","gitBranch":"main"}\n' % (
        kind, uuid, stamp, agent, place.cwd, place.session, place.version.version,
    )  # fmt: skip


def _head(place: Place, parent: bytes) -> bytes:
    quoted = b'"%b"' % parent if parent else b"null"
    return b'{"parentUuid":%b,"isSidechain":%b,' % (quoted, b"true" if place.sidechain else b"false")


def assistant(
    place: Place,
    parent: bytes,
    uuid: bytes,
    stamp: bytes,
    message: bytes,
    request: bytes,
    model: bytes,
    block: bytes,
    stop: bytes,
    usage: bytes,
) -> bytes:
    asked = b'"requestId":"%b",' % request if request else b""
    body = b'"message":{"id":"%b","type":"message","role":"assistant","model":"%b","content":[%b],"stop_reason":%b,"stop_sequence":null,"usage":%b},%b'
    return (
        _head(place, parent)
        + body % (message, model, block, stop, usage, asked)
        + _tail(place, b"assistant", uuid, stamp)
    )


def user(place: Place, parent: bytes, uuid: bytes, stamp: bytes, content: bytes, extra: bytes = b"") -> bytes:
    body = b'"message":{"role":"user","content":%b},%b' % (content, extra)
    return _head(place, parent) + body + _tail(place, b"user", uuid, stamp)


def thinking(rng: Random, pools: Pools, size: int) -> bytes:
    text, signature = pools.prose.take(rng, size), pools.opaque.take(rng, 200 + size // 2)
    return b'{"type":"thinking","thinking":"%b","signature":"%b"}' % (text, signature)


def text(body: bytes) -> bytes:
    return b'{"type":"text","text":"%b"}' % body


def tool_use(ident: bytes, tool: bytes, arguments: bytes) -> bytes:
    return b'{"type":"tool_use","id":"toolu_%b","name":"%b","input":{%b}}' % (ident, tool, arguments)


def tool_result(ident: bytes, body: bytes, is_error: bool) -> bytes:
    return b'[{"tool_use_id":"toolu_%b","type":"tool_result","content":"%b","is_error":%b}]' % (
        ident,
        body,
        b"true" if is_error else b"false",
    )


def bash_result(body: bytes) -> bytes:
    return (
        b'"toolUseResult":{"stdout":"%b","stderr":"","interrupted":false,"isImage":false,"noOutputExpected":false},'
        % body
    )


def read_result(path: bytes, body: bytes) -> bytes:
    return (
        b'"toolUseResult":{"type":"text","file":{"filePath":"%b","content":"%b","numLines":120,"startLine":1,"totalLines":120}},'
        % (path, body)
    )


def edit_result(path: bytes, old: bytes, new: bytes) -> bytes:
    return (
        b'"toolUseResult":{"filePath":"%b","oldString":"%b","newString":"%b","structuredPatch":[],"userModified":false,"replaceAll":false},'
        % (path, old, new)
    )


def agent_result(agent: bytes, last: Usage) -> bytes:
    """The last request of a subagent, dressed up as a total. Nobody may add it."""
    total = last.tokens().total
    return b'"toolUseResult":{"status":"completed","agentId":"%b","totalTokens":%d,"totalToolUseCount":3,"usage":{"input_tokens":%d,"output_tokens":%d}},' % (
        agent, total, last.input, last.output,
    )  # fmt: skip


def bash_progress(place: Place, parent: bytes, uuid: bytes, stamp: bytes, body: bytes) -> bytes:
    data = b'"data":{"type":"bash_progress","output":"%b","fullOutput":"%b","elapsedTimeSeconds":3,"totalLines":40},"toolUseID":"bash-progress-1",'
    return _head(place, parent) + data % (body, body) + _tail(place, b"progress", uuid, stamp)


def agent_progress(place: Place, parent: bytes, uuid: bytes, stamp: bytes, agent: bytes, line: bytes) -> bytes:
    data = (
        b'"data":{"type":"agent_progress","message":%b,"normalizedMessages":[],"agentId":"%b"},"toolUseID":"agent-1",'
    )
    return _head(place, parent) + data % (line.rstrip(b"\n"), agent) + _tail(place, b"progress", uuid, stamp)


def snapshot(rng: Random, stamp: bytes) -> bytes:
    ident = token(rng, 128)
    return b'{"type":"file-history-snapshot","messageId":"%b","snapshot":{"messageId":"%b","trackedFileBackups":{},"timestamp":"%b"},"isSnapshotUpdate":false}\n' % (
        ident, ident, stamp,
    )  # fmt: skip


def queued(session: bytes, stamp: bytes) -> bytes:
    """What a fork begins with; in files that are no forks it says nothing new, so only forks have it here."""
    return b'{"type":"queue-operation","operation":"dequeue","timestamp":"%b","sessionId":"%b"}\n' % (stamp, session)


def request_shape(rng: Random, pools: Pools) -> bytes:
    system = pools.prose.take(rng, 30_000)
    tools = b",".join(
        b'{"name":"%b","description":"%b"}' % (token(rng, 32), pools.prose.take(rng, 1900)) for _ in range(22)
    )
    return b'{"type":"api-request-shape","shapeHash":"%b","shape":{"system":["%b"],"tools":[%b]}}\n' % (
        token(rng, 256),
        system,
        tools,
    )


def request(rng: Random, stamp: bytes, model: bytes) -> bytes:
    params = b'"params":{"model":"%b","betas":[],"max_tokens":32000},"keep":4,"tail":["%b"],"cacheControl":[]' % (
        model,
        token(rng, 256),
    )
    return b'{"type":"api-request","id":"%b","timestamp":"%b","version":1,"querySource":"repl_main_thread","shapeHash":"%b",%b}\n' % (
        token(rng, 128), stamp, token(rng, 256), params,
    )  # fmt: skip


def request_blob(rng: Random, content: bytes) -> bytes:
    return b'{"type":"api-request-blob","hash":"%b","message":{"role":"user","content":%b}}\n' % (
        token(rng, 256),
        content,
    )


def cost_state(session: bytes, model: bytes, total: Tokens) -> bytes:
    usage = b'"inputTokens":%d,"outputTokens":%d,"cacheReadInputTokens":%d,"cacheCreationInputTokens":%d' % (
        total.input, total.output, total.cache_read, total.cache_write,
    )  # fmt: skip
    return b'{"type":"cost-state","sessionId":"%b","totalCostUSD":0.5,"modelUsage":{"%b":{%b,"costUSD":0.5}},"hasUnknownModelCost":false}\n' % (
        session, model, usage,
    )  # fmt: skip
