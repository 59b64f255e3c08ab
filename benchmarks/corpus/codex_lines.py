"""The bytes of Codex rollout records, by generation. Nothing here decides; it only spells."""

# A record is easier to check against a real one when it stands on one line, in the order of its fields.
# ruff: noqa: E501, PLR0917

from __future__ import annotations

from random import Random
from typing import NamedTuple

from benchmarks.corpus.draw import stamp, token
from benchmarks.corpus.text import Pools
from benchmarks.corpus.truth import Tokens


class Generation(NamedTuple):
    """How one released version writes its rollouts."""

    version: bytes
    share: float  # of the files
    model: bytes
    shell: str  # json | text | exec: the form of a command's output
    contexts_per_call: bool
    turn_ids: bool
    modern: bool  # ordinals, usage records, completed items
    ghosts: bool  # snapshots of the untracked files
    repeats: float  # how often a token_count is written again


GENERATIONS = (
    Generation(b"0.36.0", 0.10, b"gpt-5-codex", "json", True, False, False, False, 0.55),
    Generation(b"0.63.0", 0.25, b"gpt-5.1-codex", "json", True, False, False, True, 0.55),
    Generation(b"0.92.0", 0.25, b"gpt-5.2-codex", "text", True, False, False, True, 0.55),
    Generation(b"0.120.0", 0.20, b"gpt-5.4", "text", False, True, False, False, 0.55),
    Generation(b"0.169.0", 0.20, b"gpt-5.5", "exec", False, True, True, False, 0.10),
)


