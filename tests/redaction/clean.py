"""Lines full of random-looking text that is no secret: what real transcripts are made of."""

from __future__ import annotations

import base64
import json
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

_AN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_CODE = (
    'if apiKey == "" { return getToken(ctx.SecretStore, passwordHasher) }',
    "=== RUN   TestTokenRefreshHandlesExpiredSessions",
    "self.token = request.headers.get_authorization_token()",
    "const accessToken = await fetchAccessTokenFromKeychain(options.tokenProvider)",
    "def hf_hub_download_with_retries(repo_id, filename): ...",
    "risk-management-dashboard-component-for-tasks and disk-usage-monitor",
    "https://example.com/path?sig=none git clone git@host:group/project.git ssh://git@host/x",
    "postgres://user:password@localhost/db  redis://:${REDIS_PASSWORD}@cache:6379",
    "Authorization: Bearer <token>  Authorization: Bearer ${TOKEN}  curl -u $USER:$PASS https://x",
    "import { createHash } from 'node:crypto'; sha512-" + "integrity is checked elsewhere",
    "AKIAIOSFODNN7" + "EXAMPLE and sk-ant-api03-" + "EXAMPLE-0000000000000000000000000000",
)


def clean_line(random: Random) -> bytes:
    """One structural line of Claude Code or Codex with text in it."""
    make = random.choice((_thinking, _call, _rollout, _hashes))
    return json.dumps(make(random), separators=(",", ":")).encode()


def _id(random: Random, prefix: str) -> str:
    return prefix + "".join(random.choices(_AN, k=22))


def _uuid(random: Random) -> str:
    return str(uuid.UUID(int=random.getrandbits(128)))


def _base64(random: Random, size: int) -> str:
    return base64.b64encode(random.randbytes(size)).decode()


def _thinking(random: Random) -> dict[str, object]:
    block = {"type": "thinking", "thinking": random.choice(_CODE), "signature": _base64(random, 900)}
    message = {"id": _id(random, "msg_01"), "role": "assistant", "content": [block]}
    ids = {"uuid": _uuid(random), "parentUuid": _uuid(random), "requestId": _id(random, "req_011C")}
    return {**ids, "type": "assistant", "message": message, "sessionId": _uuid(random), "gitBranch": "main"}


def _call(random: Random) -> dict[str, object]:
    image = {"type": "base64", "media_type": "image/png", "data": _base64(random, 2000)}
    result = {"type": "tool_result", "tool_use_id": _id(random, "toolu_01"), "content": [{"source": image}]}
    return {"type": "user", "message": {"role": "user", "content": [result]}, "cwd": "/home/dev/proj"}


def _rollout(random: Random) -> dict[str, object]:
    usage = {"input_tokens": random.getrandbits(20), "cached_input_tokens": random.getrandbits(20)}
    payload = {"type": "reasoning", "id": _id(random, "rs_"), "encrypted_content": "gAAAAAB" + _base64(random, 700)}
    return {"timestamp": "2026-01-05T10:00:00.100Z", "payload": payload, "info": {"total_token_usage": usage}}


def _hashes(random: Random) -> dict[str, object]:
    text = f"commit {random.randbytes(20).hex()}\nindex {random.randbytes(4).hex()}\n{random.choice(_CODE)}"
    return {"commit": random.randbytes(20).hex(), "output": text, "digest": random.randbytes(32).hex()}
