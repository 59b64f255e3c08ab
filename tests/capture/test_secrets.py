"""Secrets in every place an agent can write one: none of their bytes is in the store, on either lane."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
import zstandard

from codex_loop.capture.secrets import redactor_for, without_secrets
from codex_loop.model.text import clean
from codex_loop.redaction import Redactor
from codex_loop.redaction.examples import Example, example
from codex_loop.redaction.rules import RULES
from tests.capture.ground import Ground, called, context, line, lines, meta, returned, said

VISIBLE = 16
"""So much of a secret in a row is a leak: tags and short words are no longer than that by chance."""


class Vault:
    """Makes secrets at run time and remembers them."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self._random = Random(20261121)
        rules = [rule for rule in RULES if rule.tier == "definite" and rule.check != "pem"]
        self._redactor = Redactor(bytes(32))
        self._rules = [rule for rule in rules if self._fits(example(rule, Random(1)))]

    def _fits(self, shown: Example) -> bool:
        """Whether it can stand in a name or a path and is recognised there: the rules have tests of their own."""
        plain = shown.text.replace("_", "").replace("-", "").isalnum()
        told = [self._redactor.redact(place.format(shown.text)).text for place in ("/x/{}", "-h {} .j")]
        return plain and not any(shown.secret[-VISIBLE:] in text or shown.secret[:VISIBLE] in text for text in told)

    def __call__(self) -> str:
        while True:
            found = example(self._random.choice(self._rules), self._random)
            if len(found.secret) >= 24 and self._fits(found):
                self.made.append(found.secret)
                return found.text

    def held(self, stored: bytes) -> list[str]:
        """The secrets of which enough to be of use stands in these bytes."""
        return [
            secret
            for secret in self.made
            if any(
                secret[at : at + VISIBLE].encode() in stored for at in range(0, len(secret) - VISIBLE + 1, VISIBLE // 2)
            )
        ]


@pytest.fixture
def secret() -> Vault:
    return Vault()


def stored(ground: Ground) -> dict[str, bytes]:
    """Everything that was written, by place: rows, unpacked archive, and the database's files as they lie there."""
    unpack = zstandard.ZstdDecompressor().decompress
    found = {"archive": b"\n".join(unpack(bytes(row[0])) for row in ground.rows("SELECT data FROM archive_segments"))}
    for table, columns in ground.database.columns.items():
        for column in columns:
            values = [value for (value,) in ground.rows(f"SELECT {column} FROM {table}") if value is not None]
            found[f"{table}.{column}"] = b"\n".join(
                value if isinstance(value, bytes) else str(value).encode() for value in values
            )
    if ground.database.engine == "sqlite":
        for path in Path(ground.place).parent.glob(f"{Path(ground.place).name}*"):
            found[path.name] = path.read_bytes()
    return found


def leaks(ground: Ground, vault: Vault) -> dict[str, list[str]]:
    held = {place: vault.held(data) for place, data in stored(ground).items()}
    return {place: secrets for place, secrets in held.items() if secrets}


def codex(secret: Vault) -> bytes:
    git = {"branch": f"fix/{secret()}", "commit_hash": "a" * 40, "repository_url": f"https://ann:{secret()}@git.test/x"}
    tokens = {"input_tokens": 5, "output_tokens": 1, "total_tokens": 6}
    return lines(
        meta(cwd=f"/home/ann/{secret()}", originator=secret(), model_provider=secret(), git=git),
        context("t1", f"/home/{secret()}"),
        line("turn_context", {"turn_id": "t1", "cwd": "/x", "model": secret(), "approval_policy": secret(),
                              "sandbox_policy": {"mode": secret()}, "effort": secret()}),
        said("user_message", f"my key is {secret()}, use it"),
        said("agent_message", f"I will use `{secret()}`."),
        line("response_item", {"type": "reasoning", "summary": [{"type": "summary_text", "text": secret()}]}),
        called("c1", f"curl -H 'Authorization: Bearer {secret()}' https://api.test"),
        returned("c1", f"ok\nTOKEN={secret()}\n"),
        line("response_item", {"type": "custom_tool_call", "name": "apply_patch", "call_id": "c2",
                               "input": f"*** Begin Patch\n*** Add File: {secret()}\n+{secret()}\n*** End Patch"}),
        line("event_msg", {"type": "patch_apply_end", "call_id": "c2", "success": True, "stdout": secret(),
                           "changes": {f"/x/{secret()}": {"type": "add", "content": secret()}}}),
        line("event_msg", {"type": "exec_approval_request", "call_id": "c3", "command": ["x", secret()],
                           "reason": secret(), "cwd": f"/{secret()}"}),
        line("event_msg", {"type": "error", "message": f"refused: {secret()}", "codex_error_info": secret()}),
        line("event_msg", {"type": "token_count", "info": {"total_token_usage": tokens, "model": secret()},
                           "rate_limits": {"limit_id": "codex", "plan_type": "pro",
                                           "primary": {"used_percent": 1.0, "window_minutes": 300}}}),
        line("compacted", {"message": f"summary with {secret()}"}),
        line(f"kind {secret()}", {"a": secret(), secret(): 1}),
        line("event_msg", {"type": f"new {secret()}", "inner": {"deep": [secret()]}}),
        b"not json at all " + secret().encode(),
        b"x" * 245 + b" " + secret().encode() + b" " + b"y" * 600 + b" " + secret().encode() + b" " + b"z" * 250,
        b'{"timestamp":"2026-11-18T11:06:40.000Z","type":"event_msg","payload":{"text":"' + secret().encode(),
    )  # fmt: skip


def claude(secret: Vault) -> bytes:
    entries: list[dict[str, Any]] = [
        {"type": "summary", "summary": secret(), "leafUuid": "u0"},
        {"type": "custom-title", "customTitle": f"title {secret()}"},
        {"type": "user", "message": {"role": "user", "content": f"use {secret()} please"}, "promptSource": secret()},
        {"type": "assistant", "requestId": "req_1", "message": {
            "id": "msg_1", "role": "assistant", "model": f"claude {secret()}", "stop_reason": "tool_use",
            "usage": {"input_tokens": 3, "output_tokens": 1, "service_tier": secret(), "speed": secret()},
            "content": [{"type": "thinking", "thinking": secret(), "signature": "abc"},
                        {"type": "text", "text": secret()},
                        {"type": "tool_use", "id": "toolu_1", "name": f"mcp {secret()}",
                         "input": {"command": f"deploy {secret()}", "nested": {secret(): [secret()]}}}]}},
        {"type": "user", "toolUseResult": {"stdout": secret(), "stderr": secret()},
         "message": {"role": "user", "content": [
             {"type": "tool_result", "tool_use_id": "toolu_1", "content": secret(), "is_error": True}]}},
        {"type": "system", "subtype": "api_error", "content": secret(), "error": {"message": secret()}},
        {"type": "attachment", "attachment": {"type": "file", "filename": secret(), "content": secret()}},
        {"type": "cost-state", "totalCostUSD": 1.5, "modelUsage": {secret(): {"inputTokens": 1}}},
        {"type": f"unknown {secret()}", "data": secret()},
    ]  # fmt: skip
    common = {"sessionId": "s1", "cwd": f"/home/{secret()}", "gitBranch": secret(), "entrypoint": secret(),
              "version": "2.1.197", "isSidechain": False, "userType": secret()}  # fmt: skip
    made = []
    for number, entry in enumerate(entries):
        place = {"uuid": f"u{number}", "timestamp": f"2026-11-18T11:06:{number:02d}.000Z"}
        made.append(json.dumps(common | place | entry).encode())
    return lines(*made, b'{"type":"user","torn":"' + secret().encode())


def test_no_secret_of_any_line_is_in_the_store(ground: Ground, secret: Vault) -> None:
    ground.put("codex/sessions/rollout-1.jsonl", codex(secret))
    ground.put("claude/projects/-home/s1.jsonl", claude(secret))
    report = ground.ingest()
    assert report.lanes["full"].stored > 20
    assert report.lanes["full"].rejected >= 3
    assert len(secret.made) > 60
    assert leaks(ground, secret) == {}


@pytest.mark.parametrize("lane", ["accounting", "full"])
def test_each_lane_alone_keeps_secrets_out(sqlite_ground: Ground, secret: Vault, lane: str) -> None:
    sqlite_ground.put("codex/sessions/rollout-1.jsonl", codex(secret))
    sqlite_ground.put("claude/projects/-home/s1.jsonl", claude(secret))
    sqlite_ground.ingest(lanes=(lane,))
    assert leaks(sqlite_ground, secret) == {}


def codex_named(secret: Vault) -> bytes:
    """A rollout whose ids and times are secrets."""
    thread, tokens = secret(), {"input_tokens": 5, "output_tokens": 1, "total_tokens": 6}
    spawn = {"subagent": {"thread_spawn": {"parent_thread_id": secret(), "agent_nickname": secret()}}}
    return lines(
        line("session_meta", {"id": thread, "timestamp": secret(), "cwd": "/x", "originator": "o", "source": spawn,
                              "cli_version": "0.169.0", "forked_from_id": secret(), "parent_thread_id": secret()}),
        b'{"timestamp":"%b","type":"turn_context","payload":{"turn_id":"%b","cwd":"/x","model":"m"}}'
        % (secret().encode(), secret().encode()),
        line("response_item", {"type": "function_call", "name": secret(), "arguments": "{}", "call_id": secret()}),
        line("token_usage_record", {"type": "token_usage_record", "thread_id": thread, "turn_id": secret(),
                                    "response_id": secret(), "usage": tokens, "thread_token_usage": tokens}),
        line("event_msg", {"type": "token_count", "info": {"total_token_usage": tokens},
                           "rate_limits": {"limit_id": secret(), "plan_type": secret(),
                                           "primary": {"used_percent": 1.0, "window_minutes": 300}}}),
    )  # fmt: skip


def claude_named(secret: Vault) -> bytes:
    """A transcript whose ids and times are secrets."""
    common = {"sessionId": secret(), "cwd": "/x", "version": "2.1.197", "isSidechain": False}
    answer = {"role": "assistant", "model": "m", "stop_reason": "end_turn", "content": [],
              "usage": {"input_tokens": 3, "output_tokens": 1}}  # fmt: skip
    entries: list[dict[str, Any]] = [
        {"type": "user", "uuid": secret(), "timestamp": secret(), "message": {"role": "user", "content": "x"}},
        {"type": "assistant", "uuid": secret(), "requestId": secret(), "message": {"id": secret(), **answer}},
        {"type": "assistant", "uuid": secret(), "parentUuid": secret(), "agentId": secret(), "isSidechain": True,
         "timestamp": "2026-11-18T11:06:41.000Z", "message": {"id": secret(), **answer}},
        {"type": "assistant", "uuid": secret(), "parentUuid": secret(), "isSidechain": True,
         "timestamp": "2026-11-18T11:06:42.000Z", "message": {**answer, "usage": {"input_tokens": 4}}},
    ]  # fmt: skip
    return lines(*(json.dumps(common | entry).encode() for entry in entries))


@pytest.mark.parametrize("lanes", [("accounting",), ("full",), ("accounting", "full")])
def test_a_secret_that_stands_for_an_id_or_a_time_is_kept_out_too(
    sqlite_ground: Ground, secret: Vault, lanes: tuple[str, ...]
) -> None:
    sqlite_ground.put("codex/sessions/rollout-1.jsonl", codex_named(secret))
    sqlite_ground.put("claude/projects/-home/s1.jsonl", claude_named(secret))
    sqlite_ground.ingest(lanes=lanes)
    assert leaks(sqlite_ground, secret) == {}
    assert sqlite_ground.value("SELECT count(*) FROM sessions") == 4  # both lanes call a session alike


@pytest.mark.parametrize("place", ["{}", "/home/ann/{}", "{}.jsonl", "agent-{}", "{} and more", "user/{}/x"])
def test_a_name_never_passes_for_an_ordinary_one_while_it_holds_a_secret(tmp_path: Path, place: str) -> None:
    key_file = str(tmp_path / "key")
    redactor = redactor_for(key_file)
    for rule in (rule for rule in RULES if rule.tier == "definite"):
        for seed in range(8):
            name = place.format(example(rule, Random(seed)).text)
            assert without_secrets(key_file, name) == redactor.redact(clean(name)).text, rule


@pytest.mark.parametrize(
    "name",
    ["01a1feee-4f02-75a3-b21a-94bfb1d75894", "rollout-2026-11-21T16-26-33-01a1feee-4f02-75a3-b21a-94bfb1d75894",
     "/home/ann/src/shop-front", "feature/totals", "f25c9e9e079350e86d19b45114a9cdab1da2b8a2", "claude-sonnet-4-5",
     "0.169.0", "2026-11-21T07:02:18.305Z", "codex_cli_rs"],
)  # fmt: skip
def test_for_ordinary_names_no_rules_are_loaded(tmp_path: Path, name: str) -> None:
    assert (
        without_secrets(str(tmp_path / "no folder" / "key"), name) == name
    )  # else the key would have to be made there
    assert not (tmp_path / "no folder").exists()  # where the key would have been made


def test_an_oversize_line_shows_its_ends_without_secrets(sqlite_ground: Ground, secret: Vault) -> None:
    begin = b'{"text":"' + b"a" * 230 + b" " + secret().encode() + b" " + b"b" * 300
    end = b" " + secret().encode() + b" " + b"c" * 240 + b'"}'
    sqlite_ground.put("codex/sessions/rollout-1.jsonl", lines(meta(), begin + b"d" * (17 << 20) + end, said("x", "y")))
    report = sqlite_ground.ingest()
    assert report.lanes["full"].rejected == report.lanes["accounting"].rejected == 1
    assert leaks(sqlite_ground, secret) == {}


def test_a_private_key_at_the_edge_of_what_is_shown_is_not_shown(sqlite_ground: Ground) -> None:
    body = "".join(Random(3).choices("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", k=64 * 48))
    key = b"-----BEGIN RSA " + b"PRIVATE KEY-----\n".replace(b"\n", b"\\n") + body.encode()
    sqlite_ground.put("codex/sessions/rollout-1.jsonl", lines(meta(), b"torn " + key))
    sqlite_ground.ingest()
    vault = Vault()
    vault.made.append(body)
    assert leaks(sqlite_ground, vault) == {}


def test_names_of_files_and_folders_keep_no_secret(ground: Ground, secret: Vault) -> None:
    places = [
        f"codex/sessions/{secret()}/rollout-1 {secret()} .jsonl",
        f"codex/archived_sessions/rollout-2 {secret()} .jsonl",
        f"claude/projects/home {secret()} /{secret()} .jsonl",
    ]
    for place in places[:2]:
        ground.put(place, lines(line("event_msg", {"type": "user_message", "message": "x"})))
    ground.put(places[2], lines(b'{"type":"user","uuid":"u","message":{"role":"user","content":"x"}}'))
    ground.ingest()
    assert leaks(ground, secret) == {}
    before = ground.content("source_files")
    ground.ingest()
    assert ground.content("source_files") == before
    (ground.home / places[1]).rename(ground.home / "codex/archived_sessions" / f"rollout-3 {secret()} .jsonl")
    ground.ingest()
    assert leaks(ground, secret) == {}