class Usage(NamedTuple):
    """Codex counting: cached and cache writes are inside input, reasoning is inside output."""

    input: int = 0
    cached: int = 0
    written: int = 0
    output: int = 0
    reasoning: int = 0

    def plus(self, other: Usage) -> Usage:
        return Usage(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    def tokens(self) -> Tokens:
        fresh = self.input - self.cached - self.written
        return Tokens(fresh, self.cached, self.written, self.output, self.reasoning)

    def spelled(self, modern: bool) -> bytes:
        written = b'"cache_write_input_tokens":%d,' % self.written if modern else b""
        return b'{"input_tokens":%d,"cached_input_tokens":%d,%b"output_tokens":%d,"reasoning_output_tokens":%d,"total_tokens":%d}' % (
            self.input, self.cached, written, self.output, self.reasoning, self.input + self.output,
        )  # fmt: skip


def session_meta(
    gen: Generation, ident: bytes, root: bytes, ms: int, cwd: bytes, links: bytes, git: bytes, pools: Pools, rng: Random
) -> bytes:
    session = b'"account_scoped":true,"session_id":"%b",' % root if gen.modern else b""
    head = b'{%b"id":"%b",%b"timestamp":"%b","cwd":"%b","originator":"codex_%b","cli_version":"%b"' % (
        session, ident, links, stamp(ms), cwd, b"exec" if gen.modern else b"cli_rs", gen.version,
    )  # fmt: skip
    if gen.shell == "json":
        rest = b',"instructions":"%b"' % pools.prose.take(rng, 900)
    else:
        rest = b',"model_provider":"openai","base_instructions":{"text":"%b"}' % pools.prose.take(rng, 21_000)
    if gen.modern:
        rest += b',"thread_source":"user","history_mode":"paginated","multi_agent_version":"v1"'
    return head + rest + git + b"}"


def turn_context(gen: Generation, turn: bytes, cwd: bytes, instructions: bytes) -> bytes:
    ids = b'"turn_id":"%b",' % turn if gen.turn_ids else b""
    return (
        b'{%b"cwd":"%b","approval_policy":"on-request","sandbox_policy":{"type":"workspace-write","network_access":false,'
        b'"exclude_tmpdir_env_var":false,"exclude_slash_tmp":false},"model":"%b","effort":"medium","summary":"auto",'
        b'"user_instructions":"%b","truncation_policy":{"mode":"tokens","limit":10000}}'
    ) % (ids, cwd, gen.model, instructions)


def rate_limits(gen: Generation, used: float, resets_at: int) -> bytes:
    ids = b'"limit_id":"codex","limit_name":null,' if gen.turn_ids else b""
    return (
        b'{%b"primary":{"used_percent":%.1f,"window_minutes":300,"resets_at":%d},"secondary":{"used_percent":%.1f,'
        b'"window_minutes":10080,"resets_at":%d},"credits":{"has_credits":false,"unlimited":false,"balance":null},"plan_type":"pro"}'
    ) % (ids, used, resets_at, used / 3, resets_at + 400_000)


def token_count(gen: Generation, total: Usage, last: bytes, limits: bytes) -> bytes:
    mark = b'"last_usage_includes_reasoning":false,' if gen.modern else b""
    return b'{"type":"token_count","info":{"total_token_usage":%b,"last_token_usage":%b,%b"model_context_window":272000},"rate_limits":%b}' % (
        total.spelled(gen.modern), last, mark, limits,
    )  # fmt: skip


def empty_token_count(limits: bytes) -> bytes:
    return b'{"type":"token_count","info":null,"rate_limits":%b}' % limits


def estimate(tokens: int, modern: bool) -> bytes:
    """What compaction leaves in `last`: a context size, and not one token of usage."""
    return Usage().spelled(modern).replace(b'"total_tokens":0', b'"total_tokens":%d' % tokens)


def message(role: bytes, text: bytes) -> bytes:
    kind = b"output_text" if role == b"assistant" else b"input_text"
    return b'{"type":"message","role":"%b","content":[{"type":"%b","text":"%b"}]}' % (role, kind, text)


def reasoning(ident: bytes, summary: bytes, encrypted: bytes) -> bytes:
    return b'{"type":"reasoning","id":"rs_%b","summary":[{"type":"summary_text","text":"%b"}],"content":null,"encrypted_content":"gAAAAAB%b"}' % (
        ident, summary, encrypted,
    )  # fmt: skip


def shell_call(gen: Generation, call: bytes, cwd: bytes, command: bytes) -> bytes:
    """A function call; the command comes escaped twice, as it stands inside `arguments`."""
    if gen.shell == "json":
        arguments = (
            b'{\\"command\\":[\\"bash\\",\\"-lc\\",\\"%b\\"],\\"workdir\\":\\"%b\\",\\"timeout_ms\\":120000}'
            % (command, cwd)
        )
        tool = b"shell"
    elif gen.shell == "text":
        arguments = b'{\\"command\\":\\"%b\\",\\"workdir\\":\\"%b\\",\\"timeout_ms\\":120000}' % (command, cwd)
        tool = b"shell_command"
    else:
        arguments = b'{\\"cmd\\":\\"%b\\",\\"workdir\\":\\"%b\\",\\"yield_time_ms\\":1000}' % (command, cwd)
        tool = b"exec_command"
    return b'{"type":"function_call","name":"%b","arguments":"%b","call_id":"call_%b"}' % (tool, arguments, call)


def shell_output(
    gen: Generation, call: bytes, exit_code: int, seconds: float, size: int, pools: Pools, rng: Random
) -> bytes:
    if gen.shell == "json":
        text = b'{\\"output\\":\\"%b\\",\\"metadata\\":{\\"exit_code\\":%d,\\"duration_seconds\\":%.1f}}' % (
            pools.nested_shell.take(rng, size), exit_code, seconds,
        )  # fmt: skip
    elif gen.shell == "text":
        text = b"Exit code: %d\\nWall time: %.1f seconds\\nOutput:\\n%b" % (
            exit_code,
            seconds,
            pools.shell.take(rng, size),
        )
    else:
        text = b"Chunk ID: %b\\nWall time: %.4f seconds\\nProcess exited with code %d\\nOriginal token count: %d\\nOutput:\\n%b" % (
            token(rng, 24), seconds, exit_code, size // 4, pools.shell.take(rng, size),
        )  # fmt: skip
    return output(call, text)


def output(call: bytes, text: bytes, custom: bool = False) -> bytes:
    kind = b"custom_tool_call_output" if custom else b"function_call_output"
    return b'{"type":"%b","call_id":"call_%b","output":"%b"}' % (kind, call, text)


def command_execution(call: bytes, cwd: bytes, command: bytes, exit_code: int, text: bytes) -> bytes:
    return (
        b'{"type":"CommandExecution","id":"call_%b","process_id":"93922","command":["/bin/bash","-lc","%b"],"cwd":"file://%b",'
        b'"parsed_cmd":[{"type":"unknown","cmd":"%b"}],"source":"unified_exec_startup","status":"%b","aggregated_output":"%b",'
        b'"exit_code":%d,"duration":{"secs":0,"nanos":55176493}}'
    ) % (call, command, cwd, command, b"failed" if exit_code else b"completed", text, exit_code)


def patch_call(call: bytes, path: bytes, body: bytes) -> bytes:
    return (
        b'{"type":"custom_tool_call","status":"completed","call_id":"call_%b","name":"apply_patch",'
        b'"input":"*** Begin Patch\\n*** Update File: %b\\n@@\\n%b*** End Patch\\n"}'
    ) % (call, path, body)


def patch_output(gen: Generation, call: bytes, applied: bool) -> bytes:
    if not applied:
        return output(
            call, b"apply_patch verification failed: Failed to find expected lines in src/file.py", custom=True
        )
    if gen.modern:
        text = b"Exit code: 0\\nWall time: 0.1 seconds\\nOutput:\\nSuccess. Updated the following files:\\nM src/file.py\\n"
    else:
        text = b'{\\"output\\":\\"Success. Updated the following files:\\\\nM src/file.py\\\\n\\",\\"metadata\\":{\\"exit_code\\":0,\\"duration_seconds\\":0.1}}'
    return output(call, text, custom=True)


def ghost_snapshot(rng: Random, size: int) -> bytes:
    files = b",".join(b'"build/%b/%b.o"' % (token(rng, 16), token(rng, 64)) for _ in range(size // 34 + 1))
    return b'{"type":"ghost_snapshot","ghost_commit":{"id":"%b","parent":"%b","preexisting_untracked_files":[%b],"preexisting_untracked_dirs":[]}}' % (
        token(rng, 160), token(rng, 160), files,
    )  # fmt: skip
